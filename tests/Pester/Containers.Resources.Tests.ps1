BeforeDiscovery {
    $script:canRun = (id -u) -eq '0' -and (Test-Path /bin/busybox)
    $script:hasPodman = [bool](Get-Command podman -ErrorAction Ignore) -and [bool](Get-Command runc -ErrorAction Ignore)
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    Import-Module "$PSScriptRoot/Support/Images.psm1" -Force
    $script:work = Join-Path ([IO.Path]::GetTempPath()) "nstools-cr-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
    $null = New-Item -ItemType Directory $work
    $script:before = $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT
    $env:NSTOOLS_RUNROOT = "$work/run"
    $env:NSTOOLS_ROOT = "$work/data"
    if ((id -u) -eq '0' -and (Test-Path /bin/busybox)) { New-BusyBoxRoot "$work/root" }
    # What the container itself sees of its limits, on cgroup v1 and v2.
    $script:limits = 'cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes memory.max pids/pids.max pids.max 2>/dev/null; cat cpu/cpu.cfs_quota_us 2>/dev/null || cut -d" " -f1 cpu.max'
}

AfterAll {
    if ((id -u) -eq '0') { Get-Container -All | Remove-Container -Force }
    $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT = $before
    rm -rf $work
}

Describe 'Set-Container' -Skip:(-not $canRun) {
    BeforeAll { $null = Invoke-Image -Root "$work/root" -Name limited -Detach -Memory 64MB sleep 600 }
    AfterAll { Get-Container -All | Remove-Container -Force }

    It 'changes limits while the container runs, and leaves the others' {
        Invoke-Container limited -Command $limits | Should -Be '67108864', '2048', '-1'
        (Set-Container limited -Cpu 0.5 -PidsLimit 50 -PassThru).Name | Should -Be 'limited'
        Invoke-Container limited -Command $limits | Should -Be '67108864', '50', '50000'
        Set-Container limited -Memory 128MB
        Invoke-Container limited -Command $limits | Should -Be '134217728', '50', '50000'
        Set-Container limited -Memory 32MB -PidsLimit 0
        Invoke-Container limited -Command $limits | Should -Be '33554432', 'max', '50000'
    }

    It 'keeps them for the next start, and takes them for one that does not run' {
        Stop-Container limited -TimeoutSec 0
        Set-Container limited -PidsLimit 77 -CpuShare 512
        Start-Container limited
        Invoke-Container limited -Command $limits | Should -Be '33554432', '77', '50000'
    }

    It 'does what podman update would be told' {
        pwsh -NoProfile -c "Import-Module '$PSScriptRoot/../../out/NsTools/NsTools.psd1'; Set-Container limited -Memory 1MB -Cpu 2 -CpuSet 0 -PidsLimit 5 -WhatIf" |
            Should -BeLike '*podman update --memory 1048576 --memory-swap 1048576 --cpuset-cpus 0 --pids-limit 5 --cpus 2 limited*'
    }

    It 'tells what the kernel refuses, and changes nothing then' {
        { Set-Container limited -CpuSet 4000-4001 -PidsLimit 9 -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerRuntimeFailed,*'
        Stop-Container limited -TimeoutSec 0
        Start-Container limited
        Invoke-Container limited -Command $limits | Select-Object -Index 1 | Should -Be '77'
    }

    It 'wants a limit, and a container' {
        { Set-Container limited -ErrorAction Stop } | Should -Throw -ErrorId 'NothingToSet,*'
        { Set-Container nobody -Memory 1MB -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerNotFound,*'
        { Set-Container limited -CpuSet 'all' } | Should -Throw
    }
}

Describe 'Get-ContainerStatistic' -Skip:(-not $canRun) {
    BeforeAll {
        $null = Invoke-Image -Root "$work/root" -Name busy -Detach -Memory 100MB -Command 'head -c 20m /dev/zero > /dev/shm/x; while true; do true; done'
        $null = Invoke-Image -Root "$work/root" -Name calm -Detach -Network none -PidsLimit 40 -Command 'sleep 600 & sleep 600 & wait'
        $null = New-Container -Root "$work/root" -Name idle true
        $end = [DateTime]::UtcNow.AddSeconds(20)
        while (((Get-ContainerStatistic busy).MemoryUsage -lt 20MB -or (Get-ContainerStatistic calm).Processes -lt 3) -and [DateTime]::UtcNow -lt $end) { Start-Sleep -Milliseconds 50 }
    }
    AfterAll { Get-Container -All | Remove-Container -Force }

    It 'has what the kernel counts for those that run' {
        $all = Get-ContainerStatistic
        $all.Container | Sort-Object | Should -Be 'busy', 'calm'
        $busy, $calm = $all | Sort-Object Container
        $busy.MemoryUsage | Should -BeGreaterThan 20MB
        $busy.MemoryLimit | Should -Be 100MB
        $busy.MemoryPercent | Should -BeGreaterThan 20
        $busy.CpuTime | Should -BeGreaterThan ([TimeSpan]::Zero)
        $busy.CpuPercent | Should -BeGreaterThan $calm.CpuPercent
        $calm.Processes | Should -Be 3
        $calm.NetworkReceived | Should -Be 0
        # Without a limit it is the host's memory.
        [Math]::Abs($calm.MemoryLimit - 1KB * (-split (Get-Content /proc/meminfo | Select-Object -First 1))[1]) | Should -BeLessThan 1MB
    }

    It 'goes on in the pipeline, and tells of one that does not run' {
        (Get-ContainerStatistic busy | Get-Container).Name | Should -Be 'busy'
        { Get-ContainerStatistic idle -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerNotRunning,*'
        { Get-ContainerStatistic nobody -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerNotFound,*'
        Get-ContainerStatistic 'no*' | Should -BeNullOrEmpty
    }

    It 'has the figures that podman stats has' -Skip:(-not $hasPodman) {
        $inStore = '--root', "$work/ps", '--runroot', "$work/pr", '--cgroup-manager', 'cgroupfs', '--runtime', 'runc'
        podman @inStore run --detach --name theirs --network none --ulimit nofile=500:500 --ulimit nproc=500:500 --memory 100m --rootfs "$work/root" sh -c 'head -c 20m /dev/zero > /dev/shm/x; while true; do true; done' *> $null
        try {
            $end = [DateTime]::UtcNow.AddSeconds(20)
            do { $theirs = podman @inStore stats --no-stream --format json theirs | ConvertFrom-Json } until ($theirs.mem_usage -match '^2\d(\.\d+)?MB' -or [DateTime]::UtcNow -gt $end)
            $ours = Get-ContainerStatistic busy
            # They have the same to do; the page cache of the program itself is charged to whoever read it first.
            [Math]::Abs([double]($theirs.mem_percent -replace '%') - $ours.MemoryPercent) | Should -BeLessThan 4
            ($theirs.mem_usage -split ' / ')[1] | Should -Be '104.9MB' -Because "theirs is in powers of ten, ours $($ours.MemoryLimit) bytes"
            $theirs.pids | Should -Be $ours.Processes
            $theirs.net_io | Should -Be '0B / 0B'
        } finally { podman @inStore rm --force --time 0 theirs *> $null }
    }
}

Describe 'Watch-Container' -Skip:(-not $canRun) {
    BeforeAll {
        $null = Invoke-Image -Root "$work/root" -Name turning -Detach -Command 'while true; do true; done'
        $null = Invoke-Image -Root "$work/root" -Name still -Detach sleep 600
    }
    AfterAll { Get-Container -All | Remove-Container -Force }

    It 'gives rows again and again, the busiest first, rates since the row before' {
        $rows = Watch-Container -Count 2 -Interval 0.3
        $rows.Container | Should -Be 'turning', 'still', 'turning', 'still'
        $rows[2].CpuPercent | Should -BeGreaterThan 5
        $rows[3].CpuPercent | Should -BeLessThan 5
        (Watch-Container -Count 1 -Interval 0.1 -Sort Name).Container | Should -Be 'still', 'turning'
        (Watch-Container tur* -Count 1 -Interval 0.1).Container | Should -Be 'turning'
    }

    It 'ends with the containers that it watches' {
        $module = "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
        # The environment is the process's, a thread's too.
        $watching = Start-ThreadJob { Import-Module $using:module; Watch-Container still -Interval 0.1 }
        $end = [DateTime]::UtcNow.AddSeconds(20)
        while (-not $watching.Output.Count -and [DateTime]::UtcNow -lt $end) { Start-Sleep -Milliseconds 50 }
        Stop-Container still -TimeoutSec 0
        ($watching | Wait-Job -Timeout 20).State | Should -Be 'Completed'
        $watching | Remove-Job -Force
    }

    It 'refreshes a table on a terminal' -Skip:(-not (Get-Command tmux -ErrorAction Ignore)) {
        $session = "nstools-watch-$PID"
        tmux -L $session new-session -d -x 110 -y 20 -e "NSTOOLS_RUNROOT=$env:NSTOOLS_RUNROOT" -e "NSTOOLS_ROOT=$env:NSTOOLS_ROOT" "pwsh -NoProfile -NoExit -c `"Import-Module $PSScriptRoot/../../out/NsTools/NsTools.psd1; Watch-Container -Interval 0.2`""
        try {
            $end = [DateTime]::UtcNow.AddSeconds(30)
            do { $screen = tmux -L $session capture-pane -p; Start-Sleep -Milliseconds 100 } until ("$screen" -match 'turning' -or [DateTime]::UtcNow -gt $end)
            $screen[0] | Should -Match 'Container +PIDs +%CPU +Memory +%Mem +Net in'
            "$screen" | Should -Match 'turning +\d+ +\d+\.\d'
            "$screen" | Should -Match 'sort: Cpu'
            tmux -L $session send-keys n
            $end = [DateTime]::UtcNow.AddSeconds(10)
            do { $screen = tmux -L $session capture-pane -p; Start-Sleep -Milliseconds 100 } until ("$screen" -match 'sort: Name' -or [DateTime]::UtcNow -gt $end)
            "$screen" | Should -Match 'sort: Name'
        } finally { tmux -L $session kill-server }
    }
}
