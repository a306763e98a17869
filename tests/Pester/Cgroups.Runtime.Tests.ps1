# nsrun's cgroups: linux.resources and cgroupsPath of the OCI config, with each manager. On the machine's own cgroups: v1, hybrid or v2
# (build.ps1 TestV2 runs it on a pure v2 kernel in a virtual machine).
BeforeDiscovery {
    . "$PSScriptRoot/Support/CgroupFacts.ps1"
    # crun knows no hybrid systems.
    $peers = @('runc'; if ($isV2) { 'crun' }) | Where-Object { Get-Command $_ -ErrorAction Ignore }
    $hasBus = (Test-Path /usr/bin/dbus-daemon) -and (Test-Path /usr/bin/python3) -and $(/usr/bin/python3 -c 'import dbus, gi' 2>$null; $LASTEXITCODE -eq 0)
}

BeforeAll {
    . "$PSScriptRoot/Support/Cgroups.ps1"
    $nsrun = (Get-Item "$PSScriptRoot/../../out/NsTools/runtimes/*/native/nsrun").FullName
    $script:root = "$work/nsrun"

    # A bundle with busybox, and a config of what is given.
    function Get-Bundle([hashtable] $Resources, [string[]] $Command, [string] $CgroupsPath) {
        $script:number++
        if (-not $CgroupsPath) { $CgroupsPath = "/$prefix-$number/inner" }
        $bundle = "$work/bundle-$number"
        $null = New-Item "$bundle/rootfs/bin", "$bundle/rootfs/proc", "$bundle/rootfs/dev", "$bundle/rootfs/tmp" -ItemType Directory
        Copy-Item (Get-Command busybox).Source "$bundle/rootfs/bin/busybox"
        foreach ($name in 'sh', 'cat', 'sleep', 'tail', 'mknod', 'head') { $null = New-Item "$bundle/rootfs/bin/$name" -ItemType SymbolicLink -Value busybox }
        $linux = @{ namespaces = 'pid', 'mount', 'ipc', 'uts' | ForEach-Object { @{ type = $_ } }; cgroupsPath = $CgroupsPath }
        if ($Resources) { $linux.resources = $Resources }
        @{
            ociVersion = '1.0.2'
            process    = @{ args = $Command; cwd = '/'; env = @('PATH=/bin'); user = @{ uid = 0; gid = 0 }; capabilities = @{ bounding = @('CAP_MKNOD'); effective = @('CAP_MKNOD'); permitted = @('CAP_MKNOD') } }
            root       = @{ path = 'rootfs' }
            mounts     = @(@{ destination = '/proc'; type = 'proc'; source = 'proc' }, @{ destination = '/dev'; type = 'tmpfs'; source = 'tmpfs' })
            linux      = $linux
        } | ConvertTo-Json -Depth 9 | Set-Content "$bundle/config.json"
        [pscustomobject] @{ Path = $bundle; Id = "$prefix-$number"; Cgroup = $CgroupsPath -replace '/[^/]*$' }
    }
    $runtime = { & $nsrun --root $root @args 2>&1 }
    # A container that goes on keeps the streams of who has created it: a pipe to here would not end.
    function Invoke-Create($Bundle, [string] $Program = $nsrun) {
        sh -c 'exec "$@" > "$0" 2>&1 < /dev/null' "$work/created" $Program --root $root create --bundle $Bundle.Path $Bundle.Id
        $LASTEXITCODE | Should -Be 0 -Because (Get-Content "$work/created" -Raw)
    }
    function Read-Limit([string] $Path, [string] $V1, [string] $V2) {
        Get-Content ($isV2 ? "/sys/fs/cgroup$Path/$V2" : "/sys/fs/cgroup/$($V1.Split('.')[0])$Path/$V1")
    }
}

AfterAll {
    foreach ($id in Get-ChildItem $root -ErrorAction Ignore) { $null = & $runtime delete --force $id.Name }
    Clear-TestCgroup
}

