# Cgroups on a host whose systemd is real: scopes over its D-Bus interface, nsrun's --systemd-cgroup, and what systemd's own tools show
# as the oracle. build.ps1 TestSystemd runs it in a virtual machine that systemd has booted; elsewhere it is skipped.
BeforeDiscovery {
    . "$PSScriptRoot/Support/CgroupFacts.ps1"
    $isBooted = (Test-Path /run/systemd/system) -and (Test-Path /run/dbus/system_bus_socket)
    # An ordinary user with a manager of their own, which root can speak for.
    $hasUser = $isBooted -and (Test-Path "/run/user/$(id -u tester 2>$null)/bus")
    $runtimes = 'nsrun', 'crun', 'runc' | Where-Object { $_ -eq 'nsrun' -or (Get-Command $_ -ErrorAction Ignore) }
}

BeforeAll {
    . "$PSScriptRoot/Support/Cgroups.ps1"
    $nsrun = (Get-Item "$PSScriptRoot/../../out/NsTools/runtimes/*/native/nsrun").FullName
    $module = (Resolve-Path "$PSScriptRoot/../../out/NsTools/NsTools.psd1").Path
    $shell = (Get-Process -Id $PID).Path
    $slice = "$($prefix -replace '\W').slice"
    function Get-Unit([string] $Unit, [string[]] $Property, [string[]] $Manager = @()) {
        $values = [ordered]@{}
        foreach ($line in systemctl @Manager show $Unit "--property=$($Property -join ',')") {
            $name, $value = $line.Split('=', 2)
            $values[$name] = $value
        }
        [pscustomobject] $values
    }
    function Get-Sleeper {
        $sleeper = Start-Process sleep -ArgumentList infinity -PassThru
        $script:sleepers += $sleeper
        $sleeper
    }
    $script:sleepers = @()
    # A bundle with busybox in a folder that a user may use.
    function Get-Bundle([string] $CgroupsPath, [hashtable] $Resources = @{}, [string[]] $Command = ('sleep', '1000'), [int] $User) {
        $script:number++
        $bundle = "$work/bundle-$number"
        $null = New-Item "$bundle/rootfs/bin", "$bundle/rootfs/proc", "$bundle/rootfs/dev" -ItemType Directory
        Copy-Item (Get-Command busybox).Source "$bundle/rootfs/bin/busybox"
        foreach ($name in 'sh', 'cat', 'sleep') { $null = New-Item "$bundle/rootfs/bin/$name" -ItemType SymbolicLink -Value busybox }
        $linux = @{ namespaces = @('pid', 'mount', 'ipc', 'uts' | ForEach-Object { @{ type = $_ } }); cgroupsPath = $CgroupsPath; resources = $Resources }
        if ($User) {
            $linux.namespaces += @{ type = 'user' }
            $linux.uidMappings = @(@{ containerID = 0; hostID = $User; size = 1 })
            $linux.gidMappings = @(@{ containerID = 0; hostID = $User; size = 1 })
        }
        @{
            ociVersion = '1.0.2'
            process    = @{ args = $Command; cwd = '/'; env = @('PATH=/bin'); user = @{ uid = 0; gid = 0 } }
            root       = @{ path = 'rootfs' }
            mounts     = @(@{ destination = '/proc'; type = 'proc'; source = 'proc' }, @{ destination = '/dev'; type = 'tmpfs'; source = 'tmpfs' })
            linux      = $linux
        } | ConvertTo-Json -Depth 9 | Set-Content "$bundle/config.json"
        [pscustomobject]@{ Path = $bundle; Id = "c-$number" }
    }
    # A script in a login session of the ordinary user, which PAM and logind make.
    function Invoke-AsTester([string] $Script) {
        Set-Content "$work/tester.ps1" "`$env:POWERSHELL_UPDATECHECK = 'Off'; Import-Module '$module'; $Script"
        chmod 644 "$work/tester.ps1"
        runuser --login tester --command "env HOME=/home/tester '$shell' -NoProfile -NonInteractive -File '$work/tester.ps1' 2>&1"
    }
    chmod 755 $work
}

