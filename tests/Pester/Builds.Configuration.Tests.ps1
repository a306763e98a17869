BeforeDiscovery {
    $missing = 'buildah', 'skopeo' | Where-Object { -not (Get-Command $_ -CommandType Application -ErrorAction Ignore) }
    $why = (id -u) -ne '0' ? ' (SKIPPED: needs root)' : $missing ? " (SKIPPED: $($missing -join ', ') is not installed)" : ''
    $cases = @(
        @{ What = 'the user'; Ours = @{ User = 'me:them' }; Theirs = '--user', 'me:them' }
        @{ What = 'no user'; Ours = @{ User = '' }; Theirs = '--user', '' }
        @{ What = 'variables (Buildah puts one that was there at the end, a Dockerfile''s ENV where it was)'; Ours = @{ Environment = [ordered]@{ A = 'b c'; OLD = 'new' } }; Theirs = '--env', 'A=b c', '--env', 'OLD=new' }
        @{ What = 'a variable less'; Ours = @{ Environment = @{ OLD = $null } }; Theirs = '--env', 'OLD-' }
        @{ What = 'a command'; Ours = @{ Command = 'cat', '/a b' }; Theirs = '--cmd', '["cat", "/a b"]' }
        @{ What = 'an entry point and a command'; Ours = @{ Entrypoint = '/bin/sh', '-c'; Command = 'true' }; Theirs = '--entrypoint', '["/bin/sh", "-c"]', '--cmd', 'true' }
        @{ What = 'an entry point: the arguments stay'; Ours = @{ Entrypoint = '/bin/sh' }; Theirs = '--entrypoint', '["/bin/sh"]' }
        @{ What = 'no command'; Ours = @{ Command = @() }; Theirs = '--cmd', '' }
        @{ What = 'labels'; Ours = @{ Label = @{ x = 'y z'; old = $null } }; Theirs = '--label', 'x=y z', '--label', 'old-' }
        @{ What = 'the working directory'; Ours = @{ WorkingDirectory = '/somewhere' }; Theirs = '--workingdir', '/somewhere' }
        @{ What = 'ports'; Ours = @{ ExposedPort = '80', '53/udp', '443/tcp-' }; Theirs = '--port', '80/tcp', '--port', '53/udp', '--port', '443/tcp-' }
        @{ What = 'volumes'; Ours = @{ Volume = '/data', '/old-' }; Theirs = '--volume', '/data', '--volume', '/old-' }
        @{ What = 'the signal'; Ours = @{ StopSignal = 'SIGINT' }; Theirs = '--stop-signal', 'SIGINT' }
        @{ What = 'a check by the shell'; Ours = @{ HealthCheck = 'true'; HealthCheckInterval = '0:1:30'; HealthCheckTimeout = '0:0:5'; HealthCheckStartPeriod = '0:0:3'; HealthCheckRetry = 2 }
            Theirs = '--healthcheck', 'CMD-SHELL true', '--healthcheck-interval', '90s', '--healthcheck-timeout', '5s', '--healthcheck-start-period', '3s', '--healthcheck-retries', '2' }
        @{ What = 'a shell and triggers'; Ours = @{ Shell = '/bin/sh', '-ec'; OnBuild = 'RUN true', 'USER x' }; Theirs = '--shell', '/bin/sh -ec', '--onbuild', 'RUN true', '--onbuild', 'USER x' }
        @{ What = 'author and platform'; Ours = @{ Author = 'somebody'; NewPlatform = 'linux/arm/v7' }; Theirs = '--author', 'somebody', '--os', 'linux', '--arch', 'arm', '--variant', 'v7' }
    )
}

