BeforeDiscovery {
    $script:canRun = (id -u) -eq '0' -and (Test-Path /bin/busybox) -and (Get-Command newuidmap, useradd, setpriv -ErrorAction Ignore).Count -eq 3
    $script:helpers = @(foreach ($name in 'pasta', 'slirp4netns') { @{ Helper = $name; Missing = -not (Get-Command $name -ErrorAction Ignore) } })
    $script:lacksPasta = $helpers[0].Missing
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    Import-Module "$PSScriptRoot/Support/Images.psm1" -Force
    Import-Module "$PSScriptRoot/Support/UserWorld.psm1" -Force
    if ((id -u) -ne '0' -or -not (Get-Command useradd -ErrorAction Ignore)) { return }
    $script:world = New-UserWorld
    $script:shared = "/var/tmp/nstools-on-$(Get-Random -Maximum 999999)"
    $null = New-Item -ItemType Directory $shared
    New-BusyBoxRoot "$shared/root"
    $script:image = New-TestImage "$shared/layout" "$shared/root" @{ Cmd = @('true') }
    chmod -R a+rX $shared
    $script:serve = 'mkdir /w; echo served > /w/index.html; exec httpd -f -p 80 -h /w'
    $script:sandboxes = "$($world.Home)/run/nstools/networks/sandboxes"

    # What a page says, asked for in the user's world until something listens: the program inside takes a moment.
    function Get-Page([string] $Address) {
        for ($i = 0; $i -lt 50; $i++) {
            $said = Invoke-InWorld $world env -i /bin/busybox wget -q -O - $Address 2> $null
            if ($said) { return $said }
            Start-Sleep -Milliseconds 50
        }
    }
    # A name server on the loopback of the user's world: every A question has one answer.
    function Start-NameServer {
        [Diagnostics.CodeAnalysis.SuppressMessage('PSUseShouldProcessForStateChangingFunctions', '')]
        param()
        Set-Content "$shared/names.ps1" '
            $socket = [Net.Sockets.UdpClient]::new([Net.IPEndPoint]::new([Net.IPAddress]::Loopback, 53))
            Set-Content "$PSScriptRoot/listening" yes
            while ($true) {
                $from = $null
                $question = $socket.Receive([ref] $from)
                # RFC 1035, 4.1: the question with an answer behind it that points at its name.
                $answer = [byte[]]($question[0, 1] + 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0 + $question[12..($question.Length - 1)] + 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 77, 0, 9)
                $null = $socket.Send($answer, $answer.Length, $from)
            }'
        $server = Start-Process nsenter "--target $($world.Holder.Id) --net pwsh -NoProfile -File $shared/names.ps1" -PassThru
        for ($i = 0; $i -lt 100 -and -not (Test-Path "$shared/listening"); $i++) { Start-Sleep -Milliseconds 50 }
        $server
    }
    # The helpers that run for the user.
    function Get-Helper { @(Get-Process pasta*, passt*, slirp4netns -ErrorAction Ignore | Where-Object { (Get-Content "/proc/$($_.Id)/status" -ErrorAction Ignore) -match "^Uid:\s+$($world.Id)\s" -and (Get-Content "/proc/$($_.Id)/stat" -ErrorAction Ignore) -notmatch '\) Z ' }) }
    # What a test that failed has left is not the next one's.
    function Clear-World { if (Get-Helper) { $null = Invoke-AsWorldUser $world 'Get-Pod | Remove-Pod -Force; Get-Container -All | Remove-Container -Force' } }
    function Wait-NoHelper {
        for ($i = 0; $i -lt 100 -and (Get-Helper); $i++) { Start-Sleep -Milliseconds 50 }
        Get-Helper
    }
}

AfterAll {
    Remove-UserWorld $world
    if ($shared) { rm -rf $shared }
}

