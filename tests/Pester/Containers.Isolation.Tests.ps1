BeforeDiscovery {
    $script:canRun = (id -u) -eq '0' -and (Test-Path /bin/busybox)
    $script:hasPodman = [bool](Get-Command podman -ErrorAction Ignore) -and [bool](Get-Command runc -ErrorAction Ignore) -and (Test-Path /usr/share/containers/containers.conf)
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    Import-Module "$PSScriptRoot/Support/Images.psm1" -Force
    $script:work = Join-Path ([IO.Path]::GetTempPath()) "nstools-ci-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
    $null = New-Item -ItemType Directory $work
    $script:before = $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT, $env:CONTAINERS_CONF
    $env:NSTOOLS_RUNROOT = "$work/run"
    $env:NSTOOLS_ROOT = "$work/data"
    if ((id -u) -eq '0' -and (Test-Path /bin/busybox)) { New-BusyBoxRoot "$work/root" }
    # What distributions ship, but for the limits, which may be more than this machine can raise. It stands in for all other files.
    if (Test-Path /usr/share/containers/containers.conf) {
        (Get-Content -Raw /usr/share/containers/containers.conf) -replace '(?m)^\[containers\]', "[containers]`ndefault_ulimits = [`"nofile=1024:1024`", `"nproc=1024:1024`"]" |
            Set-Content "$work/containers.conf"
        $env:CONTAINERS_CONF = "$work/containers.conf"
    }
    # The same root, the same question, here and there.
    function Get-Both([string] $Question, [string[]] $Podman = @(), [hashtable] $Ours = @{}) {
        $there = podman --cgroup-manager cgroupfs --runtime runc run --rm --network none --security-opt no-new-privileges @Podman --rootfs "$work/root" sh -c $Question
        $here = Invoke-Image -Root "$work/root" -Network none -Command $Question -Remove @Ours
        [pscustomobject]@{ There = @($there); Here = @($here) }
    }
}

AfterAll {
    if ((id -u) -eq '0') { Get-Container -All | Remove-Container -Force }
    $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT, $env:CONTAINERS_CONF = $before
    # Podman leaves a link to /proc in the root, which Remove-Item would go through.
    rm -rf $work
}

Describe 'A container beside the same one of Podman' -Skip:(-not ($canRun -and $hasPodman)) {
    It 'has the same <What>' -ForEach @(
        @{ What = 'capabilities, no_new_privs and seccomp status'; Question = 'grep -E "^(Cap|NoNewPrivs|Seccomp)" /proc/self/status'; Podman = @(); Ours = @{} }
        @{ What = 'capabilities when some are added and dropped'; Question = 'grep -E "^Cap" /proc/self/status'; Podman = '--cap-add', 'NET_ADMIN', '--cap-drop', 'CHOWN'; Ours = @{ Capability = 'NET_ADMIN'; DropCapability = 'CHOWN' } }
        # Not its groups: Podman has the primary one among the supplementary ones, too.
        @{ What = 'capabilities of another user'; Question = 'grep -E "^(Cap|Uid|Gid)" /proc/self/status'; Podman = '--user', 'bob'; Ours = @{ User = 'bob' } }
        @{ What = 'capabilities when all are dropped'; Question = 'grep -E "^Cap" /proc/self/status'; Podman = '--cap-drop', 'ALL'; Ours = @{ DropCapability = 'ALL' } }
        @{ What = 'user, directory and mask'; Question = 'id; pwd; umask; cat /proc/self/oom_score_adj'; Podman = @(); Ours = @{} }
        @{ What = 'devices'; Question = 'ls -l /dev | grep -v -E "console|mqueue|shm|pts|total" | tr -s " " | cut -d" " -f1,3-6,10-'; Podman = @(); Ours = @{} }
        @{ What = 'sysctls'; Question = 'cat /proc/sys/net/ipv4/ping_group_range; cat /proc/sys/kernel/shmmax'; Podman = @(); Ours = @{} }
        @{ What = 'limits'; Question = 'cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/cpu/cpu.cfs_quota_us'; Podman = '--memory', '64m', '--cpus', '0.5', '--pids-limit', '99'; Ours = @{ Memory = 64MB; Cpu = 0.5; PidsLimit = 99 } }
        @{ What = 'number of processes by default'; Question = 'cat /sys/fs/cgroup/pids/pids.max'; Podman = @(); Ours = @{} }
        @{ What = 'paths that are hidden'; Question = 'for f in /proc/kcore /proc/keys /proc/timer_list; do wc -c < $f; done 2>/dev/null; ls /proc/acpi /sys/firmware 2>/dev/null; echo end'; Podman = @(); Ours = @{} }
        @{ What = 'paths that cannot be written'; Question = 'touch /proc/sys/kernel/domainname /proc/irq/x /sys/x 2>&1 | sed "s/.*: //"; (echo h > /proc/sysrq-trigger) 2>&1 | sed "s/.*: //"'; Podman = @(); Ours = @{} }
        @{ What = 'refusals of system calls'; Question = 'unshare -U true 2>&1; mount -t tmpfs x /tmp 2>&1; mknod /dev/sdz b 8 0 2>&1; chroot / true; echo $?'; Podman = @(); Ours = @{} }
        @{ What = 'mounts of the kernel''s file systems'; Question = 'grep -E " /(proc|sys|dev|dev/pts|dev/shm|dev/mqueue) " /proc/mounts | cut -d" " -f2-4 | sed "s/,inode64//; s/,size=6[0-9]*k$//" | sort'; Podman = @(); Ours = @{} }
        @{ What = 'network'; Question = 'ls /sys/class/net; ifconfig lo | grep -c UP; wget -q -O - http://127.0.0.1:1 2>&1 | tail -1'; Podman = @(); Ours = @{} }
    ) {
        $both = Get-Both -Question $Question -Podman $Podman -Ours $Ours
        $both.There | Should -Not -BeNullOrEmpty
        $both.Here | Should -Be $both.There
    }

    It 'has the same environment, but for what says who made it' {
        $both = Get-Both 'env | grep -v -E "^(HOSTNAME|container)=" | sort; echo $container'
        $both.Here | Select-Object -SkipLast 1 | Should -Be ($both.There | Select-Object -SkipLast 1)
        $both.Here[-1] | Should -Be 'nstools' -Because 'https://systemd.io/CONTAINER_INTERFACE has each engine say its name'
    }
}

