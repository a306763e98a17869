# nsrun supervise and attach: the streams of a container that nobody need stay with.
BeforeDiscovery {
    $script:isRoot = (id -u) -eq 0
    $script:hasTmux = [bool](Get-Command tmux -ErrorAction Ignore)
}

BeforeAll {
    Import-Module "$PSScriptRoot/Support/Bundles.psm1" -Force
    Import-Module "$PSScriptRoot/Support/Roots.psm1" -Force
    $nsrun = Get-Runtime
    $mark = "t$([guid]::NewGuid().ToString('N').Substring(0, 8))"
    $work = "/tmp/nstools-attach-$mark"
    $root = "$work/state"
    $null = New-Item -ItemType Directory $work
    if ((id -u) -eq 0) { New-TestBundle "$work/b" }
    Use-RuntimeRoot $root

    function Use-Program([string] $Script, [switch] $Tty) {
        $terminal = [bool]$Tty
        Set-TestBundle "$work/b" { $_.process.args = 'sh', '-c', $Script; $_.process.terminal = $terminal }
    }
    # In the background, with files for its streams: its ID is in FILE.pid, its exit code in FILE.code when it has ended.
    function Invoke-Attach([string] $File, [string] $Source = '/dev/null', [string[]] $Words) {
        sh -c 'f=$1; i=$2; shift 2; { "$@" <"$i" >"$f.out" 2>"$f.err" & echo $! >"$f.pid"; wait $!; echo $? >"$f.code"; } </dev/null >/dev/null 2>&1 &' sh $File $Source $nsrun --root $root attach @Words
        Wait-Until { Get-Content "$File.pid" -ErrorAction Ignore }
    }
    function Get-SupervisorId([string] $Id) { Find-TestProcess 'nsrun supervisor' | Where-Object { (Get-Content "/proc/$_/cmdline" -Raw -ErrorAction Ignore) -like "*/$Id/*" } }
    function Get-State([string] $Id) { (& $nsrun --root $root state $Id | ConvertFrom-Json).status }
}

AfterAll {
    & $nsrun --root $root delete --force --regex '.*'
    Remove-Item $work -Recurse -Force -ErrorAction Ignore
}