Describe 'The network of an ordinary user''s containers: <Helper>' -Skip:(-not $canRun) -ForEach $helpers {
    AfterEach { Clear-World }

    It 'leads out, publishes TCP, UDP and ranges, asks the host''s name server, and goes with the container (skipped without <Helper>: <Missing>)' -Skip:$Missing {
        $server = Start-NameServer
        try {
            $said = Invoke-AsWorldUser $world "
                `$c = Invoke-Image $image -Name web -Detach -Network $Helper -Publish 8080:80, 127.0.0.1:8081:80, 9000-9001:80-81, 5300:53/udp -Command '$serve'
                `$c.State; `$c.Network; `$c.PublishedPorts[1].HostEndPoint.ToString(); Invoke-Container web -Command 'ip -4 -o addr show scope global | wc -l; nslookup -type=a there.test | grep -c 10.77.0.9; grep -c localhost /etc/hosts'
                try { Invoke-Image $image -Publish 8080:80 true -ErrorAction Stop } catch { `$_.FullyQualifiedErrorId; `$_.Exception.Message }"
            $said | Should -Be 'Running', $Helper, '127.0.0.1:8081', '1', '1', '2', 'PortInUse,NsTools.Module.Containers.InvokeImageCommand', 'Tcp port 0.0.0.0:8080 cannot be published: the container ''web'' has it.'
        }
        finally { $server.Kill() }
        foreach ($address in '127.0.0.1:8080', '10.77.0.2:8080', '127.0.0.1:8081', '127.0.0.1:9000') { Get-Page "http://$address/" | Should -Be 'served' -Because $address }
        Invoke-InWorld $world env -i /bin/busybox wget -q -O - http://10.77.0.2:8081/ 2> $null | Should -BeNullOrEmpty
        (Invoke-InWorld $world ss -Huln) -join "`n" | Should -Match ':5300\s' -Because 'the UDP port is the helper''s'
        (Get-Helper).Count | Should -Be 1
        Invoke-AsWorldUser $world 'Stop-Container web -TimeoutSec 0; (Get-Container web -ErrorAction Ignore).State; Remove-Container web' | Should -Be 'Exited'
        Wait-NoHelper | Should -BeNullOrEmpty
        Get-ChildItem $sandboxes | Should -BeNullOrEmpty
    }

    It 'ends by itself with a container that ends by itself, and comes again with a restart (skipped without <Helper>: <Missing>)' -Skip:$Missing {
        Invoke-AsWorldUser $world "(Invoke-Image $image -Name short -Detach -Network $Helper -Command 'sleep 1').State; (Invoke-Image $image -Name again -Detach -Network $Helper -Publish 8090:80 -RestartPolicy always -Command '$serve').State" | Should -Be 'Running', 'Running'
        for ($i = 0; $i -lt 100 -and (Get-Helper).Count -gt 1; $i++) { Start-Sleep -Milliseconds 50 }
        # Nobody has looked meanwhile.
        (Get-Helper).Count | Should -Be 1
        Get-Page http://127.0.0.1:8090/ | Should -Be 'served'
        $before = (Get-Helper).Id
        $container = [int]@(Invoke-AsWorldUser $world '(Get-Container again).ProcessId')[0]
        $container | Should -BeGreaterThan 1
        kill -KILL $container
        for ($i = 0; $i -lt 100 -and ((Get-Helper).Count -ne 1 -or (Get-Helper).Id -eq $before); $i++) { Start-Sleep -Milliseconds 50 }
        (Get-Helper).Id | Should -Not -Be $before
        Get-Page http://127.0.0.1:8090/ | Should -Be 'served'
        $null = Invoke-AsWorldUser $world 'Get-Container -All | Remove-Container -Force'
        Wait-NoHelper | Should -BeNullOrEmpty
    }
}

