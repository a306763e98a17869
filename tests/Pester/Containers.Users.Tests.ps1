BeforeDiscovery {
    $script:canRun = (id -u) -eq '0' -and (Test-Path /bin/busybox) -and [version]((uname -r) -replace '^(\d+\.\d+).*', '$1') -ge [version]'6.15'
    $script:hasPodman = -not ('podman', 'runc' | Where-Object { -not (Get-Command $_ -ErrorAction Ignore) })
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    Import-Module "$PSScriptRoot/Support/Images.psm1" -Force
    $script:work = Join-Path ([IO.Path]::GetTempPath()) "nstools-users-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
    $null = New-Item -ItemType Directory $work
    $script:before = $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT
    $env:NSTOOLS_RUNROOT = "$work/run"
    $env:NSTOOLS_ROOT = "$work/data"
    if ((id -u) -eq '0' -and (Test-Path /bin/busybox)) {
        New-BusyBoxRoot "$work/root"
        $script:image = New-TestImage "$work/layout" "$work/root" @{ Cmd = @('sleep', '1000'); Env = @('PATH=/bin') }
    }
    $script:map = '0:300000:65536'
}

AfterAll {
    if ((id -u) -eq '0') { Get-Container -All | Remove-Container -Force }
    $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT = $before
    Remove-Item -Recurse -Force $work
}

Describe 'User namespaces of containers' -Skip:(-not $canRun) {
    AfterEach { Get-Container -All | Remove-Container -Force }

    It 'maps IDs, with the files'' owners of the image as they are' {
        Invoke-Image $image -Remove -Network none -UserNamespace $map -Command 'cat /proc/self/uid_map /proc/self/gid_map | tr -s " "; id -u; stat -c "%u:%g %n" /bin/busybox /home/bob; echo x > /new && stat -c %u /new' |
            Should -Be ' 0 300000 65536', ' 0 300000 65536', '0', '0:0 /bin/busybox', '1000:1000 /home/bob', '0'
    }

    It 'runs as the mapped user on the host, and has its own files with plain owners on disk' {
        $container = Invoke-Image $image -Detach -Name mapped -Network none -UserNamespace $map -User bob -Command 'echo y > /home/bob/mine; sleep 1000'
        $container.UserNamespace | Should -Be $map
        stat -c %u "/proc/$($container.ProcessId)" | Should -Be 301000
        Invoke-Container mapped -User 0 -Command 'echo z > /root.txt; id -u; stat -c %u /home/bob/mine' | Should -Be '0', '1000'
        stat -c %u "$($container.Path)/upper/root.txt" "$($container.Path)/upper/home/bob/mine" | Should -Be '0', '1000'
        $changes = Get-ContainerChange mapped
        $changes.Path | Should -Contain '/root.txt'
        Set-Content "$work/in.txt" into
        Copy-ContainerItem "$work/in.txt" mapped:/in.txt
        Invoke-Container mapped -User 0 -Command 'stat -c %u /in.txt; cat /in.txt' | Should -Be '1000', 'into'
        Copy-ContainerItem mapped:/root.txt "$work/out.txt"
        Get-Content "$work/out.txt" | Should -Be 'z'
        $new = ConvertTo-Image mapped "users$PID"
        Invoke-Image "users$PID" -Remove -Network none -Command 'stat -c "%u" /root.txt /home/bob/mine' | Should -Be '0', '1000'
        $new | Should -Not -BeNullOrEmpty
    }

    It 'shows nothing of the host to whoever enters it' {
        $container = Invoke-Image $image -Detach -Name inside -Network none -UserNamespace auto
        Invoke-Container inside ls / | Should -Be 'bin', 'data', 'dev', 'etc', 'home', 'proc', 'sys', 'tmp'
        # Of the file system that the host's root is nothing is left but what is bound from it.
        $disk = (findmnt -n -o MAJ:MIN /).Trim()
        Get-Content "/proc/$($container.ProcessId)/mountinfo" | Where-Object { ($_ -split ' ')[2] -eq $disk -and ($_ -split ' ')[3] -eq '/' } | Should -BeNullOrEmpty
        nsenter --target $container.ProcessId --mount /bin/ls / | Should -Not -Contain 'usr'
    }

    It 'is on a network, has volumes that its root owns, and is started again' {
        $null = New-ContainerNetwork "un$PID" -Subnet 10.231.77.0/24
        $container = Invoke-Image $image -Detach -Name net -Network "un$PID" -UserNamespace auto -Volume "uv${PID}:/vol" -Command 'echo v > /vol/f; sleep 1000'
        $container.IPAddress | Should -Not -BeNullOrEmpty
        Invoke-Container net -Command 'stat -c %u /vol /vol/f; grep -c "eth0:" /proc/net/dev; hostname' | Should -Be '0', '0', '1', $container.HostName
        Stop-Container net -TimeoutSec 0
        $null = Start-Container net -PassThru
        Invoke-Container net cat /vol/f | Should -Be 'v'
        Remove-Container net -Force
        Remove-ContainerVolume "uv$PID" -ErrorAction Ignore
        Remove-ContainerNetwork "un$PID"
    }

    It 'gives each container a range of its own with auto' {
        $first, $second = 1, 2 | ForEach-Object { (New-Container $image -UserNamespace auto).UserNamespace[0] -split ':' | Select-Object -Skip 1 -First 1 }
        [Math]::Abs([long]$first - [long]$second) | Should -BeGreaterOrEqual 65536
        (New-Container $image -UserNamespace host).UserNamespace | Should -BeNullOrEmpty
    }

    It 'checks health in it' {
        $null = Invoke-Image $image -Detach -Name checked -Network none -UserNamespace auto -HealthCommand 'test $(id -u) = 0' -HealthIntervalSec 0.1
        (Wait-Container checked -Condition Healthy -TimeoutSec 20).Health.State | Should -Be 'Healthy'
    }

    It 'refuses <Because>' -ForEach @(
        @{ Because = 'a word that there is not'; Id = 'InvalidIdMap'; Do = { New-Container $image -UserNamespace nonsense -ErrorAction Stop } }
        @{ Because = 'a map without root'; Id = 'InvalidUserNamespace'; Do = { New-Container $image -UserNamespace 5:300000:10 -ErrorAction Stop } }
        @{ Because = 'keep-id as root'; Id = 'InvalidUserNamespace'; Do = { New-Container $image -UserNamespace keep-id -ErrorAction Stop } }
        @{ Because = 'a user that is not mapped'; Id = 'UserNotMapped'; Do = { New-Container $image -UserNamespace 0:300000:10 -User 1000 -ErrorAction Stop } }
        @{ Because = 'a root file system'; Id = 'UserNamespaceNeedsImage'; Do = { New-Container -Root "$work/root" -UserNamespace auto -ArgumentList sh -ErrorAction Stop } }
    ) {
        $Do | Should -Throw -ErrorId "$Id,*"
        Get-Container -All | Should -BeNullOrEmpty
    }
}
