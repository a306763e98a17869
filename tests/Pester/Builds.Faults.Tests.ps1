BeforeDiscovery {
    $missing = 'busybox', 'mount', 'findmnt' | Where-Object { -not (Get-Command $_ -CommandType Application -ErrorAction Ignore) }
    $why = (id -u) -ne '0' ? ' (SKIPPED: needs root)' : $missing ? " (SKIPPED: $($missing -join ', ') is not installed)" : ''
}

Describe "Build-Image when something goes wrong$why" -Skip:([bool]$why) {
    BeforeAll {
        $module = "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
        Import-Module $module
        $work = (New-Item "/var/tmp/nstools-fault-$([guid]::NewGuid().ToString('N').Substring(0, 8))" -ItemType Directory).FullName
        $saved = $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT
        $env:NSTOOLS_ROOT = "$work/root"
        $env:NSTOOLS_RUNROOT = "$work/run"
        $context = (New-Item "$work/context" -ItemType Directory).FullName
        $null = New-Item "$work/base/bin", "$work/base/dev", "$work/base/proc", "$work/base/sys", "$work/base/etc", "$work/base/tmp" -ItemType Directory
        Copy-Item (Get-Command busybox).Source "$work/base/bin/busybox"
        foreach ($name in 'sh', 'sleep', 'cat', 'dd', 'touch', 'truncate', 'sync') { ln -s busybox "$work/base/bin/$name" }
        Set-Content "$work/base.Dockerfile" "FROM scratch`nCOPY base /"
        $null = Build-Image $work -File "$work/base.Dockerfile" -Tag base:1 6>$null

        function Write-Dockerfile([string] $Text) {
            Set-Content "$context/Dockerfile" $Text -NoNewline
            $context
        }
        function Get-Leftover {
            Get-Container -All
            Get-ChildItem "$env:NSTOOLS_ROOT/layers" -Force | Where-Object Name -Like '.*'
            Get-ChildItem "$env:NSTOOLS_RUNROOT/builds" -ErrorAction Ignore
            Get-ChildItem "$env:NSTOOLS_ROOT/images" -Recurse -File -Force | Where-Object { $_.FullName -notmatch '/blobs/sha256/[0-9a-f]{64}$' -and $_.Name -notin 'index.json', 'oci-layout', '.lock', 'lock', 'index.json.lock' }
            findmnt --list --noheadings --output TARGET | Where-Object { $_.StartsWith("$work/") -and $_ -ne "$work/small" }
        }
        function Get-BuildFailure([string] $Text) {
            $null = Write-Dockerfile $Text
            Build-Image $context -Pull Never -ErrorVariable failure -ErrorAction SilentlyContinue 6>$null | Should -BeNullOrEmpty
            Get-Leftover | Should -BeNullOrEmpty
            $failure[0]
        }
        # Builds beside this one's thread; what it says is in Streams.
        function Invoke-BuildBeside([string] $Arguments) {
            $shell = [powershell]::Create()
            $null = $shell.AddScript("Import-Module '$module'; Build-Image '$context' $Arguments")
            @{ Shell = $shell; Running = $shell.BeginInvoke() }
        }
        function Wait-Until([scriptblock] $Condition) {
            $limit = [datetime]::UtcNow.AddSeconds(30)
            while (-not (& $Condition)) {
                if ([datetime]::UtcNow -gt $limit) { throw "Never came: $Condition" }
                Start-Sleep -Milliseconds 20
            }
        }
        function Invoke-CtrlC($Build) {
            $watch = [System.Diagnostics.Stopwatch]::StartNew()
            $Build.Shell.Stop()
            $Build.Running.IsCompleted | Should -BeTrue
            $Build.Shell.Dispose()
            # A second, and what a busy machine adds.
            $watch.Elapsed.TotalSeconds | Should -BeLessThan 4
            Get-Leftover | Should -BeNullOrEmpty
        }
    }

    AfterAll {
        Get-Container -All | Remove-Container -Force
        $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT = $saved
        findmnt --noheadings "$work/small" > $null && umount "$work/small"
        Remove-Item $work -Recurse -Force
    }

    It 'is <Id> for <Text>' -ForEach @(
        @{ Text = "FROM base:1 AS a`nCOPY --from=b /x /`nFROM a AS b`nCOPY --from=a /x /"; Line = 2; Id = 'CircularStages' }
        @{ Text = "FROM base:1 AS a`nCOPY --from=a /x /"; Line = 2; Id = 'CircularStages' }
        @{ Text = "FROM base:1 AS a`nRUN --mount=type=bind,from=1,target=/x true`nFROM a"; Line = 2; Id = 'CircularStages' }
        @{ Text = "FROM b AS a`nFROM a AS b"; Line = 1; Id = 'ImageNotFound' }
        @{ Text = "FROM base:1`nCOPY *.nothing /x/"; Line = 2; Id = 'SourceNotFound' }
        @{ Text = "FROM base:1`nCOPY . /x/`nCOPY --from=base:1 /none /"; Line = 3; Id = 'SourceNotFound' }
        @{ Text = "FROM base:1`nCOPY <<EOF /x`ntext"; Line = 2; Id = 'DockerfileSyntaxError' }
        @{ Text = "FROM base:1`nENV a=`"b"; Line = 2; Id = 'DockerfileSyntaxError' }
    ) {
        $failure = Get-BuildFailure $Text
        $failure.FullyQualifiedErrorId | Should -BeLike "$Id,*"
        $failure.Exception.Message | Should -BeLike "*Dockerfile, line $Line*"
    }

    It 'takes no ignore file from outside the context' {
        Set-Content "$work/outside" '!secret of the host['
        ln -s "$work/outside" "$context/.dockerignore"
        try {
            Set-Content "$context/one" 1
            (Build-Image (Write-Dockerfile "FROM scratch`nCOPY one /") 6>$null).Steps[1].Layer | Should -Not -BeNullOrEmpty
        }
        finally { Remove-Item "$context/.dockerignore" -Force }
    }

    It 'takes a Dockerfile of megabytes, and a line of one' {
        $many = @(foreach ($i in 1..40000) { "# $('x' * 60) $i" }) -join "`n"
        $text = "FROM base:1`n$many`nLABEL long=`"$('y' * 1MB)`"`nRUN : \`n$(@(foreach ($i in 1..20000) { "    && : $i \" }) -join "`n")`n    && touch /done`nCOPY <<END /text`n$('z' * 1MB)`nEND`n"
        $text.Length | Should -BeGreaterThan 4MB
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        (ConvertFrom-Dockerfile (Write-Dockerfile $text)).Instruction | Should -Be 'FROM', 'LABEL', 'RUN', 'COPY'
        # A long command is the kernel's to refuse: MAX_ARG_STRLEN is 128 KiB.
        (Get-BuildFailure $text).Exception.Message | Should -BeLike '*line 40003*'
        $null = Write-Dockerfile ($text -replace '(?s)RUN .*?touch', 'RUN touch')
        $image = Build-Image $context -Tag long:1 6>$null
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 20
        (Get-ImageConfig long:1).Config.Labels['long'].Length | Should -Be 1MB
        $image.Steps[3].Size | Should -BeGreaterThan 1MB
    }

    It 'copies a context of 5,000 files, and finds the one that changed' {
        bash -c 'mkdir -p "$1"/many/{0..49}; for d in "$1"/many/*; do for f in {0..99}; do echo $f > "$d/$f"; done; done' _ $context
        $null = Write-Dockerfile "FROM scratch`nCOPY many /many`n"
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        $image = Build-Image $context -Tag many:1 6>$null
        (Build-Image $context 6>$null).Steps[1].IsCached | Should -BeTrue
        Set-Content "$context/many/25/50" changed
        (Build-Image $context 6>$null).Steps[1].IsCached | Should -BeFalse
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 30
        @(tar -tf "$env:NSTOOLS_ROOT/images/blobs/sha256/$($image.Steps[1].Layer.Hex)" | Where-Object { $_ -match '/\d+/\d+$' }).Count | Should -Be 5000
        Remove-Item "$context/many" -Recurse
    }

    It 'ends with its command, whatever that leaves running' {
        $mark = "31415.$(Get-Random -Maximum 99999)"
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        $null = Build-Image (Write-Dockerfile "FROM base:1`nRUN (sleep $mark; touch /late) & sleep $mark & touch /now`nRUN test -f /now -a ! -f /late`n") 6>$null
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 15
        Wait-Until { -not (Get-ChildItem /proc -Directory | Where-Object { $_.Name -match '^\d+$' } | ForEach-Object { Get-Content "$($_.FullName)/cmdline" -ErrorAction Ignore } | Where-Object { $_ -like "*sleep*$mark*" }) }
        Get-Leftover | Should -BeNullOrEmpty
    }

    It 'says what killed a command, and keeps the steps before it' {
        $null = Write-Dockerfile "FROM base:1`nRUN touch /before`nRUN exec sleep 300`n"
        $build = Invoke-BuildBeside
        # The one of the step before may still be there.
        Wait-Until { Get-Container | Where-Object { $_.ProcessId -and (Get-Content "/proc/$($_.ProcessId)/cmdline" -ErrorAction Ignore) -like '*sleep*300*' } }
        $container = Get-Container | Where-Object State -EQ Running
        kill -KILL $container.ProcessId
        Wait-Until { $build.Running.IsCompleted }
        $failure = $build.Shell.Streams.Error[0]
        $failure.FullyQualifiedErrorId | Should -BeLike 'BuildStepFailed,*'
        $failure.Exception.Message | Should -BeLike '*line 3: *was killed by SIGKILL.'
        $build.Shell.Dispose()
        Get-Leftover | Should -BeNullOrEmpty
        $null = Write-Dockerfile "FROM base:1`nRUN touch /before`n"
        (Build-Image $context 6>$null).Steps[1].IsCached | Should -BeTrue
    }

    It 'gives the same to two builds at once, and both are whole' {
        $null = Write-Dockerfile "FROM base:1 AS a`nRUN sleep 0.3; touch /a`nFROM base:1`nCOPY --from=a /a /a`nRUN touch /b`n"
        $builds = Invoke-BuildBeside '-Tag twin:1'; $other = Invoke-BuildBeside '-Tag twin:2'
        foreach ($build in $builds, $other) {
            $image = $build.Shell.EndInvoke($build.Running)
            $build.Shell.Streams.Error | Should -BeNullOrEmpty
            $image.Steps.Count | Should -Be 5
            Test-Image $image.Name | Where-Object Severity -EQ Error | Should -BeNullOrEmpty
            $build.Shell.Dispose()
        }
        Get-Leftover | Should -BeNullOrEmpty
        (Build-Image $context 6>$null).Steps[4].IsCached | Should -BeTrue
    }

    Context 'on a disk that is full' {
        BeforeAll {
            $null = New-Item "$work/small" -ItemType Directory
            mount -t tmpfs -o size=32m tmpfs "$work/small"
            $env:NSTOOLS_ROOT = "$work/small/root"
            $null = Build-Image $work -File "$work/base.Dockerfile" -Tag base:1 6>$null
            $null = Build-Image (Write-Dockerfile "FROM base:1`nRUN touch /kept`n") 6>$null
            $free = { [long](df --output=avail -B1 "$work/small" | Select-Object -Last 1) }
            truncate -s 40M "$context/large"
            # Not a hole, which takes no room.
            dd if=/dev/urandom of="$context/large" bs=1M count=40 conv=notrunc status=none
        }

        AfterAll {
            $env:NSTOOLS_ROOT = "$work/root"
            umount "$work/small"
            Remove-Item "$context/large"
        }

        It '<What> is an error that leaves the room as it was, and the steps before' -ForEach @(
            @{ What = 'a RUN'; Text = 'RUN dd if=/dev/zero of=/big bs=1M count=64'; Id = 'BuildStepFailed' }
            @{ What = 'a COPY'; Text = 'COPY large /large'; Id = 'ENOSPC' }
            @{ What = 'a COPY of which something is needed later'; Text = "COPY large /large`nRUN true"; Id = 'ENOSPC' }
            @{ What = 'the layer of a RUN'; Text = 'RUN dd if=/dev/zero of=/big bs=1M count=18'; Id = 'ENOSPC' }
        ) {
            $before = & $free
            $failure = Get-BuildFailure "FROM base:1`nRUN touch /kept`n$Text"
            $failure.FullyQualifiedErrorId | Should -BeLike "$Id,*"
            $failure.Exception.Message | Should -BeLike '*Dockerfile, line 3*'
            # A few files of the cache and of directories apart.
            & $free | Should -BeGreaterThan ($before - 256KB)
            $null = Write-Dockerfile "FROM base:1`nRUN touch /kept`n"
            (Build-Image $context 6>$null).Steps[1].IsCached | Should -BeTrue
        }
    }

    Context 'with Ctrl+C' {
        It 'ends while an image is pulled' {
            $listener = [System.Net.Sockets.TcpListener]::new([ipaddress]::Loopback, 0)
            $listener.Start()
            try {
                $null = Write-Dockerfile "FROM 127.0.0.1:$($listener.LocalEndpoint.Port)/never:1`n"
                $build = Invoke-BuildBeside '-AllowHttp'
                Wait-Until { $listener.Pending() }
                Invoke-CtrlC $build
            }
            finally { $listener.Stop() }
        }

        It 'ends while a context is read, and copied' {
            # Holes take no room, and time to read.
            truncate -s 200G "$context/endless"
            $null = Write-Dockerfile "FROM base:1`nCOPY endless /endless`nRUN true`n"
            $build = Invoke-BuildBeside
            Wait-Until { $build.Shell.Streams.Information -match 'STEP 2' }
            Invoke-CtrlC $build
            Remove-Item "$context/endless"
        }

        It 'ends while a layer is written' {
            $null = Write-Dockerfile "FROM base:1`nRUN truncate -s 100G /big`n"
            $build = Invoke-BuildBeside
            Wait-Until { Get-ChildItem "$env:NSTOOLS_ROOT/images/.nstools" -Filter 'new-*' -ErrorAction Ignore | Where-Object Length -GT 1MB }
            Invoke-CtrlC $build
        }

        It 'ends in a step of one stage while another is built, and keeps what was done' {
            $null = Write-Dockerfile "FROM base:1 AS a`nRUN touch /a`nRUN sleep 300`nFROM base:1 AS b`nRUN touch /b`nRUN sleep 301`nFROM scratch`nCOPY --from=a /a /`nCOPY --from=b /b /`n"
            $build = Invoke-BuildBeside
            Wait-Until { @(Get-Container | Where-Object State -EQ Running).Count -eq 2 -and ($build.Shell.Streams.Information -match 'sleep').Count -eq 2 }
            Invoke-CtrlC $build
            $null = Write-Dockerfile "FROM base:1 AS a`nRUN touch /a`nFROM base:1 AS b`nRUN touch /b`nFROM scratch`nCOPY --from=a /a /`nCOPY --from=b /b /`n"
            $image = Build-Image $context 6>$null
            ($image.Steps | Where-Object Instruction -EQ RUN).IsCached | Should -Be $true, $true
        }
    }
}
