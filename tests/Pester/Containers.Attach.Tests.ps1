# Containers that one stays with, leaves and joins: terminals, standard input, restarts, an init, a pwsh that is killed.
BeforeDiscovery {
    $script:isRoot = (id -u) -eq '0'
    $script:hasTmux = [bool](Get-Command tmux -ErrorAction Ignore)
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    Import-Module "$PSScriptRoot/Support/Roots.psm1" -Force
    Import-Module "$PSScriptRoot/Support/Images.psm1" -Force
    $before = $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT
    $work = "/tmp/nstools-join-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
    $null = New-Item -ItemType Directory $work
    $env:NSTOOLS_ROOT = "$work/data"
    $env:NSTOOLS_RUNROOT = "$work/run"
    $root = "$work/root"
    New-BusyBoxRoot $root
    $module = (Resolve-Path "$PSScriptRoot/../../out/NsTools/NsTools.psd1").Path
    function Get-SupervisorId($Container) { Find-TestProcess 'nsrun supervisor' | Where-Object { (Get-Content "/proc/$_/cmdline" -Raw -ErrorAction Ignore) -like "*/$($Container.Id)/*" } }
}

AfterAll {
    if ((id -u) -eq '0') { Get-Container -All | Remove-Container -Force }
    $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT = $before
    Remove-Item -Recurse -Force $work
}