Describe 'Networks of an ordinary user' -Skip:(-not $canRun -or $lacksPasta) {
    AfterEach { Clear-World }

    It 'publish on IPv6 with pasta, the usual helper, and say that slirp4netns does not' {
        Invoke-AsWorldUser $world "(Invoke-Image $image -Name six -Detach -Publish [::1]:8082:80, [fd77::2]:8083:80 -Command '$serve').Network" | Should -Be 'Pasta'
        Get-Page 'http://[::1]:8082/' | Should -Be 'served'
        Get-Page 'http://[fd77::2]:8083/' | Should -Be 'served'
        Invoke-InWorld $world env -i /bin/busybox wget -q -O - 'http://[::1]:8083/' 2> $null | Should -BeNullOrEmpty
        if (Get-Command slirp4netns -ErrorAction Ignore) {
            Invoke-AsWorldUser $world "try { New-Container $image -Network slirp4netns -Publish [::1]:8084:80 -ErrorAction Stop } catch { `$_.FullyQualifiedErrorId }" | Should -BeLike 'HelperPublishesNoIPv6,*'
        }
        $null = Invoke-AsWorldUser $world 'Remove-Container six -Force'
    }

    It 'are those of another container when asked, which has the names, too' {
        $said = Invoke-AsWorldUser $world "`$null = Invoke-Image $image -Name first -Detach -Command '$serve'; Invoke-Image $image -Remove -Network container:first -Command 'for i in 1 2 3 4 5 6 7 8 9; do wget -qO- http://127.0.0.1/ && break; sleep 0.1; done; grep -c nameserver /etc/resolv.conf; readlink /proc/self/ns/net' 2>`$null; (Get-Item `"/proc/`$((Get-Container first).ProcessId)/ns/net`").LinkTarget; Remove-Container first -Force"
        $said[0], $said[1] | Should -Be 'served', '1'
        $said[2] | Should -Be $said[3]
    }

    It 'are a pod''s, with one helper for all of its containers' {
        $said = Invoke-AsWorldUser $world "
            `$pod = New-Pod web -Publish 8085:80; `$pod.State
            `$null = Invoke-Image $image -Pod web -Name server -Detach -Command 'echo shared > /dev/shm/it; $serve'
            Invoke-Image $image -Pod web -Remove -Command 'for i in 1 2 3 4 5 6 7 8 9; do wget -qO- http://127.0.0.1/ && break; sleep 0.1; done; hostname; cat /dev/shm/it; id -u' 2>`$null
            (Get-Pod web).PublishedPorts[0].HostPort"
        $said | Should -Be 'Created', 'served', 'web', 'shared', '0', '8085'
        Get-Page http://127.0.0.1:8085/ | Should -Be 'served'
        (Get-Helper).Count | Should -Be 1
        Invoke-AsWorldUser $world 'Stop-Pod web; (Get-Pod web).State; Start-Pod web; (Get-Pod web).State' | Should -Be 'Exited', 'Running'
        Get-Page http://127.0.0.1:8085/ | Should -Be 'served'
        Invoke-AsWorldUser $world 'Remove-Pod web -Force; @(Get-Pod).Count' | Should -Be '0'
        Wait-NoHelper | Should -BeNullOrEmpty
        Get-ChildItem $sandboxes | Should -BeNullOrEmpty
    }

    It 'are cleaned by the next command when supervisor and container were killed, and told truly' {
        $ids = Invoke-AsWorldUser $world "`$c = Invoke-Image $image -Name killed -Detach -Publish 8086:80 -Command '$serve'; `$c.ProcessId; (Get-Process -Id `$c.ProcessId).Parent.Id"
        $ids.Count | Should -Be 2
        kill -KILL $ids[1] $ids[0]
        while ((Test-Path "/proc/$($ids[0])") -and (Get-Content "/proc/$($ids[0])/status" -ErrorAction Ignore) -notmatch '^State:\s+Z') { Start-Sleep -Milliseconds 20 }
        @(Get-Helper | ForEach-Object { (Get-Content "/proc/$($_.Id)/cmdline") -replace '\0', ' ' }) | Should -HaveCount 1
        Invoke-AsWorldUser $world '(Get-Container killed).State; Start-Container killed; (Get-Container killed).State' | Should -Be 'Exited', 'Running'
        Get-Page http://127.0.0.1:8086/ | Should -Be 'served'
        (Get-Helper).Count | Should -Be 1
        $null = Invoke-AsWorldUser $world 'Remove-Container killed -Force'
        Wait-NoHelper | Should -BeNullOrEmpty
    }

    It 'after a reboot, which takes the run directory, are as they were not started' {
        $ids = Invoke-AsWorldUser $world "`$c = Invoke-Image $image -Name lost -Detach -Publish 8087:80 -Command '$serve'; `$c.ProcessId; (Get-Process -Id `$c.ProcessId).Parent.Id"
        $ids.Count | Should -Be 2
        kill -KILL $ids[1] $ids[0]
        Get-Helper | ForEach-Object { kill -KILL $_.Id }
        rm -rf "$($world.Home)/run/nstools"
        Invoke-AsWorldUser $world '(Get-Container lost).State; Start-Container lost; (Get-Container lost).State' | Should -Be 'Exited', 'Running'
        Get-Page http://127.0.0.1:8087/ | Should -Be 'served'
        $null = Invoke-AsWorldUser $world 'Remove-Container lost -Force'
    }

    It 'say in clear words what is missing: a program, the device, the right to make a bridge' {
        $said = Invoke-AsWorldUser $world "
            function Id([scriptblock] `$It) { try { & `$It } catch { `$_.FullyQualifiedErrorId.Split(',')[0]; `$_.ErrorDetails.RecommendedAction } }
            Id { New-Container $image -Network nstools -ErrorAction Stop }
            Id { New-Pod p -Network nstools -ErrorAction Stop }"
        $said[0], $said[2] | Should -Be 'BridgeNeedsRoot', 'BridgeNeedsRoot'
        $said[1] | Should -BeLike '*New-Pod*-Network Pasta*'
        # An empty place in front of where they are.
        Invoke-InWorld $world sh -c "mkdir $shared/empty; for it in pasta slirp4netns; do mount --bind /dev/null /usr/bin/`$it; done; chmod 600 /dev/net/tun"
        try {
            Invoke-AsWorldUser $world "try { New-Container $image -ErrorAction Stop } catch { `$_.FullyQualifiedErrorId }" | Should -BeLike 'TunDeviceNotAccessible,*'
        }
        finally { Invoke-InWorld $world sh -c 'umount /usr/bin/pasta /usr/bin/slirp4netns; chmod 666 /dev/net/tun' }
        Invoke-InWorld $world sh -c "mkdir -p $shared/bin; cp -a /usr/bin/. $shared/bin/; rm -f $shared/bin/pasta $shared/bin/slirp4netns; mount --bind $shared/bin /usr/bin"
        try {
            $said = Invoke-AsWorldUser $world "try { New-Container $image -ErrorAction Stop } catch { `$_.FullyQualifiedErrorId; `$_.ErrorDetails.RecommendedAction }; (New-Container $image -Network none -Name without).Network; Remove-Container without"
            $said[0] | Should -BeLike 'NetworkHelperMissing,*'
            $said[1] | Should -BeLike '*passt*slirp4netns*'
            $said[2] | Should -Be 'None'
        }
        finally { Invoke-InWorld $world umount /usr/bin }
    }
}
