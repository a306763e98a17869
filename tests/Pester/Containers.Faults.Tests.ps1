BeforeDiscovery {
    $script:canRun = (id -u) -eq '0' -and (Test-Path /bin/busybox)
}

# The long form, 100 at once and 1,000 in a row, is build.ps1's task SoakContainers.
BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    Import-Module "$PSScriptRoot/Support/Images.psm1" -Force
    $script:module = (Resolve-Path "$PSScriptRoot/../../out/NsTools/NsTools.psd1").Path
    $script:isLong = [bool]$env:NSTOOLS_LONG_TESTS
    $script:mark = "t$([guid]::NewGuid().ToString('N').Substring(0, 8))"
    $script:work = "/var/tmp/nstools-cf-$mark"
    $null = New-Item -ItemType Directory $work, "$work/small"
    $script:before = $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT
    $env:NSTOOLS_RUNROOT = "$work/run"
    $env:NSTOOLS_ROOT = "$work/data"
    if ((id -u) -eq '0' -and (Test-Path /bin/busybox)) {
        New-BusyBoxRoot "$work/root"
        $script:layout = New-TestImage "$work/layout" "$work/root" @{ Cmd = @('sh'); Volumes = @{ '/data' = @{} } }
        $null = Copy-Image $layout base:1
    }
    # What is ours and still there: processes that know our directory or mark, mounts, cgroups, directories, volumes.
    function Get-Leftover([string[]] $Id) {
        Get-Container -All | ForEach-Object { "container $($_.Name)" }
        Get-ContainerVolume | ForEach-Object { "volume $($_.Name)" }
        Get-ChildItem "$env:NSTOOLS_ROOT/containers", "$env:NSTOOLS_RUNROOT/containers" -Directory -ErrorAction Ignore | Where-Object Name -Match '^[0-9a-f]{64}$' | ForEach-Object { "directory $_" }
        Get-ChildItem "$env:NSTOOLS_ROOT/containers/names" -ErrorAction Ignore | ForEach-Object { "name $_" }
        findmnt -rno TARGET | Where-Object { $_ -like "$env:NSTOOLS_ROOT/containers/*" } | ForEach-Object { "mount $_" }
        foreach ($one in $Id) {
            Get-ChildItem /sys/fs/cgroup -Directory -Recurse -Depth 2 -Filter "nstools-$one" -ErrorAction Ignore | ForEach-Object { "cgroup $_" }
        }
        Get-ChildItem /proc -Directory | Where-Object Name -Match '^\d+$' | ForEach-Object {
            $line = try { [IO.File]::ReadAllText("/proc/$($_.Name)/cmdline") } catch { '' }
            if ($line.Contains($mark) -and $line.Contains('nsrun') -and $_.Name -ne $PID) { "process $($line.Replace("`0", ' '))" }
        }
    }
    function Wait-NothingLeft([string[]] $Id) {
        $end = [DateTime]::UtcNow.AddSeconds(10)
        do { $left = @(Get-Leftover $Id); if ($left) { Start-Sleep -Milliseconds 100 } } while ($left -and [DateTime]::UtcNow -lt $end)
        $left | Should -BeNullOrEmpty
    }
}

AfterAll {
    if ((id -u) -eq '0') { Get-Container -All | Remove-Container -Force -Volume }
    $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT = $before
    findmnt -rno TARGET "$work/small" | ForEach-Object { umount --lazy $_ }
    rm -rf $work
}

Describe 'What goes wrong with a container' -Skip:(-not $canRun) {
    AfterEach { Get-Container -All | Remove-Container -Force -Volume }

    It 'an image without the command is an error that says so, and leaves nothing, attached and detached' {
        { Invoke-Image base:1 -Network none /no/such/program -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerProgramNotFound,*'
        $LASTEXITCODE | Should -Be 127
        { Invoke-Image base:1 -Network none -Detach /no/such/program -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerProgramNotFound,*'
        { Invoke-Image base:1 -Network none -Detach /etc/passwd -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerProgramNotExecutable,*'
        Get-Container -All | Should -BeNullOrEmpty
        Get-ContainerVolume | Should -BeNullOrEmpty
        $created = New-Container base:1 -Network none /no/such/program
        { $created | Start-Container -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerProgramNotFound,*'
        (Get-Container $created).State | Should -Be 'Created' -Because 'it can be looked at, and has not run'
    }

    It 'one that is out of memory says so, when its first process is killed and when another one is' {
        $first = Invoke-Image base:1 -Network none -Detach -Memory 16MB -Command 'exec tail /dev/zero'
        $ended = $first | Wait-Container -TimeoutSec 60
        $ended.OutOfMemory, $ended.Signal, $ended.ExitCode | Should -Be $true, 'KILL', 137
        $other = Invoke-Image base:1 -Network none -Detach -Memory 16MB -Command 'tail /dev/zero; exit 5'
        $ended = $other | Wait-Container -TimeoutSec 60
        $ended.OutOfMemory, $ended.Signal, $ended.ExitCode | Should -Be $true, $null, 5
    }

    It 'one that ignores its stop signal is killed when its time is up' {
        $deaf = Invoke-Image base:1 -Network none -Detach -Command 'trap "" TERM; echo ready; while true; do sleep 1; done'
        $end = [DateTime]::UtcNow.AddSeconds(20)
        while (-not (Get-ContainerLog $deaf) -and [DateTime]::UtcNow -lt $end) { Start-Sleep -Milliseconds 50 }
        $took = Measure-Command { $deaf | Stop-Container -TimeoutSec 1 }
        $took.TotalSeconds | Should -BeGreaterThan 0.9
        $took.TotalSeconds | Should -BeLessThan 8
        $ended = Get-Container $deaf
        $ended.State, $ended.Signal | Should -Be 'Exited', 'KILL'
    }

    It 'a full disk is told to who writes, and the container can still be read, stopped and removed' {
        mount -t tmpfs -o size=12m tmpfs "$work/small"
        $data = $env:NSTOOLS_ROOT
        $env:NSTOOLS_ROOT = "$work/small"
        try {
            $full = Invoke-Image $layout -Network none -Name full -Detach -Command 'dd if=/dev/zero of=/big bs=64k 2>&1; echo "ended with $?"; sleep 600'
            $end = [DateTime]::UtcNow.AddSeconds(30)
            while (-not ("$((Get-ContainerLog full).Text)" -match 'ended with') -and [DateTime]::UtcNow -lt $end -and (Get-Container full).State -eq 'Running') { Start-Sleep -Milliseconds 50 }
            (Get-Container full).State | Should -Be 'Running'
            Invoke-Container full -Command '(echo more > /more) 2>&1 | sed "s/.*: //"; ls /big' | Should -Contain '/big'
            Invoke-Container full -Command 'echo more 2>&1 > /more' -ErrorAction SilentlyContinue *>&1 | Out-String | Should -Match 'No space left on device'
            # There is no room for another one, and nothing of it stays.
            { New-Container $layout -Network none -Name second true -ErrorAction Stop } | Should -Throw
            (Get-Container -All).Name | Should -Be 'full'
            Stop-Container full -TimeoutSec 0 -ErrorAction Stop
            (Get-Container full).State | Should -Be 'Exited'
            Remove-Container full -Volume
            Wait-NothingLeft $full.Id
            Invoke-Image $layout -Network none -Remove -Command 'echo room again' | Should -Be 'room again'
        } finally {
            Get-Container -All | Remove-Container -Force -Volume
            $env:NSTOOLS_ROOT = $data
            umount --lazy "$work/small"
        }
    }

    It 'a pwsh that is killed while it is attached leaves a container that the next one can end' {
        $child = Start-Process pwsh -ArgumentList '-NoProfile', '-c', "Import-Module '$module'; Invoke-Image base:1 -Network none -Name orphan -Command 'echo up; sleep 600'" -PassThru -RedirectStandardOutput "$work/said"
        $end = [DateTime]::UtcNow.AddSeconds(30)
        while (-not (Select-String -Quiet up "$work/said") -and [DateTime]::UtcNow -lt $end) { Start-Sleep -Milliseconds 50 }
        $id = (Get-Container orphan).Id
        $child.Kill()
        $child.WaitForExit()
        Get-Container -All | Remove-Container -Force -Volume
        Wait-NothingLeft $id
    }
}

Describe 'Many containers' -Skip:(-not $canRun) {
    It 'started at once are all there, have names of their own, and leave nothing' {
        $count = $isLong ? 100 : 6
        $made = 1..$count | ForEach-Object -ThrottleLimit ($isLong ? 20 : 3) -Parallel {
            $ErrorActionPreference = 'Stop'
            if (-not (Get-Module NsTools)) { Import-Module $using:module }
            Invoke-Image base:1 -Network none -Detach -Volume 'shared:/shared' -Command "echo $_ > /shared/$_; exec sleep 600"
        }
        $made.Count | Should -Be $count
        ($made.Name | Sort-Object -Unique).Count | Should -Be $count
        $running = Get-Container
        ($running.Id | Sort-Object) | Should -Be ($made.Id | Sort-Object)
        $end = [DateTime]::UtcNow.AddSeconds(60)
        while (@(Get-ChildItem (Get-ContainerVolume shared).Path).Count -lt $count -and [DateTime]::UtcNow -lt $end) { Start-Sleep -Milliseconds 50 }
        @(Get-ChildItem (Get-ContainerVolume shared).Path).Count | Should -Be $count
        $running | Remove-Container -Force -Volume
        Remove-ContainerVolume shared
        Wait-NothingLeft ($made.Id | Select-Object -First 5)
    }

    It 'run and removed in a row leave nothing, and each has said what it had to' {
        $count = $isLong ? 1000 : 6
        $wrong = foreach ($i in 1..$count) {
            $said = Invoke-Image base:1 -Network none -Remove -Command "echo $i; exit $($i % 100)"
            if ($said -ne "$i" -or $LASTEXITCODE -ne $i % 100) { "$i said '$said' and ended with $LASTEXITCODE" }
        }
        $wrong | Should -BeNullOrEmpty
        Wait-NothingLeft
    }

    It 'started, stopped and removed in a row leave nothing' {
        $count = $isLong ? 1000 : 3
        $ids = foreach ($i in 1..$count) {
            $container = Invoke-Image base:1 -Network none -Detach sleep 600
            $container | Stop-Container -TimeoutSec 0
            $container | Remove-Container -Volume
            $container.Id
        }
        ($ids | Sort-Object -Unique).Count | Should -Be $count
        Wait-NothingLeft ($ids | Select-Object -Last 5)
    }
}
