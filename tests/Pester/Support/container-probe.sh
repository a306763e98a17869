# Asks for everything that a process can see of its container: a line for each thing, its name first.
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