Describe 'Connect-Container' -Skip:(-not $isRoot) {
    It 'gives standard input line by line, and has the output and the exit code' {
        $container = Invoke-Image -Root $root -Detach -Interactive -Command 'while read a; do echo "<$a>"; done; echo end >&2; exit 6'
        'one', 'two' | Connect-Container $container -ErrorVariable problem -ErrorAction SilentlyContinue | Should -Be '<one>', '<two>'
        $LASTEXITCODE | Should -Be 6
        "$problem" | Should -Be 'end'
        Wait-Until { (Get-Container $container).ExitCode -eq 6 }
    }

    It 'leaves the container running when the pipeline has enough' {
        $container = Invoke-Image -Root $root -Detach -Command 'while true; do echo y; sleep 0.05; done'
        Connect-Container $container | Select-Object -First 2 | Should -Be 'y', 'y'
        (Get-Container $container).State | Should -Be 'Running'
        Remove-Container $container -Force
    }

    It 'says what cannot be joined' {
        { Connect-Container nobody -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerNotFound,*'
        $container = New-Container -Root $root true
        { Connect-Container $container -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerNotRunning,*'
        Connect-Container $container -WhatIf
        $tty = Invoke-Image -Root $root -Detach -Tty -Interactive -Command 'exec sleep 100'
        # Standard input of this one is no terminal.
        sh -c 'exec "$@" </dev/null >/dev/null 2>"$0"' "$work/err" pwsh -NoProfile -c "Import-Module $module; Connect-Container $($tty.Name)"
        Get-Content "$work/err" -Raw | Should -Match 'not a terminal'
        Remove-Container $tty -Force
    }
}

Describe 'Invoke-Image' -Skip:(-not $isRoot) {
    It 'goes on in the background when the pwsh that runs it is killed' {
        $name = 'orphan'
        $start = [System.Diagnostics.ProcessStartInfo]::new('pwsh', @('-NoProfile', '-c', "Import-Module $module; Invoke-Image -Root $root -Name $name -Command 'i=0; while [ `$i -lt 1000 ]; do echo line `$i; i=`$((i+1)); sleep 0.05; done'"))
        $start.RedirectStandardOutput = $true
        $shell = [System.Diagnostics.Process]::Start($start)
        try {
            $shell.StandardOutput.ReadLine() | Should -Be 'line 0'
            $shell.Kill()
            $shell.WaitForExit()
        } finally { $shell.Dispose() }
        $count = @(Get-ContainerLog $name).Count
        Wait-Until { @(Get-ContainerLog $name).Count -gt $count + 3 }
        (Get-Container $name).State | Should -Be 'Running'
        Connect-Container $name | Select-Object -First 1 | Should -BeLike 'line *'
        (Stop-Container $name -TimeoutSec 0 -PassThru).Signal | Should -Be 'KILL'
    }

    It 'keeps what it has written in the log as one in the background does' {
        Invoke-Image -Root $root -Name logged -Command 'echo out; sleep 0.2; echo err >&2' -ErrorAction SilentlyContinue | Should -Be 'out'
        Get-ContainerLog logged | ForEach-Object { "$($_.Stream) $_" } | Should -Be 'Output out', 'Error err'
    }

    It 'refuses what does not fit together' {
        { Invoke-Image -Root $root -RestartPolicy always true -ErrorAction Stop } | Should -Throw -ErrorId 'RestartNeedsDetach,*'
        { Invoke-Image -Root $root -Detach -Remove -RestartPolicy always true -ErrorAction Stop } | Should -Throw -ErrorId 'RestartAndRemove,*'
        { Invoke-Image -Root $root -Detach -RestartPolicy sometimes true -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidRestartPolicy,*'
        { Invoke-Image -Root $root -Tty -PassThru true -ErrorAction Stop } | Should -Throw -ErrorId 'TerminalHasNoStreams,*'
    }

    It 'has an init that reaps orphans, passes signals on and has the exit code' {
        $container = Invoke-Image -Root $root -Detach -Init -Command 'trap "echo got; exit 7" TERM; (sleep 0.01 & exec true); while true; do sleep 0.05; done'
        $inside = Invoke-Container $container -Command 'cat /proc/1/cmdline | tr "\0" " "; echo; ps'
        $inside[0] | Should -BeLike '*nsrun reap /bin/sh -c *'
        # The orphan of the subshell went to PID 1.
        Wait-Until { -not ((Invoke-Container $container ps) -match ' Z |\[sleep\]') }
        (Stop-Container $container -PassThru).ExitCode | Should -Be 7
        (Get-ContainerLog $container).Text | Should -Be 'got'
        Invoke-Image -Root $root -Init -Remove nope -ErrorAction SilentlyContinue
        $LASTEXITCODE | Should -Be 127
        # Nothing inside can write to the host's nsrun.
        Invoke-Image -Root $root -Init -Remove -Command '(echo x > /dev/init) 2>&1; exit 0' | Should -Match 'Read-only|Text file busy'
    }
}

Describe 'A restart policy' -Skip:(-not $isRoot) {
    It 'starts one again that fails, and counts it' {
        $container = Invoke-Image -Root $root -Detach -RestartPolicy on-failure:2 -Command 'echo ran; exit 4'
        Wait-Until { @(Get-ContainerLog $container).Count -eq 3 -and -not (Get-SupervisorId $container) }
        $ended = Get-Container $container
        $ended.State, $ended.ExitCode, $ended.RestartCount, $ended.RestartPolicy | Should -Be 'Exited', 4, 2, 'on-failure:2'
        Remove-Container $container
    }

    It 'starts one again that was killed, until somebody stops it' {
        $container = Invoke-Image -Root $root -Detach -RestartPolicy always -Command 'exec sleep 1000'
        kill -9 $container.ProcessId
        Wait-Until { $now = Get-Container $container; $now.State -eq 'Running' -and $now.ProcessId -ne $container.ProcessId }
        (Get-Container $container).StartedAt | Should -BeGreaterThan $container.StartedAt
        $stopped = Stop-Container $container -TimeoutSec 0 -PassThru
        $stopped.State, $stopped.ExitCode | Should -Be 'Exited', 137
        Wait-Until { -not (Get-SupervisorId $container) }
        (Get-Container $container).State | Should -Be 'Exited'
        (Start-Container $container -PassThru).RestartCount | Should -Be 0
        Remove-Container $container -Force
        { Get-Container $container -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerNotFound,*'
    }
}

Describe 'On a terminal' -Skip:(-not ($isRoot -and $hasTmux)) {
    BeforeAll {
        $socket = "$work/tmux"
        Set-Content "$work/profile.ps1" "Import-Module $module; function global:prompt { 'PS> ' }; Set-PSReadLineOption -PredictionSource None; function Get-TerminalMode { (stty -a) -replace 'rows.*?;|columns.*?;' -join '' }; `$before = Get-TerminalMode"
        tmux -S $socket -f /dev/null new-session -d -x 100 -y 30 "env NSTOOLS_ROOT=$env:NSTOOLS_ROOT NSTOOLS_RUNROOT=$env:NSTOOLS_RUNROOT TERM=xterm pwsh -NoLogo -NoProfile -NoExit -File $work/profile.ps1"
        function Send([string] $Text) { tmux -S $socket send-keys -l $Text; tmux -S $socket send-keys Enter }
        function Screen { (tmux -S $socket capture-pane -p -S -200) -join "`n" }
        function Await([string] $Pattern) { Wait-Until { (Screen) -match $Pattern } -Seconds 20 -What "'$Pattern' on:`n$(Screen)" }
        Await 'PS>'
    }
    AfterAll { tmux -S $socket kill-server 2>$null }

    It 'Invoke-Image -Interactive -Tty is a shell with the terminal''s size, left by the keys and joined again' {
        Send "Invoke-Image -Root $root -Name shell -Interactive -Tty -Environment @{ PS1 = 'in# ' } sh"
        Await 'in#\s*$'
        Send 'echo size:$(stty size)'
        Await 'size:30 100'
        tmux -S $socket resize-window -x 90 -y 20
        Wait-Until { Send 'echo size:$(stty size)'; (Screen) -match 'size:20 90' }
        Send 'sleep 100'
        Wait-Until { (Invoke-Container shell ps) -match 'sleep 100' }
        tmux -S $socket send-keys C-c
        Await '\^C\s+in#\s*$'
        tmux -S $socket send-keys C-p C-q
        Await 'PS>\s*$'
        (Get-Container shell).State | Should -Be 'Running'
        Send 'Connect-Container shell -DetachKeys ctrl-x'
        Send 'echo again:$((40+2))'
        Await 'again:42'
        tmux -S $socket send-keys C-x
        Await 'PS>\s*$'
        Send 'Connect-Container shell'
        Send 'exit 7'
        Await 'exit 7\s+PS>\s*$'
        Send '"code:$LASTEXITCODE same:$((Get-TerminalMode) -eq $before)"'
        Await 'code:7 same:True'
        (Get-Container shell).ExitCode | Should -Be 7
    }

    It 'Enter-Container is a shell in it, Invoke-Container -Tty a program; the container goes on' {
        $container = Invoke-Image -Root $root -Detach -Name entered -Command 'exec sleep 1000'
        Send "Enter-Container entered -Environment @{ PS1 = 'in# ' }"
        Await 'in#\s*$'
        Send 'echo $(hostname) $(tty)'
        Await "$($container.ShortId) /dev/pts/\d"
        Send 'exit 3'
        Await 'exit 3\s+PS>\s*$'
        Send '"code:$LASTEXITCODE"'
        Await 'code:3'
        Send "Invoke-Container entered -Interactive -Tty -Command 'test -t 0 && test -t 1; echo tty:`$?'"
        Await 'tty:0'
        Send 'Invoke-Image -Root /nowhere -Tty true; "sane:$((Get-TerminalMode) -eq $before)"'
        Await 'sane:True'
        (Get-Container entered).State | Should -Be 'Running'
        Remove-Container entered -Force
    }

    It 'removes with -Remove what has ended, and what cannot be started' {
        Send "Invoke-Image -Root $root -Name gone -Remove -Tty -Interactive -Command 'echo hello; exit 2'; `"code:`$LASTEXITCODE`""
        Await 'hello\s+code:2'
        { Get-Container gone -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerNotFound,*'
        Send "Invoke-Image -Root $root -Name gone -Tty nope; `"code:`$LASTEXITCODE`""
        Await 'code:127'
        { Get-Container gone -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerNotFound,*'
    }
}
