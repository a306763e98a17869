BeforeDiscovery {
    $script:canRun = (id -u) -eq '0' -and (Test-Path /bin/busybox)
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    Import-Module "$PSScriptRoot/Support/Images.psm1" -Force
    $script:work = Join-Path ([IO.Path]::GetTempPath()) "nstools-pod-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
    $null = New-Item -ItemType Directory $work
    $script:before = $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT
    $env:NSTOOLS_RUNROOT = "$work/run"
    $env:NSTOOLS_ROOT = "$work/data"
    if ((id -u) -eq '0' -and (Test-Path /bin/busybox)) {
        New-BusyBoxRoot "$work/root"
        $script:image = New-TestImage "$work/layout" "$work/root" @{ Cmd = @('httpd', '-f', '-p', '80', '-h', '/etc') }
    }
    # Of this run: the names of network namespaces and the ports are the host's.
    $script:name = "p$PID"
    $script:port = 25000 + $PID % 4000
    function Get-Answer([string] $Address) { curl -s -m 5 --retry 5 --retry-connrefused --retry-delay 1 "http://$Address/hostname" }
}

AfterAll {
    if ((id -u) -eq '0') {
        Get-Pod | Remove-Pod -Force
        Get-Container -All | Remove-Container -Force
    }
    $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT = $before
    Remove-Item -Recurse -Force $work
}

