# The networking cmdlets as an ordinary user: inside a user and network namespace of their own, outside of one that is
# theirs, and where they may not.
BeforeDiscovery {
    $isRoot = (id -u) -eq '0'
    $missing = 'ip', 'setpriv', 'unshare', 'nft', 'busybox' | Where-Object { -not (Get-Command $_ -CommandType Application -ErrorAction Ignore) }
    $why = if (-not $isRoot) { ' (SKIPPED: needs root to become another user)' } elseif ($missing) { " (SKIPPED: not installed: $missing)" }
}

Describe "Networking as an ordinary user$why" -Skip:([bool]$why) {
    BeforeAll {
        $script:work = Join-Path ([IO.Path]::GetTempPath()) "nstools-netuser-$([guid]::NewGuid().ToString('n').Substring(0, 8))"
        $null = New-Item -ItemType Directory $work
        chown 65534:65534 $work
        $prelude = @"
`$ErrorActionPreference = 'Stop'
`$env:NSTOOLS_RUNROOT = '$work/run'
Import-Module '$((Resolve-Path "$PSScriptRoot/../../out/NsTools/NsTools.psd1").Path)'
function Id([scriptblock] `$Do) { try { & `$Do } catch { `$_.FullyQualifiedErrorId; "`$(`$_.ErrorDetails.RecommendedAction)" } }

"@
        # Runs a script in a pwsh of the user nobody, behind the words given; gives what it said.
        function Invoke-AsUser([string] $Script, [string[]] $Behind) {
            $file = "$work/script-$([guid]::NewGuid().ToString('n')).ps1"
            Set-Content $file ($prelude + $Script)
            setpriv --reuid 65534 --regid 65534 --clear-groups env "HOME=$work" POWERSHELL_TELEMETRY_OPTOUT=1 @Behind (Get-Process -Id $PID).Path -NoProfile -NonInteractive -File $file 2>&1 | ForEach-Object { "$_" }
        }

        # Links, addresses, routes, neighbours, probes, sockets and NAT: the same words wherever they are said.
        # A new network takes the host's forwarding over (net.core.devconf_inherit_init_net), so it is 0 before NAT or 1.
        $everything = @'
$before = & $readForwarding
$null = Set-NetLink lo -Up @in
$null = New-NetBridge br0 -Up @in
$null = New-VethPair v0 w0 -Bridge br0 -PeerAddress 10.0.0.1/24 -Up @in
$null = New-NetIPAddress 10.0.9.1/24 br0 @in
$null = New-NetRoute default 10.0.0.254 @in
$null = New-NetNeighbor 10.0.0.254 02:00:00:00:00:01 w0 @in
"links: $((Get-NetLink @in).Name)"
"port: $((Get-NetBridgePort @in).InterfaceName)"
"route: $((Get-NetRoute default @in).NextHop) $((Find-NetRoute 10.0.9.77 @in).InterfaceName)"
"neighbour: $((Get-NetNeighbor -State Permanent @in).IPAddress)"
"ping: $((Test-NetConnection 10.0.0.1 @in).PingSucceeded) tcp: $((Test-NetConnection 10.0.0.1 -Port 9 @in).TcpStatus)"
$null = New-NetNat lab 10.0.9.0/24 @in | Add-NetNatStaticMapping -ExternalPort 8080 -InternalIPAddress 10.0.9.2 -InternalPort 80
"nat: $((Get-NetNat @in).InternalIPInterfaceAddressPrefix) $((Get-NetNatStaticMapping @in).ExternalPort) $(& $readForwarding)"
Remove-NetNat lab @in
"nat off: $((Get-NetNat @in).Name) put back $((& $readForwarding) -eq $before)"
"sockets: $(@(Get-NetTCPConnection @in).Count) $(@(Get-NetUDPEndpoint @in).Count)"
Get-NetLink v0 @in | Remove-NetLink
"left: $((Get-NetLink @in).Name)"
'@
        $said = 'links: lo br0 w0 v0', 'port: v0', 'route: 10.0.0.254 br0', 'neighbour: 10.0.0.254', 'ping: True tcp: Refused',
        'nat: 10.0.9.0/24 8080 1', 'nat off:  put back True', 'sockets: 0 0', 'left: lo br0'
    }

    AfterAll {
        # What a failed test has left.
        if (Test-Path "$work/run/namespaces") { Invoke-AsUser 'Remove-Namespace * -Force' }
        Remove-Item -Recurse -Force $work
    }

    It 'does everything inside a user and network namespace of its own' {
        $script = "`$in = @{}; `$readForwarding = { Get-Content /proc/sys/net/ipv4/ip_forward }`n$everything"
        Invoke-AsUser $script -Behind unshare, --user, --map-root-user, --net | Should -Be $said
    }

    It 'makes more networks inside, as root of a user namespace <With>' -ForEach @(
        @{ With = 'that has mounts of its own'; Words = '--mount'; State = 'Pinned' }
        @{ With = 'without mounts of its own'; Words = '--uts'; State = 'Running' }
    ) {
        Invoke-AsUser @'
$set = New-Namespace inner Network
$null = New-VethPair a b -PeerNamespace inner -PeerAddress 10.0.0.1/24 -Up
"$($set.State) $((Get-NetIPAddress 10.0.0.1 -Namespace inner).InterfaceName)"
Remove-Namespace inner
"left: $(Get-ChildItem $env:NSTOOLS_RUNROOT)"
'@ -Behind unshare, --user, --map-root-user, --net, $Words | Should -Be "$State b", 'left: '
    }

    It 'does everything from outside, with -Namespace, and leaves nothing running' {
        $script = "`$lab = New-Namespace lab2 User, Network -MapRootUser; `$in = @{ Namespace = `$lab }`n" +
        "`$readForwarding = { Invoke-Namespace `$lab -FilePath cat -ArgumentList /proc/sys/net/ipv4/ip_forward }`n$everything`n" +
        'Remove-Namespace lab2; "helpers: $(@(Get-ChildItem /proc/[0-9]*/cmdline -ErrorAction Ignore | ForEach-Object { "$(Get-Content $_ -ErrorAction Ignore)" } | Where-Object { $_ -like "*nsrun*network*" }).Count)"'
        Invoke-AsUser $script | Should -Be ($said + 'helpers: 0')
    }

    It 'publishes a port of one namespace to the loopback of its router and to another namespace, all of them their own, from outside' {
        $lines = Invoke-AsUser @'
$module = (Get-Module NsTools).Path
$lab = New-Namespace lab3 User, Network -MapRootUser
# Two more networks that belong to the same user namespace, as long as a process is in each; it says its number first.
$jobs = 'exec busybox nc -ll -p 80 -e echo hello', 'exec sleep 1000' | ForEach-Object {
    Start-ThreadJob { Import-Module $args[0]; Invoke-Namespace $args[1] -Command $args[2] } -ArgumentList $module, $lab, "exec unshare --net sh -c 'echo `$`$; $_'"
}
function Wait-Until([scriptblock] $Condition) {
    $limit = [DateTime]::UtcNow.AddSeconds(20)
    while (-not ($value = & $Condition) -and [DateTime]::UtcNow -lt $limit) { Start-Sleep -Milliseconds 20 }
    $value
}
$buda, $pest = $jobs | ForEach-Object { $job = $_; [int](Wait-Until { Receive-Job $job -Keep | Select-Object -First 1 }) }
$null = Set-NetLink lo -Up -Namespace $lab
$null = New-NetBridge br0 -Up -Namespace $lab
$null = New-NetIPAddress 10.0.0.1/24 br0 -Namespace $lab
$null = New-VethPair va eth0 -Namespace $lab -PeerNamespace $buda -Bridge br0 -PeerAddress 10.0.0.2/24 -Up
$null = New-VethPair vb eth0 -Namespace $lab -PeerNamespace $pest -Bridge br0 -PeerAddress 10.0.0.3/24 -Up
$buda, $pest | ForEach-Object { $null = New-NetRoute default 10.0.0.1 -Namespace $_ }
$null = New-NetNat lab 10.0.0.0/24 -Namespace $lab | Add-NetNatStaticMapping -ExternalPort 8080 -InternalIPAddress 10.0.0.2 -InternalPort 80
"inside: $(Wait-Until { (Test-NetConnection 10.0.0.2 -Port 80 -Namespace $pest).Succeeded })"
"loopback: $((Test-NetConnection 127.0.0.1 -Port 8080 -Namespace $lab).TcpStatus)"
"neighbour: $((Test-NetConnection 10.0.0.1 -Port 8080 -Namespace $pest).TcpStatus)"
Remove-NetNat lab -Namespace $lab
"removed: $((Test-NetConnection 127.0.0.1 -Port 8080 -Namespace $lab).TcpStatus)"
$buda, $pest | ForEach-Object { Stop-Process -Id $_ }
$null = Wait-Job $jobs -Timeout 10
Remove-Namespace lab3 -Force
'@
        $lines | Should -Be 'inside: True', 'loopback: Success', 'neighbour: Success', 'removed: Refused'
    }

    It 'sees from outside what happens inside' {
        $lines = Invoke-AsUser @'
$lab = New-Namespace lab4 User, Network -MapRootUser
$watch = Start-ThreadJob { Import-Module $args[0]; Watch-NetEvent -Namespace $args[1] -Kind Link -Timeout 20 | Select-Object -First 1 } -ArgumentList (Get-Module NsTools).Path, $lab
$limit = [DateTime]::UtcNow.AddSeconds(20)
while ($watch.State -ne 'Completed' -and [DateTime]::UtcNow -lt $limit) { $null = New-NetLink ifb0 ifb -Namespace $lab; Remove-NetLink ifb0 -Namespace $lab }
"event: $((Receive-Job $watch).InterfaceName)"
Remove-Namespace lab4
'@
        $lines | Should -Be 'event: ifb0'
    }

    It 'is told what is missing, where it may not' {
        ip netns add "nu$PID"
        try {
            $lines = Invoke-AsUser @"
Id { New-NetBridge nstools-never }
Id { Get-NetLink -Namespace nu$PID }
Id { Get-NetNat }
Id { New-NetNat x 10.0.0.0/24 -Namespace nu$PID }
Id { Test-NetConnection 127.0.0.1 -Namespace nu$PID }
Id { Get-NetTCPConnection -Namespace nu$PID }
(Get-NetLink lo).Name
"@
            $lines[0] | Should -BeLike 'EPERM,RTM_NEWLINK,*'
            $lines[1] | Should -BeLike '*CAP_NET_ADMIN*'
            $lines[2] | Should -BeLike 'NetworkNamespaceAccessDenied,*'
            $lines[3] | Should -BeLike '*CAP_SYS_ADMIN*New-Namespace -Type User, Network -MapRootUser*'
            $lines[4] | Should -BeLike 'NatAccessDenied,*'
            $lines[5] | Should -BeLike '*CAP_NET_ADMIN*'
            $lines[6, 8, 10] | Should -BeLike 'NetworkNamespaceAccessDenied,*'
            $lines[-1] | Should -Be 'lo'
            ip link show nstools-never 2>&1 | Should -BeLike '*does not exist*'
        } finally {
            ip netns del "nu$PID"
        }
    }
}
