# iproute2 as the oracle: what ip -j -d and bridge -j -d print of something, and the same computed from our object. A property
# that they print and nothing of ours is compared with fails, and so does one of ours that they do not print.

Import-Module "$PSScriptRoot/Networks.psm1"

# What ip prints of a link, computed from our object; each property is compared by the caller.
$flagNames = @{
    UP = 'Up'; BROADCAST = 'Broadcast'; LOOPBACK = 'Loopback'; POINTOPOINT = 'PointToPoint'; NOARP = 'NoArp'; PROMISC = 'Promiscuous'
    ALLMULTI = 'AllMulticast'; MASTER = 'Master'; SLAVE = 'Slave'; MULTICAST = 'Multicast'; DYNAMIC = 'Dynamic'; LOWER_UP = 'LowerUp'
}
$optionNames = @{
    stp_state = 'Stp'; max_age = 'MaximumAge'; group_fwd_mask = 'GroupForwardMask'; tcn_timer = 'TopologyChangeNotificationTimer'
    group_addr = 'GroupAddress'; mcast_router = 'MulticastRouter'; mcast_snooping = 'MulticastSnooping'; mcast_vlan_snooping = 'MulticastVlanSnooping'
    no_linklocal_learn = 'NoLinkLocalLearn'; mcast_query_use_ifaddr = 'MulticastQueryUseInterfaceAddress'; mcast_querier = 'MulticastQuerier'
    mcast_hash_elasticity = 'MulticastHashElasticity'; mcast_hash_max = 'MulticastHashMaximum'; mcast_last_member_cnt = 'MulticastLastMemberCount'
    mcast_startup_query_cnt = 'MulticastStartupQueryCount'; mcast_last_member_intvl = 'MulticastLastMemberInterval'
    mcast_membership_intvl = 'MulticastMembershipInterval'; mcast_querier_intvl = 'MulticastQuerierInterval'
    mcast_query_intvl = 'MulticastQueryInterval'; mcast_query_response_intvl = 'MulticastQueryResponseInterval'
    mcast_startup_query_intvl = 'MulticastStartupQueryInterval'; mcast_stats_enabled = 'MulticastStatistics'; mcast_igmp_version = 'MulticastIgmpVersion'
    mcast_mld_version = 'MulticastMldVersion'; vlan_stats_enabled = 'VlanStatistics'; vlan_stats_per_port = 'VlanStatisticsPerPort'
    vlan_default_pvid = 'DefaultVlan'; bcqueuelen = 'BroadcastQueueLength'; usedbcqueuelen = 'UsedBroadcastQueueLength'; remote6 = 'Remote'
    local6 = 'Local'; ageing = 'AgeingTime'; udp_csum = 'UdpChecksum'; udp_zero_csum6_tx = 'UdpZeroChecksum6Transmit'
    udp_zero_csum6_rx = 'UdpZeroChecksum6Receive'; df = 'DontFragment'; pi = 'PacketInformation'; vnet_hdr = 'VnetHeader'; persist = 'Persistent'
    user = 'Owner'
}
# Counted down by the kernel between the two looks, or (the range) of no use to anyone.
$volatileOptions = 'hello_timer', 'gc_timer', 'tcn_timer', 'topology_change_timer', 'port_range', 'mcast_querier_state'

function ConvertTo-OptionText {
    param($Value)
    switch ($Value) {
        { $_ -is [bool] } { "$([int]$Value)"; break }
        { $_ -is [timespan] } { "$([long]($Value.TotalMilliseconds / 10))"; break }
        { $_ -is [System.Net.NetworkInformation.PhysicalAddress] } { ConvertTo-MacText $Value; break }
        default { "$Value" }
    }
}

