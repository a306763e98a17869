BeforeDiscovery {
    $isRoot = (id -u) -eq 0
    $isV2 = Test-Path /sys/fs/cgroup/cgroup.controllers
    $hasTmux = [bool](Get-Command script -ErrorAction Ignore)
}

Describe 'nsrun exec' -Skip:(-not $isRoot) {
    BeforeAll {
        Import-Module "$PSScriptRoot/Support/Bundles.psm1" -Force
        $nsrun = Get-Runtime
        $mark = "t$([guid]::NewGuid().ToString('N').Substring(0, 8))"
        $work = "/tmp/nstools-rtex-$mark"
        $root = "$work/state"
        $id = "$mark-x"
        New-TestBundle "$work/b" -Command sh, '-c', 'while :; do sleep 5; done', $mark -Change { $_.process.env += 'FROM=container'; $_.hostname = 'inside' }
        Use-RuntimeRoot $root
        (Invoke-Nsrun run -d -b "$work/b" $id).ExitCode | Should -Be 0
        $process = (& $nsrun --root $root state $id | ConvertFrom-Json).pid
    }

    AfterAll {
        & $nsrun --root $root delete --force --regex '.*'
        Remove-Item $work -Recurse -Force -ErrorAction Ignore
    }

    It 'joins every namespace and cgroup of the container' {
        foreach ($name in 'cgroup', 'ipc', 'mnt', 'net', 'pid', 'uts', 'user') {
            (Invoke-Nsrun exec $id readlink "/proc/self/ns/$name").Output | Should -Be (readlink "/proc/$process/ns/$name")
        }
        (Invoke-Nsrun exec $id hostname).Output | Should -Be 'inside'
        (Invoke-Nsrun exec $id cat /proc/self/cgroup).Output -split "`n" | Where-Object { $_ -match ':(pids|memory|freezer):' } | Should -Match ':/$'
    }

    It 'gives the exit code, 128 + signal, 255 when there is nothing to run, 1 for a wrong option' {
        (Invoke-Nsrun exec $id sh -c 'exit 9').ExitCode | Should -Be 9
        (Invoke-Nsrun exec $id sh -c 'kill -9 $$').ExitCode | Should -Be 137
        $missing = Invoke-Nsrun exec $id nothing-there
        $missing.ExitCode | Should -Be 255
        $missing.Error | Should -BeLike "*execve 'nothing-there'*ENOENT*"
        (Invoke-Nsrun exec --frob $id true).ExitCode | Should -Be 1
        (Invoke-Nsrun exec $id).Error | Should -BeLike '*neither a program nor --process*'
        (Invoke-Nsrun exec nobody true).ExitCode | Should -Be 255
    }

    It 'takes user, groups, directory and variables' {
        $lines = (Invoke-Nsrun exec -u 1000:1000 -g 10 -e FROM=me --env=B=2 --cwd /tmp $id sh -c 'id -u; id -g; id -G; pwd; echo $FROM $B').Output -split "`n"
        $lines | Should -Be '1000', '1000', '1000 10', '/tmp', 'me 2'
        (Invoke-Nsrun exec $id sh -c 'echo $FROM').Output | Should -Be 'container'
    }

    It "has the container's restrictions, not the caller's" {
        $own = Get-Content "/proc/$process/status" | Where-Object { $_ -match '^(CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp):' }
        $theirs = (Invoke-Nsrun exec $id cat /proc/self/status).Output -split "`n" | Where-Object { $_ -match '^(CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp):' }
        $theirs | Should -Be $own
        # A process.json that does not say: the same.
        Set-Content "$work/process.json" '{"args":["cat","/proc/self/status"],"cwd":"/","env":["PATH=/bin"],"user":{"uid":0,"gid":0}}'
        (Invoke-Nsrun exec --process "$work/process.json" $id).Output -split "`n" | Where-Object { $_ -match '^(CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp):' } | Should -Be $own
    }

    It 'adds capabilities that are asked for' {
        $bits = { param($text) [Convert]::ToUInt64(($text -split "`n" | Where-Object { $_ -like 'CapEff*' }).Split("`t")[1], 16) }
        $plain = & $bits (Invoke-Nsrun exec $id cat /proc/self/status).Output
        $more = & $bits (Invoke-Nsrun exec -c CAP_NET_ADMIN -c sys_time $id cat /proc/self/status).Output
        $more -bxor $plain | Should -Be ([uint64](1 -shl 12) + [uint64](1 -shl 25))
    }

    It 'detaches, with a pid file' {
        (Invoke-Nsrun exec -d --pid-file "$work/pid" $id sleep 4321).ExitCode | Should -Be 0
        $child = [int](Get-Content "$work/pid")
        Get-Content "/proc/$child/cmdline" -Raw | Should -BeLike 'sleep*'
        & $nsrun --root $root ps -f json $id | ConvertFrom-Json | Should -Contain $child
        kill -9 $child
    }

    It 'has a terminal with --tty' -Skip:(-not $hasTmux) {
        $typescript = script -qec "$nsrun --root $root exec -t $id sh -c 'tty; echo done'" /dev/null
        ($typescript -join '') | Should -Match '/dev/pts/\d+.*done'
    }

    It 'goes into cgroups beneath the container''s: <words>' -Skip:($isV2) -ForEach @(
        @{ words = '--cgroup', 'sub'; there = 'cpu', 'memory', 'pids' }
        @{ words = , '--cgroup=/sub/deep'; there = 'pids'; path = 'sub/deep' }
        @{ words = '--cgroup', 'pids,memory:sub'; there = 'pids', 'memory' }
        @{ words = '--cgroup', 'pids:sub', '--cgroup', 'memory:/sub/'; there = 'pids', 'memory' }
        @{ words = '--cgroup', '/'; there = @() }
    ) {
        $path ??= 'sub'
        $made = 'cpu', 'memory', 'pids' | ForEach-Object { "/sys/fs/cgroup/$_/$id/sub" }
        $null = New-Item -ItemType Directory (@($made) + "/sys/fs/cgroup/pids/$id/sub/deep") -Force
        try {
            $result = Invoke-Nsrun exec @words $id cat /proc/self/cgroup
            $result.ExitCode | Should -Be 0 -Because $result.Error
            foreach ($controller in 'cpu', 'memory', 'pids') {
                $result.Output -split "`n" -match ":${controller}:" | Should -Match (":/$($controller -in $there ? $path : '')" + '$')
            }
        } finally {
            rmdir "/sys/fs/cgroup/pids/$id/sub/deep" $made
        }
    }

    It 'refuses a cgroup that leads out or is not there' {
        (Invoke-Nsrun exec --cgroup ../.. $id true).Error | Should -BeLike '*leads out*'
        (Invoke-Nsrun exec --cgroup pids:nowhere $id true).Error | Should -BeLike "*has no cgroup 'pids:nowhere'*"
        (Invoke-Nsrun exec --cgroup frob:/ $id true).Error | Should -BeLike "*has no cgroup 'frob:/'*"
        (Invoke-Nsrun exec --cgroup nowhere $id true).Error | Should -BeLike "*has no cgroup 'nowhere'*"
    }

    It 'does not reach into a container that has ended' {
        New-TestBundle "$work/ended" -Command true
        (Invoke-Nsrun run -d -b "$work/ended" "$mark-e").ExitCode | Should -Be 0
        Wait-Until { (& $nsrun --root $root state "$mark-e" | ConvertFrom-Json).status -eq 'stopped' }
        (Invoke-Nsrun exec "$mark-e" true).Error | Should -BeLike '*it is stopped*'
    }
}

