BeforeDiscovery {
    $script:canRun = (id -u) -eq '0' -and (Test-Path /bin/busybox) -and [bool](Get-Command podman -ErrorAction Ignore) -and [bool](Get-Command runc -ErrorAction Ignore) -and (Test-Path /usr/share/containers/containers.conf)
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    Import-Module "$PSScriptRoot/Support/Images.psm1" -Force
    $script:work = Join-Path ([IO.Path]::GetTempPath()) "nstools-cp-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
    $null = New-Item -ItemType Directory $work
    $script:before = $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT, $env:CONTAINERS_CONF
    $env:NSTOOLS_RUNROOT = "$work/run"
    $env:NSTOOLS_ROOT = "$work/data"
    # Asks for everything that a process can see of its container: a line for each thing, its name first.
    $script:probe = @'
for n in mnt uts ipc pid net cgroup user time; do [ "$(readlink /proc/self/ns/$n)" = "$(eval echo \$HOST_$n)" ] && echo "namespace $n: host's" || echo "namespace $n: own"; done
grep -E '^(Uid|Gid|Groups|Cap...|NoNewPrivs|Seccomp|SigBlk|SigIgn|Umask|Cpus_allowed_list|Mems_allowed_list|THP_enabled|Speculation|x86)' /proc/1/status | tr -s '\t ' '  ' | sed 's/^/status /'
tail -n +2 /proc/1/limits | sed 's/   */: /; s/   */ /g; s/^/limit /'
tr '\0' '\n' < /proc/1/environ | sort | sed "s/$(hostname)/ID/; s/^/environment /"
for f in personality coredump_filter timerslack_ns oom_score_adj loginuid; do echo "process $f: $(cat /proc/1/$f 2>&1)"; done
echo "process descriptors: $(ls -l /proc/1/fd | grep -c -v -E 'pipe:|/dev/null|total')"
echo "process ids: $(cut -d' ' -f4-6 /proc/1/stat), nice $(cut -d' ' -f19 /proc/1/stat), policy $(cut -d' ' -f41 /proc/1/stat)"
echo "process directory: $(readlink /proc/1/cwd) user: $(id)"
echo "host name: $(hostname | sed 's/^[0-9a-f]\{12\}$/ID/') domain: $(cat /proc/sys/kernel/domainname)"
cut -d' ' -f4-6,7- /proc/1/mountinfo | sed "s/$(hostname)/ID/g" | while read root target options rest; do type=${rest#*- }; type=${type%% *}; super=${rest##* }; case $type in overlay|ext4|xfs|btrfs) root=- super=-;; esac; echo "mount $target: $type $options, $super, ${rest%%- *}"; done
ls -ln /dev | tail -n +2 | while read mode links user group a b c; do case $mode in [cb]*) echo "device ${c##* }: $mode $user:$group $a $b";; l*) echo "device ${c##*:?? }: link";; *) echo "device ${c##* }: $mode $user:$group";; esac; done
for f in kernel/msgmax kernel/msgmnb kernel/sem kernel/shmall kernel/shmmax kernel/shmmni fs/mqueue/queues_max net/ipv4/ping_group_range net/ipv4/ip_unprivileged_port_start net/ipv4/ip_forward net/ipv4/conf/all/rp_filter net/ipv6/conf/all/disable_ipv6; do echo "sysctl $f: $(cat /proc/sys/$f | tr '\t' ' ')"; done
for f in /proc/acpi /proc/asound /proc/interrupts /proc/kcore /proc/keys /proc/latency_stats /proc/scsi /proc/sched_debug /proc/timer_list /proc/timer_stats /sys/dev/block /sys/devices/virtual/powercap /sys/firmware /sys/fs/selinux; do if [ -d $f ]; then echo "hidden $f: $(ls $f | wc -l) entries"; elif [ -e $f ]; then echo "hidden $f: $(head -c 20 $f | wc -c) bytes"; else echo "hidden $f: not there"; fi; done
for f in /proc/bus /proc/fs /proc/irq /proc/sys /proc/sysrq-trigger /sys /sys/fs/cgroup /proc/1; do touch $f/x 2> /tmp/why; echo "closed $f: $(sed 's/.*: //' /tmp/why)"; done
for f in hosts hostname resolv.conf; do [ -e /etc/$f ] || continue; sed "s/$(hostname)/ID/g; s/^/file $f: /" /etc/$f; stat -c "file $f: %a %u:%g" /etc/$f; done
ls /sys/class/net | sed 's/^/network /'; ip addr | grep -E 'inet|state' | tr -s ' ' | sed 's/^/network address /'
for c in 'unshare -U true' 'unshare -m true' 'mount -t tmpfs x /home' 'mknod /tmp/b b 8 0' 'chroot / true' 'swapon /dev/null' 'dmesg' 'hostname other' 'date -s 2000-01-01' 'chown 5 /tmp' 'ping -c 1 -W 1 127.0.0.1' 'nice -n -5 true' 'chrt -f 1 true' 'ulimit -n 9999' 'insmod x' 'reboot -f -n -d 0 --help'; do sh -c "$c" > /dev/null 2> /tmp/why; echo "may $c: $? $(head -1 /tmp/why | sed 's/.*: //')"; done
'@
    # What is not the same, and why.
    $script:explained = @(
        @{ Pattern = '^environment container='; Because = 'https://systemd.io/CONTAINER_INTERFACE has each engine say its own name' }
        @{ Pattern = '^mount /run/\.containerenv: '; Because = 'a file that tells that Podman has made the container' }
        @{ Pattern = '^mount /etc/(hosts|hostname|resolv\.conf): '; Because = 'nothing in these files is a program or a device: ours are mounted so' }
        @{ Pattern = '^mount /dev/shm: '; Because = 'ours has 64 MiB; Podman reads its 65536k in powers of ten' }
        @{ Pattern = '^mount /(proc/(acpi|keys|timer_list)|sys/(dev/block|firmware)): '; Because = 'hidden by an empty tmpfs and by /dev/null in both; ours has room for no file and is nosuid, nodev, noexec' }
        @{ Pattern = '^(mount|hidden) /proc/interrupts: '; Because = 'Podman hides it only in later versions' }
        @{ Pattern = '^(mount|closed) /sys/fs/cgroup(/unified)?: '; Because = 'on a host with cgroup v1 runc leaves the directory of the hierarchies writable, and v2 beside them out' }
        @{ Pattern = '^status Groups: '; Because = 'Podman has the primary group among the supplementary ones, too' }
        @{ Pattern = '^process directory: '; Because = 'id tells the supplementary groups, see above' }
        @{ Pattern = '^file hosts: '; Because = 'Podman adds the host''s own names, and the container''s beside its host name' }
        @{ Pattern = '^file hostname: '; Because = 'Podman ends it without a newline' }
        @{ Pattern = '^file resolv\.conf: '; Because = 'Podman makes none without a network; ours is empty' }
    )
    $script:seen = @()
    $script:hostNamespaces = @{}
    foreach ($name in 'mnt', 'uts', 'ipc', 'pid', 'net', 'cgroup', 'user', 'time') { $hostNamespaces["HOST_$name"] = (Get-Item "/proc/$PID/ns/$name").LinkTarget }
    $inStore = '--root', "$work/ps", '--runroot', "$work/pr", '--cgroup-manager', 'cgroupfs', '--runtime', 'runc'
    # Both, described in the same words; gives what is not the same, a line each.
    function Compare-Probe([string[]] $Podman = @(), [hashtable] $Ours = @{}, [string[]] $Image = @('localhost/probe:1')) {
        $options = $hostNamespaces.GetEnumerator() | ForEach-Object { '--env', "$($_.Key)=$($_.Value)" }
        $there = podman @inStore run --rm --network none --cgroupns private --security-opt no-new-privileges --ulimit nofile=512:1024 --ulimit nproc=900:1000 @options @Podman @Image sh -c $probe
        $here = Invoke-Image probe:1 -Remove -Ulimit nofile=512:1024, nproc=900:1000 -Environment $hostNamespaces -Network none -ArgumentList sh, -c, $probe @Ours
        $there.Count | Should -BeGreaterThan 100 -Because 'the probe asks for that much'
        Compare-Object @($there) @($here) | ForEach-Object { [pscustomobject]@{ Line = $_.InputObject; Side = $_.SideIndicator -eq '<=' ? 'Podman' : 'NsTools' } }
    }
    function Get-Unexplained($Differences) { $Differences | Where-Object { $line = $_.Line; -not ($explained | Where-Object { $line -match $_.Pattern }) } | ForEach-Object { "$($_.Side): $($_.Line)" } }
    if ((id -u) -eq '0' -and (Get-Command podman -ErrorAction Ignore)) {
        New-BusyBoxRoot "$work/root"
        $config = @{ Env = @('COLOR=blue', 'PATH=/bin'); WorkingDir = '/data'; Entrypoint = @(); Cmd = @('sh') }
        $null = Copy-Image (New-TestImage "$work/layout" "$work/root" $config) probe:1
        # What distributions ship, and nothing that this machine's owner has changed. It stands in for all other files.
        Copy-Item /usr/share/containers/containers.conf "$work/containers.conf"
        $env:CONTAINERS_CONF = "$work/containers.conf"
        tar -C "$work/root" -cf "$work/root.tar" .
        podman @inStore import --change 'ENV COLOR=blue' --change 'ENV PATH=/bin' --change 'WORKDIR /data' "$work/root.tar" probe:1 *> $null
    }
}