# The counters went up between the two looks of ip, and ours was between them.
function Assert-LinkStatistic {
    param($Link, $Before, $After)
    foreach ($counter in @{ Name = 'ReceivedBytes'; Way = 'rx'; Word = 'bytes' }, @{ Name = 'ReceivedPackets'; Way = 'rx'; Word = 'packets' },
        @{ Name = 'SentBytes'; Way = 'tx'; Word = 'bytes' }, @{ Name = 'SentPackets'; Way = 'tx'; Word = 'packets' }, @{ Name = 'ReceiveDropped'; Way = 'rx'; Word = 'dropped' }) {
        $ours = $Link.Statistics.($counter.Name)
        $ours | Should -BeGreaterOrEqual $Before.($counter.Way).($counter.Word)
        $ours | Should -BeLessOrEqual $After.($counter.Way).($counter.Word)
    }
}

function Assert-Link {
    <#
    .SYNOPSIS
    Every property that ip -j -d -s link prints of a link is ours; nothing that it prints is left out of the comparison.
    #>
    param($Link, $Theirs, $After)
    $because = "it is what ip says of $($Theirs.ifname)"
    $plain = @{
        ifindex = $Link.Index; ifname = $Link.Name; mtu = $Link.Mtu; min_mtu = $Link.MinimumMtu; max_mtu = $Link.MaximumMtu; txqlen = $Link.TransmitQueueLength
        link_type = $Link.LinkType; promiscuity = $Link.Promiscuity; allmulti = $Link.AllMulticast; num_tx_queues = $Link.TransmitQueues
        num_rx_queues = $Link.ReceiveQueues; gso_max_size = $Link.GsoMaximumSize; gso_max_segs = $Link.GsoMaximumSegments
        tso_max_size = $Link.TsoMaximumSize; tso_max_segs = $Link.TsoMaximumSegments; gro_max_size = $Link.GroMaximumSize
        master = $Link.Master; qdisc = $Link.QueueDiscipline; ifalias = $Link.Alias; address = (ConvertTo-MacText $Link.HardwareAddress)
        broadcast = (ConvertTo-MacText $Link.BroadcastAddress); operstate = "$($Link.State)".ToUpperInvariant(); link = $Link.Parent
        link_index = $Link.PeerIndex + $Link.ParentIndex; link_netnsid = $Link.PeerNamespaceId ?? $Link.ParentNamespaceId
        inet6_addr_gen_mode = @{ Eui64 = 'eui64'; None = 'none'; StablePrivacy = 'stable_secret'; Random = 'random' }["$($Link.AddressGeneration)"]
        group = if ($Link.Group -eq 0) { 'default' } else { "$($Link.Group)" }
        altnames = $Link.AlternativeNames -join ' '
    }
    foreach ($property in $Theirs.PSObject.Properties) {
        switch ($property.Name) {
            'flags' {
                # The two that ip computes: not a flag of the kernel's.
                $theirFlags = $property.Value | Where-Object { $_ -notin 'M-DOWN', 'NO-CARRIER' } | ForEach-Object { $flagNames[$_] ?? $_ } | Sort-Object
                $ours = "$($Link.Flags)" -split ', ' | Where-Object { $_ -notin 'Running', 'None' } | Sort-Object
                ($ours -join ' ') | Should -BeExactly ($theirFlags -join ' ') -Because $because
            }
            'altnames' { $plain.altnames | Should -BeExactly ($property.Value -join ' ') -Because $because }
            'linkmode' { $property.Value | Should -Be 'DEFAULT' }
            'linkinfo' { Assert-LinkInformation $Link $property.Value }
            'stats64' { Assert-LinkStatistic -Link $Link -Before $property.Value -After $After.stats64 }
            default {
                $plain.ContainsKey($_) | Should -BeTrue -Because "ip prints '$_', which nothing of ours is compared with"
                $plain[$_] | Should -BeExactly $property.Value -Because "$because ($_)"
            }
        }
    }
}

