#requires -Version 7.6

BeforeDiscovery {
    $isRoot = (id -u) -eq '0'
    $needsRoot = if ($isRoot) { '' } else { ' (skipped: needs root)' }
    $hasIp = [bool](Get-Command ip -CommandType Application -ErrorAction Ignore)
    $canRun = $isRoot -and $hasIp
    $why = if (-not $hasIp) { ' (skipped: needs iproute2 as the oracle)' } else { $needsRoot }
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    $tag = "nt$PID$(Get-Random -Maximum 1000)"
    $made = [System.Collections.Generic.List[string]]::new()

    # A network namespace of this test's own; AfterEach takes it away with everything in it.
    function NewNamespace {
        $name = "$tag-$($made.Count)"
        ip netns add $name
        if ($LASTEXITCODE -ne 0) { throw "ip netns add $name" }
        $made.Add($name)
        $name
    }

    function RemoveNamespaces {
        $made | Where-Object { Test-Path "/run/netns/$_" } | ForEach-Object { ip netns del $_ }
        $made.Clear()
    }

    function ReadIp { param([string] $Namespace, [string] $Arguments)
        $words = $Arguments.Split(' ')
        $text = ip -n $Namespace -j -d @words
        if ($LASTEXITCODE -ne 0) { throw "ip -n $Namespace $Arguments" }
        # ip pads its lists with empty objects for what it filters out.
        if ($text) { $text | ConvertFrom-Json | Where-Object { $_.PSObject.Properties.Name.Count -gt 0 } }
    }

    function ErrorOf { param([scriptblock] $Do)
        $null = & $Do -ErrorAction SilentlyContinue 2>&1 | Tee-Object -Variable out
        @($out | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] })
    }

    function Mac { param($Address) if ($null -ne $Address) { [BitConverter]::ToString($Address.GetAddressBytes()).Replace('-', ':').ToLowerInvariant() } }

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

    function OptionText { param($Value)
        switch ($Value) {
            { $_ -is [bool] } { "$([int]$Value)"; break }
            { $_ -is [timespan] } { "$([long]($Value.TotalMilliseconds / 10))"; break }
            { $_ -is [System.Net.NetworkInformation.PhysicalAddress] } { Mac $Value; break }
            default { "$Value" }
        }
    }

    # The counters went up between the two looks of ip, and ours was between them.
    function AssertStatistics { param($Link, $Before, $After)
        foreach ($counter in @{ Name = 'ReceivedBytes'; Way = 'rx'; Word = 'bytes' }, @{ Name = 'ReceivedPackets'; Way = 'rx'; Word = 'packets' },
            @{ Name = 'SentBytes'; Way = 'tx'; Word = 'bytes' }, @{ Name = 'SentPackets'; Way = 'tx'; Word = 'packets' }, @{ Name = 'ReceiveDropped'; Way = 'rx'; Word = 'dropped' }) {
            $ours = $Link.Statistics.($counter.Name)
            $ours | Should -BeGreaterOrEqual $Before.($counter.Way).($counter.Word)
            $ours | Should -BeLessOrEqual $After.($counter.Way).($counter.Word)
        }
    }

    function AssertLink { param($Link, $Theirs, $After)
        $because = "it is what ip says of $($Theirs.ifname)"
        $plain = @{
            ifindex = $Link.Index; ifname = $Link.Name; mtu = $Link.Mtu; min_mtu = $Link.MinimumMtu; max_mtu = $Link.MaximumMtu; txqlen = $Link.TransmitQueueLength
            link_type = $Link.LinkType; promiscuity = $Link.Promiscuity; allmulti = $Link.AllMulticast; num_tx_queues = $Link.TransmitQueues
            num_rx_queues = $Link.ReceiveQueues; gso_max_size = $Link.GsoMaximumSize; gso_max_segs = $Link.GsoMaximumSegments
            tso_max_size = $Link.TsoMaximumSize; tso_max_segs = $Link.TsoMaximumSegments; gro_max_size = $Link.GroMaximumSize
            master = $Link.Master; qdisc = $Link.QueueDiscipline; ifalias = $Link.Alias; address = (Mac $Link.HardwareAddress)
            broadcast = (Mac $Link.BroadcastAddress); operstate = "$($Link.State)".ToUpperInvariant(); link = $Link.Parent
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
                'linkinfo' { AssertLinkInfo $Link $property.Value }
                'stats64' { AssertStatistics -Link $Link -Before $property.Value -After $After.stats64 }
                default {
                    $plain.ContainsKey($_) | Should -BeTrue -Because "ip prints '$_', which nothing of ours is compared with"
                    $plain[$_] | Should -BeExactly $property.Value -Because "$because ($_)"
                }
            }
        }
    }

    function AssertLinkInfo { param($Link, $Theirs)
        $Link.Kind | Should -BeExactly $Theirs.info_kind
        $options = if ($Theirs.PSObject.Properties['info_data']) { $Theirs.info_data.PSObject.Properties | Where-Object Name -NotIn $volatileOptions }
        foreach ($option in $options) {
            $name = $optionNames[$option.Name] ?? (($option.Name -split '_' | ForEach-Object { $_.Substring(0, 1).ToUpperInvariant() + $_.Substring(1) }) -join '')
            $Link.Options.ContainsKey($name) | Should -BeTrue -Because "ip prints '$($option.Name)' of $($Link.Kind)"
            $theirText = if ($option.Name -eq 'user') { id -u $option.Value } elseif ($option.Name -eq 'group_fwd_mask') { "$([Convert]::ToInt32("$($option.Value)", 16))" } else { OptionText $option.Value }
            $ours = $Link.Options[$name]
            if ($option.Name -eq 'ageing') { $ours = [int]$ours.TotalSeconds }
            OptionText $ours | Should -BeExactly $theirText -Because "ip says so of $($option.Name) of $($Link.Name)"
        }
        if ($Theirs.PSObject.Properties['info_slave_kind']) { $Link.PortKind | Should -BeExactly $Theirs.info_slave_kind }
    }
}

