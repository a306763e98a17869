BeforeDiscovery {
    $script:isRoot = (id -u) -eq '0'
    $script:hasBusyBox = Test-Path /bin/busybox
    $script:canRun = $isRoot -and $hasBusyBox
    $script:hasPodman = [bool](Get-Command podman -ErrorAction Ignore) -and [bool](Get-Command runc -ErrorAction Ignore)
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    Import-Module "$PSScriptRoot/Support/Images.psm1" -Force
    $script:work = Join-Path ([IO.Path]::GetTempPath()) "nstools-ct-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
    $null = New-Item -ItemType Directory $work
    $script:before = $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT
    $env:NSTOOLS_RUNROOT = "$work/run"
    $env:NSTOOLS_ROOT = "$work/data"
    if ((id -u) -eq '0' -and (Test-Path /bin/busybox)) {
        New-BusyBoxRoot "$work/root"
        $script:image = New-TestImage "$work/layout" "$work/root" @{
            Entrypoint = @('sh', '-c'); Cmd = @('echo from the image'); Env = @('COLOR=blue', 'SIZE=big'); WorkingDir = '/data'; User = 'bob'
            ExposedPorts = @{ '80/tcp' = @{} }; Labels = @{ tier = 'test' }; StopSignal = 'SIGINT'
        }
    }
    function Wait-Until([scriptblock] $Condition) {
        $end = [DateTime]::UtcNow.AddSeconds(20)
        while (-not (& $Condition)) {
            if ([DateTime]::UtcNow -gt $end) { throw "It never happened: $Condition" }
            Start-Sleep -Milliseconds 20
        }
    }
    function Get-OwnCgroup([string] $Id) { @(Get-ChildItem /sys/fs/cgroup -Directory -Recurse -Depth 1 -Filter "nstools-$Id*").FullName }
}

AfterAll {
    if ((id -u) -eq '0') { Get-Container -All | Remove-Container -Force }
    $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT = $before
    Remove-Item -Recurse -Force $work
}

