# The root of a container, from the container's own view, compared with what runc and crun make of the same config.

BeforeDiscovery {
    $script:isRoot = (id -u) -eq '0'
    $script:hasRunc = [bool](Get-Command runc -ErrorAction Ignore)
    $script:hasCrun = [bool](Get-Command crun -ErrorAction Ignore)
    $script:hasBusyBox = Test-Path /bin/busybox
    $script:peers = @('runc', 'crun').Where({ Get-Command $_ -ErrorAction Ignore })
}

BeforeAll {
    $script:nsrun = (Resolve-Path "$PSScriptRoot/../../out/NsTools/runtimes/linux-*/native/nsrun").Path
    $script:work = Join-Path ([IO.Path]::GetTempPath()) "nstools-rootfs-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
    $null = New-Item -ItemType Directory $work
    chmod 755 $work

    function Add-BundleRoot([string]$Path) {
        foreach ($folder in 'bin', 'dev', 'proc', 'sys', 'tmp', 'etc', 'run', 'secret/inside', 'var/data') {
            $null = New-Item -ItemType Directory -Force "$Path/$folder"
        }
        Copy-Item /bin/busybox "$Path/bin/"
        foreach ($applet in 'sh', 'cat', 'ls', 'stat', 'find', 'sort', 'grep', 'readlink', 'id', 'true', 'touch', 'ip', 'mount', 'head') {
            $null = New-Item -ItemType SymbolicLink "$Path/bin/$applet" -Target busybox
        }
        Set-Content "$Path/var/data/file" content
        chmod 700 "$Path/secret"
    }

    # A config as engines write it; the cgroup mount has its own tests, because crun wants no hybrid host.
    function Get-BundleConfig([string]$Script, [scriptblock]$Change) {
        $config = [ordered]@{
            ociVersion = '1.0.2'
            process = @{
                args = @('/bin/sh', '-c', $Script); cwd = '/'; env = @('PATH=/bin'); user = @{ uid = 0; gid = 0 }
                capabilities = @{ bounding = @('CAP_MKNOD', 'CAP_SYS_ADMIN'); effective = @('CAP_MKNOD', 'CAP_SYS_ADMIN'); permitted = @('CAP_MKNOD', 'CAP_SYS_ADMIN') }
            }
            root = @{ path = 'rootfs'; readonly = $false }
            hostname = 'same'
            mounts = @(
                @{ destination = '/proc'; type = 'proc'; source = 'proc'; options = @('nosuid', 'noexec', 'nodev') }
                @{ destination = '/dev'; type = 'tmpfs'; source = 'tmpfs'; options = @('nosuid', 'strictatime', 'mode=755', 'size=65536k') }
                @{ destination = '/dev/pts'; type = 'devpts'; source = 'devpts'; options = @('nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5') }
                @{ destination = '/dev/shm'; type = 'tmpfs'; source = 'shm'; options = @('nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k') }
                @{ destination = '/dev/mqueue'; type = 'mqueue'; source = 'mqueue'; options = @('nosuid', 'noexec', 'nodev') }
                @{ destination = '/sys'; type = 'sysfs'; source = 'sysfs'; options = @('nosuid', 'noexec', 'nodev', 'ro') }
            )
            linux = [ordered]@{
                namespaces = @('pid', 'network', 'ipc', 'uts', 'mount').ForEach({ @{ type = $_ } })
                maskedPaths = @('/proc/acpi', '/proc/kcore', '/proc/keys', '/proc/timer_list', '/sys/firmware')
                readonlyPaths = @('/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys')
            }
        }
        if ($Change) { & $Change $config }
        $config
    }

    # Each runtime gets a bundle of its own. On a hybrid host, which crun refuses, a mount namespace without the host's
    # cgroup v2 is a plain v1 host; one with nothing but that a v2 host.
    $script:hostV1 = 'umount /sys/fs/cgroup/unified 2>/dev/null'
    $script:hostV2 = 'umount -R /sys/fs/cgroup; mount -t cgroup2 cgroup2 /sys/fs/cgroup'

    function Invoke-Bundle([string]$Runtime, $Config, [string]$Option, [string]$Prepare = $hostV1) {
        $bundle = "$work/$Runtime-$([guid]::NewGuid().ToString('N').Substring(0, 6))"
        Add-BundleRoot "$bundle/rootfs"
        $Config | ConvertTo-Json -Depth 10 | Set-Content "$bundle/config.json"
        $program = $Runtime -eq 'nsrun' ? $nsrun : $Runtime
        $id = "$Runtime-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
        $line = "$Prepare; exec timeout 30 '$program' --root '$work/state-$Runtime' run $Option --bundle '$bundle' $id"
        unshare --mount --propagation private sh -c "umask 022; $line" 2>&1 | ForEach-Object { "$_" }
    }

    # target, options, propagation, type, file system options; without what differs by run (peer groups, device numbers,
    # sizes) or by taste (the source's name of a masked path; whether a new instance is read-only beside its mount).
    function Get-NormalMount([string[]]$Lines) {
        $Lines.Where({ $_ -match ' - ' }).ForEach({
                $left, $right = $_ -split ' - ', 2
                $fields = $left -split ' '
                $propagation = ($fields | Select-Object -Skip 6) -replace ':\d+', ''
                $type, $source, $options = $right -split ' '
                if ($type -in 'devtmpfs', 'tmpfs' -and $fields[3] -eq '/null') { $type = $options = 'null'; $fields[5] = '' }
                $options = ($options -split ',').Where({ $_ -notmatch '^(r[ow]$|size|nr_inodes|inode64)' }) -join ','
                # What is covered is read-only; the rest of its options, of which crun drops some, is everyone's own.
                if ($fields[4] -in '/proc/acpi', '/sys/firmware', '/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys') {
                    $fields[5] = ($fields[5] -split ',')[0]
                    $options = ''
                }
                "$($fields[4]) $($fields[5]) $propagation $type $options".Trim()
            }) | Sort-Object
    }
}