Describe 'nsrun attach' -Skip:(-not $isRoot) {
    AfterEach { & $nsrun --root $root delete --force --regex '.*'; Remove-Item "$work/b/container.log*", "$work/b/stop" -ErrorAction Ignore }

    It 'gives standard input, tells both outputs apart, and has the exit code' {
        Use-Program 'read a; echo out $a; echo err $a >&2; exit 7'
        (Invoke-Nsrun supervise --open-stdin -b "$work/b" "$mark-io").ExitCode | Should -Be 0
        Set-Content "$work/in" 'text'
        Invoke-Attach "$work/io" -Source "$work/in" -Words "$mark-io"
        Wait-Until { Get-Content "$work/io.code" -ErrorAction Ignore }
        Get-Content "$work/io.code" | Should -Be 7
        Get-Content "$work/io.out" | Should -Be 'out text'
        Get-Content "$work/io.err" | Should -Be 'err text'
        Get-Content "$work/b/container.log" | ForEach-Object { $_ -replace '^\S+ ' } | Should -Be 'stdout F out text', 'stderr F err text'
        (Get-Content "$root/$mark-io/exit.json" | ConvertFrom-Json).exitCode | Should -Be 7
    }

    It 'ends standard input where its own ends, and without --open-stdin it is empty' {
        Use-Program 'wc -c'
        $null = Invoke-Nsrun supervise --open-stdin -b "$work/b" "$mark-eof"
        Set-Content "$work/in" ('x' * 99999) -NoNewline
        Invoke-Attach "$work/eof" -Source "$work/in" -Words "$mark-eof"
        Wait-Until { Get-Content "$work/eof.code" -ErrorAction Ignore }
        Get-Content "$work/eof.out" | Should -Be 99999
        $null = Invoke-Nsrun supervise -b "$work/b" "$mark-none"
        Wait-Until { Test-Path "$root/$mark-none/exit.json" }
        Get-Content "$work/b/container.log" | Select-Object -Last 1 | Should -BeLike '* stdout F 0'
    }

    It 'lets several have all output; the container goes on when one is killed' {
        Use-Program 'read a; echo $a; read b; echo $b; exit 3'
        $null = Invoke-Nsrun supervise --open-stdin -b "$work/b" "$mark-two"
        mkfifo "$work/fifo"
        $writer = [System.IO.File]::Open("$work/fifo", 'Open', 'ReadWrite')
        try {
            Invoke-Attach "$work/first" -Source "$work/fifo" -Words "$mark-two"
            Invoke-Attach "$work/second" -Source '/dev/null' -Words '--no-stdin', "$mark-two"
            $writer.Write([byte[]][char[]]"one`n")
            $writer.Flush()
            foreach ($name in 'first', 'second') { Wait-Until { (Get-Content "$work/$name.out") -eq 'one' } }
            kill -9 (Get-Content "$work/first.pid")
            Wait-Until { Get-Content "$work/first.code" -ErrorAction Ignore }
            Get-State "$mark-two" | Should -Be 'running'
            Set-Content "$work/in" 'two'
            Invoke-Attach "$work/third" -Source "$work/in" -Words "$mark-two"
            Wait-Until { Get-Content "$work/second.code" -ErrorAction Ignore }
            Get-Content "$work/second.out" | Should -Be 'one', 'two'
            Get-Content "$work/second.code" | Should -Be 3
        } finally { $writer.Dispose() }
    }

    It 'waits for who is slow, and loses nothing' {
        Use-Program 'i=0; while [ $i -lt 30000 ]; do echo line $i; i=$((i+1)); done'
        $null = Invoke-Nsrun supervise --wait -b "$work/b" "$mark-slow"
        # It is stopped until the program has had time to fill every buffer on the way.
        Invoke-Attach "$work/slow" -Source '/dev/null' -Words "$mark-slow"
        kill -STOP (Get-Content "$work/slow.pid")
        (Invoke-Nsrun start "$mark-slow").ExitCode | Should -Be 0
        Start-Sleep -Milliseconds 300
        Get-State "$mark-slow" | Should -Be 'running'
        kill -CONT (Get-Content "$work/slow.pid")
        Wait-Until { Get-Content "$work/slow.code" -ErrorAction Ignore } -Seconds 30
        $lines = Get-Content "$work/slow.out"
        $lines.Count | Should -Be 30000
        $lines[-1] | Should -Be 'line 29999'
    }

    It 'says what it cannot attach to, also when the supervisor is killed' {
        (Invoke-Nsrun attach "$mark-nobody").Error | Should -Be "nsrun: container '$mark-nobody' does not exist"
        Use-Program 'exec sleep 1000'
        $null = Invoke-Nsrun create -b "$work/b" "$mark-bare"
        (Invoke-Nsrun attach "$mark-bare").Error | Should -BeLike "*not started by 'nsrun supervise'"
        (Invoke-Nsrun attach --detach-keys 'ctrl-!' "$mark-bare").Error | Should -BeLike "*'ctrl-!' is none"
        $null = Invoke-Nsrun supervise -b "$work/b" "$mark-dead"
        Invoke-Attach "$work/dead" -Source '/dev/null' -Words "$mark-dead"
        Wait-Until { Get-SupervisorId "$mark-dead" }
        kill -KILL (Get-SupervisorId "$mark-dead")
        Wait-Until { Get-Content "$work/dead.code" -ErrorAction Ignore }
        Get-Content "$work/dead.code" | Should -Be 1
        Get-Content "$work/dead.err" | Should -BeLike '*supervisor has died*'
        # The container is not its supervisor's to end.
        Get-State "$mark-dead" | Should -Be 'running'
        (Invoke-Nsrun attach "$mark-dead").Error | Should -BeLike '*its supervisor has died'
    }

    Context 'on a terminal' -Skip:(-not $hasTmux) {
        BeforeAll {
            $script:socket = "$work/tmux"
            function Send([string] $Text) { tmux -S $socket send-keys -l $Text; tmux -S $socket send-keys Enter }
            function Screen { (tmux -S $socket capture-pane -p -S -200) -join "`n" }
            function Await([string] $Pattern) { Wait-Until { (Screen) -match $Pattern } -Seconds 20 -What "'$Pattern' on:`n$(Screen)" }
            tmux -S $socket -f /dev/null new-session -d -x 100 -y 30 "env PS1='host# ' sh"
            Await 'host#'
        }
        AfterAll { tmux -S $socket kill-server 2>$null }

        It 'is the container''s terminal with its size, Ctrl+C and exit code, is left by the keys, and joined again' {
            Use-Program 'export PS1="in# "; exec sh' -Tty
            $null = Invoke-Nsrun supervise --wait -b "$work/b" "$mark-tty"
            Send "$nsrun --root $root attach --start $mark-tty; echo code:`$?"
            Await 'in#\s*$'
            Send 'echo size:$(stty size)'
            Await 'size:30 100'
            tmux -S $socket resize-window -x 90 -y 20
            Wait-Until { Send 'echo size:$(stty size)'; (Screen) -match 'size:20 90' }
            Send 'sleep 100'
            Wait-Until { (Invoke-Nsrun ps "$mark-tty").Output -match 'sleep 100' }
            tmux -S $socket send-keys C-c
            Await 'sleep 100\s+\^C\s+in#\s*$'
            # One key of the two is for the container: its shell goes back in what was typed.
            Send 'left=$$'
            tmux -S $socket send-keys C-p C-q
            Await 'code:0\s+host#\s*$'
            Get-State "$mark-tty" | Should -Be 'running'
            Send "$nsrun --root $root attach --detach-keys ctrl-x,y $mark-tty; echo code:`$?"
            Send ''
            Await 'in#\s*$'
            Send 'echo same:$left'
            Await 'same:\d+'
            tmux -S $socket send-keys C-x y
            Await 'code:0\s+host#\s*$'
            Send "$nsrun --root $root attach $mark-tty; echo code:`$?"
            Send 'exit 9'
            Await 'code:9\s+host#\s*$'
        }
    }
}

