# On the machine's own cgroups: v1, hybrid or v2 (build.ps1 TestV2 runs it on a pure v2 kernel in a virtual machine).
BeforeDiscovery {
    $isRoot = (id -u) -eq 0
    $hasV1Memory = Test-Path /sys/fs/cgroup/memory/memory.limit_in_bytes
    $hasV2Memory = (Test-Path /sys/fs/cgroup/cgroup.controllers) -and (Get-Content /sys/fs/cgroup/cgroup.controllers) -match '\bmemory\b'
    $hasMemory = $hasV1Memory -or $hasV2Memory
    $isSlow = [bool] $env:NSTOOLS_SLOW_MACHINE
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    $prefix = "nstest-cg-$PID"
    $isV2 = Test-Path /sys/fs/cgroup/cgroup.controllers
    $work = (New-Item (Join-Path ([IO.Path]::GetTempPath()) $prefix) -ItemType Directory).FullName
    $script:number = 0

    # A cgroup of its own for a test, and the path of one of its control files by v1's and v2's names.
    function Get-TestCgroup([string[]] $Controller) {
        $script:number++
        if ($Controller) { New-Cgroup "$prefix-$number" -Controller $Controller } else { New-Cgroup "$prefix-$number" }
    }
    function Read-File($Cgroup, [string] $V1, [string] $V2) {
        if ($isV2) { Get-Content "/sys/fs/cgroup$($Cgroup.Path)/$V2" } else { Get-Content "/sys/fs/cgroup/$($V1.Split('.')[0])$($Cgroup.Path)/$V1" }
    }
    # A shell that waits for a word before it does what it shall do, so that it can be put into a cgroup first.
    function Invoke-Waiting([string] $Command) {
        $script:number++
        $gate = "$work/gate-$number"
        Set-Content "$work/command-$number" "while [ ! -e $gate ]; do sleep 0.02; done; $Command"
        $process = Start-Process sh -ArgumentList "$work/command-$number" -RedirectStandardOutput "$work/out-$number" -RedirectStandardError "$work/err-$number" -PassThru
        $process | Add-Member Gate $gate -PassThru | Add-Member Output "$work/out-$number" -PassThru | Add-Member Failure "$work/err-$number" -PassThru
    }
    function Open-Gate($Process) { $null = New-Item $Process.Gate }
    function Wait-Until([scriptblock] $Condition, [int] $Seconds = 20) {
        $watch = [Diagnostics.Stopwatch]::StartNew()
        while (-not (& $Condition)) {
            if ($watch.Elapsed.TotalSeconds -gt $Seconds) { throw "Not within $Seconds s: $Condition" }
            Start-Sleep -Milliseconds 20
        }
    }
    function Get-Failure([scriptblock] $Command) {
        & $Command 2>&1 | Where-Object { $_ -is [Management.Automation.ErrorRecord] } | Select-Object -First 1
    }
}

AfterAll {
    Remove-Cgroup "$prefix-*" -Recurse -Force
    Remove-Item $work -Recurse -Force
    Get-Cgroup "$prefix-*" | Should -BeNullOrEmpty
}

