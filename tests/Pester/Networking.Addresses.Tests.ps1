#requires -Version 7.6
# Addresses, routes and neighbours.

BeforeDiscovery {
    $missing = 'ip', 'bridge' | Where-Object { -not (Get-Command $_ -CommandType Application -ErrorAction Ignore) }
    $why = if ((id -u) -ne '0') { ' (SKIPPED: needs root)' } elseif ($missing) { " (SKIPPED: not installed, and iproute2 is the oracle: $missing)" }
    $canRun = -not $why
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    Import-Module "$PSScriptRoot/Support/Networks.psm1" -Force
}

AfterAll { Clear-TestNetwork }

Describe "Addresses$why" -Skip:(-not $canRun) {
    AfterEach { Clear-TestNetwork }

    It 'says of every address what ip says' {
        $a = Add-TestNetwork
        $null = New-VethPair v0 w0 -Namespace $a -Up
        foreach ($address in '10.0.0.1/24', '10.0.0.2/24', '192.0.2.1/32', '0.0.0.0/8', 'fd00::1/64', '::ffff:192.0.2.9/128', 'fe80::77/64') {
            $null = New-NetIPAddress $address v0 -Namespace $a -NoDuplicateDetection:($address -like '*:*') -ErrorAction SilentlyContinue
        }
        $null = New-NetIPAddress 10.5.0.1/32 v0 -Namespace $a -PeerAddress 10.5.0.2
        $null = New-NetIPAddress 10.6.0.1/24 v0 -Namespace $a -BroadcastAddress 10.6.0.255 -Label v0:x -Scope Site -ValidLifetime 1000 -PreferredLifetime 500 -RouteMetric 77
        $theirs = Read-Ip $a 'addr' | ForEach-Object { $link = $_; $_.addr_info | Select-Object *, @{ n = 'ifindex'; e = { $link.ifindex } }, @{ n = 'ifname'; e = { $link.ifname } } }
        $ours = Get-NetIPAddress -Namespace $a
        $ours.Count | Should -Be @($theirs).Count
        foreach ($one in $theirs) {
            $mine = $ours | Where-Object { $_.InterfaceIndex -eq $one.ifindex -and "$($_.IPAddress)".Split('%')[0] -eq [string][ipaddress]$one.local }
            $mine | Should -HaveCount 1 -Because $one.local
            $mine.PrefixLength, $mine.InterfaceName | Should -Be @($one.prefixlen, $one.ifname)
            "$($mine.Scope)" | Should -Be $one.scope
            "$($mine.AddressFamily)" | Should -Be @{ inet = 'InterNetwork'; inet6 = 'InterNetworkV6' }[$one.family]
            $mine.Label | Should -Be $one.label
            "$($mine.BroadcastAddress)" | Should -Be "$($one.broadcast)"
            $mine.IsSecondary | Should -Be ([bool]$one.secondary)
            ($mine.State -eq 'Tentative') | Should -Be ([bool]$one.tentative)
            $mine.RouteMetric | Should -Be ($one.metric ?? 0)
            $life = $mine.ValidLifetime -eq [timespan]::MaxValue ? [uint]::MaxValue : $mine.ValidLifetime.TotalSeconds
            [Math]::Abs($life - $one.valid_life_time) | Should -BeLessOrEqual 2
            if ($one.local -like 'fe80*') { $mine.IPAddress.ScopeId | Should -Be $one.ifindex }
        }
        "$(($ours | Where-Object { "$($_.IPAddress)" -eq '10.5.0.1' }).PeerAddress)" | Should -Be '10.5.0.2'
        (Read-Ip $a 'addr show v0').addr_info | Where-Object local -EQ 10.5.0.1 | ForEach-Object address | Should -Be '10.5.0.2'
    }

    It 'removes by address, by pipeline and by wildcard' {
        $a = Add-TestNetwork
        $null = New-VethPair v0 w0 -Namespace $a
        $null = New-NetIPAddress 10.0.0.1, 10.0.1.1, 10.0.2.1, 10.5.0.1 v0 -PrefixLength 24 -Namespace $a
        Remove-NetIPAddress 10.0.0.1 -Namespace $a
        Get-NetIPAddress 10.0.1.1 -Namespace $a | Remove-NetIPAddress
        (Read-Ip $a 'addr show v0').addr_info.local | Should -Be @('10.0.2.1', '10.5.0.1')
        Remove-NetIPAddress 10.0.* v0 -Namespace $a
        (Read-Ip $a 'addr show v0').addr_info.local | Should -Be '10.5.0.1'
    }

    It 'puts links, addresses and gateways together' {
        $a = Add-TestNetwork
        $null = New-VethPair v0 w0 -Namespace $a -Address 10.0.0.1/24, fd00::1/64 -Up
        $null = New-NetRoute default 10.0.0.254 -Namespace $a
        $null = New-NetRoute default fd00::fe -Namespace $a
        $configuration = Get-NetIPConfiguration v0 -Namespace $a
        "$($configuration.IPv4Address)", "$($configuration.IPv4DefaultGateway)", "$($configuration.IPv6DefaultGateway)" | Should -Be @('10.0.0.1/24', '10.0.0.254', 'fd00::fe')
        "$($configuration.IPv6Address)" | Should -BeLike '*fd00::1/64*'
        (Get-NetIPConfiguration -Namespace $a).InterfaceName | Should -Not -Contain 'lo'
        (Get-NetIPConfiguration -All -Namespace $a).InterfaceName | Should -Contain 'lo'
    }
}