Describe 'nsrun supervise' -Skip:(-not $isRoot) {
    AfterEach { & $nsrun --root $root delete --force --regex '.*'; Remove-Item "$work/b/container.log*", "$work/b/stop", "$work/b/restarts" -ErrorAction Ignore }

    It 'makes a container that is started later, by somebody else' {
        Use-Program 'echo ran; exit 4'
        (Invoke-Nsrun supervise --wait -b "$work/b" "$mark-wait").ExitCode | Should -Be 0
        Get-State "$mark-wait" | Should -Be 'created'
        (Invoke-Nsrun start "$mark-wait").ExitCode | Should -Be 0
        Wait-Until { Test-Path "$root/$mark-wait/exit.json" }
        Get-Content "$work/b/container.log" | Should -BeLike '* stdout F ran'
        (Get-Content "$root/$mark-wait/exit.json" | ConvertFrom-Json).exitCode | Should -Be 4
    }

    It 'begins the log anew when it is large, and keeps as many as were asked for' {
        Use-Program 'i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done'
        $null = Invoke-Nsrun supervise --log-size 20000 --log-count 2 -b "$work/b" "$mark-log"
        Wait-Until { Test-Path "$root/$mark-log/exit.json" }
        $files = Get-ChildItem "$work/b/container.log*" | Sort-Object Name
        $files.Name | Should -Be 'container.log', 'container.log.1', 'container.log.2'
        $files | ForEach-Object { $_.Length | Should -BeLessOrEqual 20000 }
        # The last ones, none missing in between. A line may be in two parts.
        $text = ('container.log.2', 'container.log.1', 'container.log' | ForEach-Object { Get-Content "$work/b/$_" } | ForEach-Object { $time, $stream, $tag, $rest = $_ -split ' ', 4; $tag -eq 'F' ? "$rest`n" : $rest }) -join ''
        $numbers = ($text.TrimEnd() -split "`n" | Select-Object -Skip 1) -replace 'line ' | ForEach-Object { [int]$_ }
        $numbers[-1] | Should -Be 2999
        $numbers | Should -Be ($numbers[0]..2999)
    }

    It 'starts a container again that fails, so often as it was told' {
        Use-Program 'echo ran; exit 5'
        $null = Invoke-Nsrun supervise --restart on-failure:2 -b "$work/b" "$mark-fail"
        Wait-Until { @(Get-Content "$work/b/container.log").Count -eq 3 -and (Test-Path "$root/$mark-fail/exit.json") }
        Wait-Until { -not (Get-SupervisorId "$mark-fail") }
        Get-Content "$work/b/restarts" | Should -Be 2
        (Get-Content "$work/b/exit.json" | ConvertFrom-Json).exitCode | Should -Be 5
        Use-Program 'exit 0'
        $null = Invoke-Nsrun supervise --restart on-failure -b "$work/b" "$mark-good"
        Wait-Until { (Test-Path "$root/$mark-good/exit.json") -and -not (Get-SupervisorId "$mark-good") }
        Get-State "$mark-good" | Should -Be 'stopped'
    }

    It 'starts one again that was killed, and not when its bundle says so' {
        Use-Program 'exec sleep 1000'
        $null = Invoke-Nsrun supervise --restart always -b "$work/b" "$mark-ever"
        $first = (& $nsrun --root $root state "$mark-ever" | ConvertFrom-Json).pid
        (Invoke-Nsrun kill "$mark-ever" KILL).ExitCode | Should -Be 0
        Wait-Until { (& $nsrun --root $root state "$mark-ever" 2>$null | ConvertFrom-Json).pid -notin 0, $null, $first }
        Wait-Until { Get-SupervisorId "$mark-ever" }
        $null = New-Item "$work/b/stop"
        (Invoke-Nsrun kill "$mark-ever" KILL).ExitCode | Should -Be 0
        Wait-Until { -not (Get-SupervisorId "$mark-ever") }
        Get-State "$mark-ever" | Should -Be 'stopped'
        (Invoke-Nsrun supervise --restart sometimes -b "$work/b" "$mark-bad").Error | Should -BeLike "*not 'sometimes'"
    }

    It 'sleeps in little memory' {
        Use-Program 'exec sleep 1000'
        $null = Invoke-Nsrun supervise -b "$work/b" "$mark-rest"
        # It becomes another program on the way there, and has no command line for a moment.
        Wait-Until { Get-SupervisorId "$mark-rest" }
        $supervisor = Get-SupervisorId "$mark-rest"
        # All of it, shared or not: 3 times what conmon has alone is 3 MiB.
        Wait-Until { [int]((Select-String '^Rss:\s+(\d+)' "/proc/$supervisor/smaps_rollup").Matches.Groups[1].Value) -lt 3000 }
    }
}
