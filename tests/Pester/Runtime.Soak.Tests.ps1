BeforeDiscovery {
    $isRoot = (id -u) -eq 0
}

# The long form, 1,000 and 50, is build.ps1's task Soak. All of it runs in a PID and a mount namespace of its own, with its own
# /run and /tmp: whatever is there afterwards is ours, whoever else uses the machine meanwhile.
Describe 'Soak: many containers, one after the other and at once' -Skip:(-not $isRoot) {
    BeforeAll {
        Import-Module "$PSScriptRoot/Support/Bundles.psm1" -Force
        $nsrun = Get-Runtime
        $isLong = [bool]$env:NSTOOLS_LONG_TESTS
        $inTurn = $isLong ? 1000 : 15
        $atOnce = $isLong ? 50 : 8
        $mark = "t$([guid]::NewGuid().ToString('N').Substring(0, 8))"
        $work = "/var/tmp/nstools-rtsk-$mark"
        # The module may lie below the /tmp that is hidden inside.
        $null = New-Item $work -ItemType Directory -Force
        $nsrun = (Copy-Item $nsrun "$work/nsrun" -PassThru).FullName
        New-TestBundle "$work/b" -Command sh, '-c', 'while :; do sleep 5; done', $mark

        # PID 1: sh waits for any child, and so reaps what is orphaned, as a host's init does.
        Set-Content "$work/hold" @'
mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /tmp && mkdir /run/state || exit 1
mkfifo "$1/never"
echo ready >"$1/ready"
cat "$1/never" & while :; do wait; done
'@
        Set-Content "$work/turn" @'
nsrun=$3 bundle=$4 mark=$5
for i in $(seq $1 $2); do
    "$nsrun" --root /run/state create -b "$bundle" "$mark-$i" </dev/null >/dev/null 2>&1 || exit 1
    "$nsrun" --root /run/state start "$mark-$i" || exit 2
    "$nsrun" --root /run/state kill "$mark-$i" KILL || exit 3
    "$nsrun" --root /run/state delete --force "$mark-$i" || exit 4
done
'@
        Set-Content "$work/once" @'
count=$1 nsrun=$2 bundle=$3 mark=$4
each() {
    jobs=
    for i in $(seq $count); do "$@" $i & jobs="$jobs $!"; done
    for job in $jobs; do wait $job || exit 1; done
}
begin() { "$nsrun" --root /run/state create -b "$bundle" "$mark-$1" </dev/null >/dev/null 2>&1 && "$nsrun" --root /run/state start "$mark-$1"; }
end() { "$nsrun" --root /run/state kill "$mark-$1" KILL && "$nsrun" --root /run/state delete --force "$mark-$1"; }
each begin
"$nsrun" --root /run/state list --quiet | wc -l
each end
'@
        Set-Content "$work/same" @'
count=$1 nsrun=$2 bundle=$3 mark=$4 won=0 jobs=
for i in $(seq $count); do "$nsrun" --root /run/state create -b "$bundle" "$mark-same" </dev/null >/dev/null 2>&1 & jobs="$jobs $!"; done
for job in $jobs; do wait $job && won=$((won + 1)); done
"$nsrun" --root /run/state delete --force "$mark-same"
echo $won
'@
        # Everything that a container could leave behind, a line each.
        Set-Content "$work/look" @'
for process in /proc/[0-9]*; do
    [ "${process#/proc/}" = $$ ] && continue
    echo "process $process $(tr '\0' ' ' <$process/cmdline) $(sed -n 's/^State://p' $process/status)"
    for link in $process/ns/* $process/fd/*; do echo "descriptor or namespace $link $(readlink $link)"; done
done 2>/dev/null
sed 's/^/mount /' /proc/self/mountinfo
find /sys/fs/cgroup -type d -name "*$1*" | sed 's/^/cgroup /'
find /run /tmp "$2" -xdev | sed 's/^/file /'
sed -n "/_ses\.$1/s/^/key /p" /proc/keys
'@
        $holder = Start-Process unshare -PassThru -RedirectStandardError "$work/err" -ArgumentList '--pid', '--mount', '--fork', '--kill-child', '--mount-proc', 'sh', "$work/hold", $work
        Wait-Until { Test-Path "$work/ready" }
        $inside = [int](Get-Content "/proc/$($holder.Id)/task/$($holder.Id)/children").Trim()

        $shell = 'nsenter', '-t', $inside, '-p', '-m', '--wd=/', 'sh'
        function Get-Everything {
            # What looks is there, too: the process that sh has forked for a pipe.
            @((Invoke-Runtime @shell "$work/look" $mark $work).Output -split "`n" | Where-Object { $_ -notmatch "/look $mark|/proc/self" })
        }
        # What was not there before, and what is not there any more.
        function Get-Difference {
            Compare-Object $before (Get-Everything) | ForEach-Object { "$($_.SideIndicator) $($_.InputObject)" }
        }
        # What dies is gone a moment later; what is left after that is a leak, and told item by item.
        function Wait-ForNothing {
            $end = [DateTime]::UtcNow.AddSeconds(20)
            do { $left = Get-Difference } while ($left -and [DateTime]::UtcNow -lt $end)
            $left | Should -BeNullOrEmpty
        }
        # Once before, so that what is kept for all containers is there.
        (Invoke-Runtime @shell "$work/turn" 0 0 $nsrun "$work/b" $mark).ExitCode | Should -Be 0
        $before = Get-Everything
    }

    AfterAll {
        # The namespace goes with its PID 1, and with it all that is in it.
        Stop-Process -Id $inside -Force -ErrorAction Ignore
        if ($holder) { $null = $holder.WaitForExit(10000) }
        Get-ChildItem /sys/fs/cgroup -Directory -Depth 1 | Where-Object Name -Like "$mark-*" | ForEach-Object { rmdir $_.FullName }
        Remove-Item $work -Recurse -Force -ErrorAction Ignore
    }

    It 'sees a container that is left' {
        (Invoke-Runtime @shell -c '"$1" --root /run/state create -b "$2" "$3-left" </dev/null >/dev/null 2>&1' sh $nsrun "$work/b" $mark).ExitCode | Should -Be 0
        $seen = Get-Difference
        foreach ($kind in 'process', 'descriptor or namespace', 'cgroup', 'file', 'key') {
            @($seen -match "^=> $kind ").Count | Should -BeGreaterThan 0 -Because "it leaves one: $kind"
        }
        (Invoke-Runtime @shell -c '"$1" --root /run/state delete --force "$2-left"' sh $nsrun $mark).ExitCode | Should -Be 0
        Wait-ForNothing
    }

    It 'leaves nothing of many in turn' {
        $result = Invoke-Runtime @shell "$work/turn" 1 $inTurn $nsrun "$work/b" $mark
        $result.ExitCode | Should -Be 0 -Because $result.Error
        Wait-ForNothing
    }

    It 'leaves nothing of many at once' {
        $result = Invoke-Runtime @shell "$work/once" $atOnce $nsrun "$work/b" $mark
        $result.ExitCode | Should -Be 0 -Because $result.Error
        $result.Output | Should -Be $atOnce
        Wait-ForNothing
    }

    It 'gives one of many who want the same ID' {
        $result = Invoke-Runtime @shell "$work/same" $atOnce $nsrun "$work/b" $mark
        $result.Output | Should -Be 1 -Because $result.Error
        Wait-ForNothing
    }
}