function Assert-LinkInformation {
    param($Link, $Theirs)
    $Link.Kind | Should -BeExactly $Theirs.info_kind
    $options = if ($Theirs.PSObject.Properties['info_data']) { $Theirs.info_data.PSObject.Properties | Where-Object Name -NotIn $volatileOptions }
    foreach ($option in $options) {
        $name = $optionNames[$option.Name] ?? (($option.Name -split '_' | ForEach-Object { $_.Substring(0, 1).ToUpperInvariant() + $_.Substring(1) }) -join '')
        $Link.Options.ContainsKey($name) | Should -BeTrue -Because "ip prints '$($option.Name)' of $($Link.Kind)"
        $theirText = if ($option.Name -eq 'user') { id -u $option.Value } elseif ($option.Name -eq 'group_fwd_mask') { "$([Convert]::ToInt32("$($option.Value)", 16))" } else { ConvertTo-OptionText $option.Value }
        $ours = $Link.Options[$name]
        if ($option.Name -eq 'ageing') { $ours = [int]$ours.TotalSeconds }
        ConvertTo-OptionText $ours | Should -BeExactly $theirText -Because "ip says so of $($option.Name) of $($Link.Name)"
    }
    if ($Theirs.PSObject.Properties['info_slave_kind']) { $Link.PortKind | Should -BeExactly $Theirs.info_slave_kind }
}

function Assert-Printed {
    <#
    .SYNOPSIS
    What they print and what follows from ours: the same properties, with the same values.
    #>
    param([Parameter(Mandatory)] $Theirs, [Parameter(Mandatory)][hashtable] $Ours, [Parameter(Mandatory)][string] $Of)
    $expected = @{}
    foreach ($name in $Ours.Keys) {
        # What is false or nothing they leave out.
        if ($null -ne $Ours[$name] -and $false -ne $Ours[$name] -and '' -ne "$($Ours[$name])") { $expected[$name] = $Ours[$name] }
    }
    $printed = $Theirs.PSObject.Properties | Where-Object { "$($_.Value)" -ne '' -or $_.Value -isnot [array] }
    ($expected.Keys | Sort-Object) -join ' ' | Should -BeExactly (($printed.Name | Sort-Object) -join ' ') -Because "those are the properties of $Of"
    foreach ($property in $printed) {
        # A property whose presence is all that it says has null for a value.
        if ($null -ne $property.Value) { "$($expected[$property.Name])" | Should -BeExactly "$($property.Value)" -Because "it is the $($property.Name) of $Of" }
    }
}

function Assert-Address {
    <#
    .SYNOPSIS
    Every property that ip -j -d address prints of an address.
    #>
    param($Address, $Theirs)
    # IFA_F_* (linux/if_addr.h)
    $has = { param([int] $Bit) ($Address.Flags -band $Bit) -ne 0 }
    $isIPv4 = $Address.AddressFamily -eq 'InterNetwork'
    $seconds = { param([timespan] $Time) if ($Time -eq [timespan]::MaxValue) { [uint]::MaxValue } else { [uint]$Time.TotalSeconds } }
    # A mapped address ip writes with its IPv4 part in dots, as .NET does.
    $text = { param($One) if ($One) { "$One".Split('%')[0] } }
    $ours = @{
        family = $isIPv4 ? 'inet' : 'inet6'; local = & $text $Address.IPAddress; address = & $text $Address.PeerAddress; prefixlen = $Address.PrefixLength
        scope = "$($Address.Scope)".ToLowerInvariant(); label = $Address.Label; broadcast = & $text $Address.BroadcastAddress
        metric = if ($Address.RouteMetric) { $Address.RouteMetric }; dynamic = -not $Address.IsPermanent
        secondary = $Address.IsSecondary; temporary = -not $isIPv4 -and (& $has 0x1); nodad = & $has 0x2; optimistic = & $has 0x4
        dadfailed = $Address.State -eq 'Duplicate'; home = & $has 0x10; deprecated = & $has 0x20; tentative = $Address.State -eq 'Tentative'
        mngtmpaddr = & $has 0x100; noprefixroute = & $has 0x200; autojoin = & $has 0x400; 'stable-privacy' = & $has 0x800
        valid_life_time = & $seconds $Address.ValidLifetime; preferred_life_time = & $seconds $Address.PreferredLifetime
    }
    # They count down between the two looks.
    foreach ($time in 'valid_life_time', 'preferred_life_time') {
        [Math]::Abs([double]$ours[$time] - $Theirs.$time) | Should -BeLessOrEqual 2
        if ($ours[$time] -ne 0 -or $Theirs.$time -ne 0) { $ours[$time] = $Theirs.$time }
    }
    if ($Theirs.preferred_life_time -eq 0) { $ours.preferred_life_time = '0' }
    Assert-Printed -Theirs $Theirs -Ours $ours -Of "$Address on $($Address.InterfaceName)"
    if ($Address.IPAddress.IsIPv6LinkLocal) { $Address.IPAddress.ScopeId | Should -Be $Address.InterfaceIndex }
}