AfterAll {
    if (-not (Get-Content /proc/self/mountinfo | Where-Object { $_ -match " $work" })) { Remove-Item -Recurse -Force $work }
}

Describe 'nsrun and <_> make the same of one config' -ForEach $peers -Skip:(-not ($isRoot -and $hasBusyBox)) {
    BeforeAll {
        $script:peer = $_
        $script:compare = {
            param($Config)
            $ours = Invoke-Bundle nsrun $Config
            $theirs = Invoke-Bundle $peer $Config
            ($theirs -join "`n") | Should -Not -BeNullOrEmpty
            [pscustomobject]@{ Ours = $ours; Theirs = $theirs }
        }
    }

    It 'the mount table' {
        $result = & $compare (Get-BundleConfig 'cat /proc/self/mountinfo')
        $mounts = Get-NormalMount $result.Ours
        $mounts.Count | Should -BeGreaterThan 10
        Compare-Object (Get-NormalMount $result.Theirs) $mounts | Should -BeNullOrEmpty
    }

    It 'the mount table of a read-only root with bind mounts of every kind' {
        $null = New-Item -ItemType Directory -Force "$work/host/sub"
        Set-Content "$work/host/file" 'from the host'
        $result = & $compare (Get-BundleConfig 'cat /proc/self/mountinfo' {
                param($config)
                $config.root.readonly = $true
                $config.mounts += @(
                    @{ destination = '/a'; source = "$work/host"; type = 'bind'; options = @('rbind', 'ro', 'nosuid', 'nodev', 'noexec') }
                    @{ destination = '/var/data/file'; source = "$work/host/file"; type = 'bind'; options = @('bind', 'ro') }
                    @{ destination = '/run'; source = 'tmpfs'; type = 'tmpfs'; options = @('nosuid', 'nodev', 'mode=755', 'size=1m') }
                    @{ destination = '/run/deep/er'; source = "$work/host/sub"; type = 'none'; options = @('bind', 'noatime') }
                )
            })
        Compare-Object (Get-NormalMount $result.Theirs) (Get-NormalMount $result.Ours) | Should -BeNullOrEmpty
    }

    It 'the files of /dev, with modes and numbers' {
        $result = & $compare (Get-BundleConfig "cd /dev; find . | sort | while read f; do stat -c '%n %F %a %t:%T %N' `$f; done" {
                param($config)
                $config.linux.devices = @(
                    @{ path = '/dev/fuse'; type = 'c'; major = 10; minor = 229; fileMode = 0x1b0; uid = 3; gid = 4 }
                    @{ path = '/dev/deep/loop'; type = 'b'; major = 7; minor = 300; fileMode = 0x1a4 }
                    @{ path = '/dev/pipe'; type = 'p'; fileMode = 0x180 }
                )
            })
        # Not every peer makes the link to a core that the kernel has not.
        $ours, $theirs = $result.Ours, $result.Theirs | ForEach-Object { , @($_ -notmatch '/core ') }
        $ours.Count | Should -BeGreaterThan 16
        $ours | Should -Be $theirs
    }

    It 'the devices of a root whose /dev is its own' {
        $config = Get-BundleConfig "cd /dev; stat -c '%n %F %a %t:%T' null zero full random urandom tty; readlink fd"
        $config.mounts = @($config.mounts | Where-Object { $_.destination -notlike '/dev*' })
        $result = & $compare $config
        $result.Ours.Count | Should -Be 7
        $result.Ours | Should -Be $result.Theirs
    }

    It 'sysctls' {
        $names = '/proc/sys/net/ipv4/ip_forward', '/proc/sys/kernel/msgmax', '/proc/sys/fs/mqueue/msg_max'
        $result = & $compare (Get-BundleConfig "cat $names" {
                param($config)
                $config.linux.sysctl = @{ 'net.ipv4.ip_forward' = '1'; 'kernel.msgmax' = '4321'; 'fs.mqueue.msg_max' = '12' }
            })
        $result.Ours | Should -Be '1', '4321', '12'
        $result.Ours | Should -Be $result.Theirs
    }

    It 'what is masked and read-only, for reading and writing' {
        $script = 'ls -A /secret; cat /var/data/file /proc/keys; touch /secret/x /var/data/new /proc/sys/kernel/x 2>&1 | grep Read-only; (echo 1 > /proc/sys/kernel/panic) 2>&1; true'
        $result = & $compare (Get-BundleConfig $script {
                param($config)
                $config.linux.maskedPaths += @('/secret', '/var/data/file')
                $config.linux.readonlyPaths += '/var/data'
            })
        ($result.Ours -match 'Read-only').Count | Should -BeGreaterThan 2
        $result.Ours | Should -Be $result.Theirs
    }

    It 'a refusal of a sysctl of the host' {
        $result = & $compare (Get-BundleConfig 'true' { param($config) $config.linux.sysctl = @{ 'vm.swappiness' = '1' } })
        $result.Ours | Should -Match 'vm.swappiness'
        $result.Theirs | Should -Match 'vm.swappiness'
    }
}

