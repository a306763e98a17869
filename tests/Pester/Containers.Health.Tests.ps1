BeforeDiscovery {
    $script:canRun = (id -u) -eq '0' -and (Test-Path /bin/busybox)
    $script:hasPodman = -not ('podman', 'runc', 'skopeo' | Where-Object { -not (Get-Command $_ -ErrorAction Ignore) })
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    Import-Module "$PSScriptRoot/Support/Images.psm1" -Force
    $script:work = Join-Path ([IO.Path]::GetTempPath()) "nstools-health-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
    $null = New-Item -ItemType Directory $work
    $script:before = $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT
    $env:NSTOOLS_RUNROOT = "$work/run"
    $env:NSTOOLS_ROOT = "$work/data"
    if ((id -u) -eq '0' -and (Test-Path /bin/busybox)) {
        New-BusyBoxRoot "$work/root"
        $script:image = New-TestImage "$work/layout" "$work/root" @{ Cmd = @('sleep', '1000'); Env = @('PATH=/bin', 'COLOR=blue') }
        $script:checked = New-TestImage "$work/checked" "$work/root" @{
            Cmd = @('sleep', '1000'); Env = @('PATH=/bin')
            Healthcheck = @{ Test = @('CMD-SHELL', 'test -e /tmp/well'); Interval = 100000000; Timeout = 2000000000; Retries = 2 }
        }
    }
    $script:quick = @{ Detach = $true; Network = 'none'; HealthIntervalSec = 0.1 }
    function Wait-Until([scriptblock] $Condition) {
        $end = [DateTime]::UtcNow.AddSeconds(20)
        while (-not (& $Condition)) {
            if ([DateTime]::UtcNow -gt $end) { throw "It never happened: $Condition" }
            Start-Sleep -Milliseconds 20
        }
    }
}

AfterAll {
    if ((id -u) -eq '0') { Get-Container -All | Remove-Container -Force }
    $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT = $before
    Remove-Item -Recurse -Force $work
}