AfterAll { RemoveNamespaces }

Describe "Links$why" -Skip:(-not $canRun) {
    AfterEach { RemoveNamespaces }

    It 'says of every link of a random topology what ip says' -ForEach (1..3) {
        $random = [Random]::new(4200 + $_)
        $a = NewNamespace; $b = NewNamespace
        foreach ($i in 1..$random.Next(2, 5)) {
            $null = New-NetBridge "br$i" -Namespace $a -Stp:($random.Next(2) -eq 1) -AgeingTime $random.Next(10, 1000) -Priority ($random.Next(1, 15) * 4096)
        }
        foreach ($i in 1..$random.Next(3, 9)) {
            $there = $random.Next(2) -eq 1 ? @{ PeerNamespace = $b } : @{}
            $on = $random.Next(2) -eq 1 ? @{ Bridge = "br$($random.Next(1, 3))" } : @{}
            $null = New-VethPair "v$i" "w$i" -Namespace $a @there @on -Up:($random.Next(2) -eq 1) -Mtu $random.Next(1280, 9000)
        }
        $null = New-NetLink mv0 macvlan -Namespace $b -Link (New-VethPair p0 p1 -Namespace $b).Link -Mode $('private', 'vepa', 'bridge' | Get-Random)
        $null = New-NetLink vx4 vxlan -Namespace $a -Id 42 -Port 4789 -Remote 192.0.2.1 -Local 192.0.2.2 -Ttl 9 -AgeingTime 77
        $null = New-NetLink vx6 vxlan -Namespace $a -Id 43 -Port 4789 -Remote 2001:db8::1
        $null = New-NetLink tun7 tun -Namespace $b -Owner 5
        $null = New-NetLink ifbx ifb -Namespace $b -Group 7 -Alias 'a "description"' -Up
        foreach ($namespace in $a, $b) {
            $theirs = ReadIp $namespace '-s link'
            $ours = Get-NetLink -Namespace $namespace
            $after = ReadIp $namespace '-s link'
            $ours.Count | Should -Be $theirs.Count
            foreach ($link in $theirs) { AssertLink -Link ($ours | Where-Object Index -EQ $link.ifindex) -Theirs $link -After ($after | Where-Object ifindex -EQ $link.ifindex) }
        }
    }

    It 'makes what New-NetLink is asked for, as ip reads it back' {
        $a = NewNamespace
        $link = New-NetLink ifb7 ifb -Namespace $a -Mtu 1400 -HardwareAddress 02:00:00:00:00:07 -Group 3 -Up
        $link.Namespace | Should -Be $a
        $theirs = ReadIp $a 'link show ifb7'
        $theirs.mtu, $theirs.address, $theirs.group, $theirs.linkinfo.info_kind | Should -Be @(1400, '02:00:00:00:00:07', '3', 'ifb')
        $theirs.flags | Should -Contain 'UP'
    }

    It 'changes what Set-NetLink is asked for, as ip reads it back' {
        $a = NewNamespace
        $null = New-NetBridge br0 -Namespace $a
        $changed = (New-VethPair v0 w0 -Namespace $a).Link | Set-NetLink -Up -Mtu 1300 -NewName if.x -Alias words -Group 9 -Promiscuous $true -Master br0 -AddAlternativeName a-rather-long-alternative-name -HardwareAddress 02:00:00:00:00:01
        $changed.Name, $changed.Master, $changed.Alias | Should -Be @('if.x', 'br0', 'words')
        $theirs = ReadIp $a 'link show if.x'
        $theirs.mtu, $theirs.ifalias, $theirs.group, $theirs.master, $theirs.address | Should -Be @(1300, 'words', '9', 'br0', '02:00:00:00:00:01')
        $theirs.flags | Should -Contain 'PROMISC'
        (Get-NetLink a-rather-long-alternative-name -Namespace $a).Name | Should -Be 'if.x'
        $null = Set-NetLink if.x -Namespace $a -NoMaster -Down -Promiscuous $false -Alias '' -RemoveAlternativeName a-rather-long-alternative-name
        $theirs = ReadIp $a 'link show if.x'
        $theirs.PSObject.Properties.Name | Should -Not -Contain 'master'
        $theirs.PSObject.Properties.Name | Should -Not -Contain 'altnames'
        $theirs.flags | Should -Not -Contain 'UP'
        $null = Set-NetLink br0 -Namespace $a -Option @{ Stp = $true; AgeingTime = 60; MulticastSnooping = $false }
        $data = (ReadIp $a 'link show br0').linkinfo.info_data
        $data.stp_state, $data.ageing_time, $data.mcast_snooping | Should -Be @(1, 6000, 0)
    }

    It 'takes names with odd characters and of 15 bytes' -ForEach 'a[b]', 'x*y', '-dash', "h$([char]0xfc)tte", 'fifteen-bytes-x', '"q"', '$(x)' {
        $a = NewNamespace
        (New-NetLink -Name $_ -Kind ifb -Namespace $a).Name | Should -BeExactly $_
        (ReadIp $a 'link').ifname | Should -Contain $_
        (Get-NetLink ([WildcardPattern]::Escape($_)) -Namespace $a).Name | Should -BeExactly $_
        Get-NetLink -Namespace $a | Where-Object Kind -EQ ifb | Remove-NetLink
        (ReadIp $a 'link').ifname | Should -Not -Contain $_
    }

    It 'moves a link to another namespace and back' {
        $a = NewNamespace; $b = NewNamespace
        $null = New-NetLink ifb3 ifb -Namespace $a
        $moved = Move-NetLink ifb3 $b -Namespace $a -NewName inside -PassThru
        $moved.Name, $moved.Namespace | Should -Be @('inside', $b)
        (ReadIp $b 'link').ifname | Should -Contain 'inside'
        (ReadIp $a 'link').ifname | Should -Not -Contain 'ifb3'
        $moved | Move-NetLink -Destination $a
        (ReadIp $a 'link').ifname | Should -Contain 'inside'
    }

    It 'says when a link was moved away between two calls' {
        $a = NewNamespace; $b = NewNamespace
        $link = New-NetLink ifb3 ifb -Namespace $a
        Move-NetLink $link $b
        $said = ErrorOf { $link | Set-NetLink -Up -ErrorAction Continue }
        $said.FullyQualifiedErrorId | Should -BeLike 'LinkNotFound,*'
        (ErrorOf { $link | Remove-NetLink -ErrorAction Continue }).FullyQualifiedErrorId | Should -BeLike 'LinkNotFound,*'
        (ReadIp $b 'link').ifname | Should -Contain 'ifb3'
    }

    It 'removes many at once, and tells what cannot be removed' {
        $a = NewNamespace
        1..20 | ForEach-Object { New-VethPair "v$_" "w$_" -Namespace $a } | Should -HaveCount 20
        $said = ErrorOf { Get-NetLink -Namespace $a | Remove-NetLink -ErrorAction Continue }
        $said | Should -HaveCount 1
        $said.TargetObject.Name | Should -Be 'lo'
        (ReadIp $a 'link').ifname | Should -Be 'lo'
    }

    It 'puts back the group when one of the links does not let itself be removed with the others' {
        $a = NewNamespace
        $links = 1..3 | ForEach-Object { New-NetLink "ifb$_" ifb -Namespace $a -Group 5 }
        ip -n $a link del ifb2
        $said = ErrorOf { $links | Remove-NetLink -ErrorAction Continue }
        $said.FullyQualifiedErrorId | Should -BeLike 'LinkNotFound,*'
        (ReadIp $a 'link').ifname | Should -Be 'lo'
    }

    It 'filters by kind, master and state' {
        $a = NewNamespace
        $null = New-NetBridge br0 -Namespace $a -Up
        $null = New-VethPair v0 w0 -Namespace $a -Bridge br0 -Up
        $null = New-VethPair v1 w1 -Namespace $a
        (Get-NetLink -Namespace $a -Kind veth).Name | Should -Be @('w0', 'v0', 'w1', 'v1')
        (Get-NetLink -Namespace $a -Master br0).Name | Should -Be 'v0'
        (Get-NetLink -Namespace $a -Up).Name | Should -Be @('br0', 'w0', 'v0')
        (Get-NetLink -Namespace $a -Up:$false -Kind veth).Name | Should -Be @('w1', 'v1')
    }

    It 'does nothing with -WhatIf' {
        $a = NewNamespace
        New-NetBridge br0 -Namespace $a -WhatIf
        New-VethPair v0 w0 -Namespace $a -WhatIf
        New-NetLink ifb0 ifb -Namespace $a -WhatIf
        Set-NetLink lo -Up -Namespace $a -WhatIf
        (ReadIp $a 'link').ifname | Should -Be 'lo'
        (ReadIp $a 'link').flags | Should -Not -Contain 'UP'
    }

    It 'completes names of links in the namespace, bridges, and kinds with their settings' {
        $a = NewNamespace
        $null = New-NetBridge bridge-chain -Namespace $a
        $line = "Remove-NetLink -Namespace $a -Link bri"
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Contain 'bridge-chain'
        $line = 'New-NetLink x -Kind vxl'
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Contain 'vxlan'
        $line = 'New-NetLink x -Kind vxlan -Rem'
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Contain '-Remote'
    }

    It 'fits its tables into 100 columns' {
        $a = NewNamespace
        $null = New-NetBridge bridge-of-15-by -Namespace $a -Up
        $null = New-VethPair veth-of-15-byte peer-of-15-byte -Namespace $a -Bridge bridge-of-15-by -Up
        $text = Get-NetLink -Namespace $a | Format-Table | Out-String -Width 100
        $text | Should -Match 'LowerLayerDown|Up'
        $text | Should -Match 'bridge-of-15-by *\r?\n'
    }
}