Describe 'A container''s cgroup' -Skip:(-not $isRoot -or -not $hasBusybox) {
    It 'has the first process in it from its first instruction, and is gone after it' {
        $bundle = Get-Bundle -Command cat, /proc/self/cgroup
        $lines = @(& $runtime run --bundle $bundle.Path $bundle.Id)
        $LASTEXITCODE | Should -Be 0
        $ours = @($lines -match ':(pids|freezer|name=systemd|devices):|^0::')
        $ours | Should -Not -BeNullOrEmpty
        $ours | Should -Match ([regex]::Escape("$($bundle.Cgroup)/inner") + '$')
        Get-Cgroup "$($bundle.Cgroup)/*" | Should -BeNullOrEmpty
    }

    It 'has the limits of linux.resources, and is paused, listed and killed' {
        $bundle = Get-Bundle -Command sleep, 1000 -Resources @{ pids = @{ limit = 40 }; cpu = @{ shares = 512; quota = 50000; period = 100000 }; devices = @(@{ allow = $false; access = 'rwm' }) }
        Invoke-Create $bundle
        & $runtime start $bundle.Id | Should -BeNullOrEmpty
        $path = "$($bundle.Cgroup)/inner"
        Read-Limit $path -V1 pids.max -V2 pids.max | Should -Be 40
        Read-Limit $path -V1 cpu.shares -V2 cpu.weight | Should -Be ($isV2 ? 59 : 512)
        if ($isV2) { Read-Limit $path -V2 cpu.max | Should -Be '50000 100000' } else { Read-Limit $path -V1 cpu.cfs_quota_us | Should -Be 50000 }
        $processes = & $runtime ps --format json $bundle.Id | ConvertFrom-Json
        $processes | Should -Be (Get-CgroupProcess $path).ProcessId

        & $runtime pause $bundle.Id | Should -BeNullOrEmpty
        (Get-Cgroup $path).IsFrozen | Should -BeTrue
        (& $runtime state $bundle.Id | ConvertFrom-Json).status | Should -Be paused
        & $runtime resume $bundle.Id | Should -BeNullOrEmpty
        (Get-Cgroup $path).IsFrozen | Should -BeFalse

        & $runtime kill --all $bundle.Id KILL | Should -BeNullOrEmpty
        Wait-Until { (& $runtime state $bundle.Id | ConvertFrom-Json).status -eq 'stopped' }
        & $runtime delete $bundle.Id | Should -BeNullOrEmpty
        Get-Cgroup "$($bundle.Cgroup)/*" | Should -BeNullOrEmpty
    }

    # The program alone counts, not the threads that nsrun has before it executes it; nor are those of exec kept out.
    It 'has one task, and one more by exec, with pids.limit 1' {
        $bundle = Get-Bundle -Command sleep, 1000 -Resources @{ pids = @{ limit = 1 } }
        Invoke-Create $bundle
        & $runtime start $bundle.Id | Should -BeNullOrEmpty
        $path = "$($bundle.Cgroup)/inner"
        Read-Limit $path -V1 pids.max -V2 pids.max | Should -Be 1
        @(& $runtime exec $bundle.Id cat /proc/self/cgroup) -match ':pids:|^0::' | Should -Match ([regex]::Escape($path) + '$')
        "$(& $runtime exec $bundle.Id sh -c 'true | true')" | Should -BeLike "*can't fork*"
        Read-Limit $path -V1 pids.current -V2 pids.current | Should -Be 1
        & $runtime delete --force $bundle.Id | Should -BeNullOrEmpty
    }

    It 'sets what <_> sets, in every control file' -Skip:(-not $hasMemory) -ForEach $peers {
        # Not CPU shares on v2: since 2025 runtimes turn them into a weight by another formula than those of before.
        $names = if ($isV2) { 'memory.max', 'memory.low', 'memory.swap.max', 'cpu.max', 'cpuset.cpus', 'cpuset.mems', 'pids.max', 'hugetlb.2MB.max' }
        else { 'memory.limit_in_bytes', 'memory.soft_limit_in_bytes', 'memory.memsw.limit_in_bytes', 'cpu.shares', 'cpu.cfs_quota_us', 'cpu.cfs_period_us', 'cpuset.cpus', 'cpuset.mems', 'pids.max' }
        $resources = @{ memory = @{ limit = 64MB; reservation = 32MB; swap = 96MB }; cpu = @{ shares = 300; quota = 50000; period = 100000; cpus = '0'; mems = '0' }; pids = @{ limit = 50 } }
        $ours, $theirs = foreach ($program in $nsrun, $_) {
            $bundle = Get-Bundle -Command sleep, 1000 -Resources $resources
            Invoke-Create $bundle $program
            try {
                $process = (& $program --root $root state $bundle.Id | ConvertFrom-Json).pid
                $values = foreach ($line in Get-Content "/proc/$process/cgroup") {
                    $controller, $path = $line.Split(':', 3)[1, 2]
                    $folder = $controller ? "/sys/fs/cgroup/$controller$path" : "/sys/fs/cgroup$path"
                    foreach ($name in $names) { if (Test-Path "$folder/$name") { "$name = $(Get-Content "$folder/$name")" } }
                }
                ($values | Sort-Object) -join "`n"
            } finally {
                & $program --root $root delete --force $bundle.Id
            }
        }
        $ours.Split("`n").Count | Should -BeGreaterThan 6
        $ours | Should -Be $theirs
    }

    It 'is killed when it eats more memory than it may' -Skip:(-not $hasMemory) {
        $bundle = Get-Bundle -Command tail, /dev/zero -Resources @{ memory = @{ limit = 40MB; swap = 40MB } }
        $null = & $runtime run --bundle $bundle.Path $bundle.Id
        $LASTEXITCODE | Should -Be 137
    }

    It 'gets no device but those that every container may use, and those that it is given' {
        $command = 'mknod /tmp/zero c 1 5; mknod /tmp/kmsg c 1 11; head -c 1 /tmp/zero >/dev/null && echo zero; true > /tmp/kmsg && echo kmsg'
        $denied = @(@{ allow = $false; access = 'rwm' })
        $bundle = Get-Bundle -Command sh, -c, $command -Resources @{ devices = $denied }
        $shown = @(& $runtime run --bundle $bundle.Path $bundle.Id)
        "$($shown -match '^(zero|kmsg)$')" | Should -Be zero
        $shown -match 'not permitted' | Should -Not -BeNullOrEmpty
        $bundle = Get-Bundle -Command sh, -c, $command -Resources @{ devices = $denied + @{ allow = $true; type = 'c'; major = 1; minor = 11; access = 'w' } }
        "$(@(& $runtime run --bundle $bundle.Path $bundle.Id) -match '^(zero|kmsg)$')" | Should -Be 'zero kmsg'
    }

    It 'refuses what this hierarchy cannot express, naming the member, and leaves nothing: <member>' -ForEach @(
        @{ member = 'linux.resources.unified'; resources = @{ unified = @{ 'nonsense.max' = '1' } } }
        @{ member = 'linux.resources.rdma'; resources = @{ rdma = @{ mlx5_0 = @{ hcaHandles = 3 } } } }
        @{ member = 'linux.resources.cpu.cpus'; resources = @{ cpu = @{ cpus = '4095' } } }
        @{ member = 'linux.resources.memory.swap'; resources = @{ memory = @{ limit = 50MB; swap = 10MB } } }
        if ($isV2) { @{ member = 'linux.resources.memory.swappiness'; resources = @{ memory = @{ swappiness = 60 } } } }
        else { @{ member = 'linux.resources.devices[2]'; resources = @{ devices = @(@{ allow = $false }, @{ allow = $true; type = 'c'; major = 10 }, @{ allow = $false; type = 'c'; major = 10; minor = 200 }) } } }
    ) {
        $bundle = Get-Bundle -Command sleep, 0 -Resources $resources
        $shown = @(& $runtime run --bundle $bundle.Path $bundle.Id)
        $LASTEXITCODE | Should -Be 1
        $shown | Should -HaveCount 1
        "$shown" | Should -Match ([regex]::Escape($member))
        Get-Cgroup "$($bundle.Cgroup)/*" | Should -BeNullOrEmpty
        "$root/$($bundle.Id)" | Should -Not -Exist
    }

    It 'refuses the path <path>' -ForEach @(@{ path = '/../x' }, @{ path = '/' }) {
        $bundle = Get-Bundle -Command sleep, 0 -CgroupsPath $path
        "$(& $runtime run --bundle $bundle.Path $bundle.Id)" | Should -Match 'linux\.cgroupsPath'
        $LASTEXITCODE | Should -Be 1
    }

    It 'is the caller''s own with the manager disabled' {
        $bundle = Get-Bundle -Command cat, /proc/self/cgroup
        $lines = @(& $runtime --cgroup-manager disabled run --bundle $bundle.Path $bundle.Id)
        $lines | Should -Be (Get-Content /proc/self/cgroup)
    }
}

