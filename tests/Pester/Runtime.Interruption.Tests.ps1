BeforeDiscovery {
    $isRoot = (id -u) -eq 0
}

# Whenever a signal comes, there is either the container, as the exit code says, or nothing.
Describe 'A signal to nsrun while it makes a container' -Skip:(-not $isRoot) {
    BeforeAll {
        Import-Module "$PSScriptRoot/Support/Bundles.psm1" -Force
        $nsrun = Get-Runtime
        $mark = "t$([guid]::NewGuid().ToString('N').Substring(0, 8))"
        $work = "/tmp/nstools-rtin-$mark"
        $root = "$work/state"
        New-TestBundle "$work/b" -Command sh, '-c', 'while :; do sleep 5; done', $mark
        Use-RuntimeRoot $root
        # A signal after so many milliseconds: from the runtime's first instruction to a program that runs.
        Set-Content "$work/interrupt" @'
signal=$1 id=$2 nsrun=$3 root=$4 bundle=$5; shift 5
for delay in 000 001 002 003 005 007 010 015 020 040; do
    "$nsrun" --root "$root" "$@" -b "$bundle" "$id-$delay" </dev/null >/dev/null 2>&1 & process=$!
    sleep 0.$delay
    kill -$signal $process 2>/dev/null
    # One that comes between the program's start and its trap is lost on it, as on any PID 1 (pid_namespaces(7)).
    while sleep 1 && kill -$signal $process 2>/dev/null; do :; done & again=$!
    wait $process 2>/dev/null
    code=$?
    kill $again
    echo "$id-$delay $code"
done
'@
        $everything = { Get-HostState $root $mark | ConvertFrom-Json }
    }

    AfterEach {
        & $nsrun --root $root delete --force --regex '.*'
    }

    AfterAll {
        Remove-Item $work -Recurse -Force -ErrorAction Ignore
    }

    It '<words>: <signal> leaves nothing' -ForEach @(
        @{ words = 'create'; signal = 'TERM' }, @{ words = 'run -d'; signal = 'HUP' }, @{ words = 'run'; signal = 'TERM' }
    ) {
        $number = @{ TERM = 15; HUP = 1 }[$signal]
        # A program in the foreground gets the signal when it is there; PID 1 of a PID namespace need not mind, this one does.
        Set-TestBundle "$work/b" { $_.process.args = 'sh', '-c', 'trap "exit 7" TERM HUP; while :; do sleep 0.05; done', $mark }
        $lines = (Invoke-Runtime timeout 60 sh "$work/interrupt" $signal $mark $nsrun $root "$work/b" @($words -split ' ')).Output -split "`n"
        $lines | Should -HaveCount 10
        $there = @((Invoke-Nsrun list -q).Output -split "`n" -ne '')
        foreach ($line in $lines) {
            $id, $code = $line -split ' '
            # Of "run" in the foreground only what the program has made of the signal.
            [int]$code | Should -BeIn @(0, 7, (128 + $number))
            $there -contains $id | Should -Be ([int]$code -eq 0) -Because $line
        }
        $there | ForEach-Object { (Invoke-Nsrun delete --force $_).ExitCode | Should -Be 0 }
        Wait-Until { (& $everything).Processes -eq 0 }
        (& $everything).Cgroups | Should -Be 0
    }

    It '<words>: KILL leaves what delete removes' -ForEach @(@{ words = 'create' }, @{ words = 'run -d' }) {
        $lines = (Invoke-Runtime timeout 60 sh "$work/interrupt" KILL $mark $nsrun $root "$work/b" @($words -split ' ')).Output -split "`n"
        foreach ($line in $lines) { (Invoke-Nsrun delete --force $line.Split(' ')[0]).ExitCode | Should -Be 0 }
        (Invoke-Nsrun list -q).Output | Should -BeNullOrEmpty
        (& $everything).Cgroups | Should -Be 0
        Wait-Until { (& $everything).Processes -eq 0 }
    }

    It 'is the last of a hook that hangs, too' {
        Set-Content "$work/hook" "#!/bin/sh`necho `$`$ >$work/hanging`nsleep 1000 # $mark" -NoNewline
        chmod +x "$work/hook"
        New-TestBundle "$work/h" -Change { $_.hooks = @{ createRuntime = @(@{ path = "$work/hook" }) } }
        $process = Start-Process $nsrun -PassThru -RedirectStandardError "$work/err" -ArgumentList '--root', $root, 'create', '-b', "$work/h", "$mark-h"
        Wait-Until { (Test-Path "$work/hanging") -and (Get-Content "$work/hanging") }
        kill -TERM $process.Id
        $process.WaitForExit(10000) | Should -BeTrue
        $process.ExitCode | Should -Be 143
        Get-Content "$work/err" | Should -Be 'nsrun: interrupted by TERM'
        Wait-Until { -not (Test-Path "/proc/$(Get-Content "$work/hanging")") }
        "$root/$mark-h" | Should -Not -Exist
        (& $everything).Cgroups | Should -Be 0
    }
}