Describe "New-VethPair$why" -Skip:(-not $canRun) {
    AfterEach { RemoveNamespaces }

    It 'makes a ready cable between two namespaces, on a bridge, that carries packets' {
        $lab = NewNamespace; $buda = NewNamespace; $pest = NewNamespace
        New-NetBridge bridge-chain -Namespace $lab | Set-NetLink -Up | Out-Null
        $pair = New-VethPair veth-buda-host veth-buda-ns -Namespace $lab -PeerNamespace $buda -Bridge bridge-chain -PeerAddress 192.168.0.55/24 -Up
        $null = New-VethPair veth-pest-host veth-pest-ns -Namespace $lab -PeerNamespace $pest -Bridge bridge-chain -PeerAddress 192.168.0.56/24 -Up
        $pair.Link.Master, $pair.Peer.Namespace, $pair.Peer.Name | Should -Be @('bridge-chain', $buda, 'veth-buda-ns')
        $pair.Peer.IsUp, $pair.Peer.HasCarrier, $pair.Link.HasCarrier | Should -Be @($true, $true, $true)
        ip netns exec $buda ping -c 1 -W 5 192.168.0.56 | Out-Null
        $LASTEXITCODE | Should -Be 0
        ip netns exec $pest ping -c 1 -W 5 192.168.0.55 | Out-Null
        $LASTEXITCODE | Should -Be 0
    }

    It 'works step by step too, as the seed does it' {
        $lab = NewNamespace; $buda = NewNamespace
        $null = New-VethPair veth-buda-ns veth-buda-host -Namespace $lab
        Move-NetLink veth-buda-ns $buda -Namespace $lab
        $null = New-NetIPAddress 192.168.0.55/24 veth-buda-ns -Namespace $buda
        $null = 'lo', 'veth-buda-ns' | Set-NetLink -Namespace $buda -Up
        $null = New-NetBridge bridge-chain -Namespace $lab -Up
        $null = Set-NetLink veth-buda-host -Namespace $lab -Up
        $port = Add-NetBridgePort bridge-chain veth-buda-host -Namespace $lab
        $port.Bridge | Should -Be 'bridge-chain'
        (ReadIp $buda 'addr show veth-buda-ns').addr_info.local | Should -Contain '192.168.0.55'
        (ReadIp $lab 'link show veth-buda-host').master | Should -Be 'bridge-chain'
    }

    It 'leaves nothing when a step fails: <Step>' -ForEach @(
        @{ Step = 'the second address is there already'; Id = 'EEXIST,RTM_NEWADDR*'; More = @{ PeerAddress = '10.0.0.1/24', '10.0.0.1/24' } }
        @{ Step = 'no address'; Id = 'InvalidAddress,*'; More = @{ Address = '10.0.0.1.5/24' } }
        @{ Step = 'prefix length out of range'; Id = 'PrefixLengthOutOfRange,*'; More = @{ Address = '10.0.0.1/33' } }
        @{ Step = 'no such bridge'; Id = 'LinkNotFound,*'; More = @{ Bridge = 'nobridge' } }
        @{ Step = 'a master that takes no ports'; Id = '*,RTM_NEWLINK*'; More = @{ Bridge = 'lo' } }
        @{ Step = 'an MTU that cannot be'; Id = '*,RTM_NEWLINK*'; More = @{ Mtu = 10 } }
    ) {
        $a = NewNamespace; $b = NewNamespace
        $said = ErrorOf { New-VethPair v0 w0 -Namespace $a -PeerNamespace $b @More -ErrorAction Continue }
        $said | Should -HaveCount 1
        $said.FullyQualifiedErrorId | Should -BeLike $Id
        (ReadIp $a 'link').ifname | Should -Be 'lo'
        (ReadIp $b 'link').ifname | Should -Be 'lo'
    }

    It 'makes many in one pipeline, and goes on after one that fails' {
        $a = NewNamespace; $b = NewNamespace
        $null = New-NetBridge br0 -Namespace $a -Up
        $null = New-NetLink q3 ifb -Namespace $b
        $said = @(1..12 | ForEach-Object { [pscustomobject]@{ Name = "p$_"; PeerName = "q$_" } } |
                New-VethPair -Namespace $a -PeerNamespace $b -Bridge br0 -Up -ErrorAction SilentlyContinue -ErrorVariable problems)
        $said.Link.Name | Should -Be (1..12 | Where-Object { $_ -ne 3 } | ForEach-Object { "p$_" })
        $said | ForEach-Object { $_.Link.HasCarrier -and $_.Peer.IsUp -and $_.Link.Master -eq 'br0' } | Should -Not -Contain $false
        $problems.FullyQualifiedErrorId | Should -BeLike 'EEXIST,RTM_NEWLINK*'
        (ReadIp $a 'link').ifname | Should -Not -Contain 'p3'
        (ReadIp $b 'link' | Where-Object ifname -EQ q4).flags | Should -Contain 'UP'
    }

    It 'leaves nothing when it is stopped in the middle of a pipeline' {
        $a = NewNamespace
        $script = 'param($module, $name) Import-Module $module; 1..3 | ForEach-Object { if ($_ -eq 3) { Start-Sleep 60 }; [pscustomobject]@{ Name = "p$_"; PeerName = "q$_" } } | New-VethPair -Namespace $name -Up'
        $shell = [powershell]::Create().AddScript($script).AddArgument((Get-Module NsTools).Path).AddArgument($a)
        try {
            $null = $shell.BeginInvoke()
            $limit = [DateTime]::Now.AddSeconds(20)
            while ((ReadIp $a 'link').ifname -notcontains 'p2' -and [DateTime]::Now -lt $limit) { Start-Sleep -Milliseconds 20 }
            (ReadIp $a 'link').ifname | Should -Contain 'p2'
            $shell.Stop()
            (ReadIp $a 'link').ifname | Should -Be 'lo'
        } finally {
            $shell.Dispose()
        }
    }

    It 'refuses a name that is taken at the other end, and leaves nothing' {
        $a = NewNamespace; $b = NewNamespace
        $null = New-NetLink taken ifb -Namespace $b
        $said = ErrorOf { New-VethPair v0 taken -Namespace $a -PeerNamespace $b -ErrorAction Continue }
        $said.FullyQualifiedErrorId | Should -BeLike 'EEXIST,RTM_NEWLINK*'
        $said.CategoryInfo.Category | Should -Be 'ResourceExists'
        (ReadIp $a 'link').ifname | Should -Be 'lo'
    }

    It 'says when the namespace of the other end is gone' {
        $a = NewNamespace
        $said = ErrorOf { New-VethPair v0 w0 -Namespace $a -PeerNamespace "$tag-gone" -ErrorAction Continue }
        $said.FullyQualifiedErrorId | Should -BeLike 'NamespaceNotFound,*'
        (ReadIp $a 'link').ifname | Should -Be 'lo'
    }
}