Describe 'The mount of type cgroup' -Skip:(-not ($isRoot -and $hasBusyBox)) {
    BeforeAll {
        function Get-CgroupConfig([string[]]$Namespace) {
            # On v1 the tmpfs on top is read-only only with us, as was asked for; runc of Debian 12 leaves it writable.
            Get-BundleConfig "grep -v ' /sys/fs/cgroup .*tmpfs' /proc/self/mountinfo | grep ' /sys/fs/cgroup'; touch /sys/fs/cgroup/pids/x /sys/fs/cgroup/x 2>&1 | grep -c Read-only" {
                param($config)
                $config.mounts += @{ destination = '/sys/fs/cgroup'; type = 'cgroup'; source = 'cgroup'; options = @('nosuid', 'noexec', 'nodev', 'relatime', 'ro') }
                foreach ($kind in $Namespace) { $config.linux.namespaces += @{ type = $kind } }
            }
        }
    }

    It 'is that of runc on <Version> <With> a cgroup namespace' -Skip:(-not $hasRunc) -ForEach @(
        @{ Version = 'v1'; With = 'without'; Namespace = @() }
        @{ Version = 'v1'; With = 'with'; Namespace = @('cgroup') }
        @{ Version = 'v2'; With = 'without'; Namespace = @() }
        @{ Version = 'v2'; With = 'with'; Namespace = @('cgroup') }
    ) {
        $config = Get-CgroupConfig $Namespace
        $prepare = $Version -eq 'v1' ? $hostV1 : $hostV2
        $ours = Invoke-Bundle nsrun $config -Prepare $prepare
        $theirs = Invoke-Bundle runc $config -Prepare $prepare
        $mounts = Get-NormalMount $ours
        $mounts | Should -Not -BeNullOrEmpty
        Compare-Object (Get-NormalMount $theirs) $mounts | Should -BeNullOrEmpty
        # What each shows as its root differs by the container's name only.
        foreach ($lines in $ours, $theirs) {
            $roots = ($lines -match ' - cgroup2? ').ForEach({ $_.Split(' ')[3] }) | Select-Object -Unique
            if ($With -eq 'with' -or $Version -eq 'v2') { $roots | Should -Be '/' } else { $roots | Should -Match '/(nsrun|runc)-[0-9a-f]+$' }
        }
        [int]$ours[-1] | Should -BeGreaterThan 0
    }
}

