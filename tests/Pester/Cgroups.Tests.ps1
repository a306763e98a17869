# Making, finding and removing cgroups, and what goes wrong with them. On the machine's own cgroups: v1, hybrid or v2
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

    It 'tells the cgroup of a namespace set, from the pipeline and by parameter' {
        $cgroup = Get-TestCgroup
        $before = $env:NSTOOLS_RUNROOT
        $env:NSTOOLS_RUNROOT = "$work/run"
        try {
            $set = New-Namespace "$prefix-set" -Type Uts -Cgroup $cgroup
            ($set | Get-Cgroup).Path | Should -Contain $cgroup.Path
            (Get-Cgroup -Process $set).Path | Should -Contain $cgroup.Path
        }
        finally {
            Get-Namespace "$prefix-set*" | Remove-Namespace
            $env:NSTOOLS_RUNROOT = $before
        }
    }

    It 'moves a process into each cgroup of the pipeline, the last one keeps it' {
        $process = Invoke-Waiting 'true'
        $cgroups = 1..3 | ForEach-Object { Get-TestCgroup pids }
        ($cgroups | Add-CgroupProcess -ProcessId $process.Id -PassThru).ProcessCount | ForEach-Object { $_ | Should -BeGreaterThan 0 }
        ($process | Get-Cgroup).Path | Should -Contain $cgroups[2].Path
        (Get-CgroupProcess $cgroups[0]).ProcessId | Should -Not -Contain $process.Id
        Open-Gate $process
        $process.WaitForExit()
    }

    It 'sees hierarchies that are mounted and unmounted meanwhile' {
        $cgroup = Get-TestCgroup
        $script = "Import-Module '$PSScriptRoot/../../out/NsTools/NsTools.psd1'
            (Get-Cgroup $($cgroup.Name)).Directories.Count
            umount '$(@($cgroup.Directories)[-1].Replace($cgroup.Path, ''))'
            (Get-Cgroup $($cgroup.Name) -ErrorAction Ignore).Directories.Count"
        $shown = unshare --mount (Get-Process -Id $PID).Path -NoProfile -NonInteractive -Command $script
        [int] $shown[0] | Should -Be $cgroup.Directories.Count
        [int] $shown[1] | Should -Be ($cgroup.Directories.Count - 1)
    }

    It 'names -Cgroup in what -WhatIf says' {
        $shown = (Get-Process -Id $PID).Path | ForEach-Object { & $_ -NoProfile -NonInteractive -Command "Import-Module '$PSScriptRoot/../../out/NsTools/NsTools.psd1'
            New-Namespace x -Type Uts -Cgroup a/b -WhatIf; Invoke-Namespace -New -Type Uts -Cgroup a/b -FilePath true -WhatIf" }
        @($shown -match "cgexec -g '?\*:a/b'? unshare").Count | Should -Be 2
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

    It 'does not follow a symbolic link out of the hierarchy, whatever is mounted in there' {
        $cgroup = Get-TestCgroup pids
        $directory = $cgroup.Directories[0]
        $script = "Import-Module '$PSScriptRoot/../../out/NsTools/NsTools.psd1'
            New-Cgroup $($cgroup.Name)/link/made -Controller pids -ErrorVariable f 2>`$null; `$f[0].FullyQualifiedErrorId
            Get-Cgroup $($cgroup.Name)/link -ErrorVariable f 2>`$null; `$f[0].FullyQualifiedErrorId
            Remove-Cgroup $($cgroup.Name)/link/victim -ErrorVariable f 2>`$null; `$f[0].FullyQualifiedErrorId"
        $null = New-Item "$work/outside/victim" -ItemType Directory
        $shown = unshare --mount sh -c "mount -t tmpfs tmpfs $directory && ln -s $work/outside $directory/link && exec `"`$@`"" sh (Get-Process -Id $PID).Path -NoProfile -NonInteractive -Command $script
        $shown | Should -HaveCount 3
        $shown | Should -BeLike 'InvalidCgroupPath,*'
        (Get-ChildItem "$work/outside").Name | Should -Be victim
    }

    It 'says that a cgroup is not there' {
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

    It 'moves the processes out instead of killing them, those beneath, too' {
        $cgroup = Get-TestCgroup pids
        $child = New-Cgroup "$($cgroup.Name)/child" -Controller pids
        $target = Get-TestCgroup pids
        $process = Invoke-Waiting 'exit 7'
        $process | Add-CgroupProcess $child
        (Get-Failure { Remove-Cgroup $cgroup -Recurse -MoveTo $child }).FullyQualifiedErrorId | Should -BeLike 'InvalidMoveTarget,*'
        Remove-Cgroup $cgroup -Recurse -MoveTo $target
        (Get-CgroupProcess $target).ProcessId | Should -Contain $process.Id
        Get-Cgroup "$($cgroup.Name)*" | Should -BeNullOrEmpty
        Open-Gate $process
        $process.WaitForExit()
        $process.ExitCode | Should -Be 7
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

    It 'moves the others when one of several has died in between' {
        $cgroup = Get-TestCgroup
        $living = 1, 2 | ForEach-Object { Invoke-Waiting 'true' }
        $dead = Start-Process true -PassThru
        $dead.WaitForExit()
        $living[0].Id, $dead.Id, $living[1].Id | Add-CgroupProcess $cgroup -ErrorVariable failure 2>$null
        $failure | Should -HaveCount 1
        $failure.FullyQualifiedErrorId | Should -BeLike 'ProcessNotFound,*'
        $failure.TargetObject | Should -Be $dead.Id
        (Get-CgroupProcess $cgroup).ProcessId | Should -Contain $living[0].Id
        (Get-CgroupProcess $cgroup).ProcessId | Should -Contain $living[1].Id
        $living | ForEach-Object { Open-Gate $_; $_.WaitForExit() }
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

    It 'makes a child of one with processes for them to move to, and no threaded subtree' {
        $parent = New-Cgroup "$prefix-v2c"
        $process = Invoke-Waiting 'true'
        $process | Add-CgroupProcess $parent
        $child = New-Cgroup "$prefix-v2c/child" -WarningVariable warning 3>$null
        Get-Content "$unified/$prefix-v2c/cgroup.type" | Should -Be domain
        Get-Content "$unified/$prefix-v2c/cgroup.subtree_control" | Should -BeNullOrEmpty
        if ($isV2) {
            "$warning" | Should -Match 'no controllers'
            # pids is one that the kernel would take, and make the subtree threaded.
            (Get-Failure { New-Cgroup "$prefix-v2c/x" -Controller pids }).FullyQualifiedErrorId | Should -BeLike 'CgroupHasProcesses,*'
        }
        # A sleep that the shell runs meanwhile may end in between.
        Get-CgroupProcess $parent | Add-CgroupProcess $child 2>$null
        Wait-Until { -not (Get-Content "$unified/$prefix-v2c/cgroup.procs") }
        (New-Cgroup "$prefix-v2c/other" -Controller $controller).Controllers | Should -Contain $controller
        Open-Gate $process
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
