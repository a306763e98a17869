BeforeDiscovery {
    $isRoot = (id -u) -eq 0
}

# The long form, 1,000 and 50, is build.ps1's task Soak.
Describe 'Soak: many containers, one after the other and at once' -Skip:(-not $isRoot) {
    BeforeAll {
        Import-Module "$PSScriptRoot/Support/Bundles.psm1" -Force
        $nsrun = Get-Runtime
        $isLong = [bool]$env:NSTOOLS_LONG_TESTS
        $inTurn = $isLong ? 1000 : 15
        $atOnce = $isLong ? 50 : 8
        $mark = "t$([guid]::NewGuid().ToString('N').Substring(0, 8))"
        $work = "/tmp/nstools-rtsk-$mark"
        $root = "$work/state"
        New-TestBundle "$work/b" -Command sh, '-c', 'while :; do sleep 5; done', $mark
        # A process of the host that must not gain descriptors: the shell that drives it all.
        Set-Content "$work/turn" @'
for i in $(seq $1 $2); do
    "$3" --root "$4" create -b "$5" "$6-$i" </dev/null >/dev/null 2>&1 || exit 1
    "$3" --root "$4" start "$6-$i" || exit 2
    "$3" --root "$4" kill "$6-$i" KILL || exit 3
    "$3" --root "$4" delete --force "$6-$i" || exit 4
done
'@
        function Get-Everything {
            $all = [ordered]@{
                OfOurs = Get-HostState $root $mark
                Descriptors = @(Get-ChildItem "/proc/$PID/fd").Count
            }
            # These are of the whole host, and only the long form has it to itself.
            if ($isLong) {
                $all.Mounts = @(Get-HostMount).Count
                $all.Namespaces = @(lsns -n -o NS).Count
                $all.Overlays = @(Get-Content /proc/self/mountinfo | Where-Object { $_ -match ' overlay ' }).Count
                $all.Cgroups = @(Get-ChildItem /sys/fs/cgroup -Directory -Recurse -Depth 2 -ErrorAction Ignore).Count
                $all.Keyrings = @(Get-Content /proc/keys -ErrorAction Ignore | Where-Object { $_ -match "_ses\.$mark" }).Count
            }
            $all | ConvertTo-Json -Compress
        }
        $null = Invoke-Runtime sh "$work/turn" 0 0 $nsrun $root "$work/b" $mark
        $before = Get-Everything
    }

    AfterAll {
        & $nsrun --root $root delete --force --regex '.*'
        Remove-Item $work -Recurse -Force -ErrorAction Ignore
    }

    It 'leaves nothing of many in turn' {
        $result = Invoke-Runtime sh "$work/turn" 1 $inTurn $nsrun $root "$work/b" $mark
        $result.ExitCode | Should -Be 0 -Because $result.Error
        Wait-Until { (Get-Everything) -eq $before } -Seconds 20
    }

    It 'leaves nothing of many at once' {
        $processes = 1..$atOnce | ForEach-Object {
            Start-Process sh -PassThru -ArgumentList "$work/turn", "$($_)00", "$($_)01", $nsrun, $root, "$work/b", $mark
        }
        foreach ($process in $processes) {
            $process.WaitForExit(120000) | Should -BeTrue
            $process.ExitCode | Should -Be 0
            $process.Dispose()
        }
        Wait-Until { (Get-Everything) -eq $before } -Seconds 20
    }

    It 'gives one of many who want the same ID' {
        $processes = 1..$atOnce | ForEach-Object {
            Start-Process $nsrun -PassThru -RedirectStandardError "$work/err$_" -ArgumentList '--root', $root, 'create', '-b', "$work/b", "$mark-same"
        }
        foreach ($process in $processes) { $process.WaitForExit(120000) | Should -BeTrue }
        @($processes | Where-Object ExitCode -EQ 0).Count | Should -Be 1
        $processes | ForEach-Object Dispose
        & $nsrun --root $root delete --force "$mark-same"
        Wait-Until { (Get-HostState $root $mark) -eq ($before | ConvertFrom-Json).OfOurs } -Seconds 20
    }
}