Describe "Bad input$why" -Skip:(-not $canRun) {
    AfterEach { RemoveNamespaces }

    It 'is one error: <Case>' -ForEach @(
        @{ Case = 'a name of 16 bytes'; Id = 'InvalidLinkName,*'; Do = { New-NetBridge sixteen-bytes-xy -Namespace $a -ErrorAction Continue } }
        @{ Case = 'a name with a slash'; Id = 'InvalidLinkName,*'; Do = { New-NetBridge a/b -Namespace $a -ErrorAction Continue } }
        @{ Case = 'a name that is taken'; Id = 'EEXIST,RTM_NEWLINK*'; Do = { New-NetBridge br0 -Namespace $a -ErrorAction Continue } }
        @{ Case = 'a tun name that is taken'; Id = 'EEXIST,TUNSETIFF*'; Do = { New-NetLink br0 tun -Namespace $a -ErrorAction Continue } }
        @{ Case = 'a kind that the kernel lacks'; Id = 'LinkKindNotSupported,*'; Words = '*nosuchkind*'; Do = { New-NetLink x nosuchkind -Namespace $a -ErrorAction Continue } }
        @{ Case = 'a macvlan without a parent'; Id = 'ParentLinkMissing,*'; Do = { New-NetLink x macvlan -Namespace $a -ErrorAction Continue } }
        @{ Case = 'a setting that the kind lacks'; Id = 'UnknownLinkOption,*'; Do = { Set-NetLink br0 -Option @{ Nonsense = 1 } -Namespace $a -ErrorAction Continue } }
        @{ Case = 'VLANs on a bridge that has none'; Id = 'VlanFilteringNotSupported,*'; Words = '*CONFIG_BRIDGE_VLAN_FILTERING*'; Needs = 'no VLAN filtering'; Do = { New-NetBridge brv -VlanFiltering -Namespace $a -ErrorAction Continue } }
        @{ Case = 'a setting of the wrong type'; Id = 'InvalidLinkOption,*'; Do = { Set-NetLink br0 -Option @{ Priority = 'high' } -Namespace $a -ErrorAction Continue } }
        @{ Case = 'a bridge loop'; Id = 'ELOOP,RTM_SETLINK*'; Words = '*bridge*'; Do = { Add-NetBridgePort br0 br1 -Namespace $a -ErrorAction Continue } }
        @{ Case = 'a link that does not exist'; Id = 'LinkNotFound,*'; Do = { Get-NetLink nope -Namespace $a -ErrorAction Continue } }
        @{ Case = 'removing a link that does not exist'; Id = 'LinkNotFound,*'; Do = { Remove-NetLink nope -Namespace $a -ErrorAction Continue } }
        @{ Case = 'removing the loopback'; Id = 'EOPNOTSUPP,RTM_DELLINK*'; Do = { Remove-NetLink lo -Namespace $a -ErrorAction Continue } }
        @{ Case = 'removing a port that is none'; Id = 'NotABridgePort,*'; Do = { Remove-NetBridgePort br0 -Namespace $a -ErrorAction Continue } }
        @{ Case = 'an address that is there already'; Id = 'EEXIST,RTM_NEWADDR*'; Words = '*already assigned*'; Do = { New-NetIPAddress 10.0.0.1/24 br0 -Namespace $a -ErrorAction Continue } }
        @{ Case = 'no address'; Id = 'InvalidAddress,*'; Do = { New-NetIPAddress 10.1 br0 -Namespace $a -ErrorAction Continue } }
        @{ Case = 'a prefix length out of range'; Id = 'PrefixLengthOutOfRange,*'; Do = { New-NetIPAddress 10.0.0.2 br0 -PrefixLength 40 -Namespace $a -ErrorAction Continue } }
        @{ Case = 'two prefix lengths'; Id = 'InvalidAddress,*'; Do = { New-NetIPAddress 10.0.0.2/24 br0 -PrefixLength 25 -Namespace $a -ErrorAction Continue } }
        @{ Case = 'a peer address of the other family'; Id = 'AddressFamilyMismatch,*'; Do = { New-NetIPAddress 10.0.0.2/24 br0 -PeerAddress fd00::1 -Namespace $a -ErrorAction Continue } }
        @{ Case = 'removing an address that is not there'; Id = 'AddressNotFound,*'; Do = { Remove-NetIPAddress 10.0.0.9 -Namespace $a -ErrorAction Continue } }
        @{ Case = 'a destination with bits behind its prefix'; Id = 'InvalidPrefix,*'; Words = '*10.9.9.0/24*'; Do = { New-NetRoute 10.9.9.9/24 -Link br0 -Namespace $a -ErrorAction Continue } }
        @{ Case = 'a router that is on no network'; Id = 'ENETUNREACH,RTM_NEWROUTE*'; Words = '*invalid gateway*'; Do = { New-NetRoute 10.9.0.0/16 172.16.0.1 -Namespace $a -ErrorAction Continue } }
        @{ Case = 'a route that is there already'; Id = 'EEXIST,RTM_NEWROUTE*'; Do = { 1..2 | ForEach-Object { New-NetRoute 10.8.0.0/16 -Type Blackhole -Namespace $a -ErrorAction Continue } } }
        @{ Case = 'removing a route that is not there'; Id = 'RouteNotFound,*'; Do = { Remove-NetRoute 10.77.0.0/16 -Namespace $a -ErrorAction Continue } }
        @{ Case = 'nowhere to go'; Id = 'ENETUNREACH,RTM_GETROUTE*'; Do = { Find-NetRoute 8.8.8.8 -Namespace $a -ErrorAction Continue } }
        @{ Case = 'a weight out of range'; Id = 'InvalidPath,*'; Do = { New-NetRoute 10.9.0.0/16 -Path @{ NextHop = '10.0.0.2'; Weight = 0 } -Namespace $a -ErrorAction Continue } }
        @{ Case = 'a neighbour that is there already'; Id = 'EEXIST,RTM_NEWNEIGH*'; Do = { 1..2 | ForEach-Object { New-NetNeighbor 10.0.0.7 02:00:00:00:00:07 br0 -Namespace $a -ErrorAction Continue } } }
        @{ Case = 'removing a neighbour that is not known'; Id = 'NeighborNotFound,*'; Do = { Remove-NetNeighbor 10.0.0.66 -Namespace $a -ErrorAction Continue } }
        @{ Case = 'a namespace that does not exist'; Id = 'NamespaceNotFound,*'; Do = { Get-NetRoute -Namespace "$tag-gone" -ErrorAction Continue } }
    ) {
        $a = NewNamespace
        $null = New-NetBridge br0, br1 -Namespace $a
        $null = New-NetIPAddress 10.0.0.1/24 br0 -Namespace $a
        $null = Set-NetLink br0 -Namespace $a -Up
        if ($Needs -and (Test-Path '/sys/class/net/br0/bridge/vlan_filtering')) { Set-ItResult -Skipped -Because 'this kernel has VLAN filtering'; return }
        $before = (ReadIp $a 'link').ifname
        $said = ErrorOf $Do
        $said | Should -HaveCount 1
        $said.FullyQualifiedErrorId | Should -BeLike $Id
        if ($Words) { "$($said.Exception.Message) $($said.ErrorDetails.RecommendedAction)" | Should -BeLike $Words }
        (ReadIp $a 'link').ifname | Should -Be $before
    }

    It 'is silence where a wildcard matches nothing' {
        $a = NewNamespace
        ErrorOf {
            Get-NetLink no* -Namespace $a -ErrorAction Continue
            Remove-NetLink no* -Namespace $a -ErrorAction Continue
            Get-NetIPAddress 9.* -Namespace $a -ErrorAction Continue
            Remove-NetRoute 9.* -Namespace $a -ErrorAction Continue
            Get-NetBridgePort no* -Namespace $a -ErrorAction Continue
        } | Should -BeNullOrEmpty
    }
}

