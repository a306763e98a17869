BeforeDiscovery {
    $missing = 'containerd', 'ctr', 'umoci', 'runc' | Where-Object { -not (Get-Command $_ -ErrorAction Ignore) }
    $isPossible = (id -u) -eq 0 -and -not $missing
}

# A containerd of this suite's own: its root, state and socket are in a directory of its own, and it is ended by its process ID.
Describe "containerd with nsrun, as with runc$($missing ? " (not here: $missing)" : '')" -Skip:(-not $isPossible) {
    BeforeAll {
        Import-Module "$PSScriptRoot/Support/Bundles.psm1" -Force
        $nsrun = Get-Runtime
        $mark = "t$([guid]::NewGuid().ToString('N').Substring(0, 8))"
        # The path of a Unix socket may have 107 bytes, and containerd's shims add some.
        $work = "/tmp/nsctd-$mark"
        $null = New-Item -ItemType Directory $work
        Set-Content "$work/config.toml" @"
version = 2
root = "$work/root"
state = "$work/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
[grpc]
  address = "$work/c.sock"
[ttrpc]
  address = "$work/t.sock"
"@
        $daemon = Start-Process containerd -PassThru -ArgumentList '--config', "$work/config.toml" -RedirectStandardError "$work/log" -RedirectStandardOutput "$work/out"
        Wait-Until { (Invoke-Runtime timeout 10 ctr -a "$work/c.sock" version).ExitCode -eq 0 } -Seconds 30
        # An image made here: a busybox root.
        New-TestRoot "$work/image"
        $result = Invoke-Runtime sh -ec @"
umoci init --layout $work/oci && umoci new --image $work/oci:1 && umoci unpack --image $work/oci:1 $work/unpacked
cp -a $work/image/. $work/unpacked/rootfs/ && umoci repack --image $work/oci:1 $work/unpacked
tar -C $work/oci -cf $work/image.tar . && timeout 60 ctr -a $work/c.sock image import --base-name test.example/engine --no-unpack $work/image.tar
"@
        $result.ExitCode | Should -Be 0 -Because $result.Error

        # RUN is "ctr run" with the runtime, CTR is ctr; ID a container of it.
        function Compare-Runtime {
            param([Parameter(Mandatory)][string] $Script)
            $results = foreach ($runtime in $nsrun, 'runc') {
                $name = Split-Path $runtime -Leaf
                $text = $Script -creplace 'RUN', "CTR run --snapshotter native --runc-binary $runtime --runc-root $work/$name" -creplace 'CTR', "timeout 60 ctr -a $work/c.sock" -creplace 'IMAGE', 'test.example/engine:1' -creplace 'ID', "$mark-$name"
                $result = Invoke-Runtime sh -c $text
                [pscustomobject]@{ Output = "exit $($result.ExitCode)`n$($result.Output)"; Error = $result.Error }
            }
            $results[0].Output | Should -Be $results[1].Output -Because "nsrun says: $($results[0].Error)`nrunc says: $($results[1].Error)"
            $results[0].Output
        }
    }

    AfterAll {
        foreach ($id in (Invoke-Runtime timeout 20 ctr -a "$work/c.sock" task ls -q).Output -split "`n" -ne '') {
            $null = Invoke-Runtime timeout 20 ctr -a "$work/c.sock" task rm -f $id
        }
        # The shims, too, have the socket's path on their command lines.
        Find-TestProcess $work | Where-Object { $_ -ne $daemon.Id } | ForEach-Object { kill -9 $_ }
        kill $daemon.Id
        $null = $daemon.WaitForExit(10000)
        findmnt -rno TARGET | Where-Object { $_.StartsWith($work) } | Sort-Object -Descending | ForEach-Object { umount -l $_ }
        Remove-Item $work -Recurse -Force -ErrorAction Ignore
    }

    It 'run: output, exit code, environment, privileges' {
        Compare-Runtime @'
RUN --rm --env A=1 --cwd /tmp IMAGE ID sh -c 'id -u; pwd; echo $A; exit 3'; echo $?
RUN --rm IMAGE ID cat /proc/self/status | grep -E '^(Cap|NoNewPrivs|Seccomp:)'
RUN --rm --seccomp --read-only IMAGE ID sh -c 'echo x > /x || echo refused; cat /proc/self/status' 2>/dev/null | grep -E '^(refused|Seccomp:)'
'@ | Should -BeLike "exit 0`n0`n/tmp`n1`n3`nCap*NoNewPrivs*refused`nSeccomp:*2"
    }

    It 'run with limits' {
        Compare-Runtime @'
RUN -d --memory-limit 67108864 --cpu-quota 50000 --cpu-period 100000 IMAGE ID sleep 1000
for file in /sys/fs/cgroup/memory/default/ID/memory.limit_in_bytes /sys/fs/cgroup/cpu/default/ID/cpu.cfs_quota_us /sys/fs/cgroup/default/ID/memory.max /sys/fs/cgroup/default/ID/cpu.max; do
    test -e $file && cat $file
done
CTR task rm -f ID >/dev/null 2>&1; CTR container delete ID; echo $?
'@ | Should -BeLike '*67108864*50000*0'
    }

    It 'tasks: exec, ps, pause, resume, kill, delete' {
        Compare-Runtime @'
RUN -d IMAGE ID sh -c 'trap "exit 9" TERM; while true; do sleep 0.1; done'; echo $?
CTR task ls | awk '$1 == "ID" { print $3 }'
CTR task exec --exec-id e1 ID sh -c 'echo in; id -u; exit 4'; echo $?
CTR task exec --exec-id e2 --user 1000 ID id -u
CTR task ps ID | wc -l
CTR task pause ID; CTR task ls | awk '$1 == "ID" { print $3 }'
CTR task resume ID; CTR task ls | awk '$1 == "ID" { print $3 }'
CTR task metrics ID 2>/dev/null | grep -c pids
CTR task kill -s TERM ID
for i in $(seq 50); do CTR task ls | grep -q 'ID.*STOPPED' && break; sleep 0.1; done
CTR task ls | awk '$1 == "ID" { print $3 }'
CTR task ls | awk '$1 == "ID" { print $2 }' | wc -l; CTR task delete ID >/dev/null 2>&1; echo $?; CTR container delete ID; echo $?
'@ | Should -BeLike "exit 0`n0`nRUNNING`nin`n0`n4`n1000*PAUSED`nRUNNING*STOPPED`n1`n0`n0"
    }

    It 'tells that a program is not there' {
        Compare-Runtime 'RUN --rm IMAGE ID nothere >/dev/null 2>&1; echo $?' | Should -Be "exit 0`n1"
        $result = Invoke-Runtime timeout 60 ctr -a "$work/c.sock" run --rm --snapshotter native --runc-binary $nsrun test.example/engine:1 "$mark-none" nothere
        # It reads the runtime's --log, a line of JSON.
        $result.Error | Should -BeLike "*execve 'nothere'*ENOENT*"
    }

    It 'leaves nothing' {
        Get-ChildItem "$work/nsrun" -Directory -Recurse -Depth 1 -ErrorAction Ignore | Where-Object Name -Like "$mark*" | Should -BeNullOrEmpty
        Get-ChildItem /sys/fs/cgroup -Directory -Depth 2 | Where-Object Name -Like "$mark*" | Should -BeNullOrEmpty
        Find-TestProcess "$mark-" | Should -BeNullOrEmpty
    }
}