Describe 'Making, finding and removing cgroups' -Skip:(-not $isRoot) {
    It 'makes one in every hierarchy, and removes it from all' {
        $cgroup = Get-TestCgroup
        $cgroup.GetType().FullName | Should -Be NsTools.Cgroup
        $cgroup.Directories | Should -Not -BeNullOrEmpty
        $cgroup.Directories | ForEach-Object { Test-Path $_ | Should -BeTrue }
        $cgroup.Directories.Count | Should -Be @(Get-Item "/sys/fs/cgroup/*/$($cgroup.Name)", "/sys/fs/cgroup/$($cgroup.Name)" -ErrorAction Ignore | Where-Object { -not $_.Parent.LinkTarget }).Count
        Remove-Cgroup $cgroup
        $cgroup.Directories | Where-Object { Test-Path $_ } | Should -BeNullOrEmpty
    }

    It 'makes parents, and enables the controllers all the way down on v2' {
        $cgroup = New-Cgroup "$prefix-deep/a/b/c" -Controller pids
        $cgroup.Controllers | Should -Contain pids
        Read-File $cgroup -V1 pids.max -V2 pids.max | Should -Be max
        (Get-Cgroup "$prefix-deep" -Recurse).Path | Should -Be "/$prefix-deep", "/$prefix-deep/a", "/$prefix-deep/a/b", "/$prefix-deep/a/b/c"
        Remove-Cgroup "$prefix-deep" -Recurse
        Get-Cgroup "$prefix-deep*" | Should -BeNullOrEmpty
    }

    It 'takes wildcards level by level' {
        $null = New-Cgroup "$prefix-w/one/x", "$prefix-w/two/x" -Controller pids
        (Get-Cgroup "$prefix-w/*").Name | Should -Be one, two
        (Get-Cgroup "$prefix-w/t*/?").Path | Should -Be "/$prefix-w/two/x"
        Remove-Cgroup "$prefix-w/*" -Recurse
        Get-Cgroup "$prefix-w/*" | Should -BeNullOrEmpty
    }

    It 'tells the cgroups of a process as /proc does' {
        $cgroup = Get-TestCgroup
        $process = Invoke-Waiting 'true'
        $process | Add-CgroupProcess $cgroup
        ($process | Get-Cgroup).Path | Should -Be $cgroup.Path
        Get-Content "/proc/$($process.Id)/cgroup" | Where-Object { $_ -match ':pids:|^0::' } | Should -Match ([regex]::Escape($cgroup.Path) + '$')
        (Get-CgroupProcess $cgroup).ProcessId | Should -Contain $process.Id
        (Get-Cgroup $cgroup.Path).ProcessCount | Should -BeGreaterThan 0
        Open-Gate $process
        $process.WaitForExit()
    }

    It 'finds the controller that is not there' {
        $failure = Get-Failure { New-Cgroup "$prefix-none" -Controller nonsense }
        $failure.FullyQualifiedErrorId | Should -BeLike 'ControllerNotFound,*'
        $failure.CategoryInfo.Category | Should -Be ObjectNotFound
        $failure.ErrorDetails.RecommendedAction | Should -Match 'pids'
        Get-Cgroup "$prefix-none*" | Should -BeNullOrEmpty
    }

    It 'does nothing under -WhatIf' {
        New-Cgroup "$prefix-whatif" -WhatIf
        Get-Cgroup "$prefix-whatif*" | Should -BeNullOrEmpty
    }

    It 'completes paths, controllers and disks' {
        $cgroup = Get-TestCgroup pids
        (TabExpansion2 "Get-Cgroup $($cgroup.Name.Substring(0, $cgroup.Name.Length - 1))").CompletionMatches.CompletionText | Should -Contain $cgroup.Name
        (TabExpansion2 'New-Cgroup x -Controller pid').CompletionMatches.CompletionText | Should -Be pids
    }

    It 'is one pipeline from making to removing' {
        $number = "$prefix-pipe"
        New-Cgroup $number | Set-CgroupLimit -Pids 7 | Get-CgroupLimit | ForEach-Object Pids | Should -Be 7
        Get-Cgroup $number | Remove-Cgroup
        Get-Cgroup "$number*" | Should -BeNullOrEmpty
    }
}