AfterAll {
    $script:sleepers | Where-Object { -not $_.HasExited } | ForEach-Object { $_.Kill(); $_.WaitForExit() }
    systemctl stop $slice 2>$null
    Remove-Item $work -Recurse -Force
}

Describe 'Scopes of systemd' -Skip:(-not $isRoot -or -not $isBooted) {
    It 'makes one of a process, delegated, in the slice that its path names; what is beneath it is ours' {
        $sleeper = Get-Sleeper
        $cgroup = New-Cgroup "$slice/one.scope" -ProcessId $sleeper
        $unit = Get-Unit one.scope ControlGroup, Slice, Delegate, ActiveState
        $unit.ControlGroup | Should -Be $cgroup.Path
        $unit.Slice, $unit.Delegate, $unit.ActiveState | Should -Be $slice, yes, active
        (Get-CgroupProcess $cgroup).ProcessId | Should -Be $sleeper.Id

        $leaf = New-Cgroup "$($cgroup.Path)/leaf" 3>$null
        $sleeper | Add-CgroupProcess $leaf
        $mine = New-Cgroup "$($cgroup.Path)/mine" -Controller memory, pids
        ($mine | Set-CgroupLimit -Memory 50MB -Pids 7).Memory | Should -Be 50MB
        Get-Content "/sys/fs/cgroup$($mine.Path)/pids.max" | Should -Be 7
        # systemd reloads all that it knows, and leaves a delegated subtree as it is.
        systemctl daemon-reload
        Get-Content "/sys/fs/cgroup$($mine.Path)/pids.max" | Should -Be 7

        Remove-Cgroup $cgroup -Recurse -Force
        $sleeper.WaitForExit(10000) | Should -BeTrue
        (Get-Unit one.scope ActiveState).ActiveState | Should -Be inactive
        "/sys/fs/cgroup$($cgroup.Path)" | Should -Not -Exist
    }

    It 'says that a unit of the name is there, and that a scope needs a process' {
        $null = New-Cgroup "$slice/two.scope" -ProcessId (Get-Sleeper)
        $other = Get-Sleeper
        (Get-Failure { New-Cgroup "$slice/two.scope" -ProcessId $other }).FullyQualifiedErrorId | Should -BeLike 'CgroupExists,*'
        $failure = Get-Failure { New-Cgroup "$slice/three.scope" }
        $failure.FullyQualifiedErrorId | Should -BeLike 'ScopeNeedsProcess,*'
        $failure.ErrorDetails.RecommendedAction | Should -Match '-ProcessId'
        Remove-Cgroup "$slice/two.scope" -Force
        Get-Process -Id $other.Id | Should -Not -BeNullOrEmpty
    }

    It 'says what systemd answers to a process that has ended' {
        $gone = Start-Process true -PassThru
        $gone.WaitForExit()
        Get-Failure { New-Cgroup "$slice/gone.scope" -ProcessId $gone.Id } | Should -Not -BeNullOrEmpty
        (Get-Unit gone.scope ActiveState).ActiveState | Should -Be inactive
    }

    It 'goes by itself with its last process' {
        $sleeper = Get-Sleeper
        $cgroup = New-Cgroup "$slice/last.scope" -ProcessId $sleeper
        $sleeper.Kill()
        Wait-Until { -not (Test-Path "/sys/fs/cgroup$($cgroup.Path)") }
    }

    It 'warns of a cgroup at the root, which is systemd''s' {
        $made = New-Cgroup "$prefix-top" -Controller pids -WarningVariable warning 3>$null
        "$warning" | Should -Match '\.scope'
        $made | Remove-Cgroup
    }
}