$protocolNames = @{ RouterAdvertisement = 'ra'; Unspecified = 'unspec' }
$tableNames = @{ 253 = 'default'; 254 = 'main'; 255 = 'local' }
$metricNames = @{
    Mtu = 'mtu'; Window = 'window'; SlowStartThreshold = 'ssthresh'; CongestionWindow = 'cwnd'; AdvertisedSegmentSize = 'advmss'; Reordering = 'reordering'
    HopLimit = 'hoplimit'; InitialCongestionWindow = 'initcwnd'; InitialReceiveWindow = 'initrwnd'; QuickAcknowledgement = 'quickack'
}

function Get-HopFlag {
    param([long] $Flags)
    # RTNH_F_* (linux/rtnetlink.h)
    $names = [ordered]@{ dead = 0x1; onlink = 0x4; pervasive = 0x2; offload = 0x8; trap = 0x40; linkdown = 0x10; unresolved = 0x20 }
    $names.Keys | Where-Object { $Flags -band $names[$_] }
}

function Assert-Route {
    <#
    .SYNOPSIS
    Every property that ip -j -d route prints of a route.
    #>
    param($Route, $Theirs)
    $of = "the route to $Route in table $($Route.Table)"
    $isIPv4 = $Route.AddressFamily -eq 'InterNetwork'
    $bits = $isIPv4 ? 32 : 128
    $hop = "$($Route.NextHop)".Split('%')[0]
    # Of another family than the route's: struct rtvia.
    $isVia = $Route.NextHop -and $Route.NextHop.AddressFamily -ne $Route.AddressFamily
    $ours = @{
        type = "$($Route.Type)".ToLowerInvariant(); table = $tableNames[[int]$Route.Table] ?? "$($Route.Table)"
        dst = $Route.IsDefault ? 'default' : $Route.DestinationPrefix.PrefixLength -eq $bits ? "$($Route.DestinationPrefix.BaseAddress)" : "$($Route.DestinationPrefix)"
        from = $Route.SourcePrefix; tos = if ($Route.TypeOfService) { '0x{0:x2}' -f $Route.TypeOfService }
        gateway = $isVia ? $null : $hop; dev = $Route.InterfaceName; prefsrc = $Route.PreferredSource
        protocol = $protocolNames["$($Route.Protocol)"] ?? "$($Route.Protocol)".ToLowerInvariant(); scope = "$($Route.Scope)".ToLowerInvariant()
        metric = $isIPv4 -and -not $Route.RouteMetric ? $null : "$($Route.RouteMetric)"
        nhid = if ($Route.NextHopId) { $Route.NextHopId }; pref = "$($Route.Preference)".ToLowerInvariant()
    }
    # Compared by themselves: they are objects and lists.
    $rest = 'via', 'flags', 'metrics', 'nexthops', 'expires', 'flow', 'nh_info'
    Assert-Printed -Theirs ($Theirs | Select-Object -ExcludeProperty $rest) -Ours $ours -Of $of
    if ($isVia) { $Theirs.via.host | Should -BeExactly $hop -Because $of } else { $Theirs.PSObject.Properties.Name | Should -Not -Contain 'via' }
    (Get-HopFlag $Route.Flags) -join ' ' | Should -BeExactly ($Theirs.flags -join ' ') -Because "they are the flags of $of"
    $Route.IsOnLink | Should -Be ($Theirs.flags -contains 'onlink')
    $metrics = if ($Theirs.PSObject.Properties['metrics']) { $Theirs.metrics[0].PSObject.Properties | ForEach-Object { "$($_.Name) $($_.Value)" } }
    ($Route.Metrics.Keys | ForEach-Object { "$($metricNames["$_"] ?? "$_") $($Route.Metrics[$_])" } | Sort-Object) -join ', ' |
        Should -BeExactly (($metrics | Sort-Object) -join ', ') -Because "they are the metrics of $of"
    "$($Route.Mtu)" | Should -BeExactly "$($Theirs.metrics.mtu)"
    if ($Route.Lifetime -or $Theirs.PSObject.Properties['expires']) { [Math]::Abs($Route.Lifetime.TotalSeconds - $Theirs.expires) | Should -BeLessOrEqual 2 -Because $of }
    "$($Route.Realms -band 0xffff)" | Should -Be "$($Theirs.flow.to ?? 0)"
    $theirHops = @($Theirs.nexthops | Where-Object { $_ })
    $Route.NextHops.Count | Should -Be $theirHops.Count -Because "they are the paths of $of"
    for ($i = 0; $i -lt $theirHops.Count; $i++) {
        $mine = $Route.NextHops[$i]
        Assert-Printed -Theirs ($theirHops[$i] | Select-Object -ExcludeProperty flags) -Of "path $i of $of" -Ours @{
            gateway = "$($mine.NextHop)".Split('%')[0]; dev = $mine.InterfaceName; weight = $mine.Weight
        }
        (Get-HopFlag $mine.Flags) -join ' ' | Should -BeExactly ($theirHops[$i].flags -join ' ')
    }
}