Describe 'Bad input and faults' -Skip:(-not $isRoot) {
    It 'refuses <path>' -ForEach @(
        @{ path = '../outside' }, @{ path = 'a/../../outside' }, @{ path = "a`nb" }
    ) {
        (Get-Failure { New-Cgroup $path }).FullyQualifiedErrorId | Should -BeLike 'InvalidCgroupPath,*'
    }

    It 'does not follow a symbolic link, whatever mounts there are' {
        # /sys/fs/cgroup itself has such links on systemd hosts (cpuacct -> cpu,cpuacct); no cgroup is a link.
        $failure = Get-Failure { Get-Cgroup "$prefix-absent/x" }
        $failure.FullyQualifiedErrorId | Should -BeLike 'CgroupNotFound,*'
        $failure.CategoryInfo.Category | Should -Be ObjectNotFound
    }

    It 'is silent for a pattern that nothing matches' {
        Get-Cgroup "$prefix-absent*" -ErrorVariable failure | Should -BeNullOrEmpty
        $failure | Should -BeNullOrEmpty
    }

    It 'says that a cgroup is there already' {
        $cgroup = Get-TestCgroup pids
        (Get-Failure { New-Cgroup $cgroup.Name -Controller pids }).FullyQualifiedErrorId | Should -BeLike 'CgroupExists,*'
    }

    It 'keeps a busy cgroup whole, and names the way out' {
        $cgroup = Get-TestCgroup
        $process = Invoke-Waiting 'true'
        $process | Add-CgroupProcess $cgroup
        $failure = Get-Failure { Remove-Cgroup $cgroup }
        $failure.FullyQualifiedErrorId | Should -BeLike 'CgroupBusy,*'
        $failure.ErrorDetails.RecommendedAction | Should -Match '-Force'
        $cgroup.Directories | ForEach-Object { Test-Path $_ | Should -BeTrue }
        Remove-Cgroup $cgroup -Force
        $process.WaitForExit(5000) | Should -BeTrue
        Get-Cgroup "$($cgroup.Name)*" | Should -BeNullOrEmpty
    }

    It 'keeps one with children without -Recurse' {
        $null = New-Cgroup "$prefix-parent/child"
        (Get-Failure { Remove-Cgroup "$prefix-parent" }).FullyQualifiedErrorId | Should -BeLike 'CgroupBusy,*'
        (Get-Cgroup "$prefix-parent/child").Directories | ForEach-Object { Test-Path $_ | Should -BeTrue }
        Remove-Cgroup "$prefix-parent" -Recurse
    }

    It 'tells of a process that has died in between' {
        $process = Start-Process true -PassThru
        $process.WaitForExit()
        $cgroup = Get-TestCgroup
        $failure = Get-Failure { Add-CgroupProcess $cgroup $process.Id }
        $failure.FullyQualifiedErrorId | Should -BeLike 'ProcessNotFound,*'
        $failure.CategoryInfo.Category | Should -Be ObjectNotFound
        (Get-Failure { Get-Cgroup -Process $process.Id }).FullyQualifiedErrorId | Should -BeLike 'ProcessNotFound,*'
    }

    It 'tells of a cgroup that was removed in between' {
        $cgroup = Get-TestCgroup pids
        Remove-Cgroup $cgroup
        (Get-Failure { $cgroup | Get-CgroupStatistic }).FullyQualifiedErrorId | Should -BeLike 'CgroupNotFound,*'
        (Get-Failure { Remove-Cgroup $cgroup }).FullyQualifiedErrorId | Should -BeLike 'CgroupNotFound,*'
    }

    It 'leaves the root alone' {
        (Get-Failure { Remove-Cgroup / -Recurse -Force }).FullyQualifiedErrorId | Should -BeLike 'CgroupIsRoot,*'
        (Get-Failure { Stop-Cgroup / }).FullyQualifiedErrorId | Should -BeLike 'CgroupIsRoot,*'
        (Get-Failure { Suspend-Cgroup / }).FullyQualifiedErrorId | Should -BeLike 'CannotFreeze,*'
    }

    It 'refuses to stop or freeze itself' {
        $cgroup = Get-TestCgroup
        # The way back is that of all hierarchies together only where the process is in one cgroup.
        $before = Get-Cgroup -Process $PID
        try {
            Add-CgroupProcess $cgroup $PID
            (Get-Failure { Stop-Cgroup $cgroup }).FullyQualifiedErrorId | Should -BeLike 'CgroupHasSelf,*'
            (Get-Failure { Suspend-Cgroup $cgroup }).FullyQualifiedErrorId | Should -BeLike 'CgroupHasSelf,*'
        }
        finally {
            $before | ForEach-Object { Add-CgroupProcess $_ $PID }
        }
        Compare-Object $before.Path (Get-Cgroup -Process $PID).Path | Should -BeNullOrEmpty
    }

    It 'says what an ordinary user may not do' {
        $cgroup = Get-TestCgroup
        $script = "Import-Module '$PSScriptRoot/../../out/NsTools/NsTools.psd1'; `$ErrorView = 'CategoryView'
            New-Cgroup $($cgroup.Name)/mine -ErrorVariable f 2>`$null; `$f[0].FullyQualifiedErrorId
            Set-CgroupLimit $($cgroup.Name) -Pids 5 -ErrorVariable f 2>`$null; `$f[0].FullyQualifiedErrorId; `$f[0].CategoryInfo.Category
            (Get-Cgroup $($cgroup.Name)).Path"
        $shown = setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/tmp (Get-Process -Id $PID).Path -NoProfile -NonInteractive -Command $script
        $shown[0] | Should -BeLike 'CgroupNotDelegated,*'
        $shown[1] | Should -BeLike 'CgroupNotDelegated,*'
        $shown[2] | Should -Be PermissionDenied
        $shown[3] | Should -Be $cgroup.Path
    }

    It 'lets an ordinary user work in what root has delegated' {
        $cgroup = Get-TestCgroup pids
        foreach ($directory in $cgroup.Directories) {
            chown 65534 $directory
            foreach ($file in 'cgroup.procs', 'cgroup.subtree_control') { if (Test-Path $directory/$file) { chown 65534 $directory/$file } }
        }
        $script = "Import-Module '$PSScriptRoot/../../out/NsTools/NsTools.psd1'
            New-Cgroup $($cgroup.Name)/mine -Controller pids | Set-CgroupLimit -Pids 5 | ForEach-Object Pids; Remove-Cgroup $($cgroup.Name)/mine"
        setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/tmp (Get-Process -Id $PID).Path -NoProfile -NonInteractive -Command $script | Should -Be 5
    }

    It 'says that a cgroup file system is read-only' {
        $mounts = Get-Content /proc/self/mountinfo | Where-Object { $_ -match ' - cgroup2? ' } | ForEach-Object { $_.Split(' ')[4] }
        $remount = ($mounts | ForEach-Object { "mount -o remount,bind,ro $_" }) -join '; '
        $script = "Import-Module '$PSScriptRoot/../../out/NsTools/NsTools.psd1'; New-Cgroup $prefix-ro -ErrorVariable f 2>`$null; `$f[0].FullyQualifiedErrorId; `$f[0].ErrorDetails.RecommendedAction"
        $shown = unshare --mount sh -c "$remount; exec `"`$@`"" sh (Get-Process -Id $PID).Path -NoProfile -NonInteractive -Command $script
        $shown[0] | Should -BeLike 'CgroupReadOnly,*'
        $shown[1] | Should -Match 'remount'
        Get-Cgroup "$prefix-ro*" | Should -BeNullOrEmpty
    }

    It 'says that a process is outside the cgroup namespace' {
        $cgroup = Get-TestCgroup
        $script = "Import-Module '$PSScriptRoot/../../out/NsTools/NsTools.psd1'; Get-Cgroup -Process `$PID -ErrorVariable f 2>`$null; `$f[0].FullyQualifiedErrorId"
        $command = ($cgroup.Directories | ForEach-Object { "echo `$`$ > $_/cgroup.procs" }) -join '; '
        $shown = @(sh -c "$command; exec unshare --cgroup `"`$@`"" sh (Get-Process -Id $PID).Path -NoProfile -NonInteractive -Command $script)
        $shown[-1] | Should -BeLike 'CgroupOutsideNamespace,*'
    }

    It 'refuses a limit that is none' {
        $cgroup = Get-TestCgroup pids
        { Set-CgroupLimit $cgroup -Pids lots } | Should -Throw '*no size*'
        { Set-CgroupLimit $cgroup } | Should -Throw '*No limit was given*'
        { Set-CgroupLimit $cgroup -AllowDevice 'c 1' } | Should -Throw '*no device rule*'
        { Set-CgroupLimit $cgroup -IoReadBytes 1MB } | Should -Throw '*none was named*'
        { Set-CgroupLimit $cgroup -IoReadBytes 1MB -IoDevice /dev/null } | Should -Throw '*no block device*'
    }

    It 'says which controller a limit needs' {
        $cgroup = Get-TestCgroup pids
        if ($isV2) {
            $failure = Get-Failure { Set-CgroupLimit $cgroup -NetworkClass 10:1 }
            $failure.ErrorDetails.Message | Should -Match 'net_cls'
        }
        else {
            $failure = Get-Failure { Set-CgroupLimit $cgroup -Memory 1MB }
            $failure.ErrorDetails.Message | Should -Match 'no memory controller'
        }
        $failure.FullyQualifiedErrorId | Should -BeLike 'LimitNotSupported,*'
    }

    It 'sets nothing when one of several is refused' -Skip:(-not $hasMemory) {
        $cgroup = Get-TestCgroup
        $null = Set-CgroupLimit $cgroup -Memory 300MB -Pids 20
        # A CPU that no machine has.
        (Get-Failure { Set-CgroupLimit $cgroup -Memory 100MB -Pids 10 -CpuSet 4095 }) | Should -Not -BeNullOrEmpty
        $limit = Get-CgroupLimit $cgroup
        $limit.Memory | Should -Be 300MB
        $limit.Pids | Should -Be 20
    }
}

