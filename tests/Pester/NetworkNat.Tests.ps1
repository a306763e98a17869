# NAT and published ports, in namespaces made for it: one that stands for the host, two behind it, one beyond.
# nft(8) and real traffic are the oracles.
BeforeDiscovery {
    $isRoot = (id -u) -eq 0
    $missing = 'ip', 'nft', 'busybox', 'bash' | Where-Object { -not (Get-Command $_ -ErrorAction Ignore) }
    $why = if (-not $isRoot) { ' (SKIPPED: needs root)' } elseif ($missing) { " (SKIPPED: not installed: $missing)" }
}

Describe "NAT$why" -Skip:([bool]$why) {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1" -Force
        $script:runRoot = $env:NSTOOLS_RUNROOT
        $env:NSTOOLS_RUNROOT = "/tmp/nstools-nat-$([guid]::NewGuid().ToString('n'))"

        function Get-Setting([string] $Name) { ip netns exec $router cat "/proc/sys/net/$Name" }

        # One line from a TCP port; the connection's error otherwise.
        function Read-Tcp([string] $From, [string] $EndPoint) {
            ip netns exec $From timeout 3 bash -c "exec 3<>/dev/tcp/$EndPoint && read -t 3 -u 3 line && echo `"`$line`"" 2>&1
        }

        # What a UDP echo answers; nothing when nothing comes.
        function Read-Udp([string] $From, [string] $EndPoint) {
            ip netns exec $From timeout 3 bash -c "exec 3<>/dev/udp/$EndPoint && echo ping >&3 && dd bs=512 count=1 <&3 2>/dev/null" 2>&1
        }

        # Answers with the client's address: TCP at once, UDP to each datagram.
        $script:program = @'
            $tcp = [Net.Sockets.TcpListener]::new([Net.IPAddress]::IPv6Any, 80); $tcp.Server.DualMode = $true; $tcp.Start()
            $udp = [Net.Sockets.UdpClient]::new(53)
            'ready'
            while ($true) {
                while ($tcp.Pending()) {
                    $client = $tcp.AcceptTcpClient()
                    $client.GetStream().Write([Text.Encoding]::ASCII.GetBytes("tcp $($client.Client.RemoteEndPoint.Address)`n"))
                    $client.Close()
                }
                while ($udp.Available) {
                    $from = [Net.IPEndPoint]::new(0, 0)
                    $null = $udp.Receive([ref]$from)
                    $answer = [Text.Encoding]::ASCII.GetBytes("udp $($from.Address)`n")
                    $null = $udp.Send($answer, $answer.Length, $from)
                }
                [Threading.Thread]::Sleep(5)
            }
'@
        function Invoke-Server([string] $Namespace) {
            $info = [Diagnostics.ProcessStartInfo]::new('ip')
            'netns', 'exec', $Namespace, 'pwsh', '-NoProfile', '-NonInteractive', '-c', $program | ForEach-Object { $info.ArgumentList.Add($_) }
            $info.RedirectStandardOutput = $true
            $server = [Diagnostics.Process]::Start($info)
            $servers.Add($server)
            $ready = $server.StandardOutput.ReadLineAsync()
            if (-not $ready.Wait(30000) -or $ready.Result -ne 'ready') { throw 'The server did not come up.' }
        }

        $script:servers = [Collections.Generic.List[Diagnostics.Process]]::new()
        $script:tag = [guid]::NewGuid().ToString('n').Substring(0, 6)
        $script:router, $script:buda, $script:pest, $script:beyond = 'r', 'b', 'p', 'x' | ForEach-Object { "nn$tag-$_" }
        foreach ($name in $router, $buda, $pest, $beyond) {
            ip netns add $name
            ip -n $name link set lo up
        }
        ip -n $router link add br0 type bridge
        ip -n $router addr add 192.168.77.1/24 dev br0
        ip -n $router addr add fd77::1/64 dev br0 nodad
        ip -n $router link set br0 up
        foreach ($end in @(@($buda, 55), @($pest, 56))) {
            ip -n $router link add "v$($end[1])" type veth peer name eth0 netns $end[0]
            ip -n $router link set "v$($end[1])" master br0 up
            ip -n $end[0] addr add "192.168.77.$($end[1])/24" dev eth0
            ip -n $end[0] addr add "fd77::$($end[1])/64" dev eth0 nodad
            ip -n $end[0] link set eth0 up
            ip -n $end[0] route add default via 192.168.77.1
            ip -n $end[0] route add default via fd77::1
        }
        # Where br_netfilter is loaded, only this lets a machine reach itself by way of the bridge.
        ip netns exec $router bridge link set dev v55 hairpin on
        ip -n $router link add out type veth peer name eth0 netns $beyond
        ip -n $router addr add 203.0.113.1/24 dev out
        ip -n $router addr add 2001:db8::1/64 dev out nodad
        ip -n $router link set out up
        ip -n $beyond addr add 203.0.113.2/24 dev eth0
        ip -n $beyond addr add 2001:db8::2/64 dev eth0 nodad
        ip -n $beyond link set eth0 up
        # Somebody else's rules, counting.
        'add table ip theirs', 'add chain ip theirs post { type nat hook postrouting priority 110 ; }',
        'add rule ip theirs post ip saddr 10.9.9.0/24 masquerade comment "theirs"', 'add table inet filter' |
            ForEach-Object { ip netns exec $router nft $_ }
        $script:theirs = (ip netns exec $router nft -a list ruleset) -join "`n"
        $script:forwarding = Get-Setting ipv4/ip_forward

        Invoke-Server $buda
        Invoke-Server $beyond
    }

    AfterEach {
        # Not with the cmdlets under test.
        $null = ip netns exec $router nft delete table inet nstools
        $null = ip netns exec $router sh -c 'echo 0 > /proc/sys/net/ipv4/ip_forward; echo 0 > /proc/sys/net/ipv4/conf/br0/route_localnet; echo 0 > /proc/sys/net/ipv6/conf/all/forwarding'
    }

    AfterAll {
        foreach ($server in $servers) {
            $server.Kill()
            $server.WaitForExit()
        }
        $router, $buda, $pest, $beyond | ForEach-Object { ip netns delete $_ }
        Remove-Item $env:NSTOOLS_RUNROOT -Recurse -Force -ErrorAction Ignore
        $env:NSTOOLS_RUNROOT = $runRoot
    }

    It 'lets a network out under the address of the router, and puts everything back' {
        Read-Tcp $buda 203.0.113.2/80 | Should -Not -BeLike 'tcp *'

        $nat = New-NetNat lab 192.168.77.0/24 -Namespace $router
        $nat.GetType().FullName | Should -Be 'NsTools.NetNat'
        $nat.InternalIPInterfaceAddressPrefix | Should -Be '192.168.77.0/24'
        Get-Setting ipv4/ip_forward | Should -Be 1
        Read-Tcp $buda 203.0.113.2/80 | Should -Be 'tcp ::ffff:203.0.113.1'
        Read-Udp $pest 203.0.113.2/53 | Should -Be 'udp 203.0.113.1'
        # Within the network nobody's address is changed.
        Read-Tcp $pest 192.168.77.55/80 | Should -Be 'tcp ::ffff:192.168.77.56'
        $found = Get-NetNat -Namespace $router
        $found.Name, $found.Namespace | Should -Be 'lab', $router
        $found.Connections | Should -BeGreaterOrEqual 2

        $found | Remove-NetNat
        (ip netns exec $router nft -a list ruleset) -join "`n" | Should -Be $theirs
        Get-Setting ipv4/ip_forward | Should -Be $forwarding
    }

    It 'publishes TCP: to loopback, to the own address, from a neighbour, from itself, from beyond; and ends it cleanly' {
        $mapping = New-NetNat lab 192.168.77.0/24 -Namespace $router |
            Add-NetNatStaticMapping -ExternalPort 8080 -InternalIPAddress 192.168.77.55 -InternalPort 80
        $mapping.StaticMappingID, $mapping.NatName, $mapping.Protocol, $mapping.ExternalPort | Should -Be 1, 'lab', 'Tcp', 8080

        Read-Tcp $router 127.0.0.1/8080 | Should -Be 'tcp ::ffff:192.168.77.1'
        Read-Tcp $router 192.168.77.1/8080 | Should -BeLike 'tcp ::ffff:192.168.77.1'
        Read-Tcp $pest 192.168.77.1/8080 | Should -Be 'tcp ::ffff:192.168.77.1'
        Read-Tcp $buda 192.168.77.1/8080 | Should -Be 'tcp ::ffff:192.168.77.1'
        Read-Tcp $pest 203.0.113.1/8080 | Should -Be 'tcp ::ffff:192.168.77.1'
        # Who comes from beyond is seen as who it is.
        Read-Tcp $beyond 203.0.113.1/8080 | Should -Be 'tcp ::ffff:203.0.113.2'
        (Get-NetNatStaticMapping -Namespace $router).Connections | Should -Be 6
        Get-Setting ipv4/conf/br0/route_localnet | Should -Be 1

        Get-NetNatStaticMapping 1 -Namespace $router | Remove-NetNatStaticMapping
        Read-Tcp $router 127.0.0.1/8080 | Should -Not -BeLike 'tcp *'
        Read-Tcp $beyond 203.0.113.1/8080 | Should -Not -BeLike 'tcp *'
        Get-Setting ipv4/conf/br0/route_localnet | Should -Be 0
        (Get-NetNat -Namespace $router).Name | Should -Be 'lab'
        Get-NetNatStaticMapping -Namespace $router | Should -BeNullOrEmpty

        Remove-NetNat lab -Namespace $router
        (ip netns exec $router nft -a list ruleset) -join "`n" | Should -Be $theirs
    }

    It 'publishes UDP: to loopback, from a neighbour, from beyond' {
        $null = New-NetNat lab 192.168.77.0/24 -Namespace $router
        $mapping = Add-NetNatStaticMapping lab -Protocol UDP -ExternalPort 5300 -InternalIPAddress 192.168.77.55 -InternalPort 53 -Namespace $router
        $mapping.Protocol | Should -Be 'Udp'
        Read-Udp $router 127.0.0.1/5300 | Should -Be 'udp 192.168.77.1'
        Read-Udp $pest 192.168.77.1/5300 | Should -Be 'udp 192.168.77.1'
        Read-Udp $beyond 203.0.113.1/5300 | Should -Be 'udp 203.0.113.2'

        # With the NAT goes what is published through it.
        Remove-NetNat lab -Namespace $router
        Read-Udp $beyond 203.0.113.1/5300 | Should -Not -BeLike 'udp *'
        (ip netns exec $router nft -a list ruleset) -join "`n" | Should -Be $theirs
        Get-Setting ipv4/conf/br0/route_localnet | Should -Be 0
    }

    It 'publishes on one address only where one is given' {
        $null = New-NetNat lab 192.168.77.0/24 -Namespace $router |
            Add-NetNatStaticMapping -ExternalIPAddress 203.0.113.1 -ExternalPort 8080 -InternalIPAddress 192.168.77.55 -InternalPort 80
        Read-Tcp $beyond 203.0.113.1/8080 | Should -BeLike 'tcp *'
        Read-Tcp $pest 192.168.77.1/8080 | Should -Not -BeLike 'tcp *'
        # Another address has the port free; "any" has not.
        (Add-NetNatStaticMapping lab -ExternalIPAddress 192.168.77.1 -ExternalPort 8080 -InternalIPAddress 192.168.77.55 -InternalPort 80 -Namespace $router).StaticMappingID | Should -Be 2
        Add-NetNatStaticMapping lab -ExternalPort 8080 -InternalIPAddress 192.168.77.55 -InternalPort 80 -Namespace $router -ErrorAction SilentlyContinue -ErrorVariable failed
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'PortAlreadyPublished,*'
    }

    It 'keeps the link from reaching what listens on loopback only' {
        $null = New-NetNat lab 192.168.77.0/24 -Namespace $router |
            Add-NetNatStaticMapping -ExternalPort 8080 -InternalIPAddress 192.168.77.55 -InternalPort 80
        Invoke-Server $router
        Read-Tcp $router 127.0.0.1/80 | Should -BeLike 'tcp *'
        # As CVE-2020-8558 has it: a neighbour sends to 127.0.0.1 over the link.
        ip netns exec $pest sh -c 'echo 1 > /proc/sys/net/ipv4/conf/eth0/route_localnet; ip addr del 127.0.0.1/8 dev lo; ip route add 127.0.0.1 via 192.168.77.1 dev eth0'
        ip netns exec $pest timeout 2 busybox nc -w 1 127.0.0.1 80 | Should -Not -BeLike 'tcp *'
        ip netns exec $pest sh -c 'ip route del 127.0.0.1; ip addr add 127.0.0.1/8 dev lo; echo 0 > /proc/sys/net/ipv4/conf/eth0/route_localnet'
    }

    It 'does IPv6' {
        $null = New-NetNat lab6 fd77::/64 -Namespace $router |
            Add-NetNatStaticMapping -ExternalPort 8080 -InternalIPAddress fd77::55 -InternalPort 80
        Get-Setting ipv6/conf/all/forwarding | Should -Be 1
        Read-Tcp $buda 2001:db8::2/80 | Should -Be 'tcp 2001:db8::1'
        Read-Tcp $beyond 2001:db8::1/8080 | Should -Be 'tcp 2001:db8::2'
        Read-Tcp $pest fd77::1/8080 | Should -Be 'tcp fd77::1'
        Remove-NetNat lab6 -Namespace $router
        Get-Setting ipv6/conf/all/forwarding | Should -Be 0
    }

    It 'leaves forwarding on where it was on, and while another NAT needs it' {
        $null = New-NetNat one 192.168.77.0/24 -Namespace $router
        $null = New-NetNat two 192.168.78.0/24 -Namespace $router
        Remove-NetNat one -Namespace $router
        Get-Setting ipv4/ip_forward | Should -Be 1
        Remove-NetNat two -Namespace $router
        Get-Setting ipv4/ip_forward | Should -Be 0

        $null = ip netns exec $router sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'
        $null = New-NetNat one 192.168.77.0/24 -Namespace $router
        Remove-NetNat one -Namespace $router
        Get-Setting ipv4/ip_forward | Should -Be 1
    }

    It 'undoes what it began when forwarding cannot be switched on' {
        # A namespace whose /proc/sys is read-only, as in most containers.
        $script = "mount -o bind /proc/sys /proc/sys; mount -o remount,ro,bind /proc/sys
            exec pwsh -NoProfile -NonInteractive -c 'Import-Module $PSScriptRoot/../../out/NsTools/NsTools.psd1; New-NetNat lab 192.168.77.0/24 -ErrorAction SilentlyContinue; `$Error[0].FullyQualifiedErrorId'"
        ip netns exec $router unshare --mount sh -c $script | Should -BeLike 'KernelSettingRefused,*'
        (ip netns exec $router nft -a list ruleset) -join "`n" | Should -Be $theirs
    }

    It 'serves commands that come at once: each mapping has a number of its own' {
        $null = New-NetNat lab 192.168.77.0/24 -Namespace $router
        $module = "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
        $numbers = 1..8 | ForEach-Object -Parallel {
            Import-Module $using:module
            (Add-NetNatStaticMapping lab -ExternalPort (9000 + $_) -InternalIPAddress 192.168.77.55 -InternalPort 80 -Namespace $using:router).StaticMappingID
        } -ThrottleLimit 4
        $numbers | Sort-Object | Should -Be (1..8)
        (Get-NetNatStaticMapping -Namespace $router -NatName l*).ExternalPort | Sort-Object | Should -Be (9001..9008)
        (Remove-NetNatStaticMapping (1..8) -Namespace $router -PassThru).StaticMappingID | Should -Be (1..8)
    }

    It 'says what is wrong: <What>' -ForEach @(
        @{ What = 'a name taken'; Script = { New-NetNat lab 192.168.99.0/24 -Namespace $router }; Id = 'NatExists' }
        @{ What = 'a network that overlaps'; Script = { New-NetNat other 192.168.77.128/25 -Namespace $router }; Id = 'NatPrefixOverlaps' }
        @{ What = 'bits behind the prefix'; Script = { New-NetNat other 192.168.79.1/24 -Namespace $router }; Id = 'InvalidPrefix' }
        @{ What = 'a prefix length out of range'; Script = { New-NetNat other 192.168.79.0/33 -Namespace $router }; Id = 'PrefixLengthOutOfRange' }
        @{ What = 'everything'; Script = { New-NetNat other 0.0.0.0/0 -Namespace $router }; Id = 'InvalidPrefix' }
        @{ What = 'a name that cannot be one'; Script = { New-NetNat 'a b' 192.168.79.0/24 -Namespace $router }; Id = 'InvalidNatName' }
        @{ What = 'a NAT that is not there'; Script = { Remove-NetNat none -Namespace $router }; Id = 'NatNotFound' }
        @{ What = 'a NAT that is not there, for publishing'; Script = { Add-NetNatStaticMapping none -InternalIPAddress 192.168.77.55 -InternalPort 80 -Namespace $router }; Id = 'NatNotFound' }
        @{ What = 'a machine elsewhere'; Script = { Add-NetNatStaticMapping lab -InternalIPAddress 192.168.78.55 -InternalPort 80 -Namespace $router }; Id = 'AddressOutsidePrefix' }
        @{ What = 'two address families'; Script = { Add-NetNatStaticMapping lab -ExternalIPAddress :: -InternalIPAddress 192.168.77.55 -InternalPort 80 -Namespace $router }; Id = 'AddressFamilyMismatch' }
        @{ What = 'no route to it'; Script = { New-NetNat far 192.168.98.0/24 -Namespace $router | Add-NetNatStaticMapping -InternalIPAddress 192.168.98.5 -InternalPort 80 }; Id = 'NoRouteToAddress' }
        @{ What = 'a mapping that is not there'; Script = { Remove-NetNatStaticMapping 77 -Namespace $router }; Id = 'StaticMappingNotFound' }
        @{ What = 'a namespace that is not there'; Script = { Get-NetNat -Namespace nstools-none }; Id = 'NamespaceNotFound' }
    ) {
        $null = New-NetNat lab 192.168.77.0/24 -Namespace $router
        $before = (ip netns exec $router nft list ruleset) -join "`n"
        $null = & $Script -ErrorAction SilentlyContinue 2>&1 | Tee-Object -Variable failed
        $failed = @($failed | Where-Object { $_ -is [Management.Automation.ErrorRecord] })
        $failed.Count | Should -Be 1
        $failed[0].FullyQualifiedErrorId | Should -BeLike "$Id,*"
        $failed[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        if ($What -ne 'no route to it') { (ip netns exec $router nft list ruleset) -join "`n" | Should -Be $before }
    }

    It 'matches wildcards, silently when nothing matches, and names the command' {
        $null = New-NetNat lab1 192.168.77.0/24 -Namespace $router
        (Get-NetNat 'lab?' -Namespace $router).Name | Should -Be 'lab1'
        Get-NetNat 'x*' -Namespace $router -ErrorAction Stop | Should -BeNullOrEmpty
        Remove-NetNat 'x*' -Namespace $router -ErrorAction Stop
        Remove-NetNat 'lab*' -Namespace $router -WhatIf
        (Get-NetNat -Namespace $router).Name | Should -Be 'lab1'
        (Remove-NetNat 'lab*' -Namespace $router -PassThru).Name | Should -Be 'lab1'
        New-NetNat lab 192.168.77.0/24 -Namespace $router -Verbose 4>&1 | Where-Object { $_ -is [Management.Automation.VerboseRecord] } |
            Should -BeLike "*ip netns exec $router nft add rule inet nstools postrouting ip saddr 192.168.77.0/24 ip daddr != 192.168.77.0/24 masquerade*"
        (TabExpansion2 "Remove-NetNat -Namespace $router -Name la").CompletionMatches.CompletionText | Should -Contain 'lab'
    }
}