Describe "Routes$why" -Skip:(-not $canRun) {
    BeforeEach {
        $a = Add-TestNetwork
        $null = New-VethPair v0 w0 -Namespace $a -Address 10.0.0.1/24, fd00::1/64 -Up
    }
    AfterEach { Clear-TestNetwork }

    It 'says of every route what ip says, in all tables' {
        $number = 100
        foreach ($type in 'Blackhole', 'Unreachable', 'Prohibit', 'Throw') {
            $null = New-NetRoute "10.$((++$number)).0.0/16" -Type $type -Namespace $a
            $null = New-NetRoute "fd00:$number::/64" -Type $type -Namespace $a -RouteMetric 9
        }
        $null = New-NetRoute 10.9.0.0/16 -Path @{ NextHop = '10.0.0.2'; Weight = 3 }, @{ NextHop = '10.0.0.3'; Link = 'v0' } -Namespace $a
        $null = New-NetRoute fd99::/64 -Path @{ NextHop = 'fd00::2'; Weight = 2 }, @{ NextHop = 'fd00::3' } -Namespace $a
        $null = New-NetRoute default 10.0.0.254 -Table 300 -RouteMetric 5 -Namespace $a -Protocol Static -Mtu 1300 -PreferredSource 10.0.0.1
        $null = New-NetRoute 172.16.5.5 -Link v0 -Namespace $a
        $null = New-NetRoute 10.66.0.0/16 fe80::9 -Link v0 -Namespace $a
        $null = New-NetRoute 10.67.0.0/16 198.51.100.1 -Link v0 -OnLink -Namespace $a
        $theirs = @(Read-Ip $a '-4 route show table all') + @(Read-Ip $a '-6 route show table all')
        $ours = Get-NetRoute -Namespace $a -Table all
        $ours.Count | Should -Be $theirs.Count
        $tables = @{ '254' = 'main'; '255' = 'local' }
        $protocols = @{ RouterAdvertisement = 'ra' }
        # ip's word for a full-length prefix is the address alone, and the order of both is the kernel's.
        for ($i = 0; $i -lt $ours.Count; $i++) {
            $mine = $ours[$i]
            $one = $theirs[$i]
            $bits = $mine.AddressFamily -eq 'InterNetwork' ? 32 : 128
            $destination = $mine.IsDefault ? 'default' : $mine.DestinationPrefix.PrefixLength -eq $bits ? "$($mine.DestinationPrefix.BaseAddress)" : "$($mine.DestinationPrefix)"
            $destination | Should -Be $one.dst
            "$($mine.Type)" | Should -Be $one.type
            $mine.InterfaceName | Should -Be $one.dev
            ($tables["$($mine.Table)"] ?? "$($mine.Table)") | Should -Be $one.table
            ($protocols["$($mine.Protocol)"] ?? "$($mine.Protocol)") | Should -Be $one.protocol
            "$($mine.Scope)" | Should -Be $one.scope
            $mine.RouteMetric | Should -Be ($one.metric ?? 0)
            "$($mine.PreferredSource)" | Should -Be "$($one.prefsrc)"
            "$($mine.NextHop)".Split('%')[0] | Should -Be "$($one.gateway ?? $one.via.host)"
            $mine.Mtu | Should -Be $one.metrics.mtu
            $mine.IsOnLink | Should -Be ($one.flags -contains 'onlink')
            $mine.NextHops.Count | Should -Be @($one.nexthops | Where-Object { $_ }).Count
            for ($j = 0; $j -lt $mine.NextHops.Count; $j++) {
                "$($mine.NextHops[$j].NextHop)", $mine.NextHops[$j].InterfaceName, $mine.NextHops[$j].Weight | Should -Be @($one.nexthops[$j].gateway, $one.nexthops[$j].dev, $one.nexthops[$j].weight)
            }
        }
    }

    It 'finds the route that ip finds' -ForEach '10.0.0.77', '10.9.1.1', '127.0.0.1', 'fd00::77' {
        $null = New-NetRoute 10.9.0.0/16 10.0.0.2 -Namespace $a
        $null = Set-NetLink lo -Up -Namespace $a
        $mine = Find-NetRoute $_ -Namespace $a
        $one = Read-Ip $a "route get $_"
        $mine.InterfaceName, "$($mine.NextHop)", "$($mine.PreferredSource)" | Should -Be @($one.dev, "$($one.gateway)", $one.prefsrc)
    }

    It 'removes by destination, by pipeline and by wildcard, in its table' {
        $null = New-NetRoute 10.1.0.0/16, 10.2.0.0/16, 10.3.0.0/16 10.0.0.2 -Namespace $a
        $null = New-NetRoute 10.1.0.0/16 10.0.0.3 -Table 77 -Namespace $a
        $null = New-NetRoute 10.9.0.0/16 -Path @{ NextHop = '10.0.0.2' }, @{ NextHop = '10.0.0.3' } -Namespace $a
        Remove-NetRoute 10.1.0.0/16 -Namespace $a
        (Read-Ip $a '-4 route show table 77').dst | Should -Be '10.1.0.0/16'
        Get-NetRoute 10.2.*, 10.9.* -Namespace $a | Remove-NetRoute
        (Read-Ip $a '-4 route').dst | Should -Be @('10.0.0.0/24', '10.3.0.0/16')
        Remove-NetRoute 10.[13].* -Namespace $a -Table all
        @(Read-Ip $a '-4 route show table 77') | Should -HaveCount 0
        (Read-Ip $a '-4 route').dst | Should -Be '10.0.0.0/24'
    }

    It 'replaces when it is told to' {
        $null = New-NetRoute 10.1.0.0/16 10.0.0.2 -Namespace $a
        (New-NetRoute 10.1.0.0/16 10.0.0.3 -Namespace $a -Replace).NextHop | Should -Be '10.0.0.3'
        @(Read-Ip $a '-4 route show 10.1.0.0/16').gateway | Should -Be '10.0.0.3'
    }

    It 'reads 10,000 routes as ip does' {
        $file = "/tmp/nt$PID-routes"
        try {
            0..9999 | ForEach-Object { "route add 10.$(1 + [Math]::Floor($_ / 2500)).$([Math]::Floor($_ % 2500 / 10)).$($_ % 10 * 16)/28 via 10.0.0.2" } | Set-Content $file
            ip -n $a -batch $file
            $LASTEXITCODE | Should -Be 0
        } finally {
            Remove-Item $file
        }
        $ours = Get-NetRoute -Namespace $a -AddressFamily IPv4
        $theirs = (Read-Ip $a '-4 route').dst
        $ours.Count | Should -Be $theirs.Count
        $ours.Count | Should -BeGreaterThan 10000
        ($ours | ForEach-Object { "$($_.DestinationPrefix)" }) -join ' ' | Should -BeExactly ($theirs -join ' ')
    }
}