Describe 'v2''s own rules' -Skip:(-not $isRoot) {
    BeforeAll {
        $unified = (Get-Content /proc/self/mountinfo | Where-Object { $_ -match ' - cgroup2 ' } | Select-Object -First 1) -replace '^(\S+ ){4}(\S+) .*', '$2'
        $controller = (Get-Content $unified/cgroup.controllers).Split(' ') | Where-Object { $_ -in 'pids', 'hugetlb' } | Select-Object -First 1
    }

    It 'tells of the no-internal-process rule when a process is added' {
        $parent = New-Cgroup "$prefix-v2a" -Controller $controller
        $null = New-Cgroup "$prefix-v2a/child" -Controller $controller
        $process = Invoke-Waiting 'true'
        $failure = Get-Failure { $process | Add-CgroupProcess $parent }
        Open-Gate $process
        $failure.FullyQualifiedErrorId | Should -BeLike 'CgroupHasChildren,*'
        $failure.ErrorDetails.RecommendedAction | Should -Match 'child'
    }

    It 'tells of it when controllers are wanted beneath processes, and leaves nothing' {
        $parent = New-Cgroup "$prefix-v2b" -Controller $controller
        $process = Invoke-Waiting 'true'
        $process | Add-CgroupProcess $parent
        $failure = Get-Failure { New-Cgroup "$prefix-v2b/child" -Controller $controller }
        Open-Gate $process
        $failure.FullyQualifiedErrorId | Should -BeLike 'CgroupHasProcesses,*'
        Get-Cgroup "$prefix-v2b/*" | Should -BeNullOrEmpty
    }

    It 'keeps device rules in an eBPF program, adds to them, and reads them back' {
        $cgroup = New-Cgroup "$prefix-v2dev" -Controller $controller
        $limit = Set-CgroupLimit $cgroup -DenyDevice a -AllowDevice 'c 1:3 rwm', 'c 1:5 r'
        "$($limit.Device)" | Should -Be 'deny a *:* rwm allow c 1:3 rwm allow c 1:5 r'
        $limit = Set-CgroupLimit $cgroup -AllowDevice 'c 1:8 r'
        "$((Get-CgroupLimit $cgroup).Device)" | Should -Be 'deny a *:* rwm allow c 1:3 rwm allow c 1:5 r allow c 1:8 r'
        $process = Invoke-Waiting 'head -c 4 /dev/zero >/dev/null || echo zero; head -c 4 /dev/full >/dev/null || echo full; head -c 4 /dev/urandom >/dev/null || echo urandom'
        $process | Add-CgroupProcess $cgroup
        Open-Gate $process
        $process.WaitForExit()
        Get-Content $process.Output | Should -Be full, urandom
    }
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
        Start-Sleep 4
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

Describe 'Freezing, ending, waiting, watching' -Skip:(-not $isRoot) {
    It 'freezes and thaws' {
        $cgroup = Get-TestCgroup
        $process = Invoke-Waiting 'while :; do :; done'
        $process | Add-CgroupProcess $cgroup
        Open-Gate $process
        Wait-Until { (Get-CgroupStatistic $cgroup).CpuTime.TotalSeconds -gt 0.05 }
        (Suspend-Cgroup $cgroup -PassThru).IsFrozen | Should -BeTrue
        $before = (Get-CgroupStatistic $cgroup).CpuTime
        Start-Sleep -Milliseconds 300
        (Get-CgroupStatistic $cgroup).CpuTime | Should -Be $before
        (Resume-Cgroup $cgroup -PassThru).IsFrozen | Should -BeFalse
        Wait-Until { (Get-CgroupStatistic $cgroup).CpuTime -gt $before }
        Remove-Cgroup $cgroup -Force
    }

    It 'ends a frozen cgroup, too' {
        $cgroup = Get-TestCgroup
        $process = Invoke-Waiting 'true'
        $process | Add-CgroupProcess $cgroup
        Suspend-Cgroup $cgroup
        Remove-Cgroup $cgroup -Force
        $process.WaitForExit(5000) | Should -BeTrue
    }

    It 'says that a parent keeps it frozen' {
        $parent = Get-TestCgroup
        $child = New-Cgroup "$($parent.Name)/child"
        $process = Invoke-Waiting 'true'
        $process | Add-CgroupProcess $child
        Suspend-Cgroup $parent
        try { (Get-Failure { Resume-Cgroup $child }).FullyQualifiedErrorId | Should -BeLike 'ParentFrozen,*' }
        finally { Resume-Cgroup $parent }
        Remove-Cgroup $parent -Recurse -Force
    }

    It 'ends all processes of a tree, those that fork meanwhile, too' {
        $parent = Get-TestCgroup
        $child = New-Cgroup "$($parent.Name)/child"
        $process = Invoke-Waiting 'while :; do sleep 0.01 & sleep 0.01; done'
        $process | Add-CgroupProcess $child
        Open-Gate $process
        Stop-Cgroup $parent
        (Get-CgroupProcess $parent -Recurse) | Should -BeNullOrEmpty
        $process.WaitForExit(5000) | Should -BeTrue
        (Get-Cgroup $child.Path).ProcessCount | Should -Be 0
    }

    It 'lets processes end by themselves in their time' {
        $cgroup = Get-TestCgroup
        $process = Invoke-Waiting 'true'
        $process | Add-CgroupProcess $cgroup
        Stop-Cgroup $cgroup -GracePeriodSec 20
        $process.WaitForExit()
        $process.ExitCode | Should -BeIn 143, 15
    }

    It 'waits for out of memory' -Skip:(-not $hasMemory) {
        $cgroup = Get-TestCgroup
        $null = Set-CgroupLimit $cgroup -Memory 20MB -Swap 0
        $process = Invoke-Waiting 'sleep 1; head -c 100000000 /dev/zero | tail -c 90000000 | wc -c'
        $process | Add-CgroupProcess $cgroup
        Open-Gate $process
        $happened = Wait-CgroupEvent $cgroup OomKill -Timeout 60
        $happened.Type | Should -Be OomKill
        $happened.Path | Should -Be $cgroup.Path
        $happened.Count | Should -BeGreaterThan 0
    }

    It 'waits for the limit of processes, for the high limit and for emptiness' {
        $cgroup = Get-TestCgroup
        $null = Set-CgroupLimit $cgroup -Pids 2
        $process = Invoke-Waiting 'sleep 0.5; sleep 1 & sleep 1 & sleep 1'
        $process | Add-CgroupProcess $cgroup
        Open-Gate $process
        (Wait-CgroupEvent $cgroup PidsLimit -Timeout 60).Type | Should -Be PidsLimit
        (Wait-CgroupEvent $cgroup Empty -Timeout 60).Type | Should -Be Empty
    }

    It 'waits for the high limit' -Skip:(-not $hasMemory) {
        $cgroup = Get-TestCgroup
        $null = Set-CgroupLimit $cgroup -MemoryHigh 20MB
        $process = Invoke-Waiting 'sleep 1; { head -c 40000000 /dev/zero; sleep 3; } | tail -c 40000000 | wc -c'
        $process | Add-CgroupProcess $cgroup
        Open-Gate $process
        (Wait-CgroupEvent $cgroup MemoryHigh -Timeout 60).Type | Should -Be MemoryHigh
        Remove-Cgroup $cgroup -Force
    }

    It 'says when the time is up' {
        $cgroup = Get-TestCgroup pids
        $failure = Get-Failure { Wait-CgroupEvent $cgroup OomKill -Timeout 0.2 }
        $failure.FullyQualifiedErrorId | Should -BeLike 'CgroupEventTimeout,*'
        $failure.CategoryInfo.Category | Should -Be OperationTimeout
    }

    It 'watches as objects when piped' {
        $cgroup = Get-TestCgroup
        $null = Set-CgroupLimit $cgroup -Cpu 0.5
        $process = Invoke-Waiting 'while :; do :; done'
        $process | Add-CgroupProcess $cgroup
        Open-Gate $process
        Wait-Until { (Get-CgroupStatistic $cgroup).CpuTime.TotalSeconds -gt 0.1 }
        $rows = Watch-Cgroup $cgroup.Name -Count 2 -Interval 1 -AsObject
        $rows.Count | Should -Be 2
        $rows.Path | Should -Be $cgroup.Path, $cgroup.Path
        $rows[1].CpuPercent | Should -BeGreaterThan 30
        $rows[1].CpuPercent | Should -BeLessThan 70
        Remove-Cgroup $cgroup -Force
    }

    It 'watches on the full screen of a terminal, and gives the terminal back' -Skip:(-not (Get-Command tmux -ErrorAction Ignore)) {
        $cgroup = Get-TestCgroup pids
        $session = "$prefix-tmux"
        tmux -L $session new-session -d -x 100 -y 20 "$((Get-Process -Id $PID).Path) -NoProfile -NoLogo"
        try {
            Wait-Until { (tmux -L $session capture-pane -p) -match '^PS ' } 60
            tmux -L $session send-keys "Import-Module $PSScriptRoot/../../out/NsTools/NsTools.psd1; 'before'; Watch-Cgroup $($cgroup.Name) -Interval 0.2" Enter
            Wait-Until { (tmux -L $session capture-pane -p) -match 'sort: Cpu' } 60
            (tmux -L $session capture-pane -p) -match [regex]::Escape($cgroup.Path) | Should -Not -BeNullOrEmpty
            tmux -L $session send-keys m
            Wait-Until { (tmux -L $session capture-pane -p) -match 'sort: Memory' }
            tmux -L $session send-keys q
            Wait-Until { (tmux -L $session capture-pane -p) -match '^before' }
            (tmux -L $session capture-pane -p) -match 'sort:' | Should -BeNullOrEmpty
        }
        finally {
            tmux -L $session kill-server
        }
    }

    It 'shows the tree' {
        $parent = Get-TestCgroup
        $child = New-Cgroup "$($parent.Name)/child"
        $process = Invoke-Waiting 'true'
        $process | Add-CgroupProcess $child
        $lines = @(Show-CgroupTree $parent)
        $lines[0] | Should -Be "Cgroup $($parent.Path)"
        $lines[1] | Should -Be "$([char] 0x2514)$([char] 0x2500)child"
        $lines -match "^  .. *$($process.Id) .*sh " | Should -Not -BeNullOrEmpty
        $tree = Show-CgroupTree $parent -AsObject
        $tree.Children[0].Processes.ProcessId | Should -Contain $process.Id
        $null = New-Cgroup "$($parent.Name)/idle"
        Show-CgroupTree $parent | Should -Not -Match 'idle'
        (Show-CgroupTree $parent -All) -match 'idle$' | Should -Not -BeNullOrEmpty
        Remove-Cgroup $parent -Recurse -Force
    }

    It 'keeps its properties through serialization' {
        $cgroup = Get-TestCgroup
        $null = Set-CgroupLimit $cgroup -Pids 9
        $copy = [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize((Get-CgroupLimit $cgroup)))
        $copy.Pids | Should -Be 9
        ($copy | Get-CgroupStatistic).PidsLimit | Should -Be 9
    }
}

Describe 'Starting processes in a cgroup' -Skip:(-not $isRoot) {
    BeforeAll {
        $runRoot = $env:NSTOOLS_RUNROOT
        $env:NSTOOLS_RUNROOT = Join-Path $work run
        $cgroup = Get-TestCgroup
        # The lines of /proc/PID/cgroup of the hierarchies that the cgroup is in.
        function Select-OurLine([string[]] $Lines) { $Lines | Where-Object { $_ -match ':(memory|pids|cpu|freezer):' -or $_ -match '^0::' } }
    }
    AfterAll {
        Get-Namespace "$prefix-*" -ErrorAction Ignore | Remove-Namespace
        $env:NSTOOLS_RUNROOT = $runRoot
    }

    It 'has it there before its first instruction: <name>' -ForEach @(
        @{ name = 'new namespaces'; run = { Invoke-Namespace -New -Type Pid, Mount -Cgroup $cgroup -FilePath cat -ArgumentList /proc/self/cgroup } }
        @{ name = 'another root'; run = { Invoke-Chroot / -Cgroup $cgroup.Path -FilePath cat -ArgumentList /proc/self/cgroup } }
        @{ name = 'joined namespaces'; run = { Invoke-Namespace $PID -Type Network, Mount -Cgroup $cgroup -FilePath cat -ArgumentList /proc/self/cgroup } }
    ) {
        $lines = Select-OurLine (& $run)
        $lines | Should -Not -BeNullOrEmpty
        $lines | Should -Match ([regex]::Escape($cgroup.Path) + '$')
        (Get-Cgroup $cgroup.Path).ProcessCount | Should -Be 0
    }

    It 'is the root of a cgroup namespace that is made with it' {
        $lines = Select-OurLine (Invoke-Namespace -New -Type Cgroup, Pid, Mount -Cgroup $cgroup -FilePath cat -ArgumentList /proc/self/cgroup)
        $lines | Should -Not -BeNullOrEmpty
        $lines | Should -Match ':/$'
    }

    It 'goes into the cgroup of the holder of a set: <name>' -ForEach @(
        @{ name = 'made there'; inside = $true }, @{ name = 'moved there'; inside = $false }
    ) {
        $name = "$prefix-set$inside"
        $set = if ($inside) { New-Namespace $name -Type Pid, Mount -Cgroup $cgroup } else { New-Namespace $name -Type Pid, Mount }
        if (-not $inside) { $set | Add-CgroupProcess -Cgroup $cgroup }
        Select-OurLine (Get-Content "/proc/$($set.ProcessId)/cgroup") | Should -Match ([regex]::Escape($cgroup.Path) + '$')
        Select-OurLine (Invoke-Namespace $set -FilePath cat -ArgumentList /proc/self/cgroup) | Should -Match ([regex]::Escape($cgroup.Path) + '$')
        Remove-Namespace $name
    }

    It 'makes nothing for a cgroup that is not there' {
        (Get-Failure { New-Namespace "$prefix-none" -Type Uts -Cgroup "$prefix-absent" }).FullyQualifiedErrorId | Should -BeLike 'CgroupNotFound,*'
        (Get-Failure { Invoke-Namespace -New -Type Uts -Cgroup "$prefix-absent" -FilePath touch -ArgumentList "$work/ran" }).FullyQualifiedErrorId | Should -BeLike 'CgroupNotFound,*'
        "$work/ran" | Should -Not -Exist
        Get-Namespace "$prefix-none*" | Should -BeNullOrEmpty
    }

    It 'walks the seed''s chapter: a set eats memory until it is killed, and the result says so' -Skip:(-not $hasMemory) {
        $buda = New-Namespace "$prefix-buda" -Type Pid, Mount
        $limited = Get-TestCgroup
        $null = $limited | Set-CgroupLimit -Memory 60MB -Swap 0
        $buda | Add-CgroupProcess -Cgroup $limited
        # tail keeps a line until its end, which does not come.
        $result = Invoke-Namespace $buda -FilePath tail -ArgumentList /dev/zero -PassThru
        $result.Signal | Should -Be KILL
        $result.OutOfMemory | Should -BeTrue
        (Invoke-Namespace $buda -FilePath true -PassThru).OutOfMemory | Should -BeFalse
        $statistic = Get-CgroupStatistic $limited
        $statistic.MemoryPeak | Should -Not -BeGreaterThan 60MB
        $statistic.OomKillCount | Should -Be 1
        @(Watch-Cgroup -Name $limited.Name -Count 3 -Interval 0.1 -AsObject).Count | Should -Be 3
        Show-CgroupTree | Where-Object { $_ -match $limited.Name } | Should -Not -BeNullOrEmpty
        Remove-Cgroup $limited -Force
        (Get-Namespace "$prefix-buda").State | Should -Be Dead
    }
}

Describe 'Many' -Skip:(-not $isRoot -or $isSlow) {
    It 'makes, lists and removes 2,000 cgroups four levels deep' {
        # 10 + 100 + 900 + 990
        $leaves = foreach ($a in 0..9) { foreach ($b in 0..9) { foreach ($c in 0..8) { "$prefix-many/$a/$b/$c/x" } } }
        $made = New-Cgroup $leaves -Controller pids
        $made.Count | Should -Be 900
        (Get-Cgroup "$prefix-many" -Recurse).Count | Should -Be (1 + 10 + 100 + 900 + 900)
        Remove-Cgroup "$prefix-many" -Recurse
        Get-Cgroup "$prefix-many*" | Should -BeNullOrEmpty
    }

    It 'moves 10,000 processes' {
        $cgroup = Get-TestCgroup pids
        $source = Get-TestCgroup pids
        mkfifo "$work/fifo"
        $process = Invoke-Waiting "i=0; while [ `$i -lt 10000 ]; do (read x < $work/fifo) & i=`$((i+1)); done; echo ready; wait"
        $process | Add-CgroupProcess $source
        Open-Gate $process
        Wait-Until { (Get-Content $process.Output) -eq 'ready' } 120
        $ids = [int[]](Get-Content "$($source.Directories[0])/cgroup.procs")
        $ids.Count | Should -BeGreaterOrEqual 10000
        $ids | Add-CgroupProcess $cgroup
        (Get-Content "$($cgroup.Directories[0])/cgroup.procs").Count | Should -Be $ids.Count
        Get-CgroupProcess $source | Should -BeNullOrEmpty
        Remove-Cgroup $cgroup -Force
        Remove-Cgroup $source
    }
}