Describe "Bridge ports$why" -Skip:(-not $canRun) {
    AfterEach { RemoveNamespaces }

    It 'says of every port what bridge says, and sets what it is asked to' {
        $a = NewNamespace
        $null = New-NetBridge br0 -Namespace $a -Up
        1..3 | ForEach-Object { $null = New-VethPair "v$_" "w$_" -Namespace $a -Up }
        $null = Add-NetBridgePort br0 v1 -Namespace $a -Priority 7 -Cost 99 -Hairpin $true -Isolated $true -Learning $false
        $null = Get-NetLink v[23] -Namespace $a | Add-NetBridgePort br0 -Guard $true -Flood $false -NeighborSuppression $true
        $names = @{
            hairpin = 'Hairpin'; guard = 'Guard'; root_block = 'RootBlock'; fastleave = 'FastLeave'; learning = 'Learning'; flood = 'Flood'
            mcast_flood = 'MulticastFlood'; bcast_flood = 'BroadcastFlood'; mcast_router = 'MulticastRouter'; mcast_to_unicast = 'MulticastToUnicast'
            neigh_suppress = 'NeighborSuppression'; vlan_tunnel = 'VlanTunnel'; isolated = 'Isolated'; locked = 'Locked'; priority = 'Priority'; cost = 'Cost'
            ifname = 'InterfaceName'; ifindex = 'InterfaceIndex'; master = 'Bridge'
        }
        $theirs = ip netns exec $a bridge -j -d link | ConvertFrom-Json
        $ours = Get-NetBridgePort -Namespace $a -Bridge br0
        $ours | Should -HaveCount 3
        foreach ($port in $theirs) {
            $mine = $ours | Where-Object InterfaceIndex -EQ $port.ifindex
            foreach ($key in $names.Keys | Where-Object { $port.PSObject.Properties[$_] }) { $mine.($names[$key]) | Should -Be $port.$key -Because "bridge says so of $key" }
            "$($mine.State)" | Should -Be $port.state
        }
        $first = $ours | Where-Object InterfaceName -EQ v1
        $first.Priority, $first.Cost, $first.Hairpin, $first.Isolated, $first.Learning | Should -Be @(7, 99, $true, $true, $false)
        $ours | Remove-NetBridgePort
        Get-NetBridgePort -Namespace $a | Should -BeNullOrEmpty
        (ReadIp $a 'link').ifname | Should -Contain 'v1'
    }
}

