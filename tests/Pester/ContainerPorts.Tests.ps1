BeforeDiscovery {
    $script:canRun = (id -u) -eq '0' -and (Test-Path /bin/busybox)
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    Import-Module "$PSScriptRoot/Support/Images.psm1" -Force
    $script:work = Join-Path ([IO.Path]::GetTempPath()) "nstools-cp-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
    $null = New-Item -ItemType Directory $work
    $script:before = $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT
    $env:NSTOOLS_RUNROOT = "$work/run"
    $env:NSTOOLS_ROOT = "$work/data"
    if ((id -u) -eq '0' -and (Test-Path /bin/busybox)) {
        New-BusyBoxRoot "$work/root"
        $script:image = New-TestImage "$work/layout" "$work/root" @{ Cmd = @('httpd', '-f', '-p', '80', '-h', '/etc'); ExposedPorts = @{ '80/tcp' = @{}; '81/tcp' = @{} } }
    }
    # Of this run: others publish ports, too.
    $script:port = 21000 + $PID % 4000
    function Get-Answer([string] $Address) { curl -s -g -m 5 --retry 5 --retry-connrefused --retry-delay 1 "http://$Address/hostname" }
    function Get-HostAddress { (ip -j -4 route get 192.0.2.254 | ConvertFrom-Json)[0].prefsrc }
}

AfterAll {
    if ((id -u) -eq '0') {
        Get-Container -All | Remove-Container -Force
        Get-ContainerNetwork * | Where-Object Driver -EQ Bridge | Remove-ContainerNetwork
    }
    $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT = $before
    Remove-Item -Recurse -Force $work
}

