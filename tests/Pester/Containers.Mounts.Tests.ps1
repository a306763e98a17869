BeforeDiscovery {
    $script:canRun = (id -u) -eq '0' -and (Test-Path /bin/busybox)
    $script:hasPodman = [bool](Get-Command podman -ErrorAction Ignore) -and [bool](Get-Command runc -ErrorAction Ignore)
    $script:hasRegistry = [bool](Get-Command docker-registry -ErrorAction Ignore)
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    Import-Module "$PSScriptRoot/Support/Images.psm1" -Force
    $script:work = Join-Path ([IO.Path]::GetTempPath()) "nstools-cm-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
    $null = New-Item -ItemType Directory $work, "$work/here"
    $script:before = $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT
    $env:NSTOOLS_RUNROOT = "$work/run"
    $env:NSTOOLS_ROOT = "$work/data"
    Set-Content "$work/here/file" 'from the host'
    if ((id -u) -eq '0' -and (Test-Path /bin/busybox)) {
        New-BusyBoxRoot "$work/root"
        Set-Content "$work/root/data/seed" 'from the image'
        chown -R 1000:1000 "$work/root/data"
        chmod 750 "$work/root/data"
        $script:image = New-TestImage "$work/layout" "$work/root" @{ Cmd = @('sh'); User = 'bob'; Volumes = @{ '/data' = @{} } }
        $script:plain = New-TestImage "$work/plain" "$work/root"
    }
}

AfterAll {
    if ((id -u) -eq '0') {
        Get-Container -All | Remove-Container -Force -Volume
        Get-ContainerVolume | Remove-ContainerVolume
    }
    $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT = $before
    # Podman leaves a link to /proc in a root, which Remove-Item would go through.
    rm -rf $work
}