Describe 'Without a pivot' -Skip:(-not ($isRoot -and $hasBusyBox)) {
    It 'nothing of the host is mounted below the root' {
        $config = Get-BundleConfig 'cat /proc/self/mountinfo; ls /proc/1/root/; cd /; cd ..; ls; touch /x 2>&1' { param($config) $config.root.readonly = $true }
        $ours = Invoke-Bundle nsrun $config -Option --no-pivot
        $pivoted = Invoke-Bundle nsrun $config
        Compare-Object (Get-NormalMount $pivoted) (Get-NormalMount $ours) | Should -BeNullOrEmpty
        $ours -notmatch ' - ' | Should -Be ($pivoted -notmatch ' - ')
        $ours[-1] | Should -BeLike '*Read-only file system'
    }
}

Describe 'As an ordinary user' -Skip:(-not ($isRoot -and $hasBusyBox)) {
    BeforeAll {
        $script:user = "nst$([guid]::NewGuid().ToString('N').Substring(0, 8))"
        useradd --no-create-home $user
        usermod --add-subuids 5000000-5065535 --add-subgids 5000000-5065535 $user
        $script:uid, $script:gid = (id -u $user), (id -g $user)

        # As an engine without root writes it: a user namespace, and the host's network.
        function Get-UserConfig([string]$Script, [scriptblock]$More) {
            Get-BundleConfig $Script {
                param($config)
                $config.linux.namespaces = @('user', 'pid', 'ipc', 'uts', 'mount').ForEach({ @{ type = $_ } })
                $config.linux.uidMappings = @(@{ containerID = 0; hostID = [int]$uid; size = 1 }, @{ containerID = 1; hostID = 5000000; size = 65536 })
                $config.linux.gidMappings = @(@{ containerID = 0; hostID = [int]$gid; size = 1 }, @{ containerID = 1; hostID = 5000000; size = 65536 })
                if ($More) { & $More $config }
            }
        }

        function Invoke-UserBundle($Config) {
            $bundle = "$work/user-$([guid]::NewGuid().ToString('N').Substring(0, 6))"
            Add-BundleRoot "$bundle/rootfs"
            $Config | ConvertTo-Json -Depth 10 | Set-Content "$bundle/config.json"
            chown -R "${user}:" $bundle
            $id = "user-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
            timeout 30 setpriv "--reuid=$uid" "--regid=$gid" --clear-groups $nsrun --root "$bundle/state" run --bundle $bundle $id 2>&1 | ForEach-Object { "$_" }
        }
    }

    AfterAll { userdel $user }

    It 'has everything that can be mounted, and of the host what cannot' {
        $config = Get-UserConfig 'cat /proc/self/mountinfo; stat -c "%n %F %t:%T" /dev/null; ls /sys/class/net; stat -c %u:%g /dev/pts/ptmx /dev/shm; touch /sys/x 2>&1'
        $config.linux.sysctl = @{ 'kernel.msgmax' = '4321' }
        $lines = @(Invoke-UserBundle $config)
        $mounts = $lines -match ' - ' | ForEach-Object { $_.Split(' ')[4] }
        foreach ($target in '/proc', '/dev', '/dev/pts', '/dev/shm', '/dev/mqueue', '/sys', '/dev/null', '/dev/urandom', '/proc/sys', '/proc/keys') {
            $mounts | Should -Contain $target
        }
        # Where the host's /sys has more mounted below it, that came with it, read-only as the rest.
        $lines -match ' /sys[ /].* - ' | ForEach-Object { $_.Split(' ')[5].Split(',')[0] } | Select-Object -Unique | Should -Be 'ro'
        $lines | Should -Contain '/dev/null character special file 1:3'
        foreach ($link in (Get-ChildItem /sys/class/net).Name) { $lines | Should -Contain $link }
        $lines[-3] | Should -Be '0:0'
        $lines[-1] | Should -BeLike '*Read-only file system'
    }

    It 'has a devpts also where group 5 is not mapped' {
        $config = Get-UserConfig 'grep " /dev/pts " /proc/self/mountinfo; id -u'
        $config.linux.uidMappings = @(, $config.linux.uidMappings[0])
        $config.linux.gidMappings = @(, $config.linux.gidMappings[0])
        $lines = @(Invoke-UserBundle $config)
        $lines[0] | Should -Match 'devpts'
        $lines[0] | Should -Not -Match 'gid=5'
        $lines[-1] | Should -Be '0'
    }

    It 'is told what it may not: <Case>' -ForEach @(
        @{ Case = 'a bind mount of what it cannot reach'; Says = '*EACCES*mounts?6?*/m*'; Change = { param($c) $c.mounts += @{ destination = '/m'; source = '/root/nowhere'; type = 'bind'; options = @('bind') } } }
        @{ Case = 'an idmapped mount'; Says = '*idmapped mount takes CAP_SYS_ADMIN*'; Change = { param($c) $c.mounts += @{ destination = '/m'; source = '/etc'; type = 'bind'; options = @('bind', 'idmap') } } }
        @{ Case = 'a sysctl of the network that is the host''s'; Says = '*net.ipv4.ip_forward*network namespace*'; Change = { param($c) $c.linux.sysctl = @{ 'net.ipv4.ip_forward' = '1' } } }
        @{ Case = 'a device that the host has not'; Says = '*/dev/nonsense*linux.devices?0?*'; Change = { param($c) $c.linux.devices = @(@{ path = '/dev/nonsense'; type = 'c'; major = 240; minor = 7 }) } }
        @{ Case = 'a range that is not its own'; Says = '*newuidmap*/etc/subuid*'; Change = { param($c) $c.linux.uidMappings = @(@{ containerID = 0; hostID = 0; size = 65536 }) } }
    ) {
        $lines = @(Invoke-UserBundle (Get-UserConfig 'true' $Change))
        ($lines -notmatch 'warning:') -join ' ' | Should -BeLike $Says
    }
}