Describe 'Invoke-Image, attached' -Skip:(-not $canRun) {
    AfterEach { Get-Container -All | Remove-Container -Force }

    It 'runs what the image says, as its user, in its directory, with its variables' {
        Invoke-Image $image | Should -Be 'from the image'
        $LASTEXITCODE | Should -Be 0
        $container = Get-Container -All
        $container.State, $container.ExitCode | Should -Be 'Exited', 0
        $container.Command | Should -Be 'sh', '-c', 'echo from the image'
        $container.Ports | Should -Be '80/tcp'
        $container.Labels['tier'] | Should -Be 'test'
        Invoke-Image $image 'id -u; id -G; pwd; echo $COLOR $HOME $HOSTNAME; hostname' -HostName inside -Remove |
            Should -Be '1000', '1000 10', '/data', 'blue /home/bob inside', 'inside'
    }

    It 'takes variables, user, directory and program from the caller' {
        $lines = Invoke-Image $image -Command 'echo $COLOR-$SIZE-$EXTRA; id -u; id -g; pwd' -Environment @{ COLOR = 'red'; SIZE = $null; EXTRA = 'a b' } -User 12:34 -WorkingDirectory /new/place -Remove
        $lines | Should -Be 'red--a b', '12', '34', '/new/place'
        Invoke-Image $image -Entrypoint echo, one two -Remove | Should -Be 'one two'
    }

    It 'streams both outputs, takes input, and gives the exit code' {
        $all = 'a', 'b' | Invoke-Image $image -Command 'cat; echo problem >&2; exit 9' -Remove -ErrorVariable problems 2>$null
        $all | Should -Be 'a', 'b'
        $problems | Where-Object FullyQualifiedErrorId -Match NativeCommandError | ForEach-Object { "$_" } | Should -Contain 'problem'
        $LASTEXITCODE | Should -Be 9
    }

    It 'returns a CommandResult with -PassThru, and ends in time with -TimeoutSec' {
        $result = Invoke-Image $image -Command 'echo out; echo err >&2; exit 4' -PassThru -Remove
        $result.ExitCode, $result.StandardOutput, $result.StandardError | Should -Be 4, "out`n", "err`n"
        $watch = [Diagnostics.Stopwatch]::StartNew()
        { Invoke-Image $image -Command 'sleep 100' -TimeoutSec 0.5 -Remove -ErrorAction Stop } | Should -Throw -ErrorId 'CommandTimedOut,*'
        # Its supervisor waits for somebody to read what it passes on.
        { Invoke-Image $image -Network none -Command 'while true; do echo y; done' -TimeoutSec 0.5 -Remove -ErrorAction Stop } | Should -Throw -ErrorId 'CommandTimedOut,*'
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 15
        Get-Container -All | Should -BeNullOrEmpty
    }

    It 'ends the container when the pipeline has enough' {
        # Its host name is the beginning of its ID.
        $id, $second = Invoke-Image $image -Command 'hostname; while true; do echo y; done' -Remove | Select-Object -First 2
        $second | Should -Be 'y'
        Get-Container -All | Should -BeNullOrEmpty
        Get-OwnCgroup $id | Should -BeNullOrEmpty
    }

    It 'tells of a program that is not there, and leaves nothing' {
        Invoke-Image $image -Entrypoint nope -ErrorAction SilentlyContinue -ErrorVariable problem
        $LASTEXITCODE | Should -Be 127
        $problem | Should -HaveCount 1
        $problem.FullyQualifiedErrorId | Should -BeLike 'ContainerProgramNotFound,*'
        $problem.Exception.Message | Should -BeLike '*nope*ENOENT*'
        Invoke-Image $image -Entrypoint /etc/passwd -ErrorAction SilentlyContinue
        $LASTEXITCODE | Should -Be 126
        Get-Container -All | Should -BeNullOrEmpty
        Get-ChildItem "$work/data/containers/names" | Should -BeNullOrEmpty
    }

    It 'keeps what is written in the container, and the image as it was' {
        Invoke-Image $image -Name writer -User 0 -Command 'echo kept > /data/file'
        Invoke-Image $image -User 0 -Command 'ls /data' -Remove | Should -BeNullOrEmpty
        Get-Content "$((Get-Container writer).Path)/upper/data/file" | Should -Be 'kept'
    }

    It 'runs a root file system, which it writes to as it is' {
        Invoke-Image -Root "$work/root" -Command 'echo here > /data/file; id -un' -Remove | Should -Be 'root'
        Get-Content "$work/root/data/file" | Should -Be 'here'
        Remove-Item "$work/root/data/file"
    }

    It 'has read-only roots, volumes and directories in memory' {
        $null = New-Item -ItemType Directory -Force "$work/share"
        Set-Content "$work/share/in" 'from the host'
        $lines = Invoke-Image $image -User 0 -ReadOnly -Volume "$work/share:/ro:ro", "$work/share:/rw" -TmpFs '/cache:size=64k' -Remove -PassThru -Command @'
cat /ro/in; touch /file /ro/file 2>&1; echo back > /rw/out; echo x > /tmp/x && echo /tmp; df /cache | tail -1 | awk '{print $2}'
'@
        $lines.StandardOutput -split "`n" | Should -Be 'from the host', 'touch: /file: Read-only file system', 'touch: /ro/file: Read-only file system', '/tmp', '64', ''
        Get-Content "$work/share/out" | Should -Be 'back'
    }

    It 'refuses <Because>' -ForEach @(
        @{ Because = 'a name that is taken'; Id = 'ContainerExists'; Arguments = @{ Name = 'taken' } }
        @{ Because = 'a name that cannot be one'; Id = 'InvalidContainerName'; Arguments = @{ Name = '../up' } }
        @{ Because = 'a user that the image has not'; Id = 'UserNotFound'; Arguments = @{ User = 'nobody-there' } }
        @{ Because = 'a capability that does not exist'; Id = 'CapabilityUnknown'; Arguments = @{ Capability = 'FLY' } }
        @{ Because = 'a volume whose source is not there'; Id = 'VolumeSourceNotFound'; Arguments = @{ Volume = '/not/there:/x' } }
        @{ Because = 'a volume without destination'; Id = 'InvalidVolume'; Arguments = @{ Volume = '/tmp:' } }
        @{ Because = 'a volume at a relative place'; Id = 'PathNotAbsolute'; Arguments = @{ Volume = '/tmp:x' } }
        @{ Because = 'an empty command'; Id = 'NoCommand'; Arguments = @{ Entrypoint = @() } }
        @{ Because = 'an unknown security option'; Id = 'InvalidSecurityOption'; Arguments = @{ SecurityOption = 'off' } }
        @{ Because = 'a variable with an equals sign'; Id = 'InvalidEnvironmentVariable'; Arguments = @{ Environment = @{ 'a=b' = 1 } } }
        @{ Because = 'an unknown signal'; Id = 'InvalidSignal'; Arguments = @{ StopSignal = 'SIGNOPE' } }
    ) {
        if ($Id -eq 'ContainerExists') { $null = New-Container $image -Name taken }
        $count = @(Get-Container -All).Count
        New-Container $image @Arguments -ErrorAction SilentlyContinue -ErrorVariable problem | Should -BeNullOrEmpty
        $problem.FullyQualifiedErrorId | Should -BeLike "$Id,*"
        Get-Container -All | Should -HaveCount $count
        @(Get-ChildItem "$work/data/containers" -Directory -Exclude names) | Should -HaveCount $count
    }
}