Describe "Addresses$why" -Skip:(-not $canRun) {
    AfterEach { RemoveNamespaces }

    It 'says of every address what ip says' {
        $a = NewNamespace
        $null = New-VethPair v0 w0 -Namespace $a -Up
        foreach ($address in '10.0.0.1/24', '10.0.0.2/24', '192.0.2.1/32', '0.0.0.0/8', 'fd00::1/64', '::ffff:192.0.2.9/128', 'fe80::77/64') {
            $null = New-NetIPAddress $address v0 -Namespace $a -NoDuplicateDetection:($address -like '*:*') -ErrorAction SilentlyContinue
        }
        $null = New-NetIPAddress 10.5.0.1/32 v0 -Namespace $a -PeerAddress 10.5.0.2
        $null = New-NetIPAddress 10.6.0.1/24 v0 -Namespace $a -BroadcastAddress 10.6.0.255 -Label v0:x -Scope Site -ValidLifetime 1000 -PreferredLifetime 500 -RouteMetric 77
        $theirs = ReadIp $a 'addr' | ForEach-Object { $link = $_; $_.addr_info | Select-Object *, @{ n = 'ifindex'; e = { $link.ifindex } }, @{ n = 'ifname'; e = { $link.ifname } } }
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
        (ReadIp $a 'addr show v0').addr_info | Where-Object local -EQ 10.5.0.1 | ForEach-Object address | Should -Be '10.5.0.2'
    }

    It 'removes by address, by pipeline and by wildcard' {
        $a = NewNamespace
        $null = New-VethPair v0 w0 -Namespace $a
        $null = New-NetIPAddress 10.0.0.1, 10.0.1.1, 10.0.2.1, 10.5.0.1 v0 -PrefixLength 24 -Namespace $a
        Remove-NetIPAddress 10.0.0.1 -Namespace $a
        Get-NetIPAddress 10.0.1.1 -Namespace $a | Remove-NetIPAddress
        (ReadIp $a 'addr show v0').addr_info.local | Should -Be @('10.0.2.1', '10.5.0.1')
        Remove-NetIPAddress 10.0.* v0 -Namespace $a
        (ReadIp $a 'addr show v0').addr_info.local | Should -Be '10.5.0.1'
    }

    It 'puts links, addresses and gateways together' {
        $a = NewNamespace
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
        $a = NewNamespace
        $null = New-VethPair v0 w0 -Namespace $a -Address 10.0.0.1/24, fd00::1/64 -Up
    }
    AfterEach { RemoveNamespaces }

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
        $theirs = @(ReadIp $a '-4 route show table all') + @(ReadIp $a '-6 route show table all')
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
        $one = ReadIp $a "route get $_"
        $mine.InterfaceName, "$($mine.NextHop)", "$($mine.PreferredSource)" | Should -Be @($one.dev, "$($one.gateway)", $one.prefsrc)
    }

    It 'removes by destination, by pipeline and by wildcard, in its table' {
        $null = New-NetRoute 10.1.0.0/16, 10.2.0.0/16, 10.3.0.0/16 10.0.0.2 -Namespace $a
        $null = New-NetRoute 10.1.0.0/16 10.0.0.3 -Table 77 -Namespace $a
        $null = New-NetRoute 10.9.0.0/16 -Path @{ NextHop = '10.0.0.2' }, @{ NextHop = '10.0.0.3' } -Namespace $a
        Remove-NetRoute 10.1.0.0/16 -Namespace $a
        (ReadIp $a '-4 route show table 77').dst | Should -Be '10.1.0.0/16'
        Get-NetRoute 10.2.*, 10.9.* -Namespace $a | Remove-NetRoute
        (ReadIp $a '-4 route').dst | Should -Be @('10.0.0.0/24', '10.3.0.0/16')
        Remove-NetRoute 10.[13].* -Namespace $a -Table all
        @(ReadIp $a '-4 route show table 77') | Should -HaveCount 0
        (ReadIp $a '-4 route').dst | Should -Be '10.0.0.0/24'
    }

    It 'replaces when it is told to' {
        $null = New-NetRoute 10.1.0.0/16 10.0.0.2 -Namespace $a
        (New-NetRoute 10.1.0.0/16 10.0.0.3 -Namespace $a -Replace).NextHop | Should -Be '10.0.0.3'
        @(ReadIp $a '-4 route show 10.1.0.0/16').gateway | Should -Be '10.0.0.3'
    }

    It 'reads 10,000 routes as ip does' {
        $file = "/tmp/$tag-routes"
        try {
            0..9999 | ForEach-Object { "route add 10.$(1 + [Math]::Floor($_ / 2500)).$([Math]::Floor($_ % 2500 / 10)).$($_ % 10 * 16)/28 via 10.0.0.2" } | Set-Content $file
            ip -n $a -batch $file
            $LASTEXITCODE | Should -Be 0
        } finally {
            Remove-Item $file
        }
        $ours = Get-NetRoute -Namespace $a -AddressFamily IPv4
        $theirs = (ReadIp $a '-4 route').dst
        $ours.Count | Should -Be $theirs.Count
        $ours.Count | Should -BeGreaterThan 10000
        ($ours | ForEach-Object { "$($_.DestinationPrefix)" }) -join ' ' | Should -BeExactly ($theirs -join ' ')
    }
}