Describe 'systemd scopes' -Skip:(-not $isRoot -or -not $hasBusybox -or -not $hasBus) {
    BeforeAll {
        # A private bus with a peer in systemd's place, which makes scopes where systemd would.
        $env:DBUS_SYSTEM_BUS_ADDRESS = "unix:path=$work/bus"
        $calls = "$work/calls"
        $mounts = @(Get-Content /proc/self/mountinfo | Where-Object { $_ -match ' - cgroup2 | - cgroup \S+ \S*name=systemd' } | ForEach-Object { $_.Split(' ')[4] })
        $support = "$PSScriptRoot/../Support"
        $daemon = Start-Process dbus-daemon -ArgumentList "--config-file=$support/private-bus.conf", "--address=$env:DBUS_SYSTEM_BUS_ADDRESS", '--nofork', '--nopidfile' -PassThru -RedirectStandardOutput "$work/daemon"
        Wait-Until { Test-Path "$work/bus" }
        $peer = Start-Process /usr/bin/python3 -ArgumentList (@("$support/systemd-peer.py", $calls) + $mounts) -PassThru -RedirectStandardOutput "$work/peer"
        Wait-Until { (Get-Content "$work/peer") -eq 'ready' }
        $slice = "$($prefix -replace '\W')x.slice"
    }

    AfterAll {
        $peer, $daemon | ForEach-Object { $_.Kill(); $_.WaitForExit() }
        $env:DBUS_SYSTEM_BUS_ADDRESS = $null
        Get-Cgroup "$slice*" | Remove-Cgroup -Recurse -Force
        # The named hierarchy, which Get-Cgroup does not show.
        foreach ($directory in Get-Item "/sys/fs/cgroup/systemd/$slice" -ErrorAction Ignore) { rmdir $directory.FullName }
    }

    It 'nsrun has one made with the container''s first process, and stopped at the end' {
        $bundle = Get-Bundle -Command cat, /proc/self/cgroup -CgroupsPath "${slice}:t:one" -Resources @{ pids = @{ limit = 30 } }
        $lines = @(& $runtime --systemd-cgroup run --bundle $bundle.Path $bundle.Id)
        $LASTEXITCODE | Should -Be 0
        $lines -match ':(pids|name=systemd):|^0::' | Should -Match ([regex]::Escape("/$slice/t-one.scope") + '$')
        $made = @(Get-Content $calls | ConvertFrom-Json)
        ($made.member | Select-Object -Unique) | Should -Be Subscribe, StartTransientUnit, StopUnit
        $started = $made | Where-Object member -EQ StartTransientUnit
        $started.unit | Should -Be t-one.scope
        [bool] $started.properties.Delegate | Should -BeTrue
        $started.properties.TasksMax | Should -Be 30
        Get-Cgroup "$slice/*" | Should -BeNullOrEmpty
    }

    It 'nsrun says what systemd has answered, and leaves nothing' {
        $bundle = Get-Bundle -Command sleep, 1000 -CgroupsPath "${slice}::exists-two"
        "$(& $runtime --systemd-cgroup run --bundle $bundle.Path $bundle.Id)" | Should -Match 'UnitExists'
        $LASTEXITCODE | Should -Be 1
        "$root/$($bundle.Id)" | Should -Not -Exist
    }

    It 'New-Cgroup has one made on a host of systemd''s, and Remove-Cgroup stopped' {
        # systemd's host is one with /run/systemd/system (sd_booted(3)): here in a mount namespace.
        $script = "Import-Module '$PSScriptRoot/../../out/NsTools/NsTools.psd1'
            New-Cgroup $slice/three.scope -ErrorVariable f 2>`$null; `$f[0].FullyQualifiedErrorId
            New-Cgroup $slice/exists-three.scope -ProcessId `$PID -ErrorVariable f 2>`$null; `$f[0].FullyQualifiedErrorId
            `$process = Start-Process sleep -ArgumentList 1000 -PassThru
            `$cgroup = New-Cgroup $slice/three.scope -ProcessId `$process
            `$cgroup.Path; `$cgroup.ProcessCount
            # On v2 its process must be in a child before another child has limits.
            New-Cgroup $slice/three.scope/leaf 3>`$null | ForEach-Object { `$process | Add-CgroupProcess `$_ }
            (New-Cgroup $slice/three.scope/mine -Controller pids | Set-CgroupLimit -Pids 5).Pids
            Remove-Cgroup `$cgroup -Recurse -Force; `$process.WaitForExit(5000)
            @(Get-Cgroup $slice/*).Count
            New-Cgroup $prefix-plain -Controller pids -WarningVariable w 3>`$null | Remove-Cgroup; `$w.Count"
        $shown = unshare --mount sh -c 'mkdir -p /run/systemd && mount -t tmpfs tmpfs /run/systemd && mkdir /run/systemd/system && exec "$@"' sh (Get-Process -Id $PID).Path -NoProfile -NonInteractive -Command $script
        $shown[0] | Should -BeLike 'ScopeNeedsProcess,*'
        $shown[1] | Should -BeLike 'CgroupExists,*'
        $shown[2..7] | Should -Be "/$slice/three.scope", 1, 5, True, 0, 1
        (Get-Content $calls | Select-Object -Last 1 | ConvertFrom-Json).member | Should -Be StopUnit
    }
}
