BeforeDiscovery {
    $isRoot = (id -u) -eq 0
    $hasPeers = $isRoot -and -not ('podman', 'buildah', 'runc', 'tmux' | Where-Object { -not (Get-Command $_ -ErrorAction Ignore) })
    # Podman's own ulimits exceed what the machine may raise; the suite sets others.
}

# The same script of an engine's user with nsrun and with runc has the same output.
Describe 'Podman and Buildah with nsrun, as with runc' -Skip:(-not $hasPeers) {
    BeforeAll {
        Import-Module "$PSScriptRoot/Support/Bundles.psm1" -Force
        $nsrun = Get-Runtime
        $work = "/tmp/nstools-rten-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
        $null = New-Item -ItemType Directory "$work/image" -Force
        New-TestRoot "$work/image"
        Set-Content "$work/containers.conf" @"
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
netns = "none"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
[engine.runtimes]
nsrun = ["$nsrun"]
"@
        Set-Content "$work/storage.conf" "[storage]`ndriver = `"vfs`"`ngraphroot = `"$work/graph`"`nrunroot = `"$work/run`""
        Set-Content "$work/policy.json" '{"default":[{"type":"insecureAcceptAnything"}]}'
        $saved = $env:CONTAINERS_CONF, $env:CONTAINERS_STORAGE_CONF
        $env:CONTAINERS_CONF = "$work/containers.conf"
        $env:CONTAINERS_STORAGE_CONF = "$work/storage.conf"
        $null = sh -c "tar -C $work/image -c . | timeout 60 podman import - engine:1 2>&1"

        # Both runtimes do the same; what differs by nature (the runtime's own name before its messages) is left out.
        function Compare-Runtime {
            param([Parameter(Mandatory)][string] $Script)
            $results = foreach ($runtime in 'nsrun', 'runc') {
                $text = $Script -replace '\bpodman\b', "timeout 60 podman --runtime $runtime"
                $result = Invoke-Runtime sh -c $text
                "exit $($result.ExitCode)`n$($result.Output)"
            }
            $results[0] | Should -Be $results[1]
            $results[0]
        }
    }

    AfterAll {
        $null = timeout 60 podman pod rm -f -a 2>&1
        $null = timeout 60 podman rm -f -a -t 0 2>&1
        $env:CONTAINERS_CONF, $env:CONTAINERS_STORAGE_CONF = $saved
        findmnt -rno TARGET | Where-Object { $_.StartsWith($work) } | Sort-Object -Descending | ForEach-Object { umount $_ }
        Remove-Item $work -Recurse -Force -ErrorAction Ignore
    }

    It 'run: output, exit code, environment, privileges' {
        Compare-Runtime @'
podman run --rm -e A=1 -w /tmp engine:1 sh -c 'id; pwd; echo $A; exit 3'; echo $?
podman run --rm engine:1 cat /proc/self/status | grep -E '^(Cap|NoNewPrivs|Seccomp:|Groups)'
podman run --rm engine:1 env | sort | grep -v HOSTNAME
'@ | Should -BeLike '*uid=0*Seccomp:*2*'
    }

    It 'run with restrictions' {
        Compare-Runtime @'
podman run --rm --read-only --cap-drop all --user 1000:1000 --security-opt no-new-privileges engine:1 sh -c 'echo x > /x; id'
podman run --rm --cap-drop all --cap-add net_admin --security-opt no-new-privileges engine:1 cat /proc/self/status | grep -E '^(Cap|NoNewPrivs)'
'@ | Should -BeLike '*uid=1000*NoNewPrivs:*1*'
    }

    It 'run with limits' {
        Compare-Runtime "podman run --rm -m 64m --pids-limit 50 engine:1 sh -c 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/pids/pids.max 2>/dev/null; cat /sys/fs/cgroup/memory.max 2>/dev/null; true'" | Should -BeLike '*67108864*'
    }

    # Of a machine with both cgroup versions nsrun shows v2's tree, too; the runc of Debian 12 does not.
    It 'run: volumes, tmpfs, devices' {
        Compare-Runtime "podman run --rm -v $work/image/etc:/mnt:ro --tmpfs /scratch:size=1m --device /dev/null:/dev/nix engine:1 sh -c 'cat /mnt/os-release; echo a > /scratch/a && cat /scratch/a; echo b > /mnt/x; ls -l /dev/nix | wc -l'; podman run --rm -v $work/image/etc:/mnt:ro --tmpfs /scratch:size=1m engine:1 mount | grep -v unified | wc -l" | Should -BeLike '*Busybox*'
    }

    It 'a program that is not there is 127' {
        Compare-Runtime 'podman run --rm engine:1 nothere' | Should -BeLike 'exit 127*'
    }

    It 'detached: logs, exec, top, pause, ps, inspect, kill, stop' {
        Compare-Runtime @'
name=eng$$
podman run -d --name $name engine:1 sh -c 'trap "exit 9" TERM; trap "echo usr" USR1; echo log; echo err >&2; while true; do sleep 0.1; done' | wc -c
for i in 1 2 3 4 5 6 7 8 9; do test -n "$(podman logs $name 2>/dev/null)" && break; sleep 0.2; done
podman logs $name 2>&1 | sort
podman exec -e X=5 $name sh -c 'echo in $X; id -u; exit 4'; echo $?
podman exec -u 1000 $name id -u
podman exec $name nothere 2>/dev/null; echo $?
podman exec -d $name sleep 77 | wc -c
podman top $name comm | sort | uniq
podman pause $name >/dev/null; podman inspect $name --format '{{.State.Status}} {{.State.Paused}}'
podman unpause $name >/dev/null; podman inspect $name --format '{{.State.Status}} {{.State.Running}}'
podman kill -s USR1 $name >/dev/null
for i in 1 2 3 4 5 6 7 8 9; do podman logs $name 2>/dev/null | grep -q usr && break; sleep 0.2; done
podman logs $name 2>/dev/null
podman stop -t 10 $name >/dev/null; podman inspect $name --format '{{.State.Status}} {{.State.ExitCode}}'
podman start $name >/dev/null; podman kill $name >/dev/null; podman wait $name
podman rm $name >/dev/null; echo $?
'@ | Should -BeLike '*exited 9*137*'
    }

    It 'on a real terminal' {
        # Podman tells the size when the program may run already: it waits for it.
        $screens = foreach ($runtime in 'nsrun', 'runc') {
            $socket = "$work/tmux-$runtime"
            tmux -S $socket new-session -d -x 90 -y 20 "timeout 50 podman --runtime $runtime run --rm -it engine:1 sh -c 'tty; until [ `"`$(stty size)`" = `"20 90`" ]; do sleep 0.1; done; stty size; read line; echo got `$line; sleep 2'"
            Wait-Until { (tmux -S $socket capture-pane -p) -match '20 90' } -Seconds 30
            tmux -S $socket send-keys 'hello' Enter
            Wait-Until { (tmux -S $socket capture-pane -p) -match 'got hello' } -Seconds 30
            (tmux -S $socket capture-pane -p | Out-String).Trim()
            tmux -S $socket kill-server
        }
        $screens[0] | Should -Be $screens[1]
    }

    It 'build, with Podman and with Buildah' {
        $null = New-Item -ItemType Directory "$work/build" -Force
        Set-Content "$work/build/Containerfile" "FROM engine:1`nENV B=2`nRUN echo built `$B > /built && id -u >> /built`nUSER 1000`nCMD cat /built"
        foreach ($runtime in 'nsrun', 'runc') {
            $result = Invoke-Runtime sh -c "cd $work/build && timeout 100 podman --runtime $runtime build --signature-policy $work/policy.json -q -t built-$runtime . >/dev/null && timeout 60 podman --runtime $runtime run --rm built-$runtime"
            $result.Output | Should -Be "built 2`n0" -Because $result.Error
            $result = Invoke-Runtime sh -c "cd $work/build && timeout 100 buildah --signature-policy $work/policy.json bud --runtime $(if ($runtime -eq 'nsrun') { $nsrun } else { 'runc' }) -q -t bud-$runtime . >/dev/null && timeout 60 podman --runtime $runtime run --rm bud-$runtime"
            $result.Output | Should -Be "built 2`n0" -Because $result.Error
        }
    }

    It 'pods, whose containers share namespaces' {
        $results = foreach ($runtime in 'nsrun', 'runc') {
            $run = "timeout 60 podman --runtime $runtime"
            $null = Invoke-Runtime sh -c "printf 'FROM engine:1\nCMD sleep 1000\n' | $run build --signature-policy $work/policy.json -q -t pause-$runtime -"
            $made = Invoke-Runtime sh -c "$run pod create --network none --infra-image localhost/pause-$runtime --infra-command 'sleep 1000' --name pod-$runtime"
            $made.ExitCode | Should -Be 0 -Because $made.Error
            $both = Invoke-Runtime sh -c "$run run -d --pod pod-$runtime --name a-$runtime engine:1 sleep 1000 >/dev/null; for ns in net ipc uts; do a=`$($run exec a-$runtime readlink /proc/self/ns/`$ns); b=`$($run run --rm --pod pod-$runtime engine:1 readlink /proc/self/ns/`$ns); test `$a = `$b && echo shared `$ns; done; $run pod stop -t 0 pod-$runtime >/dev/null 2>&1; $run pod inspect pod-$runtime --format '{{.State}}'; $run pod rm -f pod-$runtime >/dev/null; echo `$?"
            $both.Output
        }
        $results[0] | Should -BeLike "shared net`nshared ipc`nshared uts*"
        $results[0] | Should -Be $results[1]
    }
}
