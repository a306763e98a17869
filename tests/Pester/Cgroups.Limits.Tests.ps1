# Limits: set, read back, and felt by a process. On the machine's own cgroups: v1, hybrid or v2
# (build.ps1 TestV2 runs it on a pure v2 kernel in a virtual machine).
BeforeDiscovery {
    . "$PSScriptRoot/Support/CgroupFacts.ps1"
}

BeforeAll {
    . "$PSScriptRoot/Support/Cgroups.ps1"
}

AfterAll {
    Clear-TestCgroup
}

Describe 'Limits: set, and read back from the kernel' -Skip:(-not $isRoot) {
    BeforeAll { $cgroup = Get-TestCgroup }

    It 'sets memory as <given>' -Skip:(-not $hasMemory) -ForEach @(
        @{ given = '200MB'; bytes = 200MB }, @{ given = '1.5GiB'; bytes = 1.5GB }, @{ given = 104857600; bytes = 100MB }
    ) {
        (Set-CgroupLimit $cgroup -Memory $given).Memory | Should -Be $bytes
        [long] (Read-File $cgroup -V1 memory.limit_in_bytes -V2 memory.max) | Should -Be $bytes
    }

    It 'takes a memory limit away' -Skip:(-not $hasMemory) {
        (Set-CgroupLimit $cgroup -Memory Unlimited).Memory | Should -Be ([long]::MaxValue)
        if ($isV2) { Read-File $cgroup -V1 '' -V2 memory.max | Should -Be max }
    }

    It 'counts swap without memory on both' -Skip:(-not $hasMemory) {
        $null = Set-CgroupLimit $cgroup -Memory 100MB -Swap 50MB
        if ($isV2) { [long] (Read-File $cgroup -V1 '' -V2 memory.swap.max) | Should -Be 50MB }
        else { [long] (Read-File $cgroup -V1 memory.memsw.limit_in_bytes) | Should -Be 150MB }
        # Up and down again: v1's two files must never contradict each other on the way.
        $limit = Set-CgroupLimit $cgroup -Memory 400MB
        $limit.Memory, $limit.Swap | Should -Be 400MB, 50MB
        $limit = Set-CgroupLimit $cgroup -Memory 50MB -Swap 10MB
        $limit.Memory, $limit.Swap | Should -Be 50MB, 10MB
        $limit = Set-CgroupLimit $cgroup -Swap 0
        $limit.Memory, $limit.Swap | Should -Be 50MB, 0
        $limit = Set-CgroupLimit $cgroup -Memory Unlimited -Swap Unlimited
        $limit.Memory, $limit.Swap | Should -Be ([long]::MaxValue), ([long]::MaxValue)
    }

    It 'sets the high limit' -Skip:(-not $hasMemory) {
        (Set-CgroupLimit $cgroup -MemoryHigh 64MB).MemoryHigh | Should -Be 64MB
        [long] (Read-File $cgroup -V1 memory.soft_limit_in_bytes -V2 memory.high) | Should -Be 64MB
    }

    It 'sets what v1 alone has' -Skip:(-not $hasV1Memory) {
        (Set-CgroupLimit $cgroup -Swappiness 0).Swappiness | Should -Be 0
        Read-File $cgroup -V1 memory.swappiness | Should -Be 0
        foreach ($parameters in @{ MemoryLow = 1MB }, @{ MemoryMin = 1MB }, @{ OomGroup = $true }) {
            (Get-Failure { Set-CgroupLimit $cgroup @parameters }).FullyQualifiedErrorId | Should -BeLike 'LimitNotSupported,*'
        }
    }

    It 'sets what v2 alone has' -Skip:(-not $hasV2Memory) {
        $limit = Set-CgroupLimit $cgroup -MemoryLow 16MB -MemoryMin 8MB -OomGroup $true
        $limit.MemoryLow, $limit.MemoryMin, $limit.OomGroup | Should -Be 16MB, 8MB, $true
        [long] (Read-File $cgroup -V1 '' -V2 memory.low), [long] (Read-File $cgroup -V1 '' -V2 memory.min), (Read-File $cgroup -V1 '' -V2 memory.oom.group) | Should -Be 16MB, 8MB, 1
        $failure = Get-Failure { Set-CgroupLimit $cgroup -Swappiness 0 }
        $failure.FullyQualifiedErrorId | Should -BeLike 'LimitNotSupported,*'
        $failure.ErrorDetails.RecommendedAction | Should -Match '-Swap 0'
    }

    It 'sets CPU time: <cpu> cores in <period>' -ForEach @(
        @{ cpu = 0.5; period = '100ms'; quota = 50000; us = 100000 }
        @{ cpu = 1.5; period = '20ms'; quota = 30000; us = 20000 }
        @{ cpu = 0.25; period = 500000; quota = 125000; us = 500000 }
    ) {
        $limit = Set-CgroupLimit $cgroup -Cpu $cpu -CpuPeriod $period
        $limit.Cpu | Should -Be $cpu
        $limit.CpuPeriod.TotalMicroseconds | Should -Be $us
        if ($isV2) { Read-File $cgroup -V1 '' -V2 cpu.max | Should -Be "$quota $us" }
        else { Read-File $cgroup -V1 cpu.cfs_quota_us | Should -Be $quota; Read-File $cgroup -V1 cpu.cfs_period_us | Should -Be $us }
    }

    It 'keeps the cores when only the period changes, and sets a burst' {
        $null = Set-CgroupLimit $cgroup -Cpu 0.5 -CpuPeriod 100ms
        (Set-CgroupLimit $cgroup -CpuPeriod 50ms).Cpu | Should -Be 0.5
        (Set-CgroupLimit $cgroup -CpuBurst 20ms).CpuBurst.TotalMilliseconds | Should -Be 20
        Read-File $cgroup -V1 cpu.cfs_burst_us -V2 cpu.max.burst | Should -Be 20000
        # Below the burst: it goes down first.
        (Set-CgroupLimit $cgroup -Cpu 0.1 -CpuBurst 1ms).Cpu | Should -Be 0.1
        (Set-CgroupLimit $cgroup -Cpu Unlimited -CpuBurst 0).Cpu | Should -Be ([double]::PositiveInfinity)
    }

    It 'sets CPU weight at the kernel''s rate' {
        (Set-CgroupLimit $cgroup -CpuWeight 50).CpuWeight | Should -Be 50
        Read-File $cgroup -V1 cpu.shares -V2 cpu.weight | Should -Be $(if ($isV2) { 50 } else { 512 })
        (Set-CgroupLimit $cgroup -CpuIdle $true).CpuIdle | Should -BeTrue
        $limit = Set-CgroupLimit $cgroup -CpuIdle $false -CpuWeight 100
        $limit.CpuIdle, $limit.CpuWeight | Should -Be $false, 100
    }

    It 'sets CPUs and memory nodes' {
        $limit = Set-CgroupLimit $cgroup -CpuSet 0 -MemoryNodes 0
        $limit.CpuSet, $limit.MemoryNodes | Should -Be '0', '0'
        Read-File $cgroup -V1 cpuset.cpus -V2 cpuset.cpus | Should -Be 0
    }

    It 'sets the limit of processes' {
        (Set-CgroupLimit $cgroup -Pids 42).Pids | Should -Be 42
        Read-File $cgroup -V1 pids.max -V2 pids.max | Should -Be 42
        (Set-CgroupLimit $cgroup -Pids Unlimited).Pids | Should -Be ([long]::MaxValue)
        Read-File $cgroup -V1 pids.max -V2 pids.max | Should -Be max
    }

    It 'sets huge pages' -Skip:(-not (Test-Path /sys/kernel/mm/hugepages/hugepages-2048kB)) {
        $limit = Set-CgroupLimit $cgroup -HugePage @{ '2MB' = '64MB' }
        "$($limit.HugePage | Where-Object PageSize -EQ '2MB')" | Should -Be '2MB=67108864'
        $file = $cgroup.Directories | ForEach-Object { "$_/hugetlb.2MB.max", "$_/hugetlb.2MB.limit_in_bytes" } | Where-Object { Test-Path $_ }
        Get-Content $file | Should -Be 67108864
        "$((Set-CgroupLimit $cgroup -HugePage @{ '2MiB' = 'Unlimited' }).HugePage | Where-Object PageSize -EQ '2MB')" | Should -Be '2MB=max'
        { Set-CgroupLimit $cgroup -HugePage @{ '3MB' = 1 } } | Should -Throw '*no huge pages of 3MB*'
    }

    It 'sets I/O limits by disk, and takes them away' {
        $disk = (Get-ChildItem /sys/block | Where-Object Name -Match '^(vd|sd|nvme|nullb)' | Select-Object -First 1).Name
        $id = Get-Content /sys/block/$disk/dev
        $limit = Set-CgroupLimit $cgroup -IoDevice /dev/$disk -IoReadBytes 1MB -IoWriteOperations 100
        "$($limit.Io)" | Should -Be "$id rbps=1048576 wiops=100"
        if ($isV2) { Read-File $cgroup -V1 '' -V2 io.max | Should -Be "$id rbps=1048576 wbps=max riops=max wiops=100" }
        else { Read-File $cgroup -V1 blkio.throttle.read_bps_device | Should -Be "$id 1048576" }
        "$((Set-CgroupLimit $cgroup -IoDevice $id -IoReadBytes Unlimited -IoWriteOperations Unlimited).Io)" | Should -BeNullOrEmpty
    }

    It 'sets I/O weight where the kernel has it' {
        if (-not ($cgroup.Directories | Where-Object { Test-Path $_/io.weight, $_/io.bfq.weight, $_/blkio.bfq.weight, $_/blkio.weight | Where-Object { $_ } })) {
            Set-ItResult -Skipped -Because 'this kernel weighs no I/O'
        }
        (Set-CgroupLimit $cgroup -IoWeight 50).IoWeight | Should -Be 50
    }

    It 'sets a latency target on v2 and takes it away, or says that the kernel has none' -Skip:(-not (Test-Path /sys/fs/cgroup/cgroup.controllers)) {
        $disk = (Get-ChildItem /sys/block | Where-Object Name -NotMatch '^(loop|ram|zram)' | Select-Object -First 1).Name
        if (-not $disk) { Set-ItResult -Skipped -Because 'there is no disk' }
        $cgroup = Get-TestCgroup io
        if (-not (Test-Path "/sys/fs/cgroup$($cgroup.Path)/io.latency")) {
            $failure = Get-Failure { Set-CgroupLimit $cgroup -IoDevice $disk -IoLatency 20ms }
            $failure.FullyQualifiedErrorId | Should -BeLike 'LimitNotSupported,*'
            $failure.ErrorDetails.Message | Should -Match 'io\.latency.*kernel'
            return
        }
        (Set-CgroupLimit $cgroup -IoDevice $disk -IoLatency 20ms).Io[0].Latency | Should -Be ([TimeSpan]::FromMilliseconds(20))
        Get-Content "/sys/fs/cgroup$($cgroup.Path)/io.latency" | Should -Match "^$(Get-Content /sys/block/$disk/dev) target=20000$"
        $null = Set-CgroupLimit $cgroup -IoDevice $disk -IoLatency Unlimited
        Get-Content "/sys/fs/cgroup$($cgroup.Path)/io.latency" | Should -BeNullOrEmpty
    }

    It 'says that v1 has no latency target' -Skip:(-not (Test-Path /sys/fs/cgroup/blkio)) {
        $disk = (Get-ChildItem /sys/block | Select-Object -First 1).Name
        $failure = Get-Failure { Set-CgroupLimit (Get-TestCgroup blkio) -IoDevice $disk -IoLatency 20ms }
        $failure.FullyQualifiedErrorId | Should -BeLike 'LimitNotSupported,*'
        $failure.ErrorDetails.Message | Should -Match 'IoLatency'
    }

    It 'says what stands in the way of an RDMA limit' {
        $cgroup = Get-TestCgroup
        $failure = Get-Failure { Set-CgroupLimit $cgroup -Rdma @{ mlx5_0 = @{ Handles = 2; Objects = 2000 } } }
        # With the controller it is the device that is not there; without it, the controller.
        $failure.FullyQualifiedErrorId | Should -BeLike ($cgroup.Controllers -contains 'rdma' ? 'DeviceNotFound,*' : 'LimitNotSupported,*')
        $failure.ErrorDetails.Message | Should -Match 'rdma'
        { Set-CgroupLimit $cgroup -Rdma @{ mlx5_0 = 2 } } | Should -Throw '*no hash table*'
    }

    It 'lets an ordinary user set every limit in what root has delegated' {
        $cgroup = Get-TestCgroup
        foreach ($directory in $cgroup.Directories) {
            chown 65534 $directory
            foreach ($file in 'cgroup.procs', 'cgroup.subtree_control', 'cgroup.threads', 'tasks') { if (Test-Path $directory/$file) { chown 65534 $directory/$file } }
        }
        $memory = $cgroup.Controllers -contains 'memory' ? '-Memory 50MB' : ''
        $script = "Import-Module '$PSScriptRoot/../../out/NsTools/NsTools.psd1'
            `$mine = New-Cgroup $($cgroup.Name)/mine
            `$limit = `$mine | Set-CgroupLimit $memory -Pids 50 -Cpu 0.5 -CpuWeight 50
            `$limit.Pids; `$limit.Cpu; `$limit.CpuWeight; `$limit.Memory
            (Suspend-Cgroup `$mine -PassThru).Path; Resume-Cgroup `$mine
            Stop-Cgroup `$mine; Remove-Cgroup `$mine; 'done'"
        $shown = setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/tmp (Get-Process -Id $PID).Path -NoProfile -NonInteractive -Command $script
        $shown[0..2] | Should -Be '50', '0.5', '50'
        if ($memory) { $shown[3] | Should -Be 50MB }
        $shown[-1] | Should -Be done
    }

    It 'sets network class and priority where v1 has them' {
        $mounted = New-Item "$work/net" -ItemType Directory
        mount -t cgroup -o 'net_cls,net_prio' none $mounted 2>$null
        if ($LASTEXITCODE -ne 0) { Set-ItResult -Skipped -Because 'this kernel has no net_cls,net_prio hierarchy' }
        try {
            $net = Get-TestCgroup net_cls
            $limit = Set-CgroupLimit $net -NetworkClass 10:1 -NetworkPriority @{ lo = 5 }
            $limit.NetworkClass | Should -Be 0x100001
            Get-Content $mounted/$($net.Name)/net_cls.classid | Should -Be 1048577
            Get-Content $mounted/$($net.Name)/net_prio.ifpriomap | Should -Contain 'lo 5'
            Remove-Cgroup $net
        }
        finally {
            umount $mounted
        }
    }

    It 'shows them in a table that fits 100 columns, and in a list' {
        ($cgroup | Get-CgroupLimit | Format-Table | Out-String -Width 100).Split("`n").TrimEnd() | ForEach-Object Length | Should -Not -BeGreaterThan 100
        $cgroup | Get-CgroupLimit | Format-List | Out-String | Should -Match 'Pids\s+: Unlimited'
    }
}