Describe 'A container by default' -Skip:(-not $canRun) {
    It 'has namespaces of its own, all but the user one' {
        $names = 'mnt', 'uts', 'ipc', 'pid', 'net', 'cgroup'
        $inside = Invoke-Image -Root "$work/root" -Remove -Command 'cd /proc/self/ns; for n in mnt uts ipc pid net cgroup user; do readlink $n; done'
        $outside = $names + 'user' | ForEach-Object { (Get-Item "/proc/$PID/ns/$_").LinkTarget }
        0..5 | ForEach-Object { $inside[$_] | Should -Not -Be $outside[$_] }
        $inside[6] | Should -Be $outside[6]
    }

    It 'has the host''s network when asked, and its names' {
        $seen = Invoke-Image -Root "$work/root" -Remove -Network Host -Command 'readlink /proc/self/ns/net; hostname; cat /etc/resolv.conf'
        $seen[0] | Should -Be (Get-Item "/proc/$PID/ns/net").LinkTarget
        $seen[1] | Should -Be (hostname)
        $seen | Select-Object -Skip 2 | Should -Be (Get-Content /etc/resolv.conf)
    }

    It 'lets go of the filter and of no_new_privs when asked' {
        Invoke-Image -Root "$work/root" -Remove -SecurityOption seccomp=unconfined, no-new-privileges=false -Command 'grep -E "^(NoNewPrivs|Seccomp):" /proc/self/status' |
            Should -Be "NoNewPrivs:`t0", "Seccomp:`t0"
    }

    It 'inherits no descriptor and nothing of the caller''s environment' {
        $env:NSTOOLS_TEST_SECRET = 'leak'
        try {
            $seen = Invoke-Image -Root "$work/root" -Remove -Command 'echo $(ls /proc/self/fd); env'
            $seen[0] | Should -Be '0 1 2 3' -Because '3 is the directory that ls reads'
            $seen -join ' ' | Should -Not -MatchExactly 'leak|NSTOOLS'
        } finally { Remove-Item Env:NSTOOLS_TEST_SECRET }
    }

    It 'finds users inside the root only, whatever its links say' {
        Set-Content "$work/passwd" 'outsider:x:777:777::/:/bin/sh'
        New-BusyBoxRoot "$work/hostile"
        Remove-Item "$work/hostile/etc/passwd"
        $null = New-Item -ItemType SymbolicLink "$work/hostile/etc/passwd" -Value "../../../../../..$work/passwd"
        Get-Content "$work/hostile/etc/passwd" | Should -BeLike 'outsider*' -Because 'for the host it leads there'
        { New-Container -Root "$work/hostile" -User outsider true -ErrorAction Stop } | Should -Throw -ErrorId 'UserNotFound,*'
    }

    It 'is killed when it takes more memory than it may, and that is told' {
        $result = Invoke-Image -Root "$work/root" -Memory 16MB -Remove -PassThru -Command 'head -c 64m /dev/zero | tail > /dev/null; exit 0'
        $result.OutOfMemory | Should -BeTrue
    }

    It 'cannot have more processes than it may' {
        $result = Invoke-Image -Root "$work/root" -PidsLimit 5 -Remove -PassThru -Command 'for i in 1 2 3 4 5 6 7 8; do sleep 5 & done; true'
        $result.StandardError | Should -Match "can't fork"
    }
}