Describe 'What is mounted in a container' -Skip:(-not $canRun) {
    AfterEach { Get-Container -All | Remove-Container -Force -Volume; Get-ContainerVolume | Remove-ContainerVolume }

    It 'is the host''s directory, read-only when asked: <Name>' -ForEach @(
        @{ Name = '-Volume'; Parameters = { @{ Volume = "$work/here:/there", "$work/here:/locked:ro" } } }
        @{ Name = '-Volume from the current location'; Parameters = { Set-Location $work; @{ Volume = './here:/there', './here:/locked:ro' } } }
        @{ Name = '-Mount as text'; Parameters = { @{ Mount = "type=bind,source=$work/here,target=/there", "type=bind,src=$work/here,dst=/locked,readonly" } } }
        @{ Name = '-Mount as hash tables'; Parameters = { @{ Mount = @{ Type = 'bind'; Source = "$work/here"; Target = '/there' }, @{ Type = 'bind'; Source = "$work/here"; Destination = '/locked'; ReadOnly = $true } } } }
    ) {
        Push-Location
        try { $parameters = & $Parameters } finally { }
        $said = Invoke-Image $plain -Remove -Command 'cat /there/file; echo x > /there/new; (echo x > /locked/other) 2>&1 | grep -c Read-only; cat /locked/new' @parameters
        Pop-Location
        $said | Should -Be 'from the host', '1', 'x'
        Get-Content "$work/here/new" | Should -Be 'x'
        Test-Path "$work/here/other" | Should -BeFalse
        Remove-Item "$work/here/new"
    }

    It 'is a mount of the host, or of another container' {
        $null = New-Item -ItemType Directory -Force "$work/mounted"
        $mount = Mount-FileSystem -Type tmpfs -Source tmpfs -Target "$work/mounted"
        try {
            Set-Content "$work/mounted/x" 'mounted'
            Invoke-Image $plain -Remove -Mount $mount -Command "cat $work/mounted/x" | Should -Be 'mounted'
            $null = New-Container $plain -Name first -Volume shared:/v, "$work/here:/h:ro" true
            $second = New-Container $plain -Name second -Mount (Get-Container first).Mounts sh
            $second.Mounts.Destination | Should -Be '/v', '/h'
            $second.Mounts[1].IsReadOnly | Should -BeTrue
        } finally { Dismount-FileSystem "$work/mounted" }
    }

    It 'is a volume with a name, which begins as the image is there and outlives its containers' {
        Invoke-Image $plain -Remove -Volume store:/data -Command 'cat /data/seed; stat -c "%a %u" /data; echo more > /data/more' | Should -Be 'from the image', '750 1000'
        Invoke-Image $plain -Remove -Volume store:/elsewhere -Command 'cat /elsewhere/seed /elsewhere/more' | Should -Be 'from the image', 'more'
        $volume = Get-ContainerVolume store
        $volume.IsAnonymous | Should -BeFalse
        Get-Content "$($volume.Path)/more" | Should -Be 'more'
        Invoke-Image $plain -Remove -Volume bare:/data:nocopy -Command 'ls /data | wc -l; stat -c %u /data' | Should -Be '0', '1000'
    }

    It 'is given away to the container''s user when asked' {
        $null = New-Item -ItemType Directory -Force "$work/given/below"
        Invoke-Image $plain -Remove -User bob -Volume "$work/given:/given:U" -Command 'touch /given/below/mine; stat -c %u:%g /given/below' | Should -Be '1000:1000'
    }

    It 'keeps a volume that a container has, and removes it after' {
        $null = New-Container $plain -Name user -Volume kept:/data sh
        (Get-ContainerVolume kept).Containers | Should -Be 'user'
        { Remove-ContainerVolume kept -ErrorAction Stop } | Should -Throw -ErrorId 'VolumeInUse,*'
        Remove-Container user
        Remove-ContainerVolume kept -WhatIf
        Remove-ContainerVolume kept
        { Get-ContainerVolume kept -ErrorAction Stop } | Should -Throw -ErrorId 'VolumeNotFound,*'
        Get-ContainerVolume 'ke*' | Should -BeNullOrEmpty
        { Remove-ContainerVolume kept -ErrorAction Stop } | Should -Throw -ErrorId 'VolumeNotFound,*'
    }

    It 'gives the volumes of an image names of their own, which go with a container that removes itself' {
        $container = New-Container $image true
        $container.Mounts.Destination | Should -Be '/data'
        $container.Mounts.IsAnonymous | Should -BeTrue
        (Get-ContainerVolume).Name | Should -Be $container.Mounts.Source
        $container | Remove-Container
        (Get-ContainerVolume).IsAnonymous | Should -BeTrue -Because 'Podman keeps them, too, without --volumes'
        Get-ContainerVolume | Remove-ContainerVolume
        $container = New-Container $image true
        $container | Remove-Container -Volume
        Get-ContainerVolume | Should -BeNullOrEmpty
        Invoke-Image $image -Remove -Command 'cat /data/seed; grep -c " /data " /proc/mounts; echo x > /data/x' | Should -Be 'from the image', '1'
        Get-ContainerVolume | Should -BeNullOrEmpty
        $container = Invoke-Image $image -Detach -Remove sleep 60
        Stop-Container $container -TimeoutSec 0
        $end = [DateTime]::UtcNow.AddSeconds(20)
        while ((Get-Container -All) -and [DateTime]::UtcNow -lt $end) { Start-Sleep -Milliseconds 50 }
        Get-ContainerVolume | Should -BeNullOrEmpty
    }

    It 'puts what was asked for in place of the image''s volume' {
        $container = New-Container $image -Volume "$work/here:/data" true
        $container.Mounts.Count | Should -Be 1
        $container.Mounts.Type | Should -Be 'Bind'
    }

    It 'is memory, of a size when asked' {
        Invoke-Image $plain -Remove -TmpFs /cache, /small:size=64k -Mount 'type=tmpfs,target=/t,tmpfs-size=1m,tmpfs-mode=700' -Command '
            stat -c %a /cache /t; df -k /small | tail -1 | tr -s " " | cut -d" " -f2; df -k /t | tail -1 | tr -s " " | cut -d" " -f2' |
            Should -Be '1777', '700', '64', '1024'
    }

    It 'leaves no volume of a container that could not be made' {
        { New-Container $plain -Volume wanted:/data -User nobody-there true -ErrorAction Stop } | Should -Throw -ErrorId 'UserNotFound,*'
        Get-ContainerVolume | Should -BeNullOrEmpty
    }

    It 'refuses <What>' -ForEach @(
        @{ What = 'a source that is not there'; Parameters = @{ Volume = '/not/there:/x' }; Id = 'VolumeSourceNotFound' }
        @{ What = 'a relative place inside'; Parameters = @{ Volume = 'name:x' }; Id = 'PathNotAbsolute' }
        @{ What = 'too many parts'; Parameters = @{ Volume = 'a:b:c:d' }; Id = 'InvalidVolume' }
        @{ What = 'an option that is none'; Parameters = @{ Volume = 'name:/x:quickly' }; Id = 'InvalidVolume' }
        @{ What = 'a device that is none'; Parameters = @{ Device = '/etc/passwd' }; Id = 'DeviceNotFound' }
        @{ What = 'a device that is not there'; Parameters = @{ Device = '/dev/none-such' }; Id = 'DeviceNotFound' }
        @{ What = 'a device in other words'; Parameters = @{ Device = 'fuse' }; Id = 'InvalidDevice' }
        @{ What = 'a limit of nothing'; Parameters = @{ Ulimit = 'files=3' }; Id = 'InvalidUlimit' }
        @{ What = 'a soft limit above the hard one'; Parameters = @{ Ulimit = 'nofile=20:10' }; Id = 'InvalidUlimit' }
        @{ What = 'a file of variables that is not there'; Parameters = @{ EnvironmentFile = '/not/there' }; Id = 'EnvironmentFileNotFound' }
    ) {
        { New-Container $plain @Parameters true -ErrorAction Stop } | Should -Throw -ErrorId "$Id,*"
        Get-Container -All | Should -BeNullOrEmpty
    }

    It 'refuses the mount <_>' -ForEach 'type=bind,target=/x', 'type=bind,source=/tmp', 'type=nfs,target=/x', 'type=tmpfs,source=/a,target=/x', 'type=volume,source=/a,target=/x', 'type=tmpfs,target=/x,nonsense' {
        { New-Container $plain -Mount $_ true -ErrorAction Stop } | Should -Throw
    }
}

