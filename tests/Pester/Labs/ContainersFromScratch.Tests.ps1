# The walk of the seed, on a small real root: chroot, unshare, lsns, nsenter, bind mounts.
BeforeDiscovery { $script:isRoot = (id -u) -eq '0' }

Describe 'Containers from scratch' -Skip:(-not $isRoot) {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../../out/NsTools/NsTools.psd1"
        Import-Module "$PSScriptRoot/../Support/Roots.psm1" -Force
        $script:work = Join-Path ([IO.Path]::GetTempPath()) "nstools-lab-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
        $null = New-Item -ItemType Directory $work
        $script:before = $env:NSTOOLS_RUNROOT
        $env:NSTOOLS_RUNROOT = "$work/run"
        New-TestRoot "$work/source"
        tar -C "$work/source" -czf "$work/rootfs.tar.gz" .
        $script:name = "buda$(Get-Random -Maximum 99999)"
    }
    AfterAll {
        Remove-Namespace "$name*" -Force
        Dismount-FileSystem "$work/pest/etc/myconfigs" -ErrorAction Ignore
        $env:NSTOOLS_RUNROOT = $before
        if (-not (Get-HostMount | Where-Object { $_.StartsWith($work) })) { Remove-Item -Recurse -Force $work }
    }

    It 'expands two roots' {
        'buda', 'pest' | ForEach-Object { Expand-RootFileSystem -Path "$work/rootfs.tar.gz" -Destination "$work/$_" } | Should -HaveCount 2
    }

    It 'runs a program in one of them' {
        Invoke-Chroot "$work/buda" -FilePath cat -ArgumentList /etc/os-release | Should -Contain 'ID=busybox'
    }

    It 'makes namespaces, where only their own processes are seen' {
        $script:buda = New-Namespace -Name $name -Type Pid, Mount -Root "$work/buda"
        $processes = Invoke-Namespace $buda -FilePath ps -ArgumentList -ef
        $processes | Should -HaveCount 3
        $processes[1] | Should -Match '^\s+1 '
        $processes[2] | Should -Match 'ps -ef'
    }

    It 'finds them from outside' {
        $found = Get-Process -Id $buda.ProcessId | Get-Namespace
        ($found | Where-Object Type -EQ Pid).Id | Should -Be $buda.Pid.Id
        ($found | Where-Object Type -EQ Pid).Name | Should -Be $name
        $compared = Compare-Namespace $buda $PID
        ($compared | Where-Object -Not Same).Type | Should -Be 'Mount', 'Pid'
        ($compared | Where-Object Type -EQ Network).Same | Should -BeTrue
    }

    It 'enters one of them with another root, and leaves nothing mounted' {
        $processes = Invoke-Namespace $buda -Type Pid -Root "$work/pest" -Command 'mount -t proc proc /proc && ps -ef'
        $LASTEXITCODE | Should -Be 0
        $processes[1] | Should -Match '^\s+1 .*hold'
        Get-HostMount | Where-Object { $_.StartsWith("$work/pest") } | Should -BeNullOrEmpty
    }

    It 'binds a directory read-only' {
        $null = New-Item -ItemType Directory "$work/shared-configs", "$work/pest/etc/myconfigs"
        Set-Content "$work/shared-configs/app-config" 'test1'
        $null = Mount-FileSystem -Bind -ReadOnly -Source "$work/shared-configs" -Target "$work/pest/etc/myconfigs"
        Invoke-Chroot "$work/pest" cat /etc/myconfigs/app-config | Should -Be 'test1'
        $result = Invoke-Chroot "$work/pest" -Command 'echo test3 >> /etc/myconfigs/app-config' -PassThru
        $result.ExitCode | Should -Not -Be 0
        $result.StandardError | Should -Match 'Read-only file system'
        Get-Content "$work/shared-configs/app-config" | Should -Be 'test1'
        Dismount-FileSystem "$work/pest/etc/myconfigs"
    }

    It 'takes everything away again' {
        Get-Namespace -Name $name | Remove-Namespace
        Get-Namespace -Name "$name*" | Should -BeNullOrEmpty
        Get-ChildItem "$work/run" -Force | Should -BeNullOrEmpty
        Get-HostMount | Where-Object { $_.StartsWith($work) } | Should -BeNullOrEmpty
    }
}