Describe "Neighbours$why" -Skip:(-not $canRun) {
    AfterEach { RemoveNamespaces }

    It 'says of every neighbour what ip says, makes and forgets them' {
        $a = NewNamespace
        $null = New-VethPair v0 w0 -Namespace $a -Address 10.0.0.1/24, fd00::1/64 -Up
        $null = New-NetNeighbor 10.0.0.9 02:00:00:00:00:09 v0 -Namespace $a
        $null = New-NetNeighbor 10.0.0.10 02:00:00:00:00:0a v0 -State Stale -Namespace $a
        $null = New-NetNeighbor fd00::9 02:00:00:00:00:0b v0 -Router -Namespace $a
        $null = New-NetNeighbor 10.0.0.11 -Link v0 -Proxy -Namespace $a
        $theirs = ReadIp $a 'neigh'
        $ours = Get-NetNeighbor -Namespace $a
        $ours.Count | Should -Be @($theirs).Count
        foreach ($one in $theirs) {
            $mine = $ours | Where-Object { "$($_.IPAddress)".Split('%')[0] -eq $one.dst -and $_.InterfaceName -eq $one.dev }
            (Mac $mine.LinkLayerAddress) | Should -Be $one.lladdr
            "$($mine.State)" | Should -Be $one.state[0]
            $mine.IsRouter | Should -Be ($one.PSObject.Properties.Name -contains 'router')
        }
        (Get-NetNeighbor -Proxy -Namespace $a).IPAddress | Should -Be '10.0.0.11'
        Remove-NetNeighbor 10.0.0.11 -Proxy -Namespace $a
        @(ReadIp $a 'neigh show proxy') | Should -HaveCount 0
        Get-NetNeighbor -State Permanent, Stale -Namespace $a | Remove-NetNeighbor
        (ReadIp $a 'neigh').dst | Should -Not -Contain '10.0.0.9'
    }
}