Describe 'Limits, devices and variables' -Skip:(-not $canRun) {
    It 'has the limits that were asked for' {
        Invoke-Image $plain -Remove -Ulimit nofile=500:600, core=0 -Command 'ulimit -Sn; ulimit -Hn; ulimit -c' | Should -Be '500', '600', '0'
    }

    It 'has the devices that were asked for, with the access that was' {
        # A number that no driver has: the kernel says so to who may open it, and refuses the others before.
        mknod "$work/node" c 240 77
        $seen = Invoke-Image $plain -Remove -Device "$work/node:/dev/mine:r", /dev/null:/dev/hole -Command 'stat -c "%t %T" /dev/mine /dev/hole; (cat < /dev/mine) 2>&1 | sed "s/.*: //"; (echo x > /dev/mine) 2>&1 | sed "s/.*: //"; echo x > /dev/hole; echo $?'
        $seen | Should -Be 'f0 4d', '1 3', 'No such device or address', 'Operation not permitted', '0'
    }

    It 'takes variables from files, in Podman''s way' {
        [IO.File]::WriteAllText("$work/env", "# a comment`nPLAIN=a b 'c'`n`n  EMPTY=`nNSTOOLS_CM_*`nNSTOOLS_MISSING`nOVER=file`n")
        $env:NSTOOLS_CM_ONE = '1'
        $env:NSTOOLS_CM_TWO = '2'
        try {
            $question = 'env | grep -E "^(PLAIN|EMPTY|NSTOOLS|OVER)" | sort'
            $ours = Invoke-Image $plain -Remove -EnvironmentFile "$work/env" -Environment @{ OVER = 'argument' } -Command $question
            $ours | Should -Be 'EMPTY=', 'NSTOOLS_CM_ONE=1', 'NSTOOLS_CM_TWO=2', 'OVER=argument', "PLAIN=a b 'c'"
            if ($hasPodman) {
                podman --root "$work/ps" --runroot "$work/pr" --cgroup-manager cgroupfs --runtime runc run --rm --network none --ulimit nofile=500:600 --ulimit nproc=500:500 --env-file "$work/env" --env OVER=argument --rootfs "$work/root" sh -c $question |
                    Should -Be $ours
            }
        } finally { Remove-Item Env:NSTOOLS_CM_ONE, Env:NSTOOLS_CM_TWO; rm -rf "$work/ps" "$work/pr" }
    }

    It 'says what Podman would be told' {
        $said = pwsh -NoProfile -c "Import-Module '$PSScriptRoot/../../out/NsTools/NsTools.psd1'; New-Container $plain -Volume name:/v:ro -TmpFs /t:size=1m -Ulimit nofile=5:6 -Device /dev/null:/dev/x:r -WhatIf true"
        $said -join '' | Should -BeLike '*podman create --tmpfs /t:size=1m --volume name:/v:ro --device /dev/null:/dev/x:r --ulimit nofile=5:6*'
    }

    It 'completes <Line>' -ForEach @(
        @{ Line = 'Invoke-Image x -Ulimit nof'; Expected = 'nofile=' }
        @{ Line = 'Invoke-Image x -Device /dev/nul'; Expected = '/dev/null' }
        @{ Line = 'Invoke-Image x -Mount type=b'; Expected = 'type=bind,source=' }
    ) {
        (TabExpansion2 $Line $Line.Length).CompletionMatches.ListItemText | Should -Contain $Expected
    }

    It 'completes volumes' {
        $null = New-Container $plain -Name completing -Volume completed:/v true
        foreach ($line in 'Invoke-Image x -Volume com', 'Get-ContainerVolume com', 'Remove-ContainerVolume com') { (TabExpansion2 $line $line.Length).CompletionMatches.ListItemText | Should -Contain 'completed' }
    }
}