Describe 'Published ports' -Skip:(-not $canRun) {
    AfterEach { Get-Container -All | Remove-Container -Force }

    It 'answers on loopback, on the host''s address, and from another container' {
        $web = Invoke-Image $image -Name web -Publish "${port}:80" -Detach
        $web.Ports | Should -Be "0.0.0.0:$port->80/tcp", '81/tcp'
        $web.PublishedPorts[0].HostPort, $web.PublishedPorts[0].Port, $web.PublishedPorts[0].Protocol | Should -Be $port, 80, 'Tcp'
        Get-Answer "127.0.0.1:$port" | Should -Be $web.ShortId
        $own = Get-HostAddress
        Get-Answer "${own}:$port" | Should -Be $web.ShortId
        Invoke-Image $image -Remove -Command "wget -qO- http://${own}:$port/hostname" | Should -Be $web.ShortId
        # Hairpin: by the way of the host to itself.
        Invoke-Container $web -TimeoutSec 10 wget -qO- "http://${own}:$port/hostname" | Should -Be $web.ShortId
        Stop-Container web -TimeoutSec 0
        curl -s -m 2 "http://127.0.0.1:$port/hostname" | Should -BeNullOrEmpty
        Get-NetNatStaticMapping | Where-Object ExternalPort -EQ $port | Should -BeNullOrEmpty
        # Again with the next start.
        $null = Start-Container web
        Get-Answer "127.0.0.1:$port" | Should -Be $web.ShortId
    }

    It 'publishes ranges, UDP, on one address, and where it chooses the port itself' {
        $many = Invoke-Image $image -Publish "127.0.0.1:$port-$($port + 2):78-80", "$($port + 5):53/udp", '80' -Volume '/usr:/usr:ro', '/lib:/lib:ro', '/lib64:/lib64:ro' -Detach
        $many.PublishedPorts | Should -HaveCount 5
        Get-Answer "127.0.0.1:$($port + 2)" | Should -Be $many.ShortId
        curl -s -m 2 "http://$(Get-HostAddress):$($port + 2)/hostname" | Should -BeNullOrEmpty -Because 'only loopback was asked for'
        $chosen = $many.PublishedPorts[4].HostPort
        $chosen | Should -BeGreaterThan 1023
        Get-Answer "127.0.0.1:$chosen" | Should -Be $many.ShortId
        $null = Invoke-Container $many -Command 'exec >/dev/null 2>&1; perl -MIO::Socket::INET -e "\$s = IO::Socket::INET->new(Proto => q(udp), LocalPort => 53); \$s->recv(\$d, 99); print \$d" > /tmp/got &'
        $client = [Net.Sockets.UdpClient]::new('127.0.0.1', $port + 5)
        $bytes = [Text.Encoding]::ASCII.GetBytes("datagram`n")
        $end = [DateTime]::UtcNow.AddSeconds(10)
        # Refused until somebody listens there.
        do { try { $null = $client.Send($bytes, $bytes.Length) } catch [Net.Sockets.SocketException] { $null = $_ }; $got = Invoke-Container $many cat /tmp/got } until ($got -or [DateTime]::UtcNow -gt $end)
        $client.Dispose()
        $got | Select-Object -First 1 | Should -Be 'datagram'
    }

    It 'publishes on IPv6 addresses' {
        $null = New-ContainerNetwork six -IPv6
        # [::1] never leaves the host (RFC 4291, 2.5.3): an address of a link of ours stands for the host's.
        ip link add "six$PID" type dummy
        ip address add fd00:5afe::7/64 dev "six$PID" nodad
        ip link set "six$PID" up
        try {
            $web = Invoke-Image $image -Network six -Publish "[fd00:5afe::7]:${port}:80", "$($port + 1):80" -Entrypoint httpd '-f' '-p' '[::]:80' '-h' /etc -Detach
            Get-Answer "[fd00:5afe::7]:$port" | Should -Be $web.ShortId
            Get-Answer "[fd00:5afe::7]:$($port + 1)" | Should -Be $web.ShortId -Because 'all addresses are those of IPv6, too'
            Get-Answer "127.0.0.1:$($port + 1)" | Should -Be $web.ShortId
        }
        finally {
            Get-Container -All | Remove-Container -Force
            ip link delete "six$PID"
            Remove-ContainerNetwork six
        }
    }

    It 'tells of <What> before anything starts' -ForEach @(
        @{ What = 'a port that a container has'; Do = { $null = Invoke-Image $image -Name first -Publish "${port}:80" -Detach; Invoke-Image $image -Publish "${port}:80" -Detach -ErrorAction Stop }; Left = 1; Like = "*container 'first'*" }
        @{ What = 'a port that a socket has'; Do = { Invoke-Image $image -Publish "${port}:80" -Detach -ErrorAction Stop }; Left = 0; Socket = $true; Like = '*a socket of the host*' }
        @{ What = 'a port given twice'; Do = { Invoke-Image $image -Publish "${port}:80", "127.0.0.1:${port}:81" -Detach -ErrorAction Stop }; Left = 0; Like = '*twice*' }
    ) {
        $listener = if ($Socket) { [Net.Sockets.TcpListener]::new([Net.IPAddress]::Any, $port) }
        try {
            if ($listener) { $listener.Start() }
            $problem = $null
            try { & $Do } catch { $problem = $_ }
            $problem.FullyQualifiedErrorId | Should -BeLike 'PortInUse,*'
            $problem.Exception.Message | Should -BeLike $Like
        }
        finally { if ($listener) { $listener.Stop() } }
        Get-Container -All | Should -HaveCount $Left
        @(Get-ChildItem "$work/run/networks/sandboxes" -Filter *.json) | Should -HaveCount $Left
    }

    It 'refuses <Text>' -ForEach @(
        @{ Text = '80:'; Id = 'InvalidPublishedPort' }, @{ Text = '0:80'; Id = 'InvalidPublishedPort' }, @{ Text = '80:70000'; Id = 'InvalidPublishedPort' }
        @{ Text = '1-3:1-2'; Id = 'InvalidPublishedPort' }, @{ Text = '80/sctp'; Id = 'InvalidPublishedPort' }, @{ Text = '1.2.3:80:80'; Id = 'InvalidPublishedPort' }
        @{ Text = '[1.2.3.4]:80:80'; Id = 'InvalidPublishedPort' }, @{ Text = 'a:b:c:d'; Id = 'InvalidPublishedPort' }
        @{ Text = '192.0.2.200:29999:80'; Id = 'HostAddressNotFound' }, @{ Text = '[::1]:29999:80'; Id = 'AddressFamilyMismatch' }
    ) {
        { Invoke-Image $image -Publish $Text -Detach -ErrorAction Stop } | Should -Throw -ErrorId "$Id,*"
        Get-Container -All | Should -BeNullOrEmpty
    }

    It 'refuses to publish where the container has no network of its own' {
        foreach ($network in 'none', 'host') {
            { Invoke-Image $image -Network $network -Publish 29999:80 -Detach -ErrorAction Stop } | Should -Throw -ErrorId 'NetworkPublishesNothing,*'
        }
    }

    It 'has the port free again when its supervisor was killed' {
        $lost = Invoke-Image $image -Name lost -Publish "${port}:80" -Detach
        $supervisor = (Get-Content "/proc/$($lost.ProcessId)/status" | Select-String '^PPid:\s*(\d+)').Matches[0].Groups[1].Value
        kill -KILL $supervisor $lost.ProcessId
        $next = Invoke-Image $image -Name next -Publish "${port}:80" -Detach
        Get-Answer "127.0.0.1:$port" | Should -Be $next.ShortId
    }
}
