BeforeDiscovery {
    $script:canRun = (id -u) -eq '0' -and (Test-Path /bin/busybox)
    $script:hasPlugins = Test-Path /usr/lib/cni/bridge
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    Import-Module "$PSScriptRoot/Support/Images.psm1" -Force
    $script:work = Join-Path ([IO.Path]::GetTempPath()) "nstools-cn-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
    $null = New-Item -ItemType Directory $work
    $script:before = $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT, $env:NETCONFPATH
    $env:NSTOOLS_RUNROOT = "$work/run"
    $env:NSTOOLS_ROOT = "$work/data"
    $env:NETCONFPATH = "$work/cni"
    if ((id -u) -eq '0' -and (Test-Path /bin/busybox)) {
        New-BusyBoxRoot "$work/root"
        $script:image = New-TestImage "$work/layout" "$work/root" @{ Cmd = @('sleep', '1000') }
    }
    # Names are looked up by the host's own C library, as it would in any image that has one.
    $script:library = '/usr:/usr:ro', '/lib:/lib:ro', '/lib64:/lib64:ro'
    function Test-Lease([string] $Network) { @((Get-Content "$work/run/networks/leases/$Network.json" | ConvertFrom-Json).leases) }
}

AfterAll {
    if ((id -u) -eq '0') {
        Get-Container -All | Remove-Container -Force
        Get-ContainerNetwork * | Where-Object Driver -EQ Bridge | Remove-ContainerNetwork
    }
    $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT, $env:NETCONFPATH = $before
    Remove-Item -Recurse -Force $work
}