Describe 'An image that the store does not have' -Skip:(-not ($canRun -and $hasRegistry)) {
    BeforeAll {
        Import-Module "$PSScriptRoot/Support/Registries.psm1" -Force
        $script:registry = Open-TestRegistry "$work/registry"
        Copy-Image $plain "docker://$($registry.Address)/team/tool:1" -AllowHttp
        Set-Content "$work/registries.conf" "unqualified-search-registries = [`"$($registry.Address)`"]`n[[registry]]`nlocation = `"$($registry.Address)`"`ninsecure = true"
        $env:CONTAINERS_REGISTRIES_CONF = "$work/registries.conf"
    }
    AfterAll {
        Remove-Item Env:CONTAINERS_REGISTRIES_CONF -ErrorAction Ignore
        Close-TestRegistry $registry
    }
    AfterEach { Get-Container -All | Remove-Container -Force; Get-Image | Remove-Image }

    It 'is not brought when that is not wanted' {
        { Invoke-Image team/tool:1 -Pull Never -Command 'true' -ErrorAction Stop } | Should -Throw -ErrorId 'ImageNotFound,*'
    }

    It 'is brought from its registry, by a short name too, and not twice' {
        Invoke-Image team/tool:1 -Remove -Command 'echo came' | Should -Be 'came'
        (Get-Image).Name | Should -Be "$($registry.Address)/team/tool:1"
        # From now on it can only come from the store.
        rm -rf "$work/registry/storage"
        Invoke-Image team/tool:1 -Remove -Command 'echo again' | Should -Be 'again'
        { Invoke-Image team/tool:1 -Pull Always -Command 'true' -ErrorAction Stop } | Should -Throw
    }
}
