BeforeDiscovery {
    # useradd gives the user ranges of subordinate IDs; runc is the one to compare with, for Debian's crun refuses hybrid cgroups.
    $missing = 'podman', 'runc', 'tmux', 'useradd', 'newuidmap', 'setpriv' | Where-Object { -not (Get-Command $_ -ErrorAction Ignore) }
    $isPossible = (id -u) -eq 0 -and -not $missing
}

# The same script of an ordinary user with nsrun and with runc has the same output.
Describe "Podman of an ordinary user with nsrun, as with runc$($missing ? " (not here: $missing)" : '')" -Skip:(-not $isPossible) {
    BeforeAll {
        Import-Module "$PSScriptRoot/Support/Bundles.psm1" -Force
        $nsrun = Get-Runtime
        $user = "nsr$([guid]::NewGuid().ToString('N').Substring(0, 8))"
        # Not below /tmp: of another user's mounts there only the owner could be told.
        $work = "/var/tmp/nstools-rter-$user"
        useradd --create-home --home-dir $work $user
        $uid = [int](id -u $user)
        $null = New-Item -ItemType Directory "$work/image", "$work/run", "$work/build"
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
        Set-Content "$work/storage.conf" "[storage]`ndriver = `"vfs`"`ngraphroot = `"$work/graph`"`nrunroot = `"$work/run/storage`""
        Set-Content "$work/policy.json" '{"default":[{"type":"insecureAcceptAnything"}]}'
        Set-Content "$work/build/Containerfile" "FROM engine:1`nENV B=2`nRUN echo built `$B > /built && id -u >> /built`nUSER 1000`nCMD cat /built; id -u"
        chown -R "${user}:" $work
        chmod 700 "$work/run"
        $variables = 'PATH=/usr/bin:/bin:/usr/sbin:/sbin', "HOME=$work", "USER=$user", 'TERM=xterm', "XDG_RUNTIME_DIR=$work/run"
        $variables += "CONTAINERS_CONF=$work/containers.conf", "CONTAINERS_STORAGE_CONF=$work/storage.conf"
        $become = @('setpriv', "--reuid=$uid", "--regid=$(id -g $user)", '--init-groups', 'env', '-i', '-C', $work) + $variables
        $result = Invoke-Runtime @become sh -c "tar -C $work/image -c . | timeout 60 podman import - engine:1"
        $result.ExitCode | Should -Be 0 -Because $result.Error

        function Compare-Runtime {
            param([Parameter(Mandatory)][string] $Script)
            $results = foreach ($runtime in 'nsrun', 'runc') {
                $text = $Script -replace '\bpodman\b', "timeout 60 podman --runtime $runtime" -creplace 'RUNTIME', $runtime
                $result = Invoke-Runtime @become sh -c $text
                [pscustomobject]@{ Output = "exit $($result.ExitCode)`n$($result.Output)"; Error = $result.Error }
            }
            $results[0].Output | Should -Be $results[1].Output -Because "nsrun says: $($results[0].Error)`nrunc says: $($results[1].Error)"
            $results[0].Output
        }
    }

    AfterAll {
        $null = Invoke-Runtime @become timeout 60 podman pod rm -f -a
        $null = Invoke-Runtime @become timeout 60 podman rm -f -a -t 0
        # Podman's own pause process keeps the user namespace.
        $null = Invoke-Runtime @become timeout 60 podman system migrate
        Get-ChildItem /proc -Directory | Where-Object { $_.Name -match '^\d+$' -and (stat -c %u $_.FullName 2>$null) -eq $uid } | ForEach-Object { kill -9 $_.Name 2>$null }
        findmnt -rno TARGET | Where-Object { $_.StartsWith($work) } | Sort-Object -Descending | ForEach-Object { umount -l $_ }
        userdel $user
        Remove-Item $work -Recurse -Force -ErrorAction Ignore
    }

    It 'run: identity, mappings, privileges, exit code' {
        Compare-Runtime @'
podman run --rm -e A=1 -w /tmp engine:1 sh -c 'id; pwd; echo $A; cat /proc/self/uid_map /proc/self/gid_map; exit 3'; echo $?
podman run --rm engine:1 cat /proc/self/status | grep -E '^(Cap|NoNewPrivs|Seccomp:|Groups)'
podman run --rm --user 1000:1000 engine:1 sh -c 'id; echo x > /x'; echo $?
podman run --rm --userns keep-id engine:1 sh -c 'id -u; echo x > /tmp/x && ls -ln /tmp/x | tr -s " " | cut -d" " -f3'
'@ | Should -BeLike "*uid=0*$uid*Seccomp:*2*"
    }

    It 'run: volumes, tmpfs, devices, read-only' {
        $found = Compare-Runtime @"
podman run --rm -v $work/image/etc:/mnt:ro --tmpfs /scratch:size=1m --device /dev/null:/dev/nix engine:1 sh -c 'cat /mnt/os-release; echo a > /scratch/a && cat /scratch/a; echo b > /mnt/x; ls -l /dev/nix | wc -l'
podman run --rm -v $work/build:/mnt engine:1 sh -c 'echo mine > /mnt/made'; stat -c %u $work/build/made; rm -f $work/build/made
podman run --rm --read-only engine:1 sh -c 'echo x > /x || echo refused; echo y > /tmp/y && echo written'
podman run --rm --hostname inner --add-host a:1.2.3.4 engine:1 sh -c 'hostname; cat /etc/hosts | grep 1.2.3.4'
"@
        $found | Should -BeLike "*Busybox*$uid*refused*written*inner*1.2.3.4*"
    }

    It 'a program that is not there is 127, one that cannot be executed 126' {
        Compare-Runtime 'podman run --rm engine:1 nothere >/dev/null 2>&1; echo $?; podman run --rm engine:1 /etc/passwd >/dev/null 2>&1; echo $?' | Should -BeLike "*127`n126*"
    }

    It 'detached: logs, exec, top, inspect, kill, stop, start' {
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
podman inspect $name --format '{{.State.Status}} {{.State.Running}}'
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
            $program = "exec timeout 50 podman --runtime $runtime run --rm -it engine:1 sh -c 'tty; until [ `"`$(stty size)`" = `"20 90`" ]; do sleep 0.1; done; stty size; read line; echo got `$line; sleep 2'"
            $null = Invoke-Runtime @become tmux -S $socket new-session -d -x 90 -y 20 $program
            try {
                Wait-Until { (Invoke-Runtime @become tmux -S $socket capture-pane -p).Output -match '20 90' } -Seconds 30
                $null = Invoke-Runtime @become tmux -S $socket send-keys hello Enter
                Wait-Until { (Invoke-Runtime @become tmux -S $socket capture-pane -p).Output -match 'got hello' } -Seconds 30
                (Invoke-Runtime @become tmux -S $socket capture-pane -p).Output.Trim()
            } finally {
                $null = Invoke-Runtime @become tmux -S $socket kill-server
            }
        }
        $screens[0] | Should -Be $screens[1]
    }

    It 'build' {
        Compare-Runtime "cd $work/build && podman build --network none --signature-policy $work/policy.json -q -t built-RUNTIME . >/dev/null && podman run --rm built-RUNTIME" | Should -Be "exit 0`nbuilt 2`n0`n1000"
    }

    It 'pods, whose containers share namespaces' {
        Compare-Runtime @"
printf 'FROM engine:1\nCMD sleep 1000\n' | podman build --signature-policy $work/policy.json -q -t pause-RUNTIME - >/dev/null
podman pod create --network none --infra-image localhost/pause-RUNTIME --infra-command 'sleep 1000' --name pod-RUNTIME >/dev/null
podman run -d --pod pod-RUNTIME --name a-RUNTIME engine:1 sleep 1000 >/dev/null
for ns in net ipc uts; do
    a=`$(podman exec a-RUNTIME readlink /proc/self/ns/`$ns); b=`$(podman run --rm --pod pod-RUNTIME engine:1 readlink /proc/self/ns/`$ns)
    test `$a = `$b && echo shared `$ns
done
podman pod stop -t 0 pod-RUNTIME >/dev/null 2>&1; podman pod rm -f pod-RUNTIME >/dev/null; echo `$?
"@ | Should -BeLike "exit 0`nshared net`nshared ipc`nshared uts*0"
    }

    It 'leaves no state of its own behind' {
        # What nsrun keeps of an ordinary user's containers is beneath XDG_RUNTIME_DIR.
        Get-ChildItem "$work/run/nsrun" -Directory -ErrorAction Ignore | Should -BeNullOrEmpty
    }
}
