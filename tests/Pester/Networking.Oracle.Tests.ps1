#requires -Version 7.6
# iproute2 as the oracle, on topologies that a random number makes: every property that ip -j -d and bridge -j -d print is ours.

BeforeDiscovery {
    $missing = 'ip', 'bridge' | Where-Object { -not (Get-Command $_ -CommandType Application -ErrorAction Ignore) }
    $why = if ((id -u) -ne '0') { ' (SKIPPED: needs root)' } elseif ($missing) { " (SKIPPED: not installed: $missing)" }
    $canRun = -not $why
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    Import-Module "$PSScriptRoot/Support/Networks.psm1" -Force
    Import-Module "$PSScriptRoot/Support/NetworkOracle.psm1" -Force

    # A link's name of 1 to 15 bytes, of characters that the kernel takes and shells, JSON and wildcards do not like.
    function NextName([Random] $Random, [string] $Prefix) {
        $odd = '[', ']', '*', '?', '$', '"', "'", '\', '`', '(', ')', '&', '|', ';', '<', '>', '@', '~', '#', ',', '=', '+', '-', '.', '_', "$([char]0xfc)", "$([char]0x4e2d)"
        $name = $Prefix
        while ($true) {
            $next = $name + $odd[$Random.Next($odd.Count)]
            if ([Text.Encoding]::UTF8.GetByteCount($next) -gt 15 -or ($name -ne $Prefix -and $Random.Next(8) -eq 0)) { return $name }
            $name = $next
        }
    }

    # Half of the world by iproute2, half by us: who made a thing must not matter to who reads it.
    function MakeWorld([Random] $Random, [string] $Here, [string] $There) {
        $coin = { $Random.Next(2) -eq 1 }
        foreach ($namespace in $Here, $There) {
            # Addresses are final at once, and the links do not talk of their own accord.
            ip netns exec $namespace sh -c 'for f in all default; do echo 0 > /proc/sys/net/ipv6/conf/$f/accept_dad; done'
            $null = Set-NetLink lo -Up -Namespace $namespace
        }
        $bridges = foreach ($i in 1..$Random.Next(1, 4)) {
            $name = NextName $Random "br$i"
            $null = New-NetBridge $name -Namespace $Here -AgeingTime $Random.Next(10, 1000) -Priority ($Random.Next(1, 15) * 4096) -Up:(& $coin)
            $name
        }
        foreach ($i in 1..$Random.Next(4, 9)) {
            $name = NextName $Random "v$i"
            $peer = NextName $Random "w$i"
            $far = & $coin
            if (& $coin) {
                if ($far) { ip -n $Here link add $name mtu $Random.Next(1280, 9000) type veth peer name $peer netns $There } else { ip -n $Here link add $name type veth peer name $peer }
            } else {
                $to = $far ? @{ PeerNamespace = $There } : @{}
                $on = (& $coin) ? @{ Bridge = $bridges | Select-Object -Index $Random.Next(@($bridges).Count) } : @{}
                $null = New-VethPair $name $peer -Namespace $Here @to @on -Up:(& $coin) -Mtu $Random.Next(1280, 9000)
            }
            if (& $coin) { ip -n $Here link property add dev $name altname "alternative name number $i of $name".Replace(' ', '-') }
        }
        $base = (New-VethPair p0 p1 -Namespace $There -Up).Link
        $null = New-NetLink (NextName $Random mv) macvlan -Namespace $There -Link $base -Mode $('private', 'vepa', 'bridge' | Select-Object -Index $Random.Next(3))
        $null = New-NetLink (NextName $Random mt) macvtap -Namespace $There -Link $base
        $null = New-NetLink (NextName $Random x4) vxlan -Namespace $Here -Id $Random.Next(1, 1000) -Port 4789 -Remote 192.0.2.1 -Local 192.0.2.2 -Ttl 9 -AgeingTime 77
        $null = New-NetLink (NextName $Random x6) vxlan -Namespace $Here -Id $Random.Next(1001, 2000) -Port 4789 -Remote 2001:db8::1
        $null = New-NetLink (NextName $Random tn) tun -Namespace $There -Owner 5
        $null = New-NetLink (NextName $Random tp) tap -Namespace $There
        $null = New-NetLink (NextName $Random if) ifb -Namespace $There -Group 7 -Alias 'a "description"' -Up
    }

    function AddAddresses([Random] $Random, [string] $Namespace) {
        $links = Get-NetLink -Namespace $Namespace | Where-Object Name -NE lo
        foreach ($link in $links | Where-Object { $Random.Next(2) -eq 1 }) {
            $n = $Random.Next(1, 200)
            if ($Random.Next(2) -eq 1) {
                $null = New-NetIPAddress "10.$n.0.1/24", "10.$n.0.2/24", "fd00:$($n)::1/64", "::ffff:192.0.2.$n/128", "fe80::$($n):77/64" $link -NoDuplicateDetection -ErrorAction SilentlyContinue
                $null = New-NetIPAddress "172.16.$n.1/32" $link -PeerAddress "172.17.$n.2"
                $null = New-NetIPAddress "10.210.$n.1/24" $link -BroadcastAddress "10.210.$n.255" -Scope Site -ValidLifetime 1000 -PreferredLifetime 500 -RouteMetric 77
            } else {
                ip -n $Namespace addr add "10.$n.1.1/24" brd + noprefixroute dev $link.Name
                ip -n $Namespace addr add "fd01:$($n)::1/64" nodad home mngtmpaddr dev $link.Name
                ip -n $Namespace addr add "fd02:$($n)::1/64" nodad valid_lft 900 preferred_lft 0 dev $link.Name
                ip -n $Namespace addr add "fd03:$($n)::2" peer "fd03:$($n)::3/64" nodad dev $link.Name
            }
        }
    }

    function AddRoutes([Random] $Random, [string] $Namespace) {
        $null = New-VethPair r0 r1 -Namespace $Namespace -Address 10.250.0.1/24, fd50::1/64 -Up
        $null = New-NetIPAddress fd50::5/64 r0 -Namespace $Namespace -NoDuplicateDetection
        foreach ($i in 1..$Random.Next(3, 9)) {
            $n = $i * 8 + $Random.Next(8)
            $type = 'Blackhole', 'Unreachable', 'Prohibit', 'Throw' | Select-Object -Index $Random.Next(4)
            $null = New-NetRoute "10.251.$n.0/24" -Type $type -Namespace $Namespace -Table $Random.Next(1, 200)
            $null = New-NetRoute "fd51:$($n)::/64" -Type $type -Namespace $Namespace -RouteMetric $Random.Next(1, 5000)
            $null = New-NetRoute "10.252.$n.0/24" -Path @{ NextHop = '10.250.0.2'; Weight = $Random.Next(1, 257) }, @{ NextHop = "10.250.0.$($n + 3)"; Link = 'r0' } -Namespace $Namespace
            $null = New-NetRoute "fd52:$($n)::/64" -Path @{ NextHop = 'fd50::2'; Weight = 2 }, @{ NextHop = 'fd50::3' } -Namespace $Namespace
            ip -n $Namespace route add "10.253.$n.0/24" via 10.250.0.9 mtu $Random.Next(600, 1500) advmss 1200 hoplimit 9 initcwnd 3 initrwnd 4 quickack 1 proto bird table $Random.Next(300, 9000)
            ip -n $Namespace route add "10.254.$n.0/24" tos 0x10 via 10.250.0.9 realm 7
            ip -n $Namespace route add "fd53:$($n)::/64" via fd50::9 pref $('low', 'high' | Select-Object -Index $Random.Next(2)) expires $Random.Next(300, 900)
        }
        $null = New-NetRoute default 10.250.0.254 -Table 300 -RouteMetric 5 -Namespace $Namespace -Protocol Static -Mtu 1300 -PreferredSource 10.250.0.1
        $null = New-NetRoute default fd50::fe -Namespace $Namespace
        $null = New-NetRoute 172.16.5.5 -Link r0 -Namespace $Namespace
        $null = New-NetRoute 10.66.0.0/16 fe80::9 -Link r0 -Namespace $Namespace
        $null = New-NetRoute 10.67.0.0/16 198.51.100.1 -Link r0 -OnLink -Namespace $Namespace
        ip -n $Namespace nexthop add id 5 via 10.250.0.77 dev r0
        ip -n $Namespace route add 10.68.0.0/16 nhid 5
        $null = New-NetNeighbor 10.250.0.9 02:00:00:00:00:09 r0 -Namespace $Namespace
        $null = New-NetNeighbor fd50::9 02:00:00:00:00:0b r0 -Router -Namespace $Namespace
        $null = New-NetNeighbor 10.250.0.11 -Link r0 -Proxy -Namespace $Namespace
        ip -n $Namespace neigh add 10.250.0.12 lladdr 02:00:00:00:00:0c dev r0 nud permanent extern_learn protocol bird
        ip -n $Namespace neigh add fe80::12 lladdr 02:00:00:00:00:0d dev r0 nud permanent
    }
}

AfterAll { Clear-TestNetwork }

Describe "What iproute2 says$why" -Skip:(-not $canRun) {
    AfterEach { Clear-TestNetwork }

    It 'of every link, address, route, neighbour and port of random topology <_> is what we say' -ForEach (1..3) {
        $random = [Random]::new(4200 + $_)
        $here = Add-TestNetwork
        $there = Add-TestNetwork
        MakeWorld -Random $random -Here $here -There $there
        $count = @{ Link = 0; Address = 0; Route = 0; Neighbor = 0; Port = 0 }
        foreach ($namespace in $here, $there) {
            AddAddresses $random $namespace
            AddRoutes $random $namespace
            # What comes of switching links on (carrier, port states, addresses that the kernel makes) has settled when two looks agree.
            $previous = $null
            $limit = [DateTime]::UtcNow.AddSeconds(20)
            while (($now = "$(ip -n $namespace -j -d address) $(ip -n $namespace -j route show table all)" -replace '"(\w+_timer|\w+_life_time|expires)":[\d.]+') -ne $previous -and [DateTime]::UtcNow -lt $limit) {
                $previous = $now
                Start-Sleep -Milliseconds 50
            }

            $before = Read-Ip $namespace '-s link'
            $links = Get-NetLink -Namespace $namespace
            $after = Read-Ip $namespace '-s link'
            $links.Count | Should -Be @($before).Count
            foreach ($one in $before) {
                Assert-Link -Link ($links | Where-Object Index -EQ $one.ifindex) -Theirs $one -After ($after | Where-Object ifindex -EQ $one.ifindex)
                $count.Link++
            }

            $addresses = @(Get-NetIPAddress -Namespace $namespace)
            $theirs = @(Read-Ip $namespace 'addr' | ForEach-Object { $link = $_; $link.addr_info | Where-Object { $_ } | ForEach-Object { [pscustomobject]@{ Link = $link.ifname; Value = $_ } } })
            $addresses.Count | Should -Be $theirs.Count
            foreach ($one in $theirs) {
                $mine = @($addresses | Where-Object { $_.InterfaceName -ceq $one.Link -and "$($_.IPAddress)".Split('%')[0] -eq [string][ipaddress]$one.Value.local })
                $mine | Should -HaveCount 1 -Because "$($one.Value.local) is on $($one.Link)"
                # ::ffff:192.0.2.9 is written so by both.
                $one.Value.local | Should -BeExactly "$($mine[0].IPAddress)".Split('%')[0]
                Assert-Address -Address $mine[0] -Theirs $one.Value
                $count.Address++
            }

            $routes = @(Get-NetRoute -Namespace $namespace -Table all)
            $theirs = @(Read-Ip $namespace '-4 route show table all') + @(Read-Ip $namespace '-6 route show table all')
            $routes.Count | Should -Be $theirs.Count
            # The order of both is the kernel's.
            for ($i = 0; $i -lt $routes.Count; $i++) { Assert-Route -Route $routes[$i] -Theirs $theirs[$i] }
            $count.Route += $routes.Count

            $neighbors = @(Get-NetNeighbor -Namespace $namespace) + @(Get-NetNeighbor -Namespace $namespace -Proxy -State None)
            $theirs = @(Read-Ip $namespace 'neigh') + @(Read-Ip $namespace 'neigh show proxy')
            $neighbors.Count | Should -Be $theirs.Count
            foreach ($one in $theirs) {
                $mine = $neighbors | Where-Object { "$($_.IPAddress)".Split('%')[0] -eq $one.dst -and $_.InterfaceName -ceq $one.dev }
                Assert-Neighbor -Neighbor $mine -Theirs $one
                $count.Neighbor++
            }

            $ports = @(Get-NetBridgePort -Namespace $namespace)
            $theirs = @(ip netns exec $namespace bridge -j -d link | ConvertFrom-Json | Where-Object { $_ })
            $ports.Count | Should -Be $theirs.Count
            foreach ($one in $theirs) {
                Assert-BridgePort -Port ($ports | Where-Object InterfaceIndex -EQ $one.ifindex) -Link ($links | Where-Object Index -EQ $one.ifindex) -Theirs $one
                $count.Port++
            }
        }
        $count.Link | Should -BeGreaterThan 20
        $count.Address | Should -BeGreaterThan 10
        $count.Route | Should -BeGreaterThan 60
        $count.Neighbor | Should -BeGreaterOrEqual 10
    }
}
