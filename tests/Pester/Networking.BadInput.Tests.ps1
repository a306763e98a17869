#requires -Version 7.6
# What networking cmdlets say of bad input: one error, and nothing half-made.

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

Describe "Bad input$why" -Skip:(-not $canRun) {
    AfterEach { Clear-TestNetwork }

    It 'is one error: <Case>' -ForEach @(
        @{ Case = 'a name of 16 bytes'; Id = 'InvalidLinkName,*'; Do = { New-NetBridge sixteen-bytes-xy -Namespace $a -ErrorAction Continue } }
        @{ Case = 'a name with a slash'; Id = 'InvalidLinkName,*'; Do = { New-NetBridge a/b -Namespace $a -ErrorAction Continue } }
        @{ Case = 'a name with a percent sign, which the kernel would fill in'; Id = 'InvalidLinkName,*'; Do = { New-NetLink ifb%d ifb -Namespace $a -ErrorAction Continue } }
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
        @{ Case = 'a namespace that does not exist'; Id = 'NamespaceNotFound,*'; Do = { Get-NetRoute -Namespace "nt$PID-gone" -ErrorAction Continue } }
    ) {
        $a = Add-TestNetwork
        $null = New-NetBridge br0, br1 -Namespace $a
        $null = New-NetIPAddress 10.0.0.1/24 br0 -Namespace $a
        $null = Set-NetLink br0 -Namespace $a -Up
        if ($Needs -and (Test-Path '/sys/class/net/br0/bridge/vlan_filtering')) { Set-ItResult -Skipped -Because 'this kernel has VLAN filtering'; return }
        $before = (Read-Ip $a 'link').ifname
        $said = Get-ErrorOf $Do
        $said | Should -HaveCount 1
        $said.FullyQualifiedErrorId | Should -BeLike $Id
        if ($Words) { "$($said.Exception.Message) $($said.ErrorDetails.RecommendedAction)" | Should -BeLike $Words }
        (Read-Ip $a 'link').ifname | Should -Be $before
    }

    It 'is silence where a wildcard matches nothing' {
        $a = Add-TestNetwork
        Get-ErrorOf {
            Get-NetLink no* -Namespace $a -ErrorAction Continue
            Remove-NetLink no* -Namespace $a -ErrorAction Continue
            Get-NetIPAddress 9.* -Namespace $a -ErrorAction Continue
            Remove-NetRoute 9.* -Namespace $a -ErrorAction Continue
            Get-NetBridgePort no* -Namespace $a -ErrorAction Continue
        } | Should -BeNullOrEmpty
    }
}
