#requires -Version 7.6
# Links: made, changed, moved, removed; cables in one call; bridge ports.

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

Describe "Links$why" -Skip:(-not $canRun) {
    AfterEach { Clear-TestNetwork }

    It 'makes what New-NetLink is asked for, as ip reads it back' {
        $a = Add-TestNetwork
        $link = New-NetLink ifb7 ifb -Namespace $a -Mtu 1400 -HardwareAddress 02:00:00:00:00:07 -Group 3 -Up
        $link.Namespace | Should -Be $a
        $theirs = Read-Ip $a 'link show ifb7'
        $theirs.mtu, $theirs.address, $theirs.group, $theirs.linkinfo.info_kind | Should -Be @(1400, '02:00:00:00:00:07', '3', 'ifb')
        $theirs.flags | Should -Contain 'UP'
    }

    It 'changes what Set-NetLink is asked for, as ip reads it back' {
        $a = Add-TestNetwork
        $null = New-NetBridge br0 -Namespace $a
        $changed = (New-VethPair v0 w0 -Namespace $a).Link | Set-NetLink -Up -Mtu 1300 -NewName if.x -Alias words -Group 9 -Promiscuous $true -Master br0 -AddAlternativeName a-rather-long-alternative-name -HardwareAddress 02:00:00:00:00:01
        $changed.Name, $changed.Master, $changed.Alias | Should -Be @('if.x', 'br0', 'words')
        $theirs = Read-Ip $a 'link show if.x'
        $theirs.mtu, $theirs.ifalias, $theirs.group, $theirs.master, $theirs.address | Should -Be @(1300, 'words', '9', 'br0', '02:00:00:00:00:01')
        $theirs.flags | Should -Contain 'PROMISC'
        (Get-NetLink a-rather-long-alternative-name -Namespace $a).Name | Should -Be 'if.x'
        $null = Set-NetLink if.x -Namespace $a -NoMaster -Down -Promiscuous $false -Alias '' -RemoveAlternativeName a-rather-long-alternative-name
        $theirs = Read-Ip $a 'link show if.x'
        $theirs.PSObject.Properties.Name | Should -Not -Contain 'master'
        $theirs.PSObject.Properties.Name | Should -Not -Contain 'altnames'
        $theirs.flags | Should -Not -Contain 'UP'
        $null = Set-NetLink br0 -Namespace $a -Option @{ Stp = $true; AgeingTime = 60; MulticastSnooping = $false }
        $data = (Read-Ip $a 'link show br0').linkinfo.info_data
        $data.stp_state, $data.ageing_time, $data.mcast_snooping | Should -Be @(1, 6000, 0)
    }

    It 'changes all or nothing: <What>' -ForEach @(
        @{ What = 'an alternative name that is taken, after all else was done'; Id = 'EEXIST,RTM_NEWLINKPROP,*'
            More = @{ NewName = 'other'; Mtu = 1300; Alias = 'new'; Group = 9; TransmitQueueLength = 7; Promiscuous = $true; Master = 'br0'; HardwareAddress = '02-00-00-00-00-01'; Up = $true; AddAlternativeName = 'fresh-one', 'taken-name' } }
        @{ What = 'a master that takes no ports, after the MTU'; Id = '*,RTM_SETLINK,*'; More = @{ Mtu = 1300; Master = 'lo'; Alias = 'new' } }
        @{ What = 'an MTU that cannot be, after the address'; Id = '*,RTM_SETLINK,*'; More = @{ HardwareAddress = '02-00-00-00-00-01'; Mtu = 10; Down = $true } }
        @{ What = 'an alternative name to be taken away that it has not'; Id = '*,RTM_DELLINKPROP,*'; More = @{ Group = 5; AddAlternativeName = 'fresh-one'; RemoveAlternativeName = 'no-such-name' } }
    ) {
        $a = Add-TestNetwork
        $null = New-NetBridge br0 -Namespace $a
        $null = New-VethPair v0 w0 -Namespace $a -Mtu 1400
        $null = Set-NetLink v0 -Namespace $a -Alias old -AddAlternativeName kept-name -Up
        $null = Set-NetLink w0 -Namespace $a -AddAlternativeName taken-name
        $before = Read-Ip $a 'link show v0' | ConvertTo-Json -Depth 9
        $said = Get-ErrorOf { Set-NetLink v0 -Namespace $a @More -ErrorAction Continue }
        $said | Should -HaveCount 1
        $said.FullyQualifiedErrorId | Should -BeLike $Id
        Read-Ip $a 'link show v0' | ConvertTo-Json -Depth 9 | Should -BeExactly $before
    }

    It 'makes a link of every kind that it completes, or names the option that this kernel was built without' {
        $a = Add-TestNetwork
        $null = New-VethPair p0 p1 -Namespace $a
        $config = if (Test-Path /proc/config.gz) { zcat /proc/config.gz }
        $more = @{
            macvlan = @{ Link = 'p0' }; macvtap = @{ Link = 'p0' }; ipvlan = @{ Link = 'p1' }; ipvtap = @{ Link = 'p1' }; vlan = @{ Link = 'p0'; Id = 5 }
            vxlan = @{ Id = 5; Port = 4789 }; geneve = @{ Id = 5; Remote = '192.0.2.1' }; vrf = @{ Table = 10 }
        }
        $line = 'New-NetLink x -Kind '
        $kinds = (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText
        'bridge', 'veth', 'macvlan', 'ipvlan', 'vlan', 'vxlan', 'dummy', 'ifb', 'tun', 'tap' | ForEach-Object { $kinds | Should -Contain $_ }
        foreach ($kind in $kinds) {
            $arguments = $more[$kind] ?? @{}
            $made = New-NetLink "x-$kind" $kind -Namespace $a @arguments -ErrorAction SilentlyContinue -ErrorVariable failed
            if ($made) {
                (Read-Ip $a "link show x-$kind").linkinfo.info_kind | Should -Be ($kind -eq 'tap' ? 'tun' : $kind)
                Remove-NetLink "x-$kind" -Namespace $a
            } else {
                $failed | Should -HaveCount 1 -Because "of $kind"
                $failed[0].FullyQualifiedErrorId | Should -BeLike 'LinkKindNotSupported,*' -Because "of ${kind}: $($failed[0])"
                $failed[0].CategoryInfo.Category | Should -Be 'NotImplemented'
                $option = [regex]::Match("$($failed[0])", 'CONFIG_\w+').Value
                $option | Should -Not -BeNullOrEmpty
                if ($config) { $config | Should -Not -Contain "$option=y" -Because "$kind was refused" }
            }
        }
    }

    It 'takes names with odd characters and of 15 bytes' -ForEach 'a[b]', 'x*y', '-dash', "h$([char]0xfc)tte", 'fifteen-bytes-x', '"q"', '$(x)' {
        $a = Add-TestNetwork
        (New-NetLink -Name $_ -Kind ifb -Namespace $a).Name | Should -BeExactly $_
        (Read-Ip $a 'link').ifname | Should -Contain $_
        (Get-NetLink ([WildcardPattern]::Escape($_)) -Namespace $a).Name | Should -BeExactly $_
        Get-NetLink -Namespace $a | Where-Object Kind -EQ ifb | Remove-NetLink
        (Read-Ip $a 'link').ifname | Should -Not -Contain $_
    }

    It 'goes by alternative names of 127 bytes, with wildcards too' {
        $a = Add-TestNetwork
        $long = 'n' * 127
        $link = New-NetLink ifb0 ifb -Namespace $a | Set-NetLink -AddAlternativeName $long, 'short'
        $link.AlternativeNames | Should -Be @($long, 'short')
        (Read-Ip $a 'link show ifb0').altnames | Should -Be @($long, 'short')
        (Get-NetLink $long -Namespace $a).Name | Should -Be 'ifb0'
        (Get-NetLink sho* -Namespace $a).Name | Should -Be 'ifb0'
        (Set-NetLink short -Namespace $a -Up).IsUp | Should -BeTrue
        Remove-NetLink $long -Namespace $a
        (Read-Ip $a 'link').ifname | Should -Be 'lo'
    }

    It 'moves a link to another namespace and back' {
        $a = Add-TestNetwork; $b = Add-TestNetwork
        $null = New-NetLink ifb3 ifb -Namespace $a
        $moved = Move-NetLink ifb3 $b -Namespace $a -NewName inside -PassThru
        $moved.Name, $moved.Namespace | Should -Be @('inside', $b)
        (Read-Ip $b 'link').ifname | Should -Contain 'inside'
        (Read-Ip $a 'link').ifname | Should -Not -Contain 'ifb3'
        $moved | Move-NetLink -Destination $a
        (Read-Ip $a 'link').ifname | Should -Contain 'inside'
    }

    It 'says when a link was moved away between two calls' {
        $a = Add-TestNetwork; $b = Add-TestNetwork
        $link = New-NetLink ifb3 ifb -Namespace $a
        Move-NetLink $link $b
        $said = Get-ErrorOf { $link | Set-NetLink -Up -ErrorAction Continue }
        $said.FullyQualifiedErrorId | Should -BeLike 'LinkNotFound,*'
        (Get-ErrorOf { $link | Remove-NetLink -ErrorAction Continue }).FullyQualifiedErrorId | Should -BeLike 'LinkNotFound,*'
        (Read-Ip $b 'link').ifname | Should -Contain 'ifb3'
    }

    It 'removes many at once, and tells what cannot be removed' {
        $a = Add-TestNetwork
        1..20 | ForEach-Object { New-VethPair "v$_" "w$_" -Namespace $a } | Should -HaveCount 20
        $said = Get-ErrorOf { Get-NetLink -Namespace $a | Remove-NetLink -ErrorAction Continue }
        $said | Should -HaveCount 1
        $said.TargetObject.Name | Should -Be 'lo'
        (Read-Ip $a 'link').ifname | Should -Be 'lo'
    }

    It 'puts back the group when one of the links does not let itself be removed with the others' {
        $a = Add-TestNetwork
        $links = 1..3 | ForEach-Object { New-NetLink "ifb$_" ifb -Namespace $a -Group 5 }
        ip -n $a link del ifb2
        $said = Get-ErrorOf { $links | Remove-NetLink -ErrorAction Continue }
        $said.FullyQualifiedErrorId | Should -BeLike 'LinkNotFound,*'
        (Read-Ip $a 'link').ifname | Should -Be 'lo'
    }

    It 'leaves nothing of a link that it has removed, in /sys or /proc either' {
        foreach ($round in 1..10) {
            $a = "nt$PID-$round"
            $null = New-NetBridge $a | Set-NetLink -Up
            Remove-NetLink $a
            "/sys/class/net/$a", "/proc/sys/net/ipv4/conf/$a" | Test-Path | Should -BeFalse -Because "round $round"
            { Remove-NetLink $a -ErrorAction Stop } | Should -Throw -ErrorId 'LinkNotFound,*'
        }
    }

    It 'filters by kind, master and state' {
        $a = Add-TestNetwork
        $null = New-NetBridge br0 -Namespace $a -Up
        $null = New-VethPair v0 w0 -Namespace $a -Bridge br0 -Up
        $null = New-VethPair v1 w1 -Namespace $a
        (Get-NetLink -Namespace $a -Kind veth).Name | Should -Be @('w0', 'v0', 'w1', 'v1')
        (Get-NetLink -Namespace $a -Master br0).Name | Should -Be 'v0'
        (Get-NetLink -Namespace $a -Up).Name | Should -Be @('br0', 'w0', 'v0')
        (Get-NetLink -Namespace $a -Up:$false -Kind veth).Name | Should -Be @('w1', 'v1')
    }

    It 'does nothing with -WhatIf' {
        $a = Add-TestNetwork
        New-NetBridge br0 -Namespace $a -WhatIf
        New-VethPair v0 w0 -Namespace $a -WhatIf
        New-NetLink ifb0 ifb -Namespace $a -WhatIf
        Set-NetLink lo -Up -Namespace $a -WhatIf
        (Read-Ip $a 'link').ifname | Should -Be 'lo'
        (Read-Ip $a 'link').flags | Should -Not -Contain 'UP'
    }

    It 'completes names of links in the namespace, bridges, and kinds with their settings' {
        $a = Add-TestNetwork
        $null = New-NetBridge bridge-chain -Namespace $a
        $line = "Remove-NetLink -Namespace $a -Link bri"
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Contain 'bridge-chain'
        $line = 'New-NetLink x -Kind vxl'
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Contain 'vxlan'
        $line = 'New-NetLink x -Kind vxlan -Rem'
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Contain '-Remote'
    }

    It 'fits its tables into 100 columns' {
        $a = Add-TestNetwork
        $null = New-NetBridge bridge-of-15-by -Namespace $a -Up
        $null = New-VethPair veth-of-15-byte peer-of-15-byte -Namespace $a -Bridge bridge-of-15-by -Up
        $text = Get-NetLink -Namespace $a | Format-Table | Out-String -Width 100
        $text | Should -Match 'LowerLayerDown|Up'
        $text | Should -Match 'bridge-of-15-by *\r?\n'
    }
}

Describe "New-VethPair$why" -Skip:(-not $canRun) {
    AfterEach { Clear-TestNetwork }

    It 'makes a ready cable between two namespaces, on a bridge, that carries packets' {
        $lab = Add-TestNetwork; $buda = Add-TestNetwork; $pest = Add-TestNetwork
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
        $lab = Add-TestNetwork; $buda = Add-TestNetwork
        $null = New-VethPair veth-buda-ns veth-buda-host -Namespace $lab
        Move-NetLink veth-buda-ns $buda -Namespace $lab
        $null = New-NetIPAddress 192.168.0.55/24 veth-buda-ns -Namespace $buda
        $null = 'lo', 'veth-buda-ns' | Set-NetLink -Namespace $buda -Up
        $null = New-NetBridge bridge-chain -Namespace $lab -Up
        $null = Set-NetLink veth-buda-host -Namespace $lab -Up
        $port = Add-NetBridgePort bridge-chain veth-buda-host -Namespace $lab
        $port.Bridge | Should -Be 'bridge-chain'
        (Read-Ip $buda 'addr show veth-buda-ns').addr_info.local | Should -Contain '192.168.0.55'
        (Read-Ip $lab 'link show veth-buda-host').master | Should -Be 'bridge-chain'
    }

    It 'leaves nothing when a step fails: <Step>' -ForEach @(
        @{ Step = 'the second address is there already'; Id = 'EEXIST,RTM_NEWADDR*'; More = @{ PeerAddress = '10.0.0.1/24', '10.0.0.1/24' } }
        @{ Step = 'no address'; Id = 'InvalidAddress,*'; More = @{ Address = '10.0.0.1.5/24' } }
        @{ Step = 'prefix length out of range'; Id = 'PrefixLengthOutOfRange,*'; More = @{ Address = '10.0.0.1/33' } }
        @{ Step = 'no such bridge'; Id = 'LinkNotFound,*'; More = @{ Bridge = 'nobridge' } }
        @{ Step = 'a master that takes no ports'; Id = '*,RTM_NEWLINK*'; More = @{ Bridge = 'lo' } }
        @{ Step = 'an MTU that cannot be'; Id = '*,RTM_NEWLINK*'; More = @{ Mtu = 10 } }
    ) {
        $a = Add-TestNetwork; $b = Add-TestNetwork
        $said = Get-ErrorOf { New-VethPair v0 w0 -Namespace $a -PeerNamespace $b @More -ErrorAction Continue }
        $said | Should -HaveCount 1
        $said.FullyQualifiedErrorId | Should -BeLike $Id
        (Read-Ip $a 'link').ifname | Should -Be 'lo'
        (Read-Ip $b 'link').ifname | Should -Be 'lo'
    }

    It 'makes many in one pipeline, and goes on after one that fails' {
        $a = Add-TestNetwork; $b = Add-TestNetwork
        $null = New-NetBridge br0 -Namespace $a -Up
        $null = New-NetLink q3 ifb -Namespace $b
        $said = @(1..12 | ForEach-Object { [pscustomobject]@{ Name = "p$_"; PeerName = "q$_" } } |
                New-VethPair -Namespace $a -PeerNamespace $b -Bridge br0 -Up -ErrorAction SilentlyContinue -ErrorVariable problems)
        $said.Link.Name | Should -Be (1..12 | Where-Object { $_ -ne 3 } | ForEach-Object { "p$_" })
        $said | ForEach-Object { $_.Link.HasCarrier -and $_.Peer.IsUp -and $_.Link.Master -eq 'br0' } | Should -Not -Contain $false
        $problems.FullyQualifiedErrorId | Should -BeLike 'EEXIST,RTM_NEWLINK*'
        (Read-Ip $a 'link').ifname | Should -Not -Contain 'p3'
        (Read-Ip $b 'link' | Where-Object ifname -EQ q4).flags | Should -Contain 'UP'
    }

    It 'leaves nothing when it is stopped in the middle of a pipeline' {
        $a = Add-TestNetwork
        $script = 'param($module, $name) Import-Module $module; 1..3 | ForEach-Object { if ($_ -eq 3) { Start-Sleep 60 }; [pscustomobject]@{ Name = "p$_"; PeerName = "q$_" } } | New-VethPair -Namespace $name -Up'
        $shell = [powershell]::Create().AddScript($script).AddArgument((Get-Module NsTools).Path).AddArgument($a)
        try {
            $null = $shell.BeginInvoke()
            $limit = [DateTime]::Now.AddSeconds(20)
            while ((Read-Ip $a 'link').ifname -notcontains 'p2' -and [DateTime]::Now -lt $limit) { Start-Sleep -Milliseconds 20 }
            (Read-Ip $a 'link').ifname | Should -Contain 'p2'
            $shell.Stop()
            (Read-Ip $a 'link').ifname | Should -Be 'lo'
        } finally {
            $shell.Dispose()
        }
    }

    It 'refuses a name that is taken at the other end, and leaves nothing' {
        $a = Add-TestNetwork; $b = Add-TestNetwork
        $null = New-NetLink taken ifb -Namespace $b
        $said = Get-ErrorOf { New-VethPair v0 taken -Namespace $a -PeerNamespace $b -ErrorAction Continue }
        $said.FullyQualifiedErrorId | Should -BeLike 'EEXIST,RTM_NEWLINK*'
        $said.CategoryInfo.Category | Should -Be 'ResourceExists'
        (Read-Ip $a 'link').ifname | Should -Be 'lo'
    }

    It 'says when the namespace of the other end is gone' {
        $a = Add-TestNetwork
        $said = Get-ErrorOf { New-VethPair v0 w0 -Namespace $a -PeerNamespace "nt$PID-gone" -ErrorAction Continue }
        $said.FullyQualifiedErrorId | Should -BeLike 'NamespaceNotFound,*'
        (Read-Ip $a 'link').ifname | Should -Be 'lo'
    }
}

Describe "Bridge ports$why" -Skip:(-not $canRun) {
    AfterEach { Clear-TestNetwork }

    It 'says of every port what bridge says, and sets what it is asked to' {
        $a = Add-TestNetwork
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
        (Read-Ip $a 'link').ifname | Should -Contain 'v1'
    }
}