Describe 'Networks of containers' -Skip:(-not $canRun) {
    AfterEach {
        Get-Container -All | Remove-Container -Force
        Get-ContainerNetwork * | Where-Object Driver -EQ Bridge | Remove-ContainerNetwork
    }

    It 'makes the default network when the first container needs it, and its bridge goes with the last' {
        Get-ContainerNetwork | Should -BeNullOrEmpty
        $one = Invoke-Image $image -Detach
        $two = Invoke-Image $image -Detach
        $network = Get-ContainerNetwork
        $network.Name, $network.Driver | Should -Be 'nstools', 'Bridge'
        $network.Containers | Sort-Object | Should -Be ($one.Name, $two.Name | Sort-Object)
        $prefix = $network.Subnets[0].Prefix
        $one.IPAddress, $two.IPAddress | ForEach-Object { $prefix.Contains($_) | Should -BeTrue }
        $one.IPAddress | Should -Not -Be $two.IPAddress
        $link = ip -j -d address show dev $network.InterfaceName | ConvertFrom-Json
        $link.linkinfo.info_kind, $link.addr_info[0].local | Should -Be 'bridge', "$($network.Subnets[0].Gateway)"
        (Get-NetNat).InternalIPInterfaceAddressPrefix | Should -Contain $prefix
        # What is inside is what is told: the address, and the way out.
        Invoke-Container $one ip addr show eth0 | Out-String | Should -BeLike "*inet $($one.IPAddress)/*"
        (Invoke-Container $one cat /sys/class/net/eth0/address) -replace ':' | Should -Be "$($one.Networks[0].HardwareAddress)"
        Invoke-Container $one ip route | Should -Contain "default via $($network.Subnets[0].Gateway) dev eth0  metric 100 "
        # They reach each other.
        $null = Invoke-Container $two -Command 'echo hello | nc -l -p 7 >/dev/null 2>&1 &'
        Invoke-Image $image -Remove -Command "for i in 1 2 3 4 5 6 7 8 9; do nc -w 1 $($two.IPAddress) 7 </dev/null && break; sleep 0.2; done" | Should -Be 'hello'

        $one, $two | Remove-Container -Force
        ip link show dev $network.InterfaceName 2>&1 | Should -BeLike '*does not exist*'
        Get-NetNat | Where-Object { $_.InternalIPInterfaceAddressPrefix -eq $prefix } | Should -BeNullOrEmpty
        Get-ChildItem "$work/run/networks/sandboxes" | Should -BeNullOrEmpty
    }

    It 'writes hosts, host name and resolv.conf' {
        $container = Invoke-Image $image -Name writer -HostName inside -Detach
        $hosts = Invoke-Container $container cat /etc/hosts
        $hosts | Should -Contain "127.0.0.1`tlocalhost localhost.localdomain"
        $hosts | Should -Contain "$($container.IPAddress)`tinside writer"
        Invoke-Container $container cat /etc/hostname | Should -Be 'inside'
        Invoke-Container $container cat /etc/resolv.conf | Where-Object { $_ -match '^nameserver' } |
            Should -Be (Get-Content /etc/resolv.conf | Where-Object { $_ -match '^nameserver' -and $_ -notmatch ' 127\.' })
    }

    It 'resolves the names of the others, whether they were made earlier or later' {
        $null = New-ContainerNetwork lab
        $early = Invoke-Image $image -Name early -Network lab -Volume $library -Detach
        $late = Invoke-Image $image -Name late -Network 'lab:alias=db' -Volume $library -Detach
        $apart = Invoke-Image $image -Name apart -Volume $library -Detach
        foreach ($name in 'late', 'db', $late.ShortId) { Invoke-Container $early getent hosts $name | Should -BeLike "$($late.IPAddress) *" }
        Invoke-Container $late getent hosts early | Should -BeLike "$($early.IPAddress) *"
        Invoke-Container $apart cat /etc/hosts | Out-String | Should -Not -BeLike '*early*'
        # What the container has written into its file stays.
        $null = Invoke-Container $early -Command 'echo 192.0.2.77 mine >> /etc/hosts'
        $late | Remove-Container -Force
        Invoke-Container $early cat /etc/hosts | Out-String | Should -Not -BeLike '*late*'
        Invoke-Container $early getent hosts mine | Should -BeLike '192.0.2.77 *'
    }

    It 'takes subnet, gateway, IPv6, MTU, name of the bridge and labels' {
        $network = New-ContainerNetwork special -Subnet 198.18.7.0/28 -Gateway 198.18.7.5 -IPv6 -Mtu 1300 -InterfaceName "spx$PID" -Label @{ tier = 'test' }
        "$($network.Subnets[0])", "$($network.Subnets[0].Gateway)", $network.Mtu, $network.InterfaceName, $network.Labels['tier'] | Should -Be '198.18.7.0/28', '198.18.7.5', 1300, "spx$PID", 'test'
        $container = Invoke-Image $image -Network 'special:ip=198.18.7.9' -Detach
        $container.IPAddress | Should -Be '198.18.7.9'
        $six = $container.Networks[0].IPAddresses[1]
        $network.Subnets[1].Prefix.Contains($six) | Should -BeTrue
        Invoke-Container $container cat /sys/class/net/eth0/mtu | Should -Be '1300'
        Invoke-Container $container ip -6 addr show dev eth0 | Out-String | Should -BeLike "*inet6 $six/64 scope global*"
        ping -6 -c 1 -W 2 "$six" | Out-String | Should -BeLike '*1 received*'
        # No way out of an internal one.
        $null = New-ContainerNetwork closed -Internal
        $inside = Invoke-Image $image -Network closed -Detach
        Invoke-Container $inside ip route | Out-String | Should -Not -BeLike '*default*'
        (Get-NetNat).Name | Should -Not -Contain (Get-ContainerNetwork closed).InterfaceName
    }

    It 'puts running containers on further networks and takes them off' {
        $null = New-ContainerNetwork front, back
        $container = Invoke-Image $image -Name both -Network front -Detach
        $other = Invoke-Image $image -Name other -Network back -Detach
        Connect-ContainerNetwork back $container -Alias second
        $container = Get-Container both
        $container.Networks.Network | Should -Be 'front', 'back'
        $container.Networks.InterfaceName | Should -Be 'eth0', 'eth1'
        Invoke-Container $container ip addr show eth1 | Out-String | Should -BeLike "*inet $($container.Networks[1].IPAddresses[0])/*"
        Invoke-Container $other cat /etc/hosts | Should -Contain "$($container.Networks[1].IPAddresses[0])`tboth second $($container.ShortId)"
        { Connect-ContainerNetwork back $container -ErrorAction Stop } | Should -Throw -ErrorId 'NetworkConnected,*'

        (Disconnect-ContainerNetwork back $container -PassThru).Networks.Network | Should -Be 'front'
        Invoke-Container $container ls /sys/class/net | Should -Be 'eth0', 'lo'
        Invoke-Container $other cat /etc/hosts | Out-String | Should -Not -BeLike '*second*'
        { Disconnect-ContainerNetwork back $container -ErrorAction Stop } | Should -Throw -ErrorId 'NetworkNotConnected,*'
        # It is so after the next start, too.
        Connect-ContainerNetwork back $container
        (Restart-Container $container -TimeoutSec 0 -PassThru).Networks.Network | Should -Be 'front', 'back'
    }

    It 'gives each address to one only, when many containers start at once in several processes' {
        $null = New-ContainerNetwork crowd -Subnet 198.18.9.0/24
        $module = "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
        $starters = 1..3 | ForEach-Object {
            $info = [Diagnostics.ProcessStartInfo]::new('pwsh', @('-NoProfile', '-Command', "Import-Module '$module'; 1..4 | ForEach-Object { Invoke-Image '$image' -Network crowd -Detach } | Out-Null"))
            [Diagnostics.Process]::Start($info)
        }
        $starters | ForEach-Object { $_.WaitForExit(120000) | Should -BeTrue; $_.ExitCode | Should -Be 0 }
        $containers = Get-Container
        $containers | Should -HaveCount 12
        $containers.IPAddress | Sort-Object -Unique { "$_" } | Should -HaveCount 12
        Test-Lease crowd | Should -HaveCount 12
        $containers | Remove-Container -Force
        Test-Lease crowd | Should -HaveCount 0
    }

    It 'takes back the addresses of containers that were lost' {
        # Two addresses beside the host's: both are needed at once.
        $null = New-ContainerNetwork tiny -Subnet 198.18.11.0/30
        $lost = Invoke-Image $image -Network tiny -Detach
        { Invoke-Image $image -Network tiny -Detach -ErrorAction Stop } | Should -Throw -ErrorId 'SubnetExhausted,*'
        # Nobody writes down the end of one whose supervisor is killed.
        $supervisor = (Get-Content "/proc/$($lost.ProcessId)/status" | Select-String '^PPid:\s*(\d+)').Matches[0].Groups[1].Value
        kill -KILL $supervisor $lost.ProcessId
        $next = Invoke-Image $image -Network tiny -Detach
        $next.IPAddress | Should -Be $lost.IPAddress
        # Another one is cleaned by whatever command comes next.
        $supervisor = (Get-Content "/proc/$($next.ProcessId)/status" | Select-String '^PPid:\s*(\d+)').Matches[0].Groups[1].Value
        kill -KILL $supervisor $next.ProcessId
        $end = [DateTime]::UtcNow.AddSeconds(10)
        while ((Test-Path "/proc/$($next.ProcessId)") -and [DateTime]::UtcNow -lt $end) { Start-Sleep -Milliseconds 20 }
        $null = Get-Container -All
        Test-Lease tiny | Should -HaveCount 0
    }

    It 'shares the network of the host, of another container, of a NamespaceSet, or has none' {
        Invoke-Image $image -Network host -Remove -Command 'readlink /proc/self/ns/net' | Should -Be (readlink /proc/self/ns/net)
        Invoke-Image $image -Network none -Remove ls /sys/class/net | Should -Be 'lo'
        $first = Invoke-Image $image -Name first -Detach
        $own = Invoke-Container first readlink /proc/self/ns/net
        Invoke-Image $image -Network container:first -Remove -Command 'readlink /proc/self/ns/net; grep first /etc/hosts' | Should -Be $own, "$($first.IPAddress)`t$($first.ShortId) first"
        Invoke-Image $image -Network $first -Remove readlink /proc/self/ns/net | Should -Be $own
        $set = New-Namespace "cn$PID" -Type Network
        try {
            Invoke-Image $image -Network $set -Remove readlink /proc/self/ns/net | Should -Be "net:[$($set.Network.Id)]"
            Invoke-Image $image -Network "ns:cn$PID" -Remove readlink /proc/self/ns/net | Should -Be "net:[$($set.Network.Id)]"
        }
        finally { Remove-Namespace "cn$PID" }
        Stop-Container first -TimeoutSec 0
        { Invoke-Image $image -Network container:first -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerNotRunning,*'
        Get-Container -All | Should -HaveCount 1
    }

    It 'refuses <Because>' -ForEach @(
        @{ Because = 'a network that is not there'; Id = 'ContainerNetworkNotFound'; Do = { Invoke-Image $image -Network nowhere -Detach } }
        @{ Because = 'two networks of different kinds'; Id = 'InvalidContainerNetwork'; Do = { Invoke-Image $image -Network host, lab -Detach } }
        @{ Because = 'a network twice'; Id = 'InvalidContainerNetwork'; Do = { Invoke-Image $image -Network lab, lab -Detach } }
        @{ Because = 'a setting of a network that is none'; Id = 'InvalidContainerNetwork'; Do = { Invoke-Image $image -Network 'lab:speed=fast' -Detach } }
        @{ Because = 'an address outside'; Id = 'AddressOutsideSubnet'; Do = { $null = New-ContainerNetwork lab; Invoke-Image $image -Network 'lab:ip=192.0.2.99' -Detach } }
        @{ Because = 'the address of the host'; Id = 'AddressInUse'; Do = { $n = New-ContainerNetwork lab; Invoke-Image $image -Network "lab:ip=$($n.Subnets[0].Gateway)" -Detach } }
        @{ Because = 'a container that is not there'; Id = 'ContainerNotFound'; Do = { Invoke-Image $image -Network container:nobody -Detach } }
        @{ Because = 'a name that cannot be one'; Id = 'InvalidContainerNetworkName'; Do = { New-ContainerNetwork ../up } }
        @{ Because = 'a name that means something else'; Id = 'InvalidContainerNetworkName'; Do = { New-ContainerNetwork host } }
        @{ Because = 'a name that is taken'; Id = 'ContainerNetworkExists'; Do = { New-ContainerNetwork lab, lab } }
        @{ Because = 'a subnet that the host has'; Id = 'SubnetInUse'; Do = { New-ContainerNetwork lab -Subnet 127.0.0.0/24 } }
        @{ Because = 'a subnet without room'; Id = 'SubnetTooSmall'; Do = { New-ContainerNetwork lab -Subnet 198.18.3.0/31 } }
        @{ Because = 'two subnets of a family'; Id = 'TooManySubnets'; Do = { New-ContainerNetwork lab -Subnet 198.18.3.0/24, 198.18.4.0/24 } }
        @{ Because = 'a gateway outside'; Id = 'AddressOutsideSubnet'; Do = { New-ContainerNetwork lab -Subnet 198.18.3.0/24 -Gateway 198.18.4.1 } }
        @{ Because = 'what is no subnet'; Id = 'InvalidPrefix'; Do = { New-ContainerNetwork lab -Subnet 198.18.3.1/24 } }
        @{ Because = 'the bridge of another'; Id = 'BridgeNameInUse'; Do = { New-ContainerNetwork lab -InterfaceName lo } }
        @{ Because = 'to remove what is not there'; Id = 'ContainerNetworkNotFound'; Do = { Remove-ContainerNetwork nowhere } }
        @{ Because = 'to remove what is in use'; Id = 'ContainerNetworkInUse'; Do = { $null = New-ContainerNetwork lab; $null = Invoke-Image $image -Network lab -Detach; Remove-ContainerNetwork lab } }
        @{ Because = 'to connect one that is in the network of the host'; Id = 'ContainerHasNoNetworks'; Do = { $null = New-ContainerNetwork lab; $c = Invoke-Image $image -Network host -Detach; Connect-ContainerNetwork lab $c } }
    ) {
        $problems = @()
        & $Do -ErrorAction SilentlyContinue 2>&1 | ForEach-Object { if ($_ -is [Management.Automation.ErrorRecord]) { $problems += $_ } }
        $problems | Should -HaveCount 1
        $problems[0].FullyQualifiedErrorId | Should -BeLike "$Id,*"
        $problems[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'takes containers off with -Force, says with -WhatIf what it would do, and completes names' {
        $null = New-ContainerNetwork lab
        $container = Invoke-Image $image -Network lab -Name member -Detach
        Remove-ContainerNetwork lab -Force -WhatIf
        (Get-ContainerNetwork lab).Containers | Should -Be 'member'
        (TabExpansion2 -inputScript 'Get-ContainerNetwork la' -cursorColumn 23).CompletionMatches.CompletionText | Should -Contain 'lab'
        (TabExpansion2 -inputScript 'Invoke-Image x -Network container:m' -cursorColumn 35).CompletionMatches.ListItemText | Should -Contain 'container:member'
        Remove-ContainerNetwork lab -Force
        Invoke-Container $container ls /sys/class/net | Should -Be 'lo'
        Get-ContainerNetwork lab -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem.FullyQualifiedErrorId | Should -BeLike 'ContainerNetworkNotFound,*'
        Get-ContainerNetwork la* | Should -BeNullOrEmpty
    }
}

Describe 'CNI configurations' -Skip:(-not ($canRun -and $hasPlugins)) {
    BeforeAll {
        $null = New-Item -ItemType Directory -Force "$work/cni"
        $script:bridge = "cni$PID"
        Set-Content "$work/cni/10-lab.conflist" (@{
                cniVersion = '1.0.0'; name = 'plugged'
                plugins    = @(
                    @{ type = 'bridge'; bridge = $bridge; isGateway = $true; ipMasq = $true; ipam = @{ type = 'host-local'; dataDir = "$work/cni-data"; ranges = , @(@{ subnet = '198.18.21.0/24' }); routes = @(@{ dst = '0.0.0.0/0' }) } }
                    @{ type = 'portmap'; capabilities = @{ portMappings = $true } }
                )
            } | ConvertTo-Json -Depth 9)
        Set-Content "$work/cni/20-broken.conflist" '{ "name": "broken", "plugins": [ { "type": "no-such-plugin" } ] }'
        Set-Content "$work/cni/30-damaged.conflist" '{ "name": '
    }
    AfterEach { Get-Container -All | Remove-Container -Force }
    AfterAll { ip link delete $bridge 2>$null }

    It 'lists them, and runs their plugins for a container' {
        (Get-ContainerNetwork).Name | Should -Be 'broken', 'plugged'
        (Get-ContainerNetwork plugged).Driver | Should -Be 'Cni'
        $container = Invoke-Image $image -Network plugged -Name plug -Publish 127.0.0.1:29771:80 -Entrypoint httpd '-f' '-p' '80' '-h' /etc -Detach
        "$($container.IPAddress)" | Should -BeLike '198.18.21.*'
        Invoke-Container plug ip addr show eth0 | Out-String | Should -BeLike "*inet $($container.IPAddress)/24*"
        curl -s -m 5 http://127.0.0.1:29771/hostname | Should -Be $container.ShortId
        (Get-ContainerNetwork plugged).Containers | Should -Be 'plug'
        Get-ChildItem "$work/cni-data/plugged" | Where-Object Name -Like 198.* | Should -HaveCount 1
        $container | Remove-Container -Force
        # host-local has the address back, and the port is free.
        Get-ChildItem "$work/cni-data/plugged" | Where-Object Name -Like 198.* | Should -BeNullOrEmpty
        curl -s -m 2 http://127.0.0.1:29771/hostname | Should -BeNullOrEmpty
    }

    It 'tells of a plugin that is not there, and leaves nothing' {
        { Invoke-Image $image -Network broken -Detach -ErrorAction Stop } | Should -Throw -ErrorId 'CniPluginNotFound,*'
        { Invoke-Image $image -Network broken -Publish 29772:80 -Detach -ErrorAction Stop } | Should -Throw -ErrorId 'CniCannotPublish,*'
        { Remove-ContainerNetwork plugged -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerNetworkNotOwn,*'
        Get-Container -All | Should -BeNullOrEmpty
        Get-ChildItem "$work/run/networks/sandboxes" | Should -BeNullOrEmpty
    }
}