Describe 'Pods' -Skip:(-not $canRun) {
    AfterEach { Get-Pod | Remove-Pod -Force }

    It 'has containers that share network, IPC, host name and /dev/shm, and nothing else' {
        $pod = New-Pod $name -Publish "${port}:80" -Label @{ tier = 'test' }
        $pod.State, $pod.Labels['tier'], $pod.HostName | Should -Be 'Created', 'test', $name
        $server = Invoke-Image $image -Pod $pod -Name "$name-server" -Detach
        $client = Invoke-Image $image -Pod $name -Name "$name-client" -Detach sleep 1000
        $server.Pod, $client.Pod, $client.Network | Should -Be $name, $name, 'Pod'
        foreach ($type in 'net', 'ipc', 'uts') {
            Invoke-Container $client readlink "/proc/self/ns/$type" | Should -Be (Invoke-Container $server readlink "/proc/self/ns/$type")
            Invoke-Container $client readlink "/proc/self/ns/$type" | Should -Not -Be (readlink "/proc/self/ns/$type")
        }
        foreach ($type in 'pid', 'mnt', 'cgroup') {
            Invoke-Container $client readlink "/proc/self/ns/$type" | Should -Not -Be (Invoke-Container $server readlink "/proc/self/ns/$type")
        }
        Invoke-Container $client hostname | Should -Be $name
        Invoke-Container $client cat /etc/hostname | Should -Be $name
        $null = Invoke-Container $server -Command 'echo shared > /dev/shm/file'
        Invoke-Container $client cat /dev/shm/file | Should -Be 'shared'
        # By loopback of the pod, and from outside.
        Invoke-Container $client wget -qO- http://127.0.0.1/hostname | Should -Be $name
        Get-Answer "127.0.0.1:$port" | Should -Be $name
        $pod = Get-Pod $name
        $pod.State, $pod.PublishedPorts[0].HostPort | Should -Be 'Running', $port
        $pod.Containers | Should -Be "$name-server", "$name-client"
        Invoke-Container $client ip addr show eth0 | Out-String | Should -BeLike "*inet $($pod.IPAddress)/*"
        (Get-Namespace -Name $pod.NamespaceSet).Count | Should -BeGreaterThan 0
    }

    It 'stops and starts as a whole, and its state is told' {
        $null = New-Pod $name -Publish "${port}:80"
        $null = Invoke-Image $image -Pod $name -Name "$name-server" -Detach
        $null = New-Container $image -Pod $name -Name "$name-second" sleep 1000
        (Get-Pod $name).State | Should -Be 'Degraded'
        (Start-Pod $name -PassThru).State | Should -Be 'Running'
        (Stop-Pod $name -TimeoutSec 0 -PassThru).State | Should -Be 'Exited'
        Get-Container | Should -BeNullOrEmpty
        curl -s -m 2 "http://127.0.0.1:$port/hostname" | Should -BeNullOrEmpty
        Test-Path "/run/netns/pod-$name" | Should -BeFalse
        (Start-Pod $name -PassThru).State | Should -Be 'Running'
        Get-Answer "127.0.0.1:$port" | Should -Be $name
        { Remove-Pod $name -ErrorAction Stop } | Should -Throw -ErrorId 'PodRunning,*'
        Remove-Pod $name -Force
        Get-Container -All | Should -BeNullOrEmpty
        Get-Pod | Should -BeNullOrEmpty
        Get-ChildItem "$work/run/networks/sandboxes", "$work/run/pods" | Should -BeNullOrEmpty
        ip link show dev (Get-ContainerNetwork nstools).InterfaceName 2>&1 | Should -BeLike '*does not exist*'
    }

    It 'shows each other''s processes when asked' {
        $null = New-Pod $name -ShareProcess
        $null = Invoke-Image $image -Pod $name -Detach sleep 12345
        $other = Invoke-Image $image -Pod $name -Detach sleep 1000
        Invoke-Container $other ps | Out-String | Should -BeLike '*sleep 12345*'
    }

    It 'comes up again after its holder was killed, with what starts next' {
        $null = New-Pod $name
        $first = Invoke-Image $image -Pod $name -Name "$name-first" -Detach sleep 1000
        $set = Get-Namespace -Name "pod-$name" | Select-Object -First 1
        Stop-Container $first -TimeoutSec 0
        kill -KILL $set.ProcessId
        $end = [DateTime]::UtcNow.AddSeconds(10)
        while ((Get-Pod $name).State -ne 'Exited' -and [DateTime]::UtcNow -lt $end) { Start-Sleep -Milliseconds 20 }
        (Get-Pod $name).State | Should -Be 'Exited'
        $null = Start-Container $first
        (Get-Pod $name).State | Should -Be 'Running'
    }

    It 'refuses <Because>' -ForEach @(
        @{ Because = 'a pod that is not there'; Id = 'PodNotFound'; Do = { Invoke-Image $image -Pod nowhere -Detach } }
        @{ Because = 'a name that is taken'; Id = 'PodExists'; Do = { $null = New-Pod $name; New-Pod $name } }
        @{ Because = 'a name that cannot be one'; Id = 'InvalidContainerName'; Do = { New-Pod '../up' } }
        @{ Because = 'a network that is not there'; Id = 'ContainerNetworkNotFound'; Do = { New-Pod $name -Network nowhere } }
        @{ Because = 'the network of the host'; Id = 'InvalidContainerNetwork'; Do = { New-Pod $name -Network host } }
        @{ Because = 'ports of a container in a pod'; Id = 'PodOwnsNetwork'; Do = { $null = New-Pod $name; Invoke-Image $image -Pod $name -Publish 80:80 -Detach } }
        @{ Because = 'to remove what is not there'; Id = 'PodNotFound'; Do = { Remove-Pod nowhere } }
    ) {
        $problems = @(& $Do 2>&1 | Where-Object { $_ -is [Management.Automation.ErrorRecord] })
        $problems | Should -HaveCount 1
        $problems[0].FullyQualifiedErrorId | Should -BeLike "$Id,*"
        Get-Container -All | Should -BeNullOrEmpty
    }

    It 'says with -WhatIf what it would do, and completes names' {
        New-Pod $name -Publish "${port}:80" -ShareProcess -WhatIf
        Get-Pod $name* | Should -BeNullOrEmpty
        $null = New-Pod $name
        $line = 'Start-Pod p'
        (TabExpansion2 -inputScript $line -cursorColumn $line.Length).CompletionMatches.CompletionText | Should -Contain $name
        Remove-Pod $name -WhatIf
        (Get-Pod $name).Name | Should -Be $name
    }
}