Describe 'Containers in scopes of systemd' -Skip:(-not $isRoot -or -not $isBooted -or -not $hasBusybox) {
    It '<_> makes the unit with the limits of the config' -ForEach $runtimes {
        $program = $_ -eq 'nsrun' ? $nsrun : $_
        $resources = @{ memory = @{ limit = 64MB; swap = 64MB; reservation = 32MB }; pids = @{ limit = 50 }; cpu = @{ shares = 512; quota = 50000; period = 100000 } }
        $bundle = Get-Bundle "${slice}:t:$_" $resources
        $arguments = '--root', "$work/state-$_", '--systemd-cgroup'
        sh -c 'exec "$@" > "$0" 2>&1 < /dev/null' "$work/created" $program @arguments run --detach --bundle $bundle.Path $bundle.Id
        $LASTEXITCODE | Should -Be 0 -Because (Get-Content "$work/created" -Raw)
        try {
            $unit = Get-Unit "t-$_.scope" ControlGroup, Slice, Delegate, MemoryMax, MemoryLow, TasksMax, CPUWeight, CPUQuotaPerSecUSec
            "$($unit.ControlGroup) $($unit.Slice) $($unit.Delegate)" | Should -Be "/$slice/t-$_.scope $slice yes"
            if ($_ -ne 'crun') { $unit.MemoryMax, $unit.MemoryLow, $unit.TasksMax, $unit.CPUQuotaPerSecUSec | Should -Be 67108864, 33554432, 50, 500ms }
            $cgroup = Get-Cgroup $unit.ControlGroup -Recurse | Where-Object ProcessCount -GT 0
            @($cgroup).Count | Should -Be 1
            # crun puts the process, and the limits, one level deeper.
            $limit = Get-CgroupLimit $cgroup
            $limit.Memory, $limit.Pids, $limit.Cpu | Should -Be 64MB, 50, 0.5
        } finally {
            & $program @arguments delete --force $bundle.Id
        }
        Wait-Until { (Get-Unit "t-$_.scope" ActiveState).ActiveState -eq 'inactive' }
        "/sys/fs/cgroup/$slice/t-$_.scope" | Should -Not -Exist
    }

    It 'nsrun changes limits through systemd, which so keeps them' {
        $bundle = Get-Bundle "${slice}:t:update" @{ pids = @{ limit = 50 } }
        sh -c 'exec "$@" > "$0" 2>&1 < /dev/null' "$work/created" $nsrun --root "$work/state" --systemd-cgroup run --detach --bundle $bundle.Path $bundle.Id
        $LASTEXITCODE | Should -Be 0 -Because (Get-Content "$work/created" -Raw)
        try {
            & $nsrun --root "$work/state" --systemd-cgroup update --pids-limit 33 $bundle.Id
            $LASTEXITCODE | Should -Be 0
            systemctl daemon-reload
            (Get-CgroupLimit "$slice/t-update.scope").Pids | Should -Be 33
            (Get-Unit t-update.scope TasksMax).TasksMax | Should -Be 33
        } finally {
            & $nsrun --root "$work/state" --systemd-cgroup delete --force $bundle.Id
        }
    }
}

Describe 'As systemd''s own tools see them' -Skip:(-not $isRoot -or -not $isBooted) {
    BeforeAll {
        $busy = New-Cgroup "$slice/busy.scope" -ProcessId (1..3 | ForEach-Object { (Get-Sleeper).Id })
    }

    It 'Get-CgroupStatistic and Watch-Cgroup count what systemd-cgtop does' {
        $rows = systemd-cgtop --batch --raw --iterations=2 --delay=1 --depth=6
        $theirs = @{}
        foreach ($line in $rows) {
            $fields = $line -split '\s+'
            if ($fields.Count -ge 4) { $theirs[$fields[0]] = $fields }
        }
        $paths = @($theirs.Keys | Where-Object { $_ -like '*.service' -or $_ -like '*.scope' })
        $paths | Should -Contain $busy.Path.TrimStart('/')
        $watched = Watch-Cgroup -Name $busy.Path -Count 1 -AsObject
        $watched.Tasks, [int] $theirs[$busy.Path.TrimStart('/')][1] | Should -Be 3, 3
        foreach ($path in $paths) {
            # What runs the tests counts itself while it is looked at.
            if ((Get-Content /proc/self/cgroup) -match [regex]::Escape($path)) { continue }
            $ours = Get-CgroupStatistic $path -ErrorAction Ignore
            if (-not $ours -or $theirs[$path][1] -eq '-') { continue }
            $ours.PidsUsage | Should -Be ([int] $theirs[$path][1]) -Because $path
            if ($theirs[$path][3] -ne '-') { [math]::Abs($ours.MemoryUsage - [long] $theirs[$path][3]) | Should -BeLessThan 8MB -Because $path }
        }
    }

    It 'Show-CgroupTree shows the processes and cgroups that systemd-cgls does' {
        $null = New-Cgroup "$($busy.Path)/leaf" 3>$null
        Get-CgroupProcess $busy | Select-Object -First 2 | Add-CgroupProcess "$($busy.Path)/leaf"
        $theirs = systemd-cgls --no-pager --full $busy.Path
        $ours = Show-CgroupTree $busy
        [regex]::Matches("$ours", '\b(\d+) .*?sleep').ForEach({ $_.Groups[1].Value }) | Sort-Object |
            Should -Be ([regex]::Matches("$theirs", '\b(\d+) .*?sleep').ForEach({ $_.Groups[1].Value }) | Sort-Object)
        $ours -match 'leaf' | Should -Not -BeNullOrEmpty
        $theirs -match 'leaf' | Should -Not -BeNullOrEmpty
        # The whole tree: the same units.
        $units = { param($lines) [regex]::Matches("$lines", '[\w@:.\\-]+\.(service|slice|scope)\b').Value | Where-Object { $_ -notmatch 'session|user|^-\.slice' } | Sort-Object -Unique }
        & $units (Show-CgroupTree) | Should -Be (& $units (systemd-cgls --no-pager --full))
    }
}