AfterAll {
    if ((id -u) -eq '0') { Get-Container -All | Remove-Container -Force }
    if (Test-Path "$work/ps") { podman @inStore rm --all --force --time 0 *> $null; podman @inStore rmi --all --force *> $null }
    $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT, $env:CONTAINERS_CONF = $before
    findmnt -rno TARGET | Where-Object { $_ -like "$work/*" } | Sort-Object -Descending | ForEach-Object { umount $_ }
    rm -rf $work
}

Describe 'The same container, described to Podman and to us' -Skip:(-not $canRun) {
    It 'is the same to a process in it, but for what is explained: <What>' -ForEach @(
        @{ What = 'by default'; Podman = @(); Ours = @{} }
        @{ What = 'read-only, another user and directory, a host name, memory in places'; Podman = @('--read-only', '--user', 'bob', '--workdir', '/home/bob', '--hostname', 'inside', '--tmpfs', '/scratch:size=1m'); Ours = @{ ReadOnly = $true; User = 'bob'; WorkingDirectory = '/home/bob'; HostName = 'inside'; TmpFs = '/scratch:size=1m' } }
        @{ What = 'other capabilities, no filter'; Podman = @('--cap-add', 'SYS_ADMIN', '--cap-add', 'NET_ADMIN', '--cap-drop', 'CHOWN', '--security-opt', 'seccomp=unconfined'); Ours = @{ Capability = 'SYS_ADMIN', 'NET_ADMIN'; DropCapability = 'CHOWN'; SecurityOption = 'seccomp=unconfined' } }
        @{ What = 'all capabilities dropped'; Podman = @('--cap-drop', 'ALL'); Ours = @{ DropCapability = 'ALL' } }
    ) {
        $differences = @(Compare-Probe $Podman $Ours)
        $script:seen += $differences
        Get-Unexplained $differences | Should -BeNullOrEmpty
    }

    It 'has no explanation for what is not different any more' {
        $seen | Should -Not -BeNullOrEmpty
        $explained | Where-Object { $pattern = $_.Pattern; -not ($seen | Where-Object { $_.Line -match $pattern }) } | ForEach-Object { $_.Pattern } | Where-Object {
            # Where there is no cgroup v1 there is nothing to explain.
            $_ -notmatch 'cgroup' -or (Test-Path /sys/fs/cgroup/pids) } | Should -BeNullOrEmpty
    }
}