function Assert-Neighbor {
    <#
    .SYNOPSIS
    Every property that ip -j -d neighbour prints of a neighbour.
    #>
    param($Neighbor, $Theirs)
    Assert-Printed -Theirs $Theirs -Of "the neighbour $Neighbor" -Ours @{
        dst = "$($Neighbor.IPAddress)".Split('%')[0]; dev = $Neighbor.InterfaceName; lladdr = ConvertTo-MacText $Neighbor.LinkLayerAddress
        router = $Neighbor.IsRouter; proxy = $Neighbor.IsProxy; extern_learn = $Neighbor.IsExternallyLearned
        state = if (-not $Neighbor.IsProxy) { "$($Neighbor.State)".ToUpperInvariant() }
        protocol = if ($Neighbor.Protocol -ne 'Unspecified') { "$($Neighbor.Protocol)".ToLowerInvariant() }
    }
}

function Assert-BridgePort {
    <#
    .SYNOPSIS
    Every property that bridge -j -d link prints of a port: those of the link with those of the port.
    #>
    param($Port, $Link, $Theirs)
    $ours = @{
        ifindex = $Port.InterfaceIndex; ifname = $Port.InterfaceName; master = $Port.Bridge; mtu = $Link.Mtu; state = "$($Port.State)".ToLowerInvariant()
        link = $Link.Parent; link_index = $Link.Parent ? $null : $Link.PeerIndex; priority = $Port.Priority; cost = $Port.Cost; mcast_router = $Port.MulticastRouter
        hairpin = $Port.Hairpin; guard = $Port.Guard; root_block = $Port.RootBlock; fastleave = $Port.FastLeave; learning = $Port.Learning; flood = $Port.Flood
        mcast_flood = $Port.MulticastFlood; bcast_flood = $Port.BroadcastFlood; mcast_to_unicast = $Port.MulticastToUnicast
        neigh_suppress = $Port.NeighborSuppression; vlan_tunnel = $Port.VlanTunnel; isolated = $Port.Isolated; locked = $Port.Locked
    }
    foreach ($property in $Theirs.PSObject.Properties) {
        # bridge(8) gives the index of an end in another namespace the name that it has in this one.
        if ($property.Name -eq 'flags' -or ($property.Name -eq 'link' -and $null -ne $Link.PeerNamespaceId)) { continue }
        $ours.ContainsKey($property.Name) | Should -BeTrue -Because "bridge prints '$($property.Name)', which nothing of ours is compared with"
        $ours[$property.Name] | Should -BeExactly $property.Value -Because "it is the $($property.Name) of port $($Port.InterfaceName)"
    }
}

Export-ModuleMember -Function Assert-Link, Assert-Address, Assert-Route, Assert-Neighbor, Assert-BridgePort