Describe 'Health checks of containers' -Skip:(-not $canRun) {
    AfterEach { Get-Container -All | Remove-Container -Force }

    It 'makes a container healthy that passes, and shows it as Podman does' {
        $null = Invoke-Image $image @quick -Name well -HealthCommand 'echo $COLOR; echo careful >&2'
        $container = Wait-Container well -Condition Healthy -TimeoutSec 20
        $container.Health.State, $container.Health.FailingStreak | Should -Be 'Healthy', 0
        $result = $container.Health.Results[0]
        $result.ExitCode, $result.IsHealthy, $result.Output, $result.Container | Should -Be 0, $true, "blue`ncareful`n", 'well'
        $result.FinishedAt | Should -BeGreaterThan $result.StartedAt
        Get-Container well | Out-String | Should -Match 'Up \d+s \(healthy\)'
        Get-Container -Health Healthy | ForEach-Object Name | Should -Be 'well'
        Get-Container -Health Unhealthy, Starting | Should -BeNullOrEmpty
    }

    It 'keeps the last five results, and counts failures in a row until it is unhealthy and then healthy again' {
        $null = Invoke-Image $image @quick -Name ill -HealthRetryCount 2 -HealthCommand sh, -c, 'test -e /tmp/well || exit 7'
        $container = Wait-Container ill -Condition Unhealthy -TimeoutSec 20
        $container.Health.FailingStreak | Should -BeGreaterOrEqual 2
        $container.Health.Results[-1].ExitCode | Should -Be 7
        Wait-Until { (Get-Container ill).Health.Results.Count -eq 5 }
        $first = (Get-Container ill).Health.Results[0].StartedAt
        Wait-Until { (Get-Container ill).Health.Results[0].StartedAt -gt $first }
        (Get-Container ill).Health.Results | Should -HaveCount 5
        Get-Container ill | Out-String | Should -Match 'Up \d+s \(unhealthy'
        Invoke-Container ill touch /tmp/well
        (Wait-Container ill -Condition Healthy -TimeoutSec 20).Health.FailingStreak | Should -Be 0
        Stop-Container ill -TimeoutSec 0
        (Get-Container ill).Health.State | Should -BeNullOrEmpty
        (Get-Container ill).Health.Checks | Should -HaveCount 1
    }

    It 'does not count failures of the start period' {
        $null = Invoke-Image $image @quick -Name slow -HealthRetryCount 1 -HealthStartPeriodSec 100 -HealthCommand 'test -e /tmp/well'
        Wait-Until { (Get-Container slow).Health.Results.Count -ge 3 }
        (Get-Container slow).Health.State, (Get-Container slow).Health.FailingStreak | Should -Be 'Starting', 0
        Invoke-Container slow touch /tmp/well
        $null = Wait-Container slow -Condition Healthy -TimeoutSec 20
        # Once it was well the period is over.
        Invoke-Container slow rm /tmp/well
        $null = Wait-Container slow -Condition Unhealthy -TimeoutSec 20
    }

    It 'ends a check that takes too long, with what it has started, and cuts what it writes' {
        $null = Invoke-Image $image @quick -Name long -HealthRetryCount 1 -HealthTimeoutSec 0.3 -HealthCommand 'sleep 777 & sleep 778'
        $container = Wait-Container long -Condition Unhealthy -TimeoutSec 20
        $container.Health.Results[0].ExitCode | Should -Be -1
        $container.Health.Results[0].Output | Should -BeLike '*longer than 0.3 s*'
        $container.Health.Results[0].Duration.TotalSeconds | Should -BeGreaterOrEqual 0.3
        Wait-Until { -not (Get-ContainerProcess long | Where-Object Command -Match 'sleep 77[78]') -or (Get-Container long).Health.Results.Count -ge 2 }
        @(Get-ContainerProcess long | Where-Object Command -Match 'sleep 777').Count | Should -BeLessOrEqual 1
        $null = Invoke-Image $image @quick -Name loud -HealthCommand 'yes | head -c 300000'
        $output = (Wait-Container loud -Condition Healthy -TimeoutSec 20).Health.Results[0].Output
        $output.Length | Should -Be 4096
        Stop-Container long, loud -TimeoutSec 0
    }

    It 'neither holds up the end of a container nor writes after it' {
        $null = Invoke-Image $image @quick -Name busy -HealthCommand 'touch /tmp/on; sleep 1000' -Command 'trap "exit 5" TERM; while true; do read -t 1 x </dev/zero; sleep 0.1; done'
        Wait-Until { Invoke-Container busy -Command 'ls /tmp' | Where-Object { $_ -eq 'on' } }
        $watch = [Diagnostics.Stopwatch]::StartNew()
        (Stop-Container busy -PassThru).ExitCode | Should -Be 5
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 5
    }

    It 'says nothing of a frozen container' {
        $null = Invoke-Image $image @quick -Name cold -HealthRetryCount 1 -HealthCommand 'true'
        $null = Wait-Container cold -Condition Healthy -TimeoutSec 20
        Suspend-Container cold
        $last = (Get-Container cold).Health.Results[-1].StartedAt
        Start-Sleep -Milliseconds 400
        (Get-Container cold).Health.State | Should -Be 'Healthy'
        Resume-Container cold
        Wait-Until { (Get-Container cold).Health.Results[-1].StartedAt -gt $last }
        (Get-Container cold).Health.State | Should -Be 'Healthy'
    }

    It 'takes the check of the image, times given over it, and -NoHealthCheck' {
        $null = Invoke-Image $checked -Detach -Network none -Name own -Command 'touch /tmp/well; sleep 1000'
        (Wait-Container own -Condition Healthy -TimeoutSec 20).Health.Checks.Retries | Should -Be 2
        $changed = New-Container $checked -Name changed -HealthIntervalSec 5 -HealthRetryCount 9
        $changed.Health.Checks[0].Test | Should -Be 'CMD-SHELL', 'test -e /tmp/well'
        $changed.Health.Checks[0].Interval.TotalSeconds, $changed.Health.Checks[0].Timeout.TotalSeconds, $changed.Health.Checks[0].Retries | Should -Be 5, 2, 9
        $changed.Health.State | Should -BeNullOrEmpty
        (New-Container $checked -Name without -NoHealthCheck).Health | Should -BeNullOrEmpty
        (New-Container $checked -Name none -HealthCommand none).Health | Should -BeNullOrEmpty
        (New-Container $image -Name plain).Health | Should -BeNullOrEmpty
    }

    It 'has Test-ContainerHealth check once, by hand' {
        $null = Invoke-Image $image -Detach -Network none -Name hand -HealthCommand 'test -e /tmp/well || { echo no; exit 3; }'
        $result = Test-ContainerHealth hand
        $result.Container, $result.Role, $result.ExitCode, $result.Output, $result.IsHealthy | Should -Be 'hand', 'Health', 3, "no`n", $false
        Test-ContainerHealth hand -Quiet | Should -BeFalse
        Invoke-Container hand touch /tmp/well
        Get-Container hand | Test-ContainerHealth -Quiet | Should -BeTrue
        (Get-Container hand).Health.State | Should -Be 'Starting'
    }

    It 'tells of <Name>' -ForEach @(
        @{ Name = 'times without a check'; Id = 'HealthCheckMissing'; Do = { New-Container $image -HealthIntervalSec 1 -ErrorAction Stop } }
        @{ Name = 'a contradiction'; Id = 'HealthCheckContradiction'; Do = { New-Container $image -NoHealthCheck -HealthCommand true -ErrorAction Stop } }
        @{ Name = 'a container without a check'; Id = 'ContainerHasNoHealthCheck'; Do = { $null = New-Container $image -Name bare; Test-ContainerHealth bare -ErrorAction Stop } }
        @{ Name = 'one that does not run'; Id = 'ContainerNotRunning'; Do = { $null = New-Container $image -Name still -HealthCommand true; Test-ContainerHealth still -ErrorAction Stop } }
        @{ Name = 'a wait for one that has ended'; Id = 'ContainerNotRunning'; Do = { $null = Invoke-Image $image @quick -Name over -Command true -HealthCommand false; Wait-Container over -Condition Healthy -TimeoutSec 20 -ErrorAction Stop } }
        @{ Name = 'a wait that is too long'; Id = 'ContainerTimedOut'; Do = { $null = Invoke-Image $image @quick -Name late -HealthCommand false; Wait-Container late -Condition Healthy -TimeoutSec 0.2 -ErrorAction Stop } }
    ) {
        $Do | Should -Throw -ErrorId "$Id,*"
    }

    It 'says that a check has no such program' {
        $null = Invoke-Image $image @quick -Name lost -HealthRetryCount 1 -HealthCommand /nope, -x
        $result = (Wait-Container lost -Condition Unhealthy -TimeoutSec 20).Health.Results[0]
        $result.ExitCode | Should -Be -1
        $result.Output | Should -BeLike '*/nope*ENOENT*'
    }

    It 'begins anew when a container is started again by itself' {
        $null = Invoke-Image $image @quick -Name again -RestartPolicy always -HealthCommand 'test ! -e /tmp/ill' -HealthRetryCount 1
        $null = Wait-Container again -Condition Healthy -TimeoutSec 20
        $first = (Get-Container again).ProcessId
        Stop-Process -Id $first -Force
        Wait-Until { $now = Get-Container again; $now.RestartCount -eq 1 -and $now.ProcessId -and $now.Health.State -eq 'Healthy' }
        (Get-Container again).ProcessId | Should -Not -Be $first
    }

    It 'says the podman command' {
        $words = New-Container $image -Name said -HealthCommand 'true' -HealthIntervalSec 1.5 -HealthRetryCount 2 -Verbose 4>&1 | Out-String
        $words | Should -BeLike '*--health-cmd true --health-interval 1.5s --health-retries 2*'
    }
}

