BeforeDiscovery {
    $script:isRoot = (id -u) -eq '0'
    $script:hasTmux = [bool](Get-Command tmux -ErrorAction Ignore)
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    Import-Module "$PSScriptRoot/Support/Roots.psm1" -Force
    $script:work = Join-Path ([IO.Path]::GetTempPath()) "nstools-ns-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
    $null = New-Item -ItemType Directory $work
    $script:before = $env:NSTOOLS_RUNROOT
    $env:NSTOOLS_RUNROOT = "$work/run"
    $script:root = "$work/root"
    New-TestRoot $root
    $script:unique = "t$([guid]::NewGuid().ToString('N').Substring(0, 8))"
}

AfterAll {
    Remove-Namespace * -Force
    $env:NSTOOLS_RUNROOT = $before
    if (-not (Get-HostMount | Where-Object { $_.StartsWith($work) })) { Remove-Item -Recurse -Force $work }
}

Describe 'New-Namespace, as root' -Skip:(-not $isRoot) {
    AfterEach { Remove-Namespace * -Force }

    It 'returns a live set whose namespaces are those that lsns sees' {
        $set = New-Namespace -Name "$unique" -Type Pid, Mount, Uts, Ipc, Network, Cgroup -Root $root -HostName inside
        $set.GetType().FullName | Should -Be 'NsTools.NamespaceSet'
        $set.State | Should -Be 'Running'
        $set.Root | Should -Be $root
        $set.HostName | Should -Be 'inside'
        $seen = (lsns -n -o NS -p $set.ProcessId).Trim()
        foreach ($own in $set.Namespaces) { $seen | Should -Contain "$($own.Id)" }
        $set.Namespaces.Type | Should -Be 'Cgroup', 'Ipc', 'Mount', 'Network', 'Pid', 'Uts'
        (Get-Content "/proc/$($set.ProcessId)/stat").Split(' ')[2] | Should -Be 'S'
    }

    It 'has the holder as process 1, the host name, and only its own processes' {
        $set = New-Namespace $unique Pid, Mount -Root $root -HostName buda
        $set.Uts | Should -Not -BeNullOrEmpty -Because 'a host name adds Uts'
        Invoke-Namespace $set hostname | Should -Be 'buda'
        hostname | Should -Not -Be 'buda'
        $processes = Invoke-Namespace $set -FilePath ps -ArgumentList -ef
        $processes[1] | Should -Match '^\s+1 '
        $processes | Should -HaveCount 3
    }

    It 'gives it a private /dev that a shell can use, nothing of which shows on the host' {
        $set = New-Namespace $unique Pid, Mount -Root $root
        Invoke-Namespace $set -Command 'echo lost > /dev/null; head -c 4 /dev/zero | wc -c; ls -d /dev/pts /dev/shm /dev/ptmx' |
            Should -Be '4', '/dev/ptmx', '/dev/pts', '/dev/shm'
        Get-HostMount | Where-Object { $_.StartsWith($root) } | Should -BeNullOrEmpty
    }

    It 'mounts /proc anew without a root, too' {
        $set = New-Namespace $unique Pid, Mount
        Invoke-Namespace $set -FilePath readlink -ArgumentList /proc/self | Should -Not -Be "$PID"
        (Invoke-Namespace $set -Command 'ls /proc | grep -c "^[0-9]"') -as [int] | Should -BeLessThan 6
    }

    It 'moves the clocks of a time namespace' {
        $set = New-Namespace $unique Time -BootTimeOffset 100.00:00:00 -MonotonicOffset 00:00:10
        $set.Time | Should -Not -BeNullOrEmpty
        $here = [double](Get-Content /proc/uptime).Split(' ')[0]
        $there = [double](Invoke-Namespace $set -FilePath cat -ArgumentList /proc/uptime).Split(' ')[0]
        $there - $here | Should -BeGreaterThan (100 * 86400 - 5)
        Get-Content "/proc/$($set.ProcessId)/timens_offsets" | Should -Match '(monotonic\s+10\s+0|boottime\s+8640000\s+0)'
    }

    It 'gives a network namespace its name for ip netns, until it is removed' {
        $set = New-Namespace $unique Network
        (ip netns list) -split '\s' | Should -Contain $unique
        ip netns exec $unique readlink /proc/self/ns/net | Should -Be "net:[$($set.Network.Id)]"
        Remove-Namespace $unique
        (ip netns list) -split '\s' | Should -Not -Contain $unique
        Test-Path "/run/netns/$unique" | Should -BeFalse
    }

    It 'keeps a network namespace alone without a process, and everything takes it all the same' {
        $set = New-Namespace $unique Network
        $set.State, $set.ProcessId | Should -Be 'Pinned', 0
        Find-TestProcess "hold $unique" | Should -BeNullOrEmpty
        $again = Get-Namespace -Name $unique
        $again.State, $again.Network.Id | Should -Be 'Pinned', $set.Network.Id
        Invoke-Namespace $set -FilePath readlink -ArgumentList /proc/self/ns/net | Should -Be "net:[$($set.Network.Id)]"
        Invoke-Namespace $unique -FilePath readlink -ArgumentList /proc/self/ns/net | Should -Be "net:[$($set.Network.Id)]"
        (Get-NetLink -Namespace $set).Name | Should -Be 'lo'
        $rows = Compare-Namespace $set $PID
        $rows.Type, $rows.Same | Should -Be 'Network', $false
        Invoke-Namespace $set -Type Mount -Command true -ErrorAction SilentlyContinue -ErrorVariable failed
        $failed.FullyQualifiedErrorId | Should -BeLike 'NamespaceTypeMismatch,*'
        New-Namespace "$unique-x" Network -WhatIf
        # Somebody else takes the mounts away: nothing keeps it any more.
        umount "$work/run/namespaces/$unique/net"
        (Get-Namespace -Name $unique).State | Should -Be 'Dead'
        Remove-Namespace $unique
        Get-ChildItem "$work/run" -Force | Should -BeNullOrEmpty
        Test-Path "/run/netns/$unique" | Should -BeFalse
    }

    It 'has a holder for a network namespace where a root or a cgroup needs one' {
        (New-Namespace $unique Network -Root $root).ProcessId | Should -BeGreaterThan 0
    }

    It 'maps IDs as asked' {
        $set = New-Namespace $unique User -UidMap '0:1000:1', '1:2000:10' -GidMap '0:1000:11'
        (Get-Content "/proc/$($set.ProcessId)/uid_map") -replace '\s+', ' ' | Should -Be ' 0 1000 1', ' 1 2000 10'
        Invoke-Namespace $set -Command 'id -u' | Should -Be '0'
    }

    It 'takes a root file system object by property' {
        $set = [pscustomobject]@{ Path = $root } | New-Namespace -Name $unique -Type Mount, Pid
        $set.Root | Should -Be $root
    }

    It 'says with -WhatIf what unshare would be told, and does nothing' {
        New-Namespace $unique Pid, Mount -Root $root -WhatIf
        Get-Namespace -Name "$unique*" | Should -BeNullOrEmpty
    }

    Context 'Bad input: <Id>' -ForEach @(
        @{ Id = 'RootNotADirectory'; Arguments = { @{ Type = 'Mount'; Root = '/etc/passwd' } } }
        @{ Id = 'RootNotFound'; Arguments = { @{ Type = 'Mount'; Root = "$work/nowhere" } } }
        @{ Id = 'NoNamespaceType'; Arguments = { @{} } }
        @{ Id = 'UserNamespaceMissing'; Arguments = { @{ Type = 'Pid'; MapRootUser = $true } } }
        @{ Id = 'InvalidIdMap'; Arguments = { @{ Type = 'User'; UidMap = '0:1000' } } }
    ) {
        It 'is one error, and nothing is left' {
            $arguments = & $Arguments
            New-Namespace -Name $unique @arguments -ErrorAction SilentlyContinue -ErrorVariable failed | Should -BeNullOrEmpty
            $failed | Should -HaveCount 1
            $failed[0].FullyQualifiedErrorId | Should -BeLike "$Id,*"
            $failed[0].TargetObject | Should -Be $unique
            Get-Namespace -Name "$unique*" | Should -BeNullOrEmpty
            Get-HostMount | Where-Object { $_.StartsWith($work) -or $_.Contains($unique) } | Should -BeNullOrEmpty
        }
    }

    It 'refuses the name <_>' -ForEach '../x', 'a b', '-x', '.x', ('a' * 65) {
        { New-Namespace -Name $_ -Type Pid -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidNamespaceName,*'
    }

    It 'refuses a name that is taken, and leaves who has it' {
        $first = New-Namespace $unique Uts
        { New-Namespace $unique Uts -ErrorAction Stop } | Should -Throw -ErrorId 'NamespaceExists,*'
        (Get-Namespace -Name $unique).ProcessId | Should -Be $first.ProcessId
    }

    It 'refuses a name that somebody else has under /run/netns, and leaves it' {
        ip netns add $unique
        try {
            { New-Namespace $unique Network -ErrorAction Stop } | Should -Throw -ErrorId 'NetworkNamespaceExists,*'
            (ip netns list) -split '\s' | Should -Contain $unique
            Get-ChildItem "$work/run" -Force | Should -BeNullOrEmpty
        } finally {
            ip netns delete $unique
        }
    }

    It 'undoes everything when a step inside fails' {
        # A file where /proc would have to be mounted.
        $null = New-Item -ItemType Directory "$work/broken"
        Set-Content "$work/broken/proc" 'no directory'
        New-Namespace $unique Pid, Mount, Network -Root "$work/broken" -ErrorAction SilentlyContinue -ErrorVariable failed
        $failed | Should -HaveCount 1
        "$failed" | Should -Match 'proc'
        Find-TestProcess "hold $unique" | Should -BeNullOrEmpty
        Test-Path "/run/netns/$unique" | Should -BeFalse
        Get-ChildItem "$work/run" -Force | Should -BeNullOrEmpty
        Get-HostMount | Where-Object { $_.StartsWith($work) -or $_.Contains($unique) } | Should -BeNullOrEmpty
    }
}

Describe 'Remove-Namespace, as root' -Skip:(-not $isRoot) {
    AfterEach { Remove-Namespace * -Force }

    It 'leaves nothing: no process, no mount, nothing under the run directory' {
        $set = New-Namespace $unique Pid, Mount, Network, Ipc, Uts -Root $root
        Invoke-Namespace $set -Command 'sleep 1000 >/dev/null 2>&1 &'
        Get-Namespace -Name $unique | Remove-Namespace
        Find-TestProcess "hold $unique" | Should -BeNullOrEmpty
        Get-ChildItem "$work/run" -Force | Should -BeNullOrEmpty
        Get-HostMount | Where-Object { $_.StartsWith($work) -or $_.Contains($unique) } | Should -BeNullOrEmpty
    }

    It 'takes wildcards, and is silent when nothing matches' {
        $null = New-Namespace "$unique-a" Uts
        $null = New-Namespace "$unique-b" Uts
        $null = New-Namespace 'other' Uts
        Remove-Namespace "$unique-*"
        (Get-Namespace -Name 'other', "$unique*").Name | Should -Be 'other'
        Remove-Namespace "$unique-*" -ErrorVariable failed
        $failed | Should -BeNullOrEmpty
    }

    It 'removes many at once, those with a stopped holder too, and goes on after one that cannot be removed' {
        $sets = 1..6 | ForEach-Object { New-Namespace "$unique-$_" ($_ % 2 ? 'Network' : 'Uts') }
        kill -STOP $sets[1].ProcessId
        # Somebody else is at work on this one.
        $busy = Start-Process flock -ArgumentList "$work/run/namespaces/$unique-4", 'sleep', '1000' -PassThru
        try {
            Wait-Until { -not (flock -n "$work/run/namespaces/$unique-4" echo free) }
            $sets + $sets[0] | Remove-Namespace -ErrorAction SilentlyContinue -ErrorVariable failed
            $failed | Should -HaveCount 1
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'NamespaceBusy,*'
            $failed[0].TargetObject | Should -Be "$unique-4"
            (Get-Namespace -Name "$unique-*").Name | Should -Be "$unique-4"
            Find-TestProcess "hold $unique-2" | Should -BeNullOrEmpty
        } finally {
            # With what it started: flock(1) itself is the parent of sleep.
            $busy.Kill($true)
        }
        Remove-Namespace "$unique-4"
        Get-ChildItem "$work/run" -Force | Should -BeNullOrEmpty
    }

    It 'is an error for a literal name that is not there, and goes on' {
        $null = New-Namespace $unique Uts
        Remove-Namespace 'nobody', $unique -ErrorAction SilentlyContinue -ErrorVariable failed
        $failed.FullyQualifiedErrorId | Should -BeLike 'NamespaceNotFound,*'
        $failed.CategoryInfo.Category | Should -Be 'ObjectNotFound'
        Get-Namespace -Name "$unique*" | Should -BeNullOrEmpty
    }

    It 'tells what lives on in the namespaces, and ends it with -Force' {
        $set = New-Namespace $unique Network
        $job = Start-Process nsenter -ArgumentList "--net=/run/netns/$unique", 'sleep', '1000' -PassThru
        try {
            Wait-Until { (readlink "/proc/$($job.Id)/ns/net") -eq "net:[$($set.Network.Id)]" }
            Remove-Namespace $unique -WarningVariable told -WarningAction SilentlyContinue
            "$told" | Should -Match "$($job.Id)"
            $job.HasExited | Should -BeFalse

            $set = New-Namespace $unique Network
            $second = Start-Process nsenter -ArgumentList "--net=/run/netns/$unique", 'sleep', '1000' -PassThru
            Wait-Until { (readlink "/proc/$($second.Id)/ns/net") -eq "net:[$($set.Network.Id)]" }
            Remove-Namespace $unique -Force
            $second.WaitForExit(2000) | Should -BeTrue
        } finally {
            $job.Kill()
        }
    }

    It 'clears a set whose holder was killed' {
        $set = New-Namespace $unique Pid, Mount, Network -Root $root
        kill -9 $set.ProcessId
        Wait-Until { (Get-Namespace -Name $unique).State -eq 'Dead' }
        (Get-Namespace -Name $unique).ProcessId | Should -Be 0
        { Invoke-Namespace $unique -Command true -ErrorAction Stop } | Should -Throw -ErrorId 'NamespaceSetDead,*'
        Remove-Namespace $unique
        Get-ChildItem "$work/run" -Force | Should -BeNullOrEmpty
        Get-HostMount | Where-Object { $_.StartsWith($work) -or $_.Contains($unique) } | Should -BeNullOrEmpty
    }

    It 'ends a holder that was stopped' {
        $set = New-Namespace $unique Uts
        kill -STOP $set.ProcessId
        Remove-Namespace $unique
        Find-TestProcess "hold $unique" | Should -BeNullOrEmpty
    }

    It 'completes names' {
        $null = New-Namespace $unique Uts
        $text = "Remove-Namespace -Name $($unique.Substring(0, 5))"
        (TabExpansion2 $text $text.Length).CompletionMatches.CompletionText | Should -Contain $unique
    }
}

Describe 'Invoke-Namespace, as root' -Skip:(-not $isRoot) {
    BeforeAll { $script:set = New-Namespace "$unique-shared" Pid, Mount, Uts, Network, Ipc -Root $root -HostName shared }
    AfterAll { Remove-Namespace "$unique-shared" -Force }

    It 'streams lines while the command still runs' {
        $watch = [Diagnostics.Stopwatch]::StartNew()
        $first = Invoke-Namespace $set -Command 'echo early; sleep 30; echo late' | ForEach-Object { @{ Line = $_; At = $watch.Elapsed } } | Select-Object -First 1
        $first.Line | Should -Be 'early'
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 10
    }

    It 'decodes UTF-8, and has a last line without its end' {
        Invoke-Namespace $set -Command "echo 'gr`u{fc}`u{df}e `u{65e5}'; echo -n rest" | Should -Be "gr`u{fc}`u{df}e `u{65e5}", 'rest'
    }

    It 'sets LASTEXITCODE' {
        Invoke-Namespace $set -Command 'exit 3'
        $LASTEXITCODE | Should -Be 3
        Invoke-Namespace $set true
        $LASTEXITCODE | Should -Be 0
        Invoke-Namespace $set -Command 'kill -TERM $$'
        $LASTEXITCODE | Should -Be 143
    }

    It 'honours PSNativeCommandUseErrorActionPreference' {
        $PSNativeCommandUseErrorActionPreference = $true
        Invoke-Namespace $set false -ErrorAction SilentlyContinue -ErrorVariable failed
        $failed.FullyQualifiedErrorId | Should -BeLike 'ProgramExitedWithNonZeroCode,*'
        { Invoke-Namespace $set false -ErrorAction Stop } | Should -Throw
        $PSNativeCommandUseErrorActionPreference = $false
        { Invoke-Namespace $set false -ErrorAction Stop } | Should -Not -Throw
    }

    It 'has standard error in the error stream, which chatter does not make a failure under Stop' {
        $all = Invoke-Namespace $set -Command 'echo out; echo chatter >&2' 2>&1
        $all | Where-Object { $_ -is [string] } | Should -Be 'out'
        $record = $all | Where-Object { $_ -is [Management.Automation.ErrorRecord] }
        $record.FullyQualifiedErrorId | Should -BeLike 'NativeCommandError*'
        "$record" | Should -Be 'chatter'
        Invoke-Namespace $set -Command 'echo chatter >&2; echo out' -ErrorAction Stop 2>$null | Should -Be 'out'
    }

    It 'gives one CommandResult with -PassThru' {
        $result = Invoke-Namespace $set -Command 'echo out; echo err >&2; exit 4' -PassThru
        $result.GetType().FullName | Should -Be 'NsTools.CommandResult'
        $result.ExitCode | Should -Be 4
        $result.Signal | Should -BeNullOrEmpty
        $result.StandardOutput | Should -Be "out`n"
        $result.StandardError | Should -Be "err`n"
        $result.Duration | Should -BeGreaterThan ([TimeSpan]::Zero)
        (Invoke-Namespace $set -Command 'kill -KILL $$' -PassThru).Signal | Should -Be 'KILL'
    }

    It 'takes pipeline input as standard input: strings as lines, bytes as they are' {
        'a', 'b' | Invoke-Namespace $set -FilePath tr -ArgumentList 'a-z', 'A-Z' | Should -Be 'A', 'B'
        , [byte[]](0x68, 0x69) | Invoke-Namespace $set cat | Should -Be 'hi'
        Invoke-Namespace $set cat | Should -BeNullOrEmpty -Because 'without input it is empty, not the terminal'
    }

    It 'takes and gives more than pipes hold, at once' {
        $lines = 1..40000 | ForEach-Object { "line $_ of a long text" }
        $back = $lines | Invoke-Namespace $set cat
        $back.Count | Should -Be 40000
        $back[-1] | Should -Be $lines[-1]
    }

    It 'goes on when the command does not read its input' {
        1..20000 | Invoke-Namespace $set true
        $LASTEXITCODE | Should -Be 0
    }

    It 'has a clean environment, plus what is given' {
        $env:NSTOOLS_TEST_SECRET = 'leak'
        try {
            $all = Invoke-Namespace $set env -Environment @{ COLOR = 'blue green'; NUMBER = 3 }
        } finally {
            $env:NSTOOLS_TEST_SECRET = $null
        }
        $all | Should -Contain 'COLOR=blue green'
        $all | Should -Contain 'NUMBER=3'
        $all | Should -Contain 'HOME=/root'
        "$all" | Should -Not -Match 'leak'
    }

    It 'runs as a user of the target, by name, by number, with a group' {
        Invoke-Namespace $set id -User bob | Should -Be 'uid=1000(bob) gid=1000(bob) groups=10(wheel)'
        Invoke-Namespace $set -Command 'echo $HOME' -User bob | Should -Be '/home/bob'
        Invoke-Namespace $set -Command 'id -u; id -g' -User 4242:10 | Should -Be '4242', '10'
        Invoke-Namespace $set -Command 'id -g' -User bob:wheel | Should -Be '10'
        { Invoke-Namespace $set id -User nobody-such -ErrorAction Stop } | Should -Throw -ErrorId 'UserNotFound,*'
    }

    It 'runs in a working directory of the target' {
        Invoke-Namespace $set pwd -WorkingDirectory /home/bob | Should -Be '/home/bob'
        { Invoke-Namespace $set pwd -WorkingDirectory /nowhere -ErrorAction Stop } | Should -Throw -ErrorId 'ENOENT,chdir,*'
        { Invoke-Namespace $set pwd -WorkingDirectory relative -ErrorAction Stop } | Should -Throw -ErrorId 'WorkingDirectoryNotAbsolute,*'
    }

    It 'joins only what -Type names' {
        Invoke-Namespace $set -Type Uts hostname | Should -Be 'shared'
        Invoke-Namespace $set -Type Uts -FilePath readlink -ArgumentList /proc/self/ns/net | Should -Be (readlink /proc/self/ns/net)
        Invoke-Namespace $set -Type Network -FilePath readlink -ArgumentList /proc/self/ns/net | Should -Be "net:[$($set.Network.Id)]"
    }

    It 'joins by name, by process, by namespace' {
        Invoke-Namespace "$unique-shared" hostname | Should -Be 'shared'
        Invoke-Namespace $set.ProcessId hostname | Should -Be 'shared'
        Invoke-Namespace (Get-Process -Id $set.ProcessId) hostname | Should -Be 'shared'
        Invoke-Namespace $set.Uts hostname | Should -Be 'shared'
        Invoke-Namespace $set.Uts.Path hostname | Should -Be 'shared'
    }

    It 'runs in another root, where a mount is gone with the command' {
        $lines = Invoke-Namespace $set -Type Pid -Root $root -Command 'mount -t proc proc /proc && ps -ef'
        $LASTEXITCODE | Should -Be 0
        $lines[1] | Should -Match '^\s+1 .*hold'
        Get-HostMount | Where-Object { $_.StartsWith($root) } | Should -BeNullOrEmpty
    }

    It 'makes new namespaces for one command, which are gone with it' {
        $told = Invoke-Namespace -New -Type Pid, Mount, Uts, Ipc, Network -Root $root -HostName once -Command 'hostname; ps | wc -l; for kind in pid mnt uts ipc net; do readlink /proc/self/ns/$kind; done'
        $told[0..1] | Should -Be 'once', '4'
        # Others make and end namespaces meanwhile: these five are looked for, not a number.
        $made = $told[2..6] | ForEach-Object { if ($_ -match '\[(\d+)\]') { [ulong] $Matches[1] } }
        $made | Should -HaveCount 5
        $listed = (lsns --json --list --output NS | ConvertFrom-Json).namespaces.ns
        $listed | Should -Contain (stat -Lc %i /proc/self/ns/net)
        $made | Where-Object { $_ -in $listed } | Should -BeNullOrEmpty
        Get-HostMount | Where-Object { $_.StartsWith($root) } | Should -BeNullOrEmpty
    }

    It 'does not wait for what it leaves in the background' {
        $watch = [Diagnostics.Stopwatch]::StartNew()
        Invoke-Namespace $set -Command 'sleep 60 & echo done' | Should -Be 'done'
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 10
    }

    It 'leaves no descriptor and no zombie in pwsh, however it ends' {
        function Measure-Descriptor {
            [GC]::Collect()
            [GC]::WaitForPendingFinalizers()
            [IO.Directory]::GetFileSystemEntries("/proc/$PID/fd").Count
        }
        $work = {
            $null = Invoke-Namespace $set true
            Invoke-Namespace $set /nope -ErrorAction SilentlyContinue
            $null = Invoke-Namespace $set -Command 'while echo y; do :; done' | Select-Object -First 1
            Invoke-Namespace $set sleep 10 -TimeoutSec 0.01 -ErrorAction SilentlyContinue
        }
        & $work
        $before = Measure-Descriptor
        1..15 | ForEach-Object { & $work }
        # The engine itself opens an assembly or two.
        Measure-Descriptor | Should -BeLessThan ($before + 10)
        ps --ppid $PID -o stat= | Where-Object { $_ -like 'Z*' } | Should -BeNullOrEmpty
    }

    It 'kills everything when the time is up' {
        $mark = "3$(Get-Random -Minimum 100000 -Maximum 999999)"
        Invoke-Namespace $set -Command "sleep $mark & sleep $mark" -TimeoutSec 0.5 -ErrorAction SilentlyContinue -ErrorVariable failed
        $failed.FullyQualifiedErrorId | Should -BeLike 'CommandTimedOut,*'
        $failed.CategoryInfo.Category | Should -Be 'OperationTimeout'
        Wait-Until { -not (Find-TestProcess "sleep $mark") }
    }

    It 'ends within a second of Ctrl+C, also a command that ignores SIGTERM' {
        $mark = "4$(Get-Random -Minimum 100000 -Maximum 999999)"
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddScript("Import-Module '$PSScriptRoot/../../out/NsTools/NsTools.psd1'; Invoke-Namespace $($set.ProcessId) -Command 'trap """" TERM; while true; do sleep $mark; done'")
            $running = $shell.BeginInvoke()
            Wait-Until { Find-TestProcess "sleep $mark" }
            $watch = [Diagnostics.Stopwatch]::StartNew()
            $shell.Stop()
            $watch.Elapsed.TotalSeconds | Should -BeLessThan 1.5
            Wait-Until { -not (Find-TestProcess "sleep $mark") } -Seconds 2
            $running.IsCompleted | Should -BeTrue
        } finally {
            $shell.Dispose()
        }
    }

    It 'is an error, with 127 in LASTEXITCODE, for a program that is not there' {
        Invoke-Namespace $set no-such-program -ErrorAction SilentlyContinue -ErrorVariable failed
        $failed | Should -HaveCount 1
        $failed.FullyQualifiedErrorId | Should -BeLike 'ENOENT,execve,*'
        "$failed" | Should -Match 'no-such-program'
        $LASTEXITCODE | Should -Be 127
    }

    It 'is an error for a root that is none, a name and a process that are not there' {
        { Invoke-Namespace $set true -Root /etc/passwd -ErrorAction Stop } | Should -Throw -ErrorId 'RootNotADirectory,*'
        { Invoke-Namespace nobody-such true -ErrorAction Stop } | Should -Throw -ErrorId 'NamespaceNotFound,*'
        $gone = Start-Process true -PassThru
        $gone.WaitForExit()
        { Invoke-Namespace $gone.Id true -ErrorAction Stop } | Should -Throw -ErrorId 'Process*'
    }

    It 'is an error for a set that died between Get and Invoke' {
        $brief = New-Namespace "$unique-brief" Uts
        Remove-Namespace $brief
        { Invoke-Namespace $brief true -ErrorAction Stop } | Should -Throw -ErrorId 'NamespaceSetDead,*'
    }
}

Describe 'A pwsh that is killed, as root' -Skip:(-not $isRoot) {
    AfterEach { Remove-Namespace * -Force }

    It 'leaves no process of Invoke-Namespace' {
        $set = New-Namespace $unique Uts
        $mark = "5$(Get-Random -Minimum 100000 -Maximum 999999)"
        $shell = Start-Process pwsh -PassThru -ArgumentList '-NoProfile', '-c', "Import-Module '$PSScriptRoot/../../out/NsTools/NsTools.psd1'; Invoke-Namespace $($set.ProcessId) -Command 'sleep $mark & sleep $mark'"
        Wait-Until { @(Find-TestProcess "sleep $mark").Count -ge 2 } -Seconds 30
        kill -9 $shell.Id
        Wait-Until { -not (Find-TestProcess "sleep $mark") }
    }

    It 'leaves of New-Namespace only what Get-Namespace shows and Remove-Namespace clears' {
        $module = "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
        $script = "Import-Module '$module'; 'ready' > '$work/ready'; foreach (`$i in 1..500) { `$null = New-Namespace -Name $unique-`$i -Type Pid, Mount, Network -Root '$root' }"
        foreach ($round in 1..5) {
            Remove-Item "$work/ready" -ErrorAction Ignore
            $shell = Start-Process pwsh -PassThru -ArgumentList '-NoProfile', '-c', $script
            Wait-Until { Test-Path "$work/ready" } -Seconds 30
            Start-Sleep -Milliseconds (Get-Random -Minimum 5 -Maximum 150)
            kill -9 $shell.Id
            $shell.WaitForExit()
            # Whatever was not yet written down dies with it.
            Wait-Until {
                $held = @(Find-TestProcess "hold $unique-")
                $known = @(Get-Namespace -Name "$unique*" | Where-Object State -EQ Running).ProcessId
                -not ($held | Where-Object { $_ -notin $known })
            }
            Remove-Namespace *
            Get-Namespace -Name "$unique*" | Should -BeNullOrEmpty
            # One that was only being started when pwsh was killed has its name, and then its end, a little later.
            Wait-Until { -not (Find-TestProcess "hold $unique-") }
            Get-ChildItem "$work/run" -Force | Should -BeNullOrEmpty
            Get-ChildItem /run/netns | Where-Object Name -Like "$unique*" | Should -BeNullOrEmpty
            Get-HostMount | Where-Object { $_.StartsWith($work) -or $_.Contains($unique) } | Should -BeNullOrEmpty
        }
    }
}

Describe 'As an ordinary user' -Skip:(-not $isRoot) {
    BeforeAll {
        $script:user = "nst$(Get-Random -Maximum 99999)"
        useradd --create-home $user
        chmod 0755 $work
        $script:module = Resolve-Path "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
        function Invoke-AsUser([string] $Script) {
            # Not through the module under test.
            $id = id -u $user
            $text = "`$env:NSTOOLS_RUNROOT = '/home/$user/run'; Import-Module '$module'; Set-Location /; $Script"
            setpriv --reuid $id --regid $id --clear-groups --inh-caps=-all env "HOME=/home/$user" pwsh -NoProfile -NonInteractive -c $text 2>&1 | ForEach-Object { "$_" }
        }
    }
    AfterAll {
        Invoke-AsUser 'Remove-Namespace * -Force'
        userdel --remove $user 2>$null
    }

    It 'sees the processes of a PID namespace from another root' {
        $text = Invoke-AsUser @"
`$set = New-Namespace other User, Pid, Mount -Root '$root' -MapRootUser
Invoke-Namespace `$set -Type User, Pid -Root '$root' -Command 'ps | grep -c "[h]old other"; mount -t proc proc /proc && echo again'
Remove-Namespace other
"@
        $text | Should -Be '1', 'again'
        findmnt "$root/proc" | Should -BeNullOrEmpty
    }

    It 'has all with a user namespace: New, Invoke, Get, Remove' {
        $text = Invoke-AsUser @"
`$set = New-Namespace mine User, Pid, Mount, Uts, Network -Root '$root' -HostName mine -MapRootUser
`$set.State
Invoke-Namespace `$set -Command 'id -u; hostname; ls -l /dev/null | wc -l'
Invoke-Namespace mine -FilePath ps | Select-Object -Skip 1 -First 1
Invoke-Namespace -New -Type User, Mount, Pid -MapRootUser -Root '$root' -Command 'mount -t tmpfs none /tmp && echo mounted'
(Get-Namespace -Name mine).Namespaces.Count
Remove-Namespace mine
@(Get-ChildItem /home/$user/run -Force).Count
"@
        $text[0..3] | Should -Be 'Running', '0', 'mine', '1'
        $text[4] | Should -Match '^\s+1 .*hold mine'
        $text[5..7] | Should -Be 'mounted', '5', '0'
    }

    It 'is EPERM without one, with what to do about it' {
        $text = Invoke-AsUser '$Error.Clear(); New-Namespace mine Pid -ErrorAction SilentlyContinue; $Error[0].FullyQualifiedErrorId; $Error[0].ErrorDetails.RecommendedAction; @(Get-Namespace -Name mine*).Count'
        $text[0] | Should -BeLike 'EPERM,clone3,*'
        $text[1] | Should -Match 'User'
        $text[2] | Should -Be '0'
    }
}

Describe 'Enter-Namespace' {
    It 'says what is missing without a terminal' {
        $process = Start-Process -PassThru -Wait -RedirectStandardOutput "$work/out" -RedirectStandardError "$work/err" pwsh -ArgumentList '-NoProfile', '-c', "Import-Module '$PSScriptRoot/../../out/NsTools/NsTools.psd1'; Enter-Namespace $PID"
        $process.HasExited | Should -BeTrue
        Get-Content "$work/err" -Raw | Should -Match 'not a terminal'
    }

    Context 'on a terminal' -Skip:(-not ($isRoot -and $hasTmux)) {
        BeforeAll {
            $script:set = New-Namespace "$unique-tty" Pid, Mount, Uts -Root $root -HostName inside
            $script:socket = "$work/tmux"
            # pwsh as root of the terminal, with our module and a short prompt.
            Set-Content "$work/profile.ps1" "Import-Module '$PSScriptRoot/../../out/NsTools/NsTools.psd1'; function global:prompt { 'PS> ' }; Set-PSReadLineOption -PredictionSource None; function Get-TerminalMode { (stty -a) -replace 'rows.*?;|columns.*?;' -join '' }"
            tmux -S $socket -f /dev/null new-session -d -x 100 -y 30 "env NSTOOLS_RUNROOT=$work/run TERM=xterm pwsh -NoLogo -NoProfile -NoExit -File $work/profile.ps1"
            function Send([string] $Text) { tmux -S $socket send-keys -l $Text; tmux -S $socket send-keys Enter }
            function Screen { (tmux -S $socket capture-pane -p -S -200) -join "`n" }
            function Await([string] $Pattern) { Wait-Until { (Screen) -match $Pattern } -Seconds 20 -What "'$Pattern' on:`n$(Screen)" }
            Await 'PS>'
        }
        AfterAll {
            tmux -S $socket kill-server 2>$null
            Remove-Namespace "$unique-tty" -Force -ErrorAction Ignore
        }

        It 'is a shell with job control, Ctrl+C, Ctrl+Z, resize and exit code, and leaves the terminal whole' {
            Send '$before = Get-TerminalMode; "ready:$($before.Length -gt 0)"'
            Await 'ready:True'
            Send "Enter-Namespace $unique-tty -Environment @{ PS1 = 'in# ' }"
            Await 'in#\s*$'
            Send 'echo host:$(hostname) tty:$(tty)'
            Await 'host:inside tty:/dev/pts/\d'
            Send 'sleep 100'
            Wait-Until { Invoke-Namespace $set ps | Where-Object { $_ -match 'sleep 100' } }
            tmux -S $socket send-keys C-z
            Await 'Stopped'
            Send 'jobs; echo jobs:done'
            Await 'sleep 100(.|\n)*jobs:done'
            Send 'fg'
            Await 'in# fg\s+sleep 100'
            tmux -S $socket send-keys C-c
            Await 'sleep 100\s+\^C\s+in#\s*$'
            Send 'echo size:$(stty size)'
            Await 'size:30 100'
            tmux -S $socket resize-window -x 90 -y 20
            Wait-Until { Send 'echo size:$(stty size)'; (Screen) -match 'size:20 90' }
            Send 'exit 7'
            Await 'in# exit 7\s+PS>\s*$'
            Send '"code:$LASTEXITCODE"'
            Await 'code:7'
            Send '"same:$((Get-TerminalMode) -eq $before)"'
            Await 'same:True'
        }

        It 'does not stop the terminal''s own Ctrl+C at the prompt afterwards' {
            Send 'Start-Sleep 60; "slept"'
            Start-Sleep -Milliseconds 300
            tmux -S $socket send-keys C-c
            Send '"alive:$(1+1)"'
            Await 'alive:2'
        }
    }
}
