# Get-NetTCPConnection and Get-NetUDPEndpoint on the real kernel; ss(8) is the oracle.
BeforeDiscovery {
    $isRoot = (id -u) -eq 0
    $hasPeers = [bool](Get-Command ss -ErrorAction Ignore) -and [bool](Get-Command ip -ErrorAction Ignore)
}

Describe 'Sockets' -Skip:(-not $hasPeers) {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1" -Force

        # What ss prints of one protocol, as "LOCAL REMOTE STATE PID".
        function Get-Expected([string] $Option, [string] $Namespace) {
            $lines = if ($Namespace) { ip netns exec $Namespace ss $Option } else { ss $Option }
            foreach ($line in $lines) {
                $words = -split $line
                $processId = if ($line -match 'pid=(\d+)') { $Matches[1] } else { '0' }
                '{0} {1} {2} {3}' -f ($words[3] -replace '\*:', '0.0.0.0:'), ($words[4] -replace '\*:\*', '0.0.0.0:0' -replace ':\*$', ':0'), $words[0], $processId
            }
        }

        function ConvertTo-EndPoint([ipaddress] $Address, [int] $Port) {
            if ($Address.AddressFamily -eq 'InterNetworkV6') { "[$Address]:$Port" } else { "${Address}:$Port" }
        }
    }

    BeforeEach {
        $script:sockets = [Collections.Generic.List[IDisposable]]::new()
        $script:listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $listener.Start()
        $script:port = $listener.LocalEndpoint.Port
        $sockets.Add($listener)
    }

    AfterEach {
        foreach ($socket in $sockets) { $socket.Dispose() }
    }

    It 'shows a listener with its process' {
        $found = Get-NetTCPConnection -LocalPort $port
        $found.GetType().FullName | Should -Be 'NsTools.NetTcpConnection'
        $found.State | Should -Be 'Listen'
        $found.LocalAddress | Should -Be '127.0.0.1'
        $found.RemotePort | Should -Be 0
        $found.OwningProcess | Should -Be $PID
        (ss -tlnpH "sport = :$port") | Should -BeLike "*pid=$PID,*"
    }

    It 'shows both ends of a connection, and filters by remote end and state' {
        $client = [Net.Sockets.TcpClient]::new('127.0.0.1', $port)
        $sockets.Add($client)
        $accepted = $listener.AcceptTcpClient()
        $sockets.Add($accepted)
        $here = Get-NetTCPConnection -RemotePort $port -State Established
        $here.LocalPort | Should -Be $client.Client.LocalEndPoint.Port
        $here.OwningProcess | Should -Be $PID
        $there = Get-NetTCPConnection -LocalPort $port -RemotePort $client.Client.LocalEndPoint.Port
        $there.RemoteAddress.MapToIPv4() | Should -Be '127.0.0.1'
        Get-NetTCPConnection -LocalPort $port -State TimeWait -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        @(Get-NetTCPConnection -State Listen).State | Sort-Object -Unique | Should -Be 'Listen'
    }

    It 'shows a closed connection as TimeWait, owned by nobody' {
        $client = [Net.Sockets.TcpClient]::new('127.0.0.1', $port)
        $accepted = $listener.AcceptTcpClient()
        $local = $client.Client.LocalEndPoint.Port
        $client.Close()
        $accepted.Close()
        $deadline = [datetime]::UtcNow.AddSeconds(10)
        do {
            $waiting = Get-NetTCPConnection -State TimeWait -ErrorAction SilentlyContinue | Where-Object { $local -in $_.LocalPort, $_.RemotePort }
        } until ($waiting -or [datetime]::UtcNow -gt $deadline)
        $waiting.OwningProcess | Should -Be 0
    }

    It 'shows UDP endpoints of both families, and what they are connected to' {
        $four = [Net.Sockets.UdpClient]::new([Net.IPEndPoint]::new([Net.IPAddress]::Loopback, 0))
        $sockets.Add($four)
        $six = [Net.Sockets.UdpClient]::new([Net.IPEndPoint]::new([Net.IPAddress]::IPv6Any, 0))
        $sockets.Add($six)
        $found = Get-NetUDPEndpoint 127.0.0.1 $four.Client.LocalEndPoint.Port
        $found.OwningProcess | Should -Be $PID
        $found.IsConnected | Should -BeFalse
        (Get-NetUDPEndpoint -LocalPort $six.Client.LocalEndPoint.Port).LocalAddress | Should -Be '::'
        $four.Connect('127.0.0.1', 9)
        $found = Get-NetUDPEndpoint -LocalPort $four.Client.LocalEndPoint.Port
        $found.IsConnected | Should -BeTrue
        $found.RemotePort | Should -Be 9
    }

    It 'gives an error for a port that nobody has, and silence for a pattern and a state' {
        $listener.Stop()
        Get-NetTCPConnection -LocalPort $port -ErrorAction SilentlyContinue -ErrorVariable failed | Should -BeNullOrEmpty
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'SocketNotFound,*'
        $failed[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        Get-NetTCPConnection -LocalAddress '203.0.113.*' -LocalPort $port -ErrorAction Stop | Should -BeNullOrEmpty
        Get-NetTCPConnection -State LastAck -ErrorAction Stop | Should -BeNullOrEmpty
        { Get-NetTCPConnection -LocalPort 65536 } | Should -Throw '*65536*'
    }

    It 'says so when the namespace is not there' {
        Get-NetTCPConnection -Namespace 'nstools-none' -ErrorAction SilentlyContinue -ErrorVariable failed
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'NamespaceNotFound,*'
    }

    Context 'in another namespace' -Skip:(-not $isRoot) {
        BeforeAll {
            $script:place = "nt-$([guid]::NewGuid().ToString('n').Substring(0, 8))"
            ip netns add $place
            ip -n $place link set lo up
            # Listeners of both families and protocols, a connection, a connected UDP socket.
            $program = @'
                $four = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Any, 4001); $four.Start()
                $six = [Net.Sockets.TcpListener]::new([Net.IPAddress]::IPv6Loopback, 4002); $six.Start()
                $client = [Net.Sockets.TcpClient]::new([Net.Sockets.AddressFamily]::InterNetworkV6); $client.Connect('::1', 4002)
                $accepted = $six.AcceptTcpClient()
                $udp = [Net.Sockets.UdpClient]::new(4003)
                $connected = [Net.Sockets.UdpClient]::new('127.0.0.1', 4003)
                'ready'
                $null = [Console]::In.ReadLine()
'@
            $info = [Diagnostics.ProcessStartInfo]::new('ip')
            'netns', 'exec', $place, 'pwsh', '-NoProfile', '-NonInteractive', '-c', $program | ForEach-Object { $info.ArgumentList.Add($_) }
            $info.RedirectStandardInput = $info.RedirectStandardOutput = $true
            $script:server = [Diagnostics.Process]::Start($info)
            $ready = $server.StandardOutput.ReadLineAsync()
            if (-not $ready.Wait(30000) -or $ready.Result -ne 'ready') { throw 'The server did not come up.' }
        }

        AfterAll {
            $server.Kill()
            $server.WaitForExit()
            ip netns delete $place
        }

        It 'agrees with ss on every TCP socket' {
            $names = @{ Established = 'ESTAB'; Listen = 'LISTEN'; TimeWait = 'TIME-WAIT'; CloseWait = 'CLOSE-WAIT' }
            $actual = Get-NetTCPConnection -Namespace $place | Where-Object State -NE Bound | ForEach-Object {
                '{0} {1} {2} {3}' -f (ConvertTo-EndPoint $_.LocalAddress $_.LocalPort), (ConvertTo-EndPoint $_.RemoteAddress $_.RemotePort), $names["$($_.State)"], $_.OwningProcess
            }
            $expected = Get-Expected '-tanpH' $place | ForEach-Object { $_ -replace '(\[::1?\]:\d+) 0\.0\.0\.0:0 ', '$1 [::]:0 ' }
            @($actual).Count | Should -BeGreaterOrEqual 4
            Compare-Object $expected $actual | Should -BeNullOrEmpty
        }

        It 'agrees with ss on every UDP socket' {
            $actual = Get-NetUDPEndpoint -Namespace $place | ForEach-Object {
                '{0} {1} {2} {3}' -f (ConvertTo-EndPoint $_.LocalAddress $_.LocalPort), (ConvertTo-EndPoint $_.RemoteAddress $_.RemotePort), ($_.IsConnected ? 'ESTAB' : 'UNCONN'), $_.OwningProcess
            }
            @($actual).Count | Should -BeGreaterOrEqual 2
            Compare-Object (Get-Expected '-uanpH' $place) $actual | Should -BeNullOrEmpty
        }

        It 'takes namespaces from the pipeline, says which it was, and shows nothing of them here' {
            $found = $place | Get-NetTCPConnection -LocalPort 4001
            $found.Namespace | Should -Be $place
            $found.OwningProcess | Should -Be $server.Id
            (Get-NetTCPConnection -Namespace $server.Id -LocalPort 4002 -State Listen).LocalAddress | Should -Be '::1'
            Get-NetTCPConnection -LocalPort 4001 -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        }
    }
}