Describe 'An ordinary user with a manager of their own' -Skip:(-not $isRoot -or -not $hasUser -or -not $hasBusybox) {
    It 'makes, limits and removes a scope of their own' {
        $shown = Invoke-AsTester @'
$sleeper = Start-Process sleep -ArgumentList infinity -PassThru
$cgroup = New-Cgroup app.slice/mine.scope -ProcessId $sleeper
$cgroup.Path
systemctl --user show mine.scope --property=ControlGroup
$leaf = New-Cgroup "$($cgroup.Path)/leaf" 3>$null
$sleeper | Add-CgroupProcess $leaf
(New-Cgroup "$($cgroup.Path)/limited" -Controller pids, memory | Set-CgroupLimit -Pids 5 -Memory 20MB).Pids
Remove-Cgroup $cgroup -Recurse -Force
$sleeper.WaitForExit(10000)
systemctl --user is-active mine.scope
'@
        $shown[0] | Should -BeLike '/user.slice/user-*.slice/user@*.service/app.slice/mine.scope'
        $shown[1] | Should -Be "ControlGroup=$($shown[0])"
        $shown[2..4] | Should -Be 5, True, inactive -Because ($shown | Out-String)
    }

    It 'runs a container with --systemd-cgroup, in their own slice' {
        $id = id -u tester
        $bundle = Get-Bundle -CgroupsPath ':t:rootless' -Resources @{ pids = @{ limit = 20 } } -Command cat, /proc/self/cgroup -User $id
        chown -R tester $bundle.Path
        $shown = Invoke-AsTester -Script "& '$nsrun' --root /home/tester/nsrun --systemd-cgroup run --bundle $($bundle.Path) $($bundle.Id) 2>&1"
        $shown | Should -BeLike "0::/user.slice/user-$id.slice/user@$id.service/*/t-rootless.scope"
    }

    It 'is told that a cgroup is not theirs, and how to get one' {
        $shown = Invoke-AsTester "New-Cgroup $prefix-theirs -ErrorVariable f 2>`$null 3>`$null; `$f[0].FullyQualifiedErrorId; `$f[0].ErrorDetails.RecommendedAction"
        $shown[0] | Should -BeLike 'CgroupNotDelegated,*'
        $shown[1] | Should -Match 'systemd-run --user --scope'
    }

    It 'is told that their manager does not answer' {
        $shown = Invoke-AsTester '$env:DBUS_SESSION_BUS_ADDRESS = "unix:path=/nonexistent"; New-Cgroup app.slice/no.scope -ProcessId $PID -ErrorVariable f 2>$null; $f[0].FullyQualifiedErrorId; $f[0].ErrorDetails.RecommendedAction'
        $shown[0] | Should -BeLike 'BusNotFound,*'
        $shown[1] | Should -Match 'enable-linger'
    }
}