Describe "Set-ImageConfig$why" -Skip:([bool]$why) {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
        $work = (New-Item "/var/tmp/nstools-config-$([guid]::NewGuid().ToString('N').Substring(0, 8))" -ItemType Directory).FullName
        $saved = $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT
        $env:NSTOOLS_ROOT = "$work/root"
        $env:NSTOOLS_RUNROOT = "$work/run"
        $buildah = '--root', "$work/buildah", '--runroot', "$work/buildah-run", '--storage-driver', 'vfs'
        Set-Content "$work/file" content
        Set-Content "$work/Dockerfile" "FROM scratch`nCOPY file /`nENV OLD=1 PATH=/bin`nLABEL old=1 kept=2`nEXPOSE 443`nVOLUME /old`nUSER nobody`nCMD [""first""]"
        # In Docker's format Buildah keeps all of it.
        buildah @buildah bud -q --format docker -t localhost/base:1 $work | Out-Null
        buildah @buildah push -q localhost/base:1 "oci-archive:$work/base.tar:localhost/base:1" | Out-Null
        $null = Import-Image "$work/base.tar" base:1
        $before = Get-Image base:1
        # A name that neither Buildah nor the JSON has is null in both.
        function Get-Config([string] $Image) { skopeo inspect --config --raw $Image | ConvertFrom-Json -AsHashtable }
        function ConvertTo-Comparable($Config) {
            $Config.config.Env = @($Config.config.Env | Sort-Object)
            $Config.config.GetEnumerator() | Where-Object { $null -ne $_.Value -and $_.Key -notin 'Hostname', 'Domainname', 'Image' -and "$($_.Value)" -notin '', 'False' } |
                Sort-Object Key | ForEach-Object { "$($_.Key)=$($_.Value -is [hashtable] ? (($_.Value.GetEnumerator() | Sort-Object Key | ForEach-Object { "$($_.Key):$($_.Value)" }) -join ';') : ($_.Value | ConvertTo-Json -Compress))" }
            $Config.author, $Config.os, $Config.architecture, $Config.variant -join '/'
        }
    }

    AfterAll {
        $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT = $saved
        Remove-Item $work -Recurse -Force
    }

    It 'sets what buildah config sets: <What>' -ForEach $cases {
        $container = buildah @buildah from -q --format docker localhost/base:1
        buildah @buildah config @Theirs $container
        $LASTEXITCODE | Should -Be 0
        buildah @buildah commit -q --format docker $container localhost/theirs:1 | Out-Null
        buildah @buildah rm $container | Out-Null
        buildah @buildah push -q localhost/theirs:1 "docker-archive:$work/theirs.tar" | Out-Null
        try {
            $image = Set-ImageConfig base:1 ours:1 @Ours -Format Docker
            $platform = $Ours.NewPlatform ?? (Get-Image base:1).Platforms[0].ToString()
            Export-Image ours:1 "$work/ours.tar" -Platform $platform | Out-Null
            $theirConfig = ConvertTo-Comparable (Get-Config "docker-archive:$work/theirs.tar")
            ConvertTo-Comparable (Get-Config "docker-archive:$work/ours.tar") | Should -Be $theirConfig -Because "Buildah has $($theirConfig -join ' ')"
            $image.MediaType | Should -Be 'application/vnd.docker.distribution.manifest.v2+json'
        }
        finally { Remove-Item "$work/theirs.tar", "$work/ours.tar" -ErrorAction Ignore }
        # The one that it was made of is as it was.
        (Get-Image base:1).Digest | Should -Be $before.Digest
        Test-Image ours:1 | Where-Object Severity -EQ Error | Should -BeNullOrEmpty
    }

    It 'keeps layers, adds its changes to the history, and annotates' {
        $image = Get-Image base:1 | Set-ImageConfig -Tag noted:1, noted:2 -User me -Annotation @{ note = 'n' } -Comment why
        $image.Name | Should -BeLike '*noted:1'
        (Get-Image noted:2).Digest | Should -Be $image.Digest
        (Get-ImageManifest noted:1).Layers.Digest | Should -Be (Get-ImageManifest base:1).Layers.Digest
        (Get-ImageManifest noted:1).Annotations['note'] | Should -Be n
        $last = (Get-ImageConfig noted:1).History[-1]
        $last.EmptyLayer | Should -BeTrue
        $last.Comment | Should -Be why
        (Get-ImageConfig noted:1).History.CreatedBy | Should -Contain 'buildah config --user me'
        (Set-ImageConfig noted:1 -Annotation @{ note = $null } | Get-ImageManifest).Annotations | Should -BeNullOrEmpty
        (Set-ImageConfig noted:1 noted:3 -CreatedBy 'by hand' | Get-ImageConfig).History[-1].CreatedBy | Should -Be 'by hand'
    }

    It 'makes the same image twice with -SourceDateEpoch' {
        $two = 1, 2 | ForEach-Object { (Set-ImageConfig base:1 -User me -SourceDateEpoch '2026-01-02Z').Digest; Start-Sleep -Milliseconds 1100 }
        $two[0] | Should -Be $two[1]
    }

    It 'moves the name of the image itself where that is asked for' {
        $null = Set-ImageTag base:1 moved
        $null = Set-ImageConfig base:moved base:moved -User other
        (Get-ImageConfig base:moved).Config.User | Should -Be other
        (Get-ImageConfig base:1).Config.User | Should -Be nobody
    }

    It 'refuses <What>' -ForEach @(
        @{ What = 'a port that is none'; Given = @{ ExposedPort = 'x' }; Id = 'InvalidPort' }
        @{ What = 'a signal that is none'; Given = @{ StopSignal = 'SIGNONE' }; Id = 'SignalNotFound' }
        @{ What = 'a trigger that is none'; Given = @{ OnBuild = 'RNU x' }; Id = 'InvalidInstruction' }
        @{ What = 'a name that is none'; Given = @{ Tag = 'docker://x/y' }; Id = 'InvalidImageReference' }
        @{ What = 'an image that is not there'; Given = @{ Image = 'none:1' }; Id = 'ImageNotFound' }
        @{ What = 'annotations in the format of Docker'; Given = @{ Format = 'Docker'; Annotation = @{ a = 'b' } }; Id = 'AnnotationsNotSupported' }
    ) {
        $all = @{ Image = 'base:1'; Tag = 'refused:1' } + @{}
        foreach ($name in $Given.Keys) { $all[$name] = $Given[$name] }
        { Set-ImageConfig @all -ErrorAction Stop } | Should -Throw -ErrorId "$Id,*"
        Get-Image refused:1 -ErrorAction Ignore | Should -BeNullOrEmpty
    }

    It 'makes nothing with -WhatIf' {
        Set-ImageConfig base:1 nothing:1 -User x -WhatIf | Should -BeNullOrEmpty
        Get-Image nothing:1 -ErrorAction Ignore | Should -BeNullOrEmpty
    }

    It 'is built in the format of Docker with -Format, as Buildah does; what the OCI format has no place for is told' {
        Set-Content "$work/Other" "FROM localhost/base:1`nSHELL [""/bin/sh"", ""-ec""]`nHEALTHCHECK --interval=5s CMD true`nONBUILD RUN true`nCMD [""last""]"
        buildah @buildah bud -q --format docker --layers -t localhost/other:1 -f "$work/Other" $work | Out-Null
        buildah @buildah push -q localhost/other:1 "docker-archive:$work/theirs.tar" | Out-Null
        $null = Set-ImageTag base:1 -Name localhost/base:1
        $image = Build-Image $work -File "$work/Other" -Tag other:1 -Format Docker -WarningVariable told 6>$null
        $told | Should -BeNullOrEmpty
        $image.MediaType | Should -Be 'application/vnd.docker.distribution.manifest.v2+json'
        (Get-ImageManifest other:1).Layers.MediaType | Should -BeLike 'application/vnd.docker.image.rootfs.diff.tar*'
        Export-Image other:1 "$work/ours.tar" | Out-Null
        $without = { $_ -notlike 'Labels=*' }
        ConvertTo-Comparable (Get-Config "docker-archive:$work/ours.tar") | Where-Object $without |
            Should -Be @(ConvertTo-Comparable (Get-Config "docker-archive:$work/theirs.tar") | Where-Object $without)
        $null = Build-Image $work -File "$work/Other" -Tag other:2 -WarningVariable told -WarningAction SilentlyContinue 6>$null
        $told | Should -HaveCount 3
        { Build-Image $work -File "$work/Other" -Tag other:3 -Format Docker -Annotation @{ a = 'b' } -ErrorAction Stop 6>$null } | Should -Throw -ErrorId 'AnnotationsNotSupported,*'
    }
}
