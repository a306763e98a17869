# Test-NetConnection, across a router between two namespaces made for it.
BeforeDiscovery {
    $isRoot = (id -u) -eq 0
    $missing = 'ip', 'setpriv', 'busybox' | Where-Object { -not (Get-Command $_ -ErrorAction Ignore) }
    $why = if (-not $isRoot) { ' (SKIPPED: needs root)' } elseif ($missing) { " (SKIPPED: not installed: $missing)" }
}

Describe "Test-NetConnection$why" -Skip:([bool]$why) {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1" -Force
        $tag = [guid]::NewGuid().ToString('n').Substring(0, 6)
        $script:near, $script:router, $script:far = 'n', 'r', 'f' | ForEach-Object { "np$tag-$_" }
        foreach ($name in $near, $router, $far) {
            ip netns add $name
            ip -n $name link set lo up
        }
        foreach ($side in @(@($near, 1), @($far, 2))) {
            ip -n $router link add "v$($side[1])" type veth peer name eth0 netns $side[0]
            ip -n $router addr add "10.88.$($side[1]).1/24" dev "v$($side[1])"
            ip -n $router addr add "fd88:$($side[1])::1/64" dev "v$($side[1])" nodad
            ip -n $router link set "v$($side[1])" up
            ip -n $side[0] addr add "10.88.$($side[1]).2/24" dev eth0
            ip -n $side[0] addr add "fd88:$($side[1])::2/64" dev eth0 nodad
            ip -n $side[0] link set eth0 up
            ip -n $side[0] route add default via "10.88.$($side[1]).1"
            ip -n $side[0] route add default via "fd88:$($side[1])::1"
        }
        ip netns exec $router sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding'
        ip netns exec $near sh -c 'echo "1 0" > /proc/sys/net/ipv4/ping_group_range'
        $info = [Diagnostics.ProcessStartInfo]::new('ip')
        'netns', 'exec', $far, 'busybox', 'nc', '-ll', '-p', '80', '-e', 'true' | ForEach-Object { $info.ArgumentList.Add($_) }
        $script:server = [Diagnostics.Process]::Start($info)
    }

    AfterAll {
        $server.Kill()
        $server.WaitForExit()
        $near, $router, $far | ForEach-Object { ip netns delete $_ }
    }

    Context '<Kind> sockets' -ForEach @(@{ Kind = 'raw'; Range = '1 0' }, @{ Kind = 'ping'; Range = '0 2147483647' }) {
        BeforeAll {
            ip netns exec $near sh -c "echo '$Range' > /proc/sys/net/ipv4/ping_group_range"
        }

        It 'gets an echo over <_>' -ForEach '10.88.2.2', 'fd88:2::2' {
            $test = Test-NetConnection $_ -Namespace $near -Count 3
            $test.GetType().FullName | Should -Be 'NsTools.NetConnectionTest'
            $test.PingSucceeded | Should -BeTrue
            $test.Succeeded | Should -BeTrue
            $test.PingReplies.SequenceNumber | Should -Be 1, 2, 3
            $test.PingReplies.Address | Sort-Object -Unique | Should -Be $_
            $test.RoundTripTime | Should -BeGreaterThan ([timespan]::Zero)
            $test.RoundTripTime | Should -BeLessThan ([timespan]::FromSeconds(2))
            $test.InterfaceAlias | Should -Be 'eth0'
            $test.SourceAddress | Should -BeIn '10.88.1.2', 'fd88:1::2'
            $test.Namespace | Should -Be $near
            $test.TcpTestSucceeded | Should -BeNullOrEmpty
        }

        It 'finds the way to <Address>' -ForEach @{ Address = '10.88.2.2'; Router = '10.88.1.1' }, @{ Address = 'fd88:2::2'; Router = 'fd88:1::1' } {
            $test = Test-NetConnection $Address -Namespace $near -TraceRoute
            $test.TraceRoute.Address | Should -Be $Router, $Address
            $test.TraceRoute.Status | Should -Be TimeExceeded, Success
            $test.TraceRoute.Hop | Should -Be 1, 2
            (Test-NetConnection $Address -Namespace $near -TraceRoute -Hops 1).TraceRoute.Address | Should -Be $Router
        }

        It 'says that a router knows no way' {
            # Linux says so at most every two seconds, counted from the last request, answered or not.
            $deadline = [datetime]::UtcNow.AddSeconds(15)
            do {
                $test = Test-NetConnection 10.99.0.1 -Namespace $near -TimeoutSeconds 3
            } until ($test.PingReplies[0].Status -ne 'TimedOut' -or [datetime]::UtcNow -gt $deadline)
            $test.PingSucceeded | Should -BeFalse
            $test.PingReplies[0].Status | Should -Be 'Unreachable'
            $test.PingReplies[0].Address | Should -Be '10.88.1.1'
        }
    }

    It 'says that nothing leads there, when this side knows it already' {
        ip -n $router route add blackhole 10.77.0.0/24
        $test = Test-NetConnection 10.99.0.1 -Namespace $router
        $test.PingSucceeded | Should -BeFalse
        $test.PingReplies[0].Status | Should -Be 'Unreachable'
        $test.SourceAddress | Should -BeNullOrEmpty
    }

    It 'waits no longer than it is told' {
        # Echo requests are dropped over there.
        ip netns exec $far sh -c 'echo 1 > /proc/sys/net/ipv4/icmp_echo_ignore_all'
        try {
            $took = Measure-Command { $script:test = Test-NetConnection 10.88.2.2 -Namespace $near -TimeoutSeconds 0.3 }
            $test.PingReplies[0].Status | Should -Be 'TimedOut'
            $test.RoundTripTime | Should -BeNullOrEmpty
            $took.TotalSeconds | Should -BeGreaterOrEqual 0.3
            $took.TotalSeconds | Should -BeLessThan 2
        } finally {
            ip netns exec $far sh -c 'echo 0 > /proc/sys/net/ipv4/icmp_echo_ignore_all'
        }
    }

    It 'connects to a TCP port, and says when nobody listens' {
        $deadline = [datetime]::UtcNow.AddSeconds(10)
        do {
            $test = Test-NetConnection 10.88.2.2 -Port 80 -Namespace $near
        } until ($test.TcpTestSucceeded -or [datetime]::UtcNow -gt $deadline)
        $test.TcpTestSucceeded | Should -BeTrue
        $test.RemotePort | Should -Be 80
        $test.RoundTripTime | Should -BeGreaterThan ([timespan]::Zero)
        $test.PingSucceeded | Should -BeNullOrEmpty
        $test = Test-NetConnection 10.88.2.2 81 -Namespace $near
        $test.TcpTestSucceeded | Should -BeFalse
        $test.TcpStatus | Should -Be 'Refused'
        Test-NetConnection 10.88.2.2 81 -Namespace $near -InformationLevel Quiet | Should -BeExactly $false
        Test-NetConnection 10.88.2.2 -CommonTCPPort HTTP -Namespace $near -InformationLevel Quiet | Should -BeExactly $true
        $test = Test-NetConnection 10.88.2.2 -CommonTCPPort WinRM -Namespace $near
        $test.RemotePort, "$($test.TcpStatus)" | Should -Be 5985, 'Refused'
        '10.88.2.2' | Test-NetConnection -Namespace $near -InformationLevel Quiet | Should -BeExactly $true
    }

    It 'resolves names, and says which it could not, going on with the others' {
        $tests = Test-NetConnection 'nothing.invalid', 'localhost' -Namespace $near -ErrorAction SilentlyContinue -ErrorVariable failed
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'NameNotResolved,*'
        $failed[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $tests.ComputerName | Should -Be 'localhost'
        $tests.PingSucceeded | Should -BeTrue
    }

    It 'says what is missing when an ordinary user may send no echo requests, and tests TCP all the same' {
        ip netns exec $near sh -c 'echo "1 0" > /proc/sys/net/ipv4/ping_group_range'
        $script = "Import-Module '$PSScriptRoot/../../out/NsTools/NsTools.psd1'
            Test-NetConnection 10.88.2.2 -ErrorAction SilentlyContinue; `$Error[0].FullyQualifiedErrorId; (Test-NetConnection 10.88.2.2 81).TcpStatus"
        $said = ip netns exec $near setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/tmp pwsh -NoProfile -NonInteractive -c $script
        $said[0] | Should -BeLike 'PingNotAllowed,*'
        $said[1] | Should -Be 'Refused'
    }
}
