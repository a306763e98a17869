# Processes in cgroups: frozen, ended, waited for, watched, started there, and many of them. On the machine's own cgroups: v1, hybrid or v2
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
        $rows[1].CpuPercent | Should -BeGreaterThan 2
        $rows[1].CpuPercent | Should -BeLessThan 70
        Remove-Cgroup $cgroup -Force
    }

    It 'counts the tasks beneath where no controller does' -Skip:(-not (Test-Path /sys/fs/cgroup/freezer)) {
        $parent = New-Cgroup "$prefix-uncounted" -Controller freezer
        $child = New-Cgroup "$prefix-uncounted/child" -Controller freezer
        $processes = 1, 2 | ForEach-Object { Invoke-Waiting 'true' }
        $processes | Add-CgroupProcess $child
        $rows = Watch-Cgroup $parent.Name -Count 1 -Interval 0.1 -Sort Path -AsObject
        $rows.Path | Should -Be $parent.Path, $child.Path
        $rows[0].Tasks, $rows[1].Tasks | Should -Be $rows[1].Tasks, $rows[1].Tasks
        $rows[0].Tasks | Should -BeGreaterOrEqual 2
        $processes | ForEach-Object { Open-Gate $_; $_.WaitForExit() }
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
            tmux -L $session send-keys +
            Wait-Until { (tmux -L $session capture-pane -p) -match 'every 0\.45 s' }
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

Describe 'Many' -Skip:(-not $isRoot) {
    BeforeAll {
        # build.ps1 TestMany runs the whole of it.
        $isLong = [bool] $env:NSTOOLS_LONG_TESTS
    }

    It 'makes, lists and removes cgroups four levels deep, 2,000 in the long form' {
        $width = $isLong ? 10 : 3
        $leaves = foreach ($a in 1..$width) { foreach ($b in 1..$width) { foreach ($c in 1..$width) { "$prefix-many/$a/$b/$c" } } }
        $made = New-Cgroup ($leaves + ($leaves | ForEach-Object { "$_/x" })) -Controller pids
        $made.Count | Should -Be (2 * $leaves.Count)
        $all = Get-Cgroup "$prefix-many" -Recurse
        $all.Count | Should -Be (1 + $width + $width * $width + 2 * $leaves.Count)
        $all.Where({ $_.Path -like '*/x' }).Count | Should -Be $leaves.Count
        Remove-Cgroup "$prefix-many" -Recurse
        Get-Cgroup "$prefix-many*" | Should -BeNullOrEmpty
    }

    It 'moves processes, 10,000 in the long form' {
        $wanted = $isLong ? 10000 : 300
        $cgroup = Get-TestCgroup pids
        $source = Get-TestCgroup pids
        mkfifo "$work/fifo"
        $process = Invoke-Waiting "i=0; while [ `$i -lt $wanted ]; do (read x < $work/fifo) & i=`$((i+1)); done; echo ready; wait"
        $process | Add-CgroupProcess $source
        Open-Gate $process
        Wait-Until { (Get-Content $process.Output) -eq 'ready' } 120
        $ids = [int[]](Get-Content "$($source.Directories[0])/cgroup.procs")
        $ids.Count | Should -BeGreaterOrEqual $wanted
        $ids | Add-CgroupProcess $cgroup
        (Get-Content "$($cgroup.Directories[0])/cgroup.procs").Count | Should -Be $ids.Count
        Get-CgroupProcess $source | Should -BeNullOrEmpty
        Remove-Cgroup $cgroup -Force
        Remove-Cgroup $source
    }
}
