BeforeDiscovery {
    $isRoot = (id -u) -eq 0
    $isV1 = -not (Test-Path /sys/fs/cgroup/cgroup.controllers)
    $hasPeer = [bool](Get-Command runc -ErrorAction Ignore)
    $hasRealtime = Test-Path /sys/fs/cgroup/cpu/cpu.rt_runtime_us
    $hasWeight = Test-Path /sys/fs/cgroup/blkio/*/blkio*weight
    $hasSwap = Test-Path /sys/fs/cgroup/memory/memory.memsw.limit_in_bytes
    $cpus = (Get-Content /sys/fs/cgroup/cpuset/cpuset.cpus -ErrorAction Ignore) -split '[,-]' | Select-Object -Last 1
}

# The same words to nsrun and to runc leave the same in every file of the cgroup.
Describe 'nsrun update' -Skip:(-not $isRoot -or -not $isV1) {
    BeforeAll {
        Import-Module "$PSScriptRoot/Support/Bundles.psm1" -Force
        $mark = "t$([guid]::NewGuid().ToString('N').Substring(0, 8))"
        $work = "/tmp/nstools-rtup-$mark"
        New-TestBundle "$work/b" -Command sleep, 1000 -Change {
            $_.ociVersion = '1.0.2'
            $_.linux.resources = @{ memory = @{ limit = 200MB }; cpu = @{ shares = 1000; quota = 50000; period = 100000 }; pids = @{ limit = 100 }; devices = @(@{ allow = $false; access = 'rwm' }) }
        }
        $runtimes = [ordered]@{ nsrun = Get-Runtime }
        if (Get-Command runc -ErrorAction Ignore) { $runtimes.runc = 'runc' }
        function Invoke-Both([string[]] $Words, [string] $Text) {
            foreach ($name in $runtimes.Keys) {
                $shell = 'text=$1; shift; printf %s "$text" | "$@"'
                $result = Invoke-Runtime sh -c $shell sh $Text $runtimes[$name] --root "$work/$name" update @Words "$mark-$name"
                [pscustomobject]@{ Runtime = $name; ExitCode = $result.ExitCode; Error = $result.Error }
            }
        }
        # All that can be set, of all hierarchies; not what is counted.
        function Get-Limit([string] $Name) {
            foreach ($file in Get-ChildItem "/sys/fs/cgroup/*/$mark-$Name" -File) {
                if ($file.Name -notmatch 'limit_in_bytes$|^cpu\.(shares|cfs|rt|idle)|^cpuset\.(cpus|mems)$|^pids\.max$|weight|throttle\..*_device$|swappiness|^devices\.list$') { continue }
                # CPUs and nodes of a cgroup that was given none are its parent's: runc writes them down, nsrun too.
                "$($file.FullName -replace '^/sys/fs/cgroup/|/[^/]*$') $($file.Name) $((Get-Content $file.FullName) -join ';')"
            }
        }
    }

    BeforeEach {
        foreach ($name in $runtimes.Keys) {
            $result = Invoke-Runtime $runtimes[$name] --root "$work/$name" run -d -b "$work/b" "$mark-$name"
            $result.ExitCode | Should -Be 0 -Because $result.Error
        }
    }

    AfterEach {
        foreach ($name in $runtimes.Keys) { $null = Invoke-Runtime $runtimes[$name] --root "$work/$name" delete --force "$mark-$name" }
    }

    AfterAll {
        Remove-Item $work -Recurse -Force -ErrorAction Ignore
    }

    It '<words> <text> is in <file>, and all is as with runc' -ForEach @(
        @{ words = '--memory', '100000000'; file = 'memory/memory.limit_in_bytes'; value = 99999744 }
        @{ words = '--memory=96m'; file = 'memory/memory.limit_in_bytes'; value = 96MB }
        @{ words = '--memory-reservation', '32MB'; file = 'memory/memory.soft_limit_in_bytes'; value = 32MB }
        if ($hasSwap) {
            @{ words = '--memory', '100M', '--memory-swap', '150M'; file = 'memory/memory.memsw.limit_in_bytes'; value = 150MB }
            # One that is above the sum as it was: the two have to be written in the right order.
            @{ words = '--memory', '300M', '--memory-swap', '400M'; file = 'memory/memory.limit_in_bytes'; value = 300MB }
            @{ words = '--memory', '-1', '--memory-swap', '-1'; file = 'memory/memory.memsw.limit_in_bytes'; value = 9223372036854771712 }
        }
        @{ words = '--cpu-share', '333'; file = 'cpu/cpu.shares'; value = 333 }
        @{ words = '--cpu-quota', '20000'; file = 'cpu/cpu.cfs_quota_us'; value = 20000 }
        @{ words = '--cpu-quota', '-1'; file = 'cpu/cpu.cfs_quota_us'; value = -1 }
        @{ words = '--cpu-period', '200000'; file = 'cpu/cpu.cfs_period_us'; value = 200000 }
        @{ words = '--cpu-quota', '900000', '--cpu-period', '300000'; file = 'cpu/cpu.cfs_quota_us'; value = 900000 }
        if ($hasRealtime) { @{ words = '--cpu-rt-period', '900000'; file = 'cpu/cpu.rt_period_us'; value = 900000 } }
        @{ words = '--cpuset-cpus', $cpus; file = 'cpuset/cpuset.cpus'; value = $cpus }
        @{ words = '--cpuset-mems', '0'; file = 'cpuset/cpuset.mems'; value = 0 }
        @{ words = '--pids-limit', '55'; file = 'pids/pids.max'; value = 55 }
        @{ words = '--pids-limit', '-1'; file = 'pids/pids.max'; value = 'max' }
        if ($hasWeight) { @{ words = '--blkio-weight', '200'; file = 'blkio/blkio.bfq.weight'; value = 200 } }
        @{ words = '-r', '-'; text = '{"pids":{"limit":44},"cpu":{"shares":77}}'; file = 'pids/pids.max'; value = 44 }
        @{ words = '--resources=-', '--pids-limit', '9'; text = '{"memory":{"limit":123000000}}'; file = 'pids/pids.max'; value = 100 }
        @{ words = , '--resources=-'; text = '{}'; file = 'memory/memory.limit_in_bytes'; value = 200MB }
    ) {
        Invoke-Both $words $text | ForEach-Object { $_.ExitCode | Should -Be 0 -Because "$($_.Runtime) says: $($_.Error)" }
        $controller, $name = $file -split '/'
        Get-Content "/sys/fs/cgroup/$controller/$mark-nsrun/$name" | Should -Be $value
        if ($runtimes.Contains('runc')) { Get-Limit nsrun | Should -Be (Get-Limit runc) }
    }

    It 'takes a file of resources, and what runc has no word for: <words>' -ForEach @(
        @{ words = '--cpu-burst', '10000'; file = 'cpu/cpu.cfs_burst_us'; value = 10000 }
        @{ words = '--cpu-idle', '1'; file = 'cpu/cpu.idle'; value = 1 }
        @{ words = , '--resources=FILE'; file = 'memory/memory.limit_in_bytes'; value = 64MB }
    ) {
        Set-Content "$work/resources.json" '{"memory":{"limit":67108864}}'
        $result = Invoke-Runtime $runtimes.nsrun --root "$work/nsrun" update @($words -replace 'FILE', "$work/resources.json") "$mark-nsrun"
        $result.ExitCode | Should -Be 0 -Because $result.Error
        $controller, $name = $file -split '/'
        Get-Content "/sys/fs/cgroup/$controller/$mark-nsrun/$name" | Should -Be $value
    }

    It 'lets what is running on, and takes devices away when it is told to' {
        $process = (& $runtimes.nsrun --root "$work/nsrun" state "$mark-nsrun" | ConvertFrom-Json).pid
        Invoke-Both '--memory', '150M' | ForEach-Object ExitCode | Should -Be (@(0) * $runtimes.Count)
        "/proc/$process" | Should -Exist
        # An update that is not about devices does not touch them.
        $before = Get-Content "/sys/fs/cgroup/devices/$mark-nsrun/devices.list"
        $before | Should -Contain 'c 1:3 rwm'
        $null = Invoke-Both '--pids-limit', '12'
        Get-Content "/sys/fs/cgroup/devices/$mark-nsrun/devices.list" | Should -Be $before
    }

    It 'refuses <words> <text> and changes nothing' -ForEach @(
        @{ words = '--memory', 'much'; message = "*'--memory' is a number of bytes*'much'*" }
        @{ words = '--memory', '1kk'; message = "*'--memory' is a number of bytes*" }
        @{ words = '--pids-limit', '1x'; message = "*'--pids-limit' is a whole number*" }
        @{ words = '--cpu-period', '-1'; message = "*'--cpu-period' is a whole number, 0 or more*" }
        @{ words = '--blkio-weight', '1001'; message = "*'--blkio-weight' is a number from 0 to 1000*" }
        @{ words = '--cpuset-cpus', 'x'; message = '*linux.resources.cpu.cpus*' }
        @{ words = '--cpuset-cpus', '4000'; message = '*linux.resources.cpu.cpus*4000*' }
        @{ words = '--memory', '64m', '--memory-swap', '32m'; message = '*linux.resources.memory.swap*' }
        @{ words = '-r', '-'; text = '{"pids":{"limit":"x"}}'; message = '*$.pids.limit*' }
        @{ words = '-r', '-'; text = '{"pids":'; message = '*nsrun: *' }
        @{ words = '-r', '/nowhere/r.json'; message = '*/nowhere/r.json*' }
        @{ words = '--frob', '1'; message = '*--frob*' }
    ) {
        $before = Get-Limit nsrun
        $result = Invoke-Runtime sh -c 'text=$1; shift; printf %s "$text" | "$@"' sh "$text" $runtimes.nsrun --root "$work/nsrun" update @words "$mark-nsrun"
        $result.ExitCode | Should -Be 1
        $result.Error | Should -BeLike $message
        @($result.Error -split "`n") | Should -HaveCount 1
        Get-Limit nsrun | Should -Be $before
    }

    It 'is not for one that has ended or is not there' {
        $null = Invoke-Runtime $runtimes.nsrun --root "$work/nsrun" kill "$mark-nsrun" KILL
        Wait-Until { (& $runtimes.nsrun --root "$work/nsrun" state "$mark-nsrun" | ConvertFrom-Json).status -eq 'stopped' }
        (Invoke-Runtime $runtimes.nsrun --root "$work/nsrun" update --pids-limit 5 "$mark-nsrun").Error | Should -BeLike '*it is stopped*'
        (Invoke-Runtime $runtimes.nsrun --root "$work/nsrun" update --pids-limit 5 nobody).Error | Should -BeLike "*'nobody' does not exist*"
    }
}