Describe 'Health checks, as Podman has them' -Skip:(-not ($canRun -and $hasPodman)) {
    BeforeAll {
        $script:inStore = '--root', "$work/podman", '--runroot', "$work/podman-run", '--storage-driver', 'vfs', '--cgroup-manager', 'cgroupfs', '--runtime', 'runc'
        skopeo copy -q --insecure-policy "oci:$work/layout:test" "oci-archive:$work/image.tar:localhost/health:1"
        podman @inStore load -q -i "$work/image.tar" *> $null
    }
    AfterAll {
        podman @inStore rm --all --force --time 0 *> $null
        podman @inStore rmi --all --force *> $null
    }
    AfterEach { Get-Container -All | Remove-Container -Force }

    It 'are configured the same by <Name>' -ForEach @(
        @{ Name = 'a command line'; Podman = '--health-cmd', 'echo one; exit 0'; Ours = @{ HealthCommand = 'echo one; exit 0' } }
        @{ Name = 'a program'; Podman = '--health-cmd', '["test", "-e", "/bin/sh"]', '--health-retries', '5'; Ours = @{ HealthCommand = 'test', '-e', '/bin/sh'; HealthRetryCount = 5 } }
        @{ Name = 'times'; Podman = '--health-cmd', 'true', '--health-interval', '7s', '--health-timeout', '2s', '--health-start-period', '9s'; Ours = @{ HealthCommand = 'true'; HealthIntervalSec = 7; HealthTimeoutSec = 2; HealthStartPeriodSec = 9 } }
    ) {
        podman @inStore create --name theirs --network none @Podman localhost/health:1 sleep 100 *> $null
        $theirs = (podman @inStore inspect theirs | ConvertFrom-Json).Config.Healthcheck
        podman @inStore rm -f theirs *> $null
        $check = (New-Container $image -Name ours @Ours).Health.Checks[0]
        $check.Test | Should -Be $theirs.Test
        $check.Interval.TotalSeconds, $check.Timeout.TotalSeconds, $check.StartPeriod.TotalSeconds, $check.Retries |
            Should -Be ($theirs.Interval / 1e9), ($theirs.Timeout / 1e9), (($theirs.StartPeriod ?? 0) / 1e9), $theirs.Retries
    }
    It 'end the same when they are done once: <Command>' -ForEach @(
        @{ Command = 'echo $COLOR; id -u'; Healthy = $true }
        @{ Command = 'echo no >&2; exit 3'; Healthy = $false }
    ) {
        podman @inStore run -d --name theirs --network none --user 1000 --health-cmd $Command --health-interval disable --ulimit nofile=512:1024 --ulimit nproc=900:1000 localhost/health:1 sleep 100 *> $null
        podman @inStore healthcheck run theirs *> $null
        ($LASTEXITCODE -eq 0) | Should -Be $Healthy
        $theirs = (podman @inStore inspect theirs | ConvertFrom-Json).State.Health.Log[-1]
        podman @inStore rm -f -t 0 theirs *> $null
        $null = Invoke-Image $image -Detach -Name ours -Network none -User 1000 -HealthCommand $Command
        $result = Test-ContainerHealth ours
        $result.IsHealthy | Should -Be $Healthy
        # Podman itself ends with 1 and writes that down.
        [bool]$result.ExitCode | Should -Be ([bool]$theirs.ExitCode)
        $result.Output.Trim() | Should -Be $theirs.Output.Trim()
    }
}