Describe 'Containers in the background' -Skip:(-not $canRun) {
    AfterEach { Get-Container -All | Remove-Container -Force }

    It 'outlives the pwsh that started it, and is seen and controlled by the next one' {
        $script = "Import-Module '$PSScriptRoot/../../out/NsTools/NsTools.psd1'; Invoke-Image '$image' -Detach -Name far -Command 'trap `"echo got it; exit 5`" INT; echo up; while true; do sleep 0.05; done' | ForEach-Object Id"
        $id = & (Get-Process -Id $PID).Path -NoProfile -Command $script
        $container = Get-Container far
        $container.Id | Should -Be $id
        $container.State | Should -Be 'Running'
        (Get-Process -Id $container.ProcessId).Name | Should -BeIn 'sh', 'busybox'
        Wait-Until { (Get-ContainerLog far).Text -contains 'up' }
        $stopped = Stop-Container far -PassThru
        $stopped.State, $stopped.ExitCode | Should -Be 'Exited', 5 -Because 'the image says SIGINT'
        $stopped.FinishedAt | Should -BeGreaterThan $stopped.StartedAt
        (Get-ContainerLog far).Text | Should -Be 'up', 'got it'
        Get-OwnCgroup $id | Should -BeNullOrEmpty
    }

    It 'kills what does not listen, after its time' {
        $container = Invoke-Image $image -Detach -Command 'trap "" INT TERM; while true; do sleep 1; done' -StopTimeoutSec 0.3
        $stopped = Stop-Container $container -PassThru
        $stopped.ExitCode, $stopped.Signal | Should -Be 137, 'KILL'
        $again = Start-Container $container -PassThru
        $again.State, $again.ExitCode | Should -Be 'Running', $null
        Stop-Container $container.Name -TimeoutSec 0
        (Get-Container $container).State | Should -Be 'Exited'
    }

    It 'restarts one that runs with a new process, and starts one that has ended' {
        $container = Invoke-Image $image -Detach -Name again -Command 'while true; do sleep 1; done'
        $restarted = Restart-Container again -TimeoutSec 0 -PassThru
        $restarted.Id, $restarted.State | Should -Be $container.Id, 'Running'
        $restarted.ProcessId | Should -Not -Be $container.ProcessId
        Get-Process -Id $container.ProcessId -ErrorAction Ignore | Should -BeNullOrEmpty
        Stop-Container again -TimeoutSec 0
        ($container | Restart-Container -PassThru).State | Should -Be 'Running'
        Restart-Container again -WhatIf
        Restart-Container nobody -ErrorAction SilentlyContinue -ErrorVariable missing
        $missing.FullyQualifiedErrorId | Should -BeLike 'ContainerNotFound,*'
    }

    It 'tells the two streams apart in the log, by tail, time and stream' {
        # Two pipes have no order between them when whoever reads them is late: it goes on when the first lines are there.
        $container = Invoke-Image $image -Detach -Command 'echo one; echo two >&2; while [ ! -e /go ]; do sleep 0.02; done; echo three; printf four'
        $end = [DateTime]::UtcNow.AddSeconds(30)
        while (@(Get-ContainerLog $container).Count -lt 2 -and [DateTime]::UtcNow -lt $end) { Start-Sleep -Milliseconds 20 }
        Invoke-Container $container -User root touch /go
        Wait-Container $container | ForEach-Object ExitCode | Should -Be 0
        $log = Get-ContainerLog $container
        ($log | Where-Object Stream -EQ Output).Text | Should -Be 'one', 'three', 'four'
        ($log | Where-Object Stream -EQ Error).Text | Should -Be 'two'
        (Get-ContainerLog $container -Tail 1).Text | Should -Be 'four'
        (Get-ContainerLog $container -Stream Error).Text | Should -Be 'two'
        (Get-ContainerLog $container -Since ($log | Where-Object Text -EQ three).Time).Text | Should -Be 'three', 'four'
    }

    It 'follows a log until the end' {
        $container = Invoke-Image $image -Detach -Command 'for i in 1 2 3; do echo $i; sleep 0.2; done'
        (Get-ContainerLog $container -Follow).Text | Should -Be '1', '2', '3'
        (Get-ContainerLog $container -Follow -Tail 1).Text | Should -Be '3'
        (Get-Container $container).State | Should -Be 'Exited'
    }

    It 'waits no longer than told' {
        $container = Invoke-Image $image -Detach -Command 'sleep 100'
        { Wait-Container $container -TimeoutSec 0.2 -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerTimedOut,*'
        (Get-Container $container).State | Should -Be 'Running'
    }

    It 'suspends and resumes' {
        $container = Invoke-Image $image -Detach -Command 'while true; do echo tick; sleep 0.02; done'
        (Suspend-Container $container -PassThru).State | Should -Be 'Paused'
        { Suspend-Container $container -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerNotRunning,*'
        { Invoke-Container $container true -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerNotRunning,*'
        $lines = @(Get-ContainerLog $container).Count
        Start-Sleep -Milliseconds 150
        @(Get-ContainerLog $container) | Should -HaveCount $lines
        (Resume-Container $container -PassThru).State | Should -Be 'Running'
        Wait-Until { @(Get-ContainerLog $container).Count -gt $lines }
        $null = Suspend-Container $container
        (Stop-Container $container -TimeoutSec 1 -PassThru).State | Should -Be 'Exited'
    }

    It 'runs another program under the same restrictions' {
        $container = Invoke-Image $image -Detach -Name host -Command 'sleep 100' -Environment @{ COLOR = 'green' } -DropCapability CHOWN
        Invoke-Container host -Command 'id -u; pwd; echo $COLOR $MORE; exit 6' -Environment @{ MORE = 'x' } | Should -Be '1000', '/data', 'green x'
        $LASTEXITCODE | Should -Be 6
        'piped' | Invoke-Container host cat | Should -Be 'piped'
        Invoke-Container host -User root -Command 'id -u; echo $HOME' -WorkingDirectory /tmp | Should -Be '0', '/root'
        $first = Get-Content "/proc/$($container.ProcessId)/status" | Select-String '^(CapBnd|NoNewPrivs|Seccomp):' | ForEach-Object { "$_" }
        Invoke-Container host grep -ArgumentList '-E', '^(CapBnd|NoNewPrivs|Seccomp):', '/proc/self/status' | Should -Be $first
        $processes = Get-ContainerProcess host
        $processes.InnerProcessId | Should -Contain 1
        $processes | Where-Object InnerProcessId -EQ 1 | ForEach-Object ProcessId | Should -Be $container.ProcessId
        $processes.UserId | Sort-Object -Unique | Should -Be 1000
    }

    It 'cannot be removed while it runs but by force, and leaves nothing then' {
        $container = Invoke-Image $image -Detach -Command 'sleep 100'
        { Remove-Container $container -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerRunning,*'
        { Start-Container $container -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerRunning,*'
        Remove-Container $container -Force
        { Get-Container $container.Name -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerNotFound,*'
        Test-Path "/proc/$($container.ProcessId)" | Should -BeFalse
        Get-ChildItem "$work/run/containers" -Directory -ErrorAction Ignore | Should -BeNullOrEmpty
        Get-ChildItem "$work/data/containers/names" | Should -BeNullOrEmpty
        Get-OwnCgroup $container.Id | Should -BeNullOrEmpty
    }

    It 'is told truly after a reboot and a killed supervisor' {
        $container = Invoke-Image $image -Detach -Name lost -Command 'sleep 100'
        # The supervisor is the parent of the first process.
        $parent = (Get-Content "/proc/$($container.ProcessId)/status" | Select-String '^PPid:\s+(\d+)').Matches.Groups[1].Value
        kill -KILL $parent
        kill -KILL $container.ProcessId
        Wait-Until { (Get-Container lost).State -eq 'Exited' }
        (Get-Container lost).ExitCode | Should -BeNullOrEmpty
        (Start-Container lost -PassThru).State | Should -Be 'Running'
        Stop-Container lost -TimeoutSec 0
        Remove-Item -Recurse "$work/run"
        $after = Get-Container lost
        $after.State, $after.ExitCode | Should -Be 'Exited', 137
    }

    It 'shows and removes what a crash has left' {
        $container = New-Container $image -Name half
        Remove-Item "$($container.Path)/container.json"
        (Get-Container -All).State | Should -Be 'Dead'
        Get-Container -All | Remove-Container
        Get-Container -All | Should -BeNullOrEmpty
        (New-Container $image -Name half).Name | Should -Be 'half' -Because 'the name is free again'
    }
}

Describe 'Get-Container' -Skip:(-not $canRun) {
    BeforeAll {
        $script:up = Invoke-Image $image -Detach -Name web-1 -Command 'sleep 100' -Label @{ app = 'web' }
        $script:made = New-Container $image -Name web-2
        $script:bare = New-Container -Root "$work/root" -Name bare sh
    }
    AfterAll { Get-Container -All | Remove-Container -Force }

    It 'lists those that run, and all with -All' {
        (Get-Container).Name | Should -Be 'web-1'
        (Get-Container -All).Name | Should -Be 'bare', 'web-2', 'web-1'
        (Get-Container -State Created).Name | Should -Be 'bare', 'web-2'
    }

    It 'finds by name, wildcard, ID, label, image' {
        (Get-Container web-2).State | Should -Be 'Created'
        (Get-Container web-*).Name | Should -Be 'web-2', 'web-1'
        (Get-Container -All web-*).Name | Should -Be 'web-2', 'web-1'
        (Get-Container web-* -State Created).Name | Should -Be 'web-2'
        @() | Get-Container | Should -BeNullOrEmpty
        (Get-Container $up.Id.Substring(0, 6)).Name | Should -Be 'web-1'
        (Get-Container -All -Label app=web).Name | Should -Be 'web-1'
        (Get-Container -All -Label tier, app).Name | Should -Be 'web-1'
        (Get-Container -All -Image oci:*).Name | Should -Be 'web-2', 'web-1'
        Get-Container nothing* | Should -BeNullOrEmpty
        { Get-Container nothing -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerNotFound,*'
        (TabExpansion2 'Stop-Container w').CompletionMatches.CompletionText | Should -Be 'web-1', 'web-2'
    }

    It 'fits 100 columns' {
        $text = Get-Container -All | Format-Table | Out-String -Width 100
        $text -split "`n" | ForEach-Object { $_.TrimEnd().Length | Should -BeLessOrEqual 100 }
        $text | Should -Match 'Up \d+[sm]'
    }

    It 'says with -WhatIf what podman would be told' {
        $said = & (Get-Process -Id $PID).Path -NoProfile -Command "Import-Module '$PSScriptRoot/../../out/NsTools/NsTools.psd1'; Invoke-Image '$image' -Detach -Remove -Memory 10MB -WhatIf -Command true"
        $said | Should -BeLike '*podman run --detach --rm*--memory 10485760*'
    }
}
