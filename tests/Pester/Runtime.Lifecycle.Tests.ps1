BeforeDiscovery {
    $isRoot = (id -u) -eq 0
    $hasRunc = [bool](Get-Command runc -ErrorAction Ignore)
}

Describe 'The lifecycle of a container' -Skip:(-not $isRoot) {
    BeforeAll {
        Import-Module "$PSScriptRoot/Support/Bundles.psm1" -Force
        $nsrun = Get-Runtime
        $mark = "t$([guid]::NewGuid().ToString('N').Substring(0, 8))"
        $work = "/tmp/nstools-rtlc-$mark"
        $root = "$work/state"
        $sleeper = "$work/sleeper"
        # Its command line has the mark, so that what is left of it is found.
        New-TestBundle $sleeper -Command sh, '-c', 'while :; do sleep 5; done', $mark
        New-TestBundle "$work/short" -Command sh, '-c', 'echo out; echo err >&2; exit 7'
        Use-RuntimeRoot $root
        function Get-State { param($Id) & $nsrun --root $root state $Id | ConvertFrom-Json }
        $before = Get-HostState $root $mark
    }

    AfterEach {
        & $nsrun --root $root delete --force --regex '.*'
    }

    AfterAll {
        Remove-Item $work -Recurse -Force -ErrorAction Ignore
    }

    It 'goes from created over running to stopped, each seen by another process, and leaves nothing' {
        $id = "$mark-a"
        (Invoke-Nsrun create -b $sleeper --pid-file "$work/pid" $id).ExitCode | Should -Be 0
        $state = Get-State $id
        $state.status | Should -Be 'created'
        $state.pid | Should -Be ([int](Get-Content "$work/pid"))
        $state.id, $state.bundle, $state.ociVersion | Should -Be $id, $sleeper, '1.2.0'
        Get-Content "/proc/$($state.pid)/cmdline" -Raw | Should -BeLike 'nsrun*init*'
        (Invoke-Nsrun start $id).ExitCode | Should -Be 0
        (Get-State $id).status | Should -Be 'running'
        Get-Content "/proc/$($state.pid)/cmdline" -Raw | Should -BeLike "sh*$mark*"
        (Invoke-Nsrun delete $id).Error | Should -BeLike '*it is running, not stopped*'
        (Invoke-Nsrun kill $id KILL).ExitCode | Should -Be 0
        Wait-Until { (Get-State $id).status -eq 'stopped' }
        (Get-State $id).pid | Should -Be 0
        (Invoke-Nsrun delete $id).ExitCode | Should -Be 0
        (Invoke-Nsrun state $id).ExitCode | Should -Be 1
        Get-HostState $root $mark | Should -Be $before
    }

    It 'refuses what does not fit the state' {
        $id = "$mark-b"
        (Invoke-Nsrun create -b $sleeper $id).ExitCode | Should -Be 0
        (Invoke-Nsrun create -b $sleeper $id).Error | Should -BeLike "*id '$id' already exists"
        (Invoke-Nsrun resume $id).Error | Should -BeLike '*it is created*'
        (Invoke-Nsrun start $id).ExitCode | Should -Be 0
        (Invoke-Nsrun start $id).Error | Should -BeLike '*it is running, not created*'
        (Invoke-Nsrun pause $id).ExitCode | Should -Be 0
        (Get-State $id).status | Should -Be 'paused'
        (Invoke-Nsrun exec $id true).Error | Should -BeLike '*it is paused*'
        (Invoke-Nsrun resume $id).ExitCode | Should -Be 0
        (Invoke-Nsrun delete --force $id).ExitCode | Should -Be 0
        (Invoke-Nsrun delete $id).ExitCode | Should -Be 1
        (Invoke-Nsrun delete --force $id).ExitCode | Should -Be 0
        Get-HostState $root $mark | Should -Be $before
    }

    It 'deletes a created one that was never started' {
        (Invoke-Nsrun create -b $sleeper "$mark-c").ExitCode | Should -Be 0
        (Invoke-Nsrun delete "$mark-c").ExitCode | Should -Be 0
        Get-HostState $root $mark | Should -Be $before
    }

    It 'runs in the foreground: both streams, exit code, nothing left' {
        $result = Invoke-Nsrun run -b "$work/short" "$mark-d"
        $result.ExitCode, $result.Output, $result.Error | Should -Be 7, 'out', 'err'
        Get-HostState $root $mark | Should -Be $before
    }

    It 'keeps it with --keep, and gives 128 + the signal that killed it' {
        $run = Start-Process $nsrun -PassThru -ArgumentList '--root', $root, 'run', '--keep', '-b', $sleeper, "$mark-e"
        Wait-Until { (Invoke-Runtime $nsrun --root $root state "$mark-e").Output -like '*running*' }
        (Invoke-Nsrun kill "$mark-e" SIGKILL).ExitCode | Should -Be 0
        $run.WaitForExit(10000) | Should -BeTrue
        $run.ExitCode | Should -Be 137
        (Get-State "$mark-e").status | Should -Be 'stopped'
    }

    It 'passes signals on to the program' {
        Set-TestBundle "$work/short" { $_.process.args = 'sh', '-c', 'trap "echo got; exit 5" USR1; echo ready; while :; do sleep 0.05; done' } -File trap.json
        $run = Start-Process $nsrun -PassThru -RedirectStandardOutput "$work/out" -ArgumentList '--root', $root, 'run', '-b', "$work/short", '-f', 'trap.json', "$mark-f"
        Wait-Until { (Get-Content "$work/out" -ErrorAction Ignore) -eq 'ready' }
        kill -USR1 $run.Id
        $run.WaitForExit(10000) | Should -BeTrue
        $run.ExitCode | Should -Be 5
        Get-Content "$work/out" | Should -Be 'ready', 'got'
    }

    It 'sends signals by name and number: <signal>' -ForEach @(
        @{ signal = 'TERM' }, @{ signal = 'SIGTERM' }, @{ signal = 'term' }, @{ signal = '15' }, @{ signal = $null }
    ) {
        Set-TestBundle "$work/short" { $_.process.args = 'sh', '-c', 'trap "exit 3" TERM; while :; do sleep 0.05; done' } -File trap.json
        (Invoke-Nsrun run -d -b "$work/short" -f trap.json "$mark-g").ExitCode | Should -Be 0
        Start-Sleep -Milliseconds 100 # for the shell to set its trap; without one PID 1 gets no SIGTERM at all
        (Invoke-Nsrun kill "$mark-g" @(@($signal) -ne $null)).ExitCode | Should -Be 0
        Wait-Until { (Get-State "$mark-g").status -eq 'stopped' }
        (Invoke-Nsrun kill "$mark-g").Error | Should -BeLike '*container not running*'
    }

    It 'kills all processes with --all, and many containers with --regex' {
        Set-TestBundle $sleeper { $_.linux.namespaces = @($_.linux.namespaces | Where-Object type -NE pid); $_.process.args = 'sh', '-c', 'sleep 1001 & sleep 1002' } -File shared.json
        (Invoke-Nsrun run -d -b $sleeper -f shared.json "$mark-h").ExitCode | Should -Be 0
        Wait-Until { (& $nsrun --root $root ps -f json "$mark-h" | ConvertFrom-Json).Count -ge 2 }
        (Invoke-Nsrun kill --all "$mark-h" KILL).ExitCode | Should -Be 0
        Wait-Until { -not (Find-TestProcess 'sleep 1001') }
        foreach ($n in 1..3) { (Invoke-Nsrun run -d -b $sleeper "$mark-r$n").ExitCode | Should -Be 0 }
        (Invoke-Nsrun kill --regex "^$mark-r[12]$" KILL).ExitCode | Should -Be 0
        Wait-Until { (Get-State "$mark-r1").status -eq 'stopped' -and (Get-State "$mark-r2").status -eq 'stopped' }
        (Get-State "$mark-r3").status | Should -Be 'running'
        (Invoke-Nsrun delete --force --regex "^$mark-r").ExitCode | Should -Be 0
        & $nsrun --root $root list -q | Should -Be "$mark-h"
        (Invoke-Nsrun kill --regex '[' KILL).Error | Should -BeLike '*is no regular expression*'
    }

    It 'tells a container whose process was killed from a new process with its number' {
        (Invoke-Nsrun create -b $sleeper "$mark-i").ExitCode | Should -Be 0
        $file = "$root/$mark-i/state.json"
        $record = Get-Content $file -Raw | ConvertFrom-Json
        kill -9 $record.process.pid
        Wait-Until { (Get-State "$mark-i").status -eq 'stopped' }
        $record.process.pid = $PID
        ConvertTo-Json $record -Depth 9 | Set-Content $file
        (Get-State "$mark-i").status | Should -Be 'stopped'
        (Invoke-Nsrun kill "$mark-i" KILL).ExitCode | Should -Be 1
        (Invoke-Nsrun delete "$mark-i").ExitCode | Should -Be 0
    }

    It 'reads what is damaged or half made, and deletes it with --force: <what>' -ForEach @(
        @{ what = 'no state.json'; content = $null }, @{ what = 'empty'; content = '' }, @{ what = 'cut off'; content = '{"id":"x","process":{"pi' }, @{ what = 'not of this kind'; content = '[1]' }
    ) {
        $null = New-Item -ItemType Directory "$root/$mark-j" -Force
        if ($null -ne $content) { Set-Content "$root/$mark-j/state.json" $content -NoNewline }
        (Invoke-Nsrun state "$mark-j").Error | Should -BeLike "*is unusable*'nsrun delete --force $mark-j' removes it*"
        (Invoke-Nsrun list).ExitCode | Should -Be 0
        (Invoke-Nsrun create -b $sleeper "$mark-j").Error | Should -BeLike '*already exists*'
        (Invoke-Nsrun delete "$mark-j").ExitCode | Should -Be 1
        (Invoke-Nsrun delete --force "$mark-j").ExitCode | Should -Be 0
        Test-Path "$root/$mark-j" | Should -BeFalse
    }

    It 'undoes all that a failed create began: <what>' -ForEach @(
        @{ what = 'no such program'; change = { $_.process.args = , '/nope' }; like = "*execve '/nope'*ENOENT*" }
        @{ what = 'no root'; change = { $_.root.path = 'nowhere' }; like = '*nowhere*ENOENT*' }
        @{ what = 'a mount that cannot be'; change = { $_.mounts += @{ destination = '/x'; type = 'nosuchfs'; source = 'x' } }; like = '*nosuchfs*' }
        @{ what = 'a terminal without a keeper'; change = { $_.process.terminal = $true }; like = '*--console-socket*' }
        @{ what = 'a config that is none'; change = { $_.process.args = 5 }; like = '*$.process.args*' }
    ) {
        Set-TestBundle $sleeper $change -File bad.json
        $result = Invoke-Nsrun create -b $sleeper -f bad.json "$mark-k"
        $result.ExitCode | Should -Be 1
        $result.Error | Should -BeLike $like
        Get-HostState $root $mark | Should -Be $before
    }

    It 'tells start why the program cannot be executed' {
        Set-TestBundle $sleeper { $_.process.args = , '/bin/broken' } -File broken.json
        Set-Content "$sleeper/rootfs/bin/broken" '#!/nowhere/sh'
        chmod +x "$sleeper/rootfs/bin/broken"
        (Invoke-Nsrun create -b $sleeper -f broken.json "$mark-l").ExitCode | Should -Be 0
        (Invoke-Nsrun start "$mark-l").Error | Should -BeLike "*execve '/bin/broken'*interpreter*"
        Wait-Until { (Get-State "$mark-l").status -eq 'stopped' }
    }

    It 'is started by one of many who try at once' {
        (Invoke-Nsrun create -b $sleeper "$mark-m").ExitCode | Should -Be 0
        $starts = 1..6 | ForEach-Object { Start-Process $nsrun -PassThru -RedirectStandardError "$work/err$_" -ArgumentList '--root', $root, 'start', "$mark-m" }
        $starts | ForEach-Object { $_.WaitForExit(20000) | Should -BeTrue }
        @($starts | Where-Object ExitCode -EQ 0).Count | Should -Be 1
        (Get-State "$mark-m").status | Should -Be 'running'
    }

    It 'is not changed by what happens to the bundle after create' {
        New-TestBundle "$work/moving" -Command sh, '-c', 'echo first'
        $null = sh -c "$nsrun --root $root create -b $work/moving $mark-n >$work/moving.out 2>&1 </dev/null"
        Set-TestBundle "$work/moving" { $_.process.args = 'sh', '-c', 'echo second' }
        (Invoke-Nsrun start "$mark-n").ExitCode | Should -Be 0
        Wait-Until { Get-Content "$work/moving.out" -ErrorAction Ignore }
        Get-Content "$work/moving.out" | Should -Be 'first'
    }

    It 'passes LISTEN_FDS and --preserve-fds, and no descriptor else' {
        Set-TestBundle "$work/short" { $_.process.args = 'sh', '-c', 'cat <&3; cat <&4; echo $LISTEN_FDS $LISTEN_PID; ls /proc/self/fd | wc -l' } -File fds.json
        Set-Content "$work/three" 'three'
        Set-Content "$work/four" 'four'
        $lines = sh -c "LISTEN_FDS=1 $nsrun --root $root run -b $work/short -f fds.json --preserve-fds 1 $mark-o 3<$work/three 4<$work/four 9<$work/four"
        # 0, 1, 2, 3, 4, and the one that ls has opened.
        $lines | Should -Be 'three', 'four', '1 1', '6'
        (Invoke-Nsrun run -b "$work/short" -f fds.json --preserve-fds 5 "$mark-o").Error | Should -BeLike '*descriptor 3 is to be passed*not open*'
    }

    It 'has a session keyring of its own, but with --no-new-keyring' {
        Set-TestBundle "$work/short" { $_.process.args = 'sh', '-c', 'head -n 40 /proc/keys'; $_.linux.maskedPaths = @() } -File keys.json
        (Invoke-Nsrun run -b "$work/short" -f keys.json "$mark-p").Output | Should -BeLike "*_ses.$mark-p*"
        (Invoke-Nsrun run -b "$work/short" -f keys.json --no-new-keyring "$mark-q").Output | Should -Not -BeLike "*_ses.$mark-q*"
    }

    It 'says in state, list and ps what runc says' -Skip:(-not $hasRunc) {
        Set-TestBundle $sleeper { $_.linux.namespaces = @($_.linux.namespaces | Where-Object type -NE cgroup); $_.ociVersion = '1.0.2'; $_.annotations = @{ a = 'b' } } -File config.json
        $states = foreach ($program in $nsrun, 'runc') {
            (Invoke-Runtime $program --root "$work/same" run -d -b $sleeper "$mark-s").ExitCode | Should -Be 0
            $state = & $program --root "$work/same" state "$mark-s" | ConvertFrom-Json
            $list = & $program --root "$work/same" list -f json | ConvertFrom-Json
            $table = & $program --root "$work/same" list
            # run -d comes back before the process has become its program, for a moment.
            $end = [DateTime]::UtcNow.AddSeconds(10)
            do { $ps = & $program --root "$work/same" ps "$mark-s" } until ($ps[1] -match 'sh -c' -or [DateTime]::UtcNow -gt $end)
            [pscustomobject]@{
                Members = ($state.PSObject.Properties.Name -join ' ')
                Values = "$($state.id) $($state.status) $($state.bundle) $($state.rootfs) $($state.annotations.a)"
                List = ($list[0].PSObject.Properties.Name -join ' ')
                Heading = $table[0] -replace '\s+', ' '
                Row = ($table[1] -replace '\s+', ' ' -split ' ')[0, 2, 3, 5] -join ' '
                Quiet = & $program --root "$work/same" list -q
                Ps = ($ps[0] -replace '\s+', ' '), ($ps[1] -replace '.*(sh -c.*)', '$1') -join '|'
            }
            (Invoke-Runtime $program --root "$work/same" delete -f "$mark-s").ExitCode | Should -Be 0
        }
        foreach ($property in $states[0].PSObject.Properties.Name) {
            $states[0].$property | Should -Be $states[1].$property -Because $property
        }
    }
}