Describe 'nsrun supervise' -Skip:(-not $isRoot) {
    BeforeAll {
        Import-Module "$PSScriptRoot/Support/Bundles.psm1" -Force
        $nsrun = Get-Runtime
        $mark = "t$([guid]::NewGuid().ToString('N').Substring(0, 8))"
        $work = "/tmp/nstools-rtsv-$mark"
        $root = "$work/state"
        New-TestBundle "$work/b"
        Use-RuntimeRoot $root
    }

    AfterAll {
        & $nsrun --root $root delete --force --regex '.*'
        Remove-Item $work -Recurse -Force -ErrorAction Ignore
    }

    It 'keeps both streams apart in the log, line by line, and records the exit code' {
        Set-TestBundle "$work/b" { $_.process.args = 'sh', '-c', 'echo one; sleep 0.3; echo two >&2; sleep 0.3; echo -n part; exit 6' }
        (Invoke-Nsrun supervise -b "$work/b" --log-path "$work/log" "$mark-a").ExitCode | Should -Be 0
        Wait-Until { Test-Path "$root/$mark-a/exit.json" }
        Get-Content "$work/log" | ForEach-Object { $_ -match '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z (stdout|stderr) (F|P) (.*)$' | Should -BeTrue; "$($Matches[1]) $($Matches[2]) $($Matches[3])" } |
            Should -Be 'stdout F one', 'stderr F two', 'stdout P part'
        (Get-Content "$root/$mark-a/exit.json" | ConvertFrom-Json).exitCode | Should -Be 6
        Wait-Until { -not (Find-TestProcess "$mark-a") }
    }

    It 'records the signal, and ends with the container' {
        Set-TestBundle "$work/b" { $_.process.args = 'sleep', '1000' }
        (Invoke-Nsrun supervise -b "$work/b" "$mark-b").ExitCode | Should -Be 0
        (Invoke-Nsrun kill "$mark-b" KILL).ExitCode | Should -Be 0
        Wait-Until { Test-Path "$root/$mark-b/exit.json" }
        $exit = Get-Content "$root/$mark-b/exit.json" | ConvertFrom-Json
        $exit.exitCode, $exit.signal, $exit.signalName | Should -Be 137, 9, 'SIGKILL'
        Wait-Until { -not (Find-TestProcess 'supervisor') -or -not (Find-TestProcess "$mark-b") }
        # Reaped: nobody but the supervisor could have done it.
        (& $nsrun --root $root state "$mark-b" | ConvertFrom-Json).status | Should -Be 'stopped'
    }

    It 'tells its caller what could not be started' {
        Set-TestBundle "$work/b" { $_.process.args = , 'nope' }
        $result = Invoke-Nsrun supervise -b "$work/b" "$mark-c"
        $result.ExitCode | Should -Be 1
        $result.Error | Should -BeLike "*execve 'nope'*ENOENT*"
    }

    It 'keeps a terminal' {
        Set-TestBundle "$work/b" { $_.process.terminal = $true; $_.process.args = 'sh', '-c', 'tty; echo on it' }
        (Invoke-Nsrun supervise -b "$work/b" --log-path "$work/tty" "$mark-d").ExitCode | Should -Be 0
        Wait-Until { Test-Path "$root/$mark-d/exit.json" }
        Get-Content "$work/tty" -Raw | Should -Match 'stdout F /dev/pts/\d+\r'
    }
}