Describe "Watch-NetEvent$why" -Skip:(-not $canRun) {
    AfterEach { RemoveNamespaces }

    It 'tells of links, addresses, routes and neighbours as they change' {
        $a = NewNamespace
        $null = New-VethPair v0 w0 -Namespace $a -Up
        # It listens before its first output: events are made until it has seen one of each kind.
        $listener = [powershell]::Create().AddScript('param($module, $name) Import-Module $module; Watch-NetEvent -Namespace $name -Timeout 20').AddArgument((Get-Module NsTools).Path).AddArgument($a)
        $seen = [System.Management.Automation.PSDataCollection[psobject]]::new()
        $running = $listener.BeginInvoke([System.Management.Automation.PSDataCollection[psobject]]::new(), $seen)
        try {
            $events = [System.Collections.Generic.List[psobject]]::new()
            $limit = [DateTime]::Now.AddSeconds(15)
            # ReadAll, because enumerating the collection waits for its end.
            while (@($events | ForEach-Object { "$($_.Kind) $($_.Action)" } | Sort-Object -Unique).Count -lt 8 -and [DateTime]::Now -lt $limit) {
                ip -n $a link add ifb0 type ifb
                ip -n $a addr add 10.0.0.1/24 dev v0
                ip -n $a neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev v0
                ip -n $a neigh del 10.0.0.9 dev v0
                ip -n $a addr del 10.0.0.1/24 dev v0
                ip -n $a link del ifb0
                $seen.ReadAll() | ForEach-Object { $events.Add($_) }
            }
            $kinds = $events | ForEach-Object { "$($_.Kind) $($_.Action)" } | Sort-Object -Unique
            foreach ($kind in 'Link', 'Address', 'Route', 'Neighbor') { $kinds | Should -Contain "$kind Changed"; $kinds | Should -Contain "$kind Removed" }
            ($events | Where-Object { $_.Kind -eq 'Address' -and "$($_.Value)" -eq '10.0.0.1/24' })[0].InterfaceName | Should -Be 'v0'
            # Ctrl+C
            $watch = [System.Diagnostics.Stopwatch]::StartNew()
            $listener.Stop()
            $watch.Elapsed.TotalSeconds | Should -BeLessThan 1
        } finally {
            $listener.Dispose()
        }
    }

    It 'ends when its time is over' {
        $a = NewNamespace
        (Measure-Command { Watch-NetEvent -Namespace $a -Timeout 0.3 }).TotalSeconds | Should -BeLessThan 3
    }
}