Describe "Neighbours$why" -Skip:(-not $canRun) {
    AfterEach { Clear-TestNetwork }

    It 'says of every neighbour what ip says, makes and forgets them' {
        $a = Add-TestNetwork
        $null = New-VethPair v0 w0 -Namespace $a -Address 10.0.0.1/24, fd00::1/64 -Up
        $null = New-NetNeighbor 10.0.0.9 02:00:00:00:00:09 v0 -Namespace $a
        $null = New-NetNeighbor 10.0.0.10 02:00:00:00:00:0a v0 -State Stale -Namespace $a
        $null = New-NetNeighbor fd00::9 02:00:00:00:00:0b v0 -Router -Namespace $a
        $null = New-NetNeighbor 10.0.0.11 -Link v0 -Proxy -Namespace $a
        $theirs = Read-Ip $a 'neigh'
        $ours = Get-NetNeighbor -Namespace $a
        $ours.Count | Should -Be @($theirs).Count
        foreach ($one in $theirs) {
            $mine = $ours | Where-Object { "$($_.IPAddress)".Split('%')[0] -eq $one.dst -and $_.InterfaceName -eq $one.dev }
            (ConvertTo-MacText $mine.LinkLayerAddress) | Should -Be $one.lladdr
            "$($mine.State)" | Should -Be $one.state[0]
            $mine.IsRouter | Should -Be ($one.PSObject.Properties.Name -contains 'router')
        }
        (Get-NetNeighbor -Proxy -Namespace $a).IPAddress | Should -Be '10.0.0.11'
        Remove-NetNeighbor 10.0.0.11 -Proxy -Namespace $a
        @(Read-Ip $a 'neigh show proxy') | Should -HaveCount 0
        Get-NetNeighbor -State Permanent, Stale -Namespace $a | Remove-NetNeighbor
        (Read-Ip $a 'neigh').dst | Should -Not -Contain '10.0.0.9'
    }
}