Describe 'Limits: felt by a process' -Skip:(-not $isRoot) {
    It 'kills what eats more memory than it may, and counts it' -Skip:(-not $hasMemory) {
        $cgroup = Get-TestCgroup
        $null = Set-CgroupLimit $cgroup -Memory 50MB -Swap 0
        $process = Invoke-Waiting 'head -c 200000000 /dev/zero | tail -c 190000000 | wc -c'
        $process | Add-CgroupProcess $cgroup
        Open-Gate $process
        $process.WaitForExit()
        [int] "0$(Get-Content $process.Output)" | Should -BeLessThan 190000000
        $statistic = Get-CgroupStatistic $cgroup
        $statistic.OomKillCount | Should -BeGreaterThan 0
        $statistic.MemoryPeak | Should -BeGreaterThan 40MB
        $statistic.MemoryPeak | Should -Not -BeGreaterThan 50MB
        if ($isV2) { $statistic.MemoryLimitCount, $statistic.OomCount | Should -Not -Contain 0 }
    }

    It 'refuses a memory limit below what is in use' -Skip:(-not $hasMemory) {
        $cgroup = Get-TestCgroup
        # tail holds what comes until the end, which does not come.
        $process = Invoke-Waiting '{ head -c 40000000 /dev/zero; sleep 100; } | tail -c 40000000'
        $process | Add-CgroupProcess $cgroup
        $null = Set-CgroupLimit $cgroup -Swap 0 -Memory 500MB
        Open-Gate $process
        Wait-Until { (Get-CgroupStatistic $cgroup).MemoryAnonymous -gt 38MB }
        (Get-Failure { Set-CgroupLimit $cgroup -Memory 10MB }).FullyQualifiedErrorId | Should -BeLike 'LimitBelowUsage,*'
        (Get-CgroupLimit $cgroup).Memory | Should -Be 500MB
        (Get-CgroupStatistic $cgroup).OomKillCount | Should -Be 0
        Remove-Cgroup $cgroup -Force
    }

    It 'holds CPU time within 10 percent' {
        $cgroup = Get-TestCgroup
        $null = Set-CgroupLimit $cgroup -Cpu 0.25
        $process = Invoke-Waiting 'while :; do :; done'
        $process | Add-CgroupProcess $cgroup
        Open-Gate $process
        Wait-Until { (Get-CgroupStatistic $cgroup).CpuTime.TotalSeconds -gt 0.2 }
        $first = Get-CgroupStatistic $cgroup
        # A reading takes a while itself on an emulated machine.
        Start-Sleep ($patience -gt 1 ? 20 : 4)
        $second = Get-CgroupStatistic $cgroup
        $share = ($second.CpuTime - $first.CpuTime) / ($second.Time - $first.Time)
        $share | Should -BeGreaterThan 0.225
        $share | Should -BeLessThan 0.275
        $second.CpuThrottledCount | Should -BeGreaterThan $first.CpuThrottledCount
        Remove-Cgroup $cgroup -Force
    }

    It 'shares CPU time by weight within 10 percent' {
        $parent = Get-TestCgroup
        $null = Set-CgroupLimit $parent -CpuSet 0
        $cgroups = 100, 300 | ForEach-Object { New-Cgroup "$($parent.Name)/w$_" | Set-CgroupLimit -CpuWeight $_ -CpuSet 0 }
        $processes = foreach ($cgroup in $cgroups) {
            $process = Invoke-Waiting 'while :; do :; done'
            $process | Add-CgroupProcess $cgroup
            $process
        }
        $processes | ForEach-Object { Open-Gate $_ }
        Wait-Until { ($cgroups | Get-CgroupStatistic | Where-Object { $_.CpuTime.TotalSeconds -gt 0.1 }).Count -eq 2 }
        $first = $cgroups | Get-CgroupStatistic
        Start-Sleep 4
        $second = $cgroups | Get-CgroupStatistic
        $times = 0, 1 | ForEach-Object { ($second[$_].CpuTime - $first[$_].CpuTime).TotalSeconds }
        $times[1] / ($times[0] + $times[1]) | Should -BeGreaterThan 0.675
        $times[1] / ($times[0] + $times[1]) | Should -BeLessThan 0.825
        Remove-Cgroup $parent -Recurse -Force
    }

    It 'refuses a fork at the limit of processes, and counts it' {
        $cgroup = Get-TestCgroup
        $null = Set-CgroupLimit $cgroup -Pids 5
        $process = Invoke-Waiting 'for i in 1 2 3 4 5 6 7 8 9; do sleep 30 & done'
        $process | Add-CgroupProcess $cgroup
        Open-Gate $process
        $process.WaitForExit()
        Get-Content $process.Failure | Should -Match 'fork'
        $statistic = Get-CgroupStatistic $cgroup
        $statistic.PidsUsage | Should -BeLessOrEqual 5
        $statistic.PidsLimitCount | Should -BeGreaterThan 0
        Remove-Cgroup $cgroup -Force
    }

    It 'holds the rate of block I/O' {
        # A null block device where there is one; otherwise a file, read past the page cache from the disk that it is on.
        $file = '/dev/nullb0'
        if (-not (Test-Path $file)) {
            $file = "/var/tmp/$prefix-disk"
            head -c 12582912 /dev/urandom > $file
            sync $file
        }
        $number = if ($file -like '/dev/*') { Get-Content /sys/block/nullb0/dev } else { stat -c '%Hd:%Ld' $file }
        if (-not (Test-Path /sys/dev/block/$number)) { Set-ItResult -Skipped -Because '/var/tmp is on no block device' }
        $cgroup = Get-TestCgroup
        $null = Set-CgroupLimit $cgroup -IoDevice $number -IoReadBytes 4MB
        $process = Invoke-Waiting "dd if=$file of=/dev/null bs=512k count=24 iflag=direct"
        $process | Add-CgroupProcess $cgroup
        $watch = [Diagnostics.Stopwatch]::StartNew()
        Open-Gate $process
        $process.WaitForExit()
        # 12 MB at 4 MB a second; the kernel lets a first slice through.
        $watch.Elapsed.TotalSeconds | Should -BeGreaterThan 2
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 6
        (Get-CgroupStatistic $cgroup).IoReadBytes | Should -BeGreaterOrEqual 12MB
        if ($file -notlike '/dev/*') { Remove-Item $file }
    }

    It 'denies a device on v1' -Skip:(-not (Test-Path /sys/fs/cgroup/devices)) {
        $cgroup = Get-TestCgroup devices
        $limit = Set-CgroupLimit $cgroup -DenyDevice 'c 1:5 rwm'
        $limit.Device | Should -Not -BeNullOrEmpty
        $process = Invoke-Waiting 'cat /dev/zero | head -c 4 | wc -c'
        $process | Add-CgroupProcess $cgroup
        Open-Gate $process
        $process.WaitForExit()
        Get-Content $process.Failure | Should -Match 'not permitted'
    }
}
