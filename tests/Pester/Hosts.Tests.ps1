#requires -Version 7.6

BeforeDiscovery {
    $isRoot = (id -u) -eq '0'
    $needsRoot = if ($isRoot) { '' } else { ' (skipped: needs root)' }
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    $module = (Resolve-Path "$PSScriptRoot/../../out/NsTools/NsTools.psd1").Path
    $scratch = (New-Item -ItemType Directory "/tmp/nstools-hosts-$PID-$(Get-Random)").FullName

    # Runs text in a fresh pwsh behind other programs, and reads the objects that it wrote.
    function RunElsewhere {
        param([string[]] $Before, [string] $Command)
        $pwsh = (Get-Command pwsh -CommandType Application | Select-Object -First 1).Source
        $text = "Import-Module '$module'; @($Command) | Select-Object Feature, @{ n = 'Status'; e = { [string] `$_.Status } }, Detail, Remedy | ConvertTo-Json -AsArray"
        $line = @($Before) + @($pwsh, '-NoProfile', '-NonInteractive', '-Command', $text)
        & $line[0] @($line | Select-Object -Skip 1) 2>&1 | Out-String | ConvertFrom-Json
    }
}

AfterAll {
    Remove-Item -Recurse -Force $scratch
}

Describe 'Test-NsToolsHost' {
    It 'has a row for each kind of namespace and each thing that NsTools uses' {
        $rows = Test-NsToolsHost
        $expected = 'Kernel', 'Runtime',
        'CgroupNamespace', 'IpcNamespace', 'MountNamespace', 'NetworkNamespace', 'PidNamespace', 'TimeNamespace', 'UserNamespace', 'UtsNamespace',
        'UnprivilegedUserNamespace', 'SubordinateIds', 'IdMapTools', 'Cgroup', 'OverlayFileSystem',
        'Clone3', 'PidFd', 'OpenAt2', 'MountApi', 'MountSetAttr', 'Seccomp', 'Landlock', 'Nftables', 'PseudoTerminal'
        $rows.Feature | Should -Be $expected
        $rows | ForEach-Object {
            [string] $_.Status | Should -BeIn 'Available', 'Limited', 'Missing'
            $_.Detail | Should -Not -BeNullOrEmpty
            if ([string] $_.Status -eq 'Missing' -and $_.Feature -notlike '*Namespace') { $_.Remedy | Should -Not -BeNullOrEmpty -Because $_.Feature }
        }
    }

    It 'selects by name and by wildcard, without regard to case' {
        (Test-NsToolsHost openat2).Feature | Should -Be 'OpenAt2'
        (Test-NsToolsHost -Feature *userNAMESPACE).Feature | Should -Be 'UserNamespace', 'UnprivilegedUserNamespace'
        ('PidFd', 'Clone3' | Test-NsToolsHost).Feature | Should -Be 'PidFd', 'Clone3'
        Test-NsToolsHost absent* -ErrorAction Stop | Should -BeNullOrEmpty
    }

    It 'says that there is no such feature' {
        Test-NsToolsHost absent -ErrorVariable failure -ErrorAction SilentlyContinue
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'HostFeatureNotFound,*'
        $failure[0].CategoryInfo.Category | Should -Be ObjectNotFound
    }

    It 'completes the names of features' {
        (TabExpansion2 'Test-NsToolsHost mount').CompletionMatches.CompletionText | Should -Be 'MountNamespace', 'MountApi', 'MountSetAttr'
    }

    It 'names the kernel and the mode of cgroups as they are' {
        (Test-NsToolsHost Kernel).Detail | Should -BeLike "*$(uname -r)*"
        $mounted = findmnt --json --list --output FSTYPE | ConvertFrom-Json | ForEach-Object { $_.filesystems.fstype }
        $mode = switch ("$('cgroup2' -in $mounted)$('cgroup' -in $mounted)") { 'TrueFalse' { 'version 2*' } 'TrueTrue' { 'hybrid*' } 'FalseTrue' { 'version 1*' } default { 'no cgroup*' } }
        (Test-NsToolsHost Cgroup).Detail | Should -BeLike $mode
    }

    It 'tells Landlock by the version of its ABI, and seccomp by its actions' {
        (Test-NsToolsHost Seccomp).Detail | Should -Be (Get-Content /proc/sys/kernel/seccomp/actions_avail)
        $isOn = (Test-Path /sys/kernel/security/lsm) -and (Get-Content /sys/kernel/security/lsm) -match 'landlock'
        if ($isOn) { (Test-NsToolsHost Landlock).Status | Should -Be 'Available' }
        if ([string] (Test-NsToolsHost Landlock).Status -eq 'Available') { (Test-NsToolsHost Landlock).Detail | Should -Match 'version [1-9]' }
    }

    It "makes one of each kind of namespace as root$needsRoot" -Skip:(-not $isRoot) {
        $before = (lsns --json --list --output NS | ConvertFrom-Json).namespaces.ns
        (Test-NsToolsHost *Namespace).Status | Sort-Object -Unique | Should -Be 'Available'
        (Test-NsToolsHost UtsNamespace).Detail | Should -BeLike "made one*$(Get-Content /proc/sys/user/max_uts_namespaces)*"
        # What was made has gone again: nothing new is there of which we, or nobody, is the parent.
        Get-Process nsrun -ErrorAction Ignore | Where-Object { $_.Parent.Id -eq $PID } | Should -BeNullOrEmpty
        $before | Should -Not -BeNullOrEmpty
    }

    It "makes each kind as an ordinary user inside a user namespace$needsRoot" -Skip:(-not $isRoot) {
        $rows = RunElsewhere @('setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', 'env', "HOME=$scratch") 'Test-NsToolsHost *Namespace, SubordinateIds'
        ($rows | Where-Object Feature -EQ NetworkNamespace).Status | Should -Be 'Available'
        ($rows | Where-Object Feature -EQ NetworkNamespace).Detail | Should -BeLike '*user namespace*'
        $ids = $rows | Where-Object Feature -EQ SubordinateIds
        $ids.Status | Should -Be 'Missing'
        $ids.Remedy | Should -BeLike '*usermod*nobody*'
    }

    It "tells a limit that is reached$needsRoot" -Skip:(-not $isRoot) {
        # The limits of a new user namespace are its own: those of the host stay as they are.
        $rows = RunElsewhere @('unshare', '--user', '--map-root-user', 'sh', '-c', 'echo 0 >/proc/sys/user/max_uts_namespaces; exec "$@"', 'sh') 'Test-NsToolsHost UtsNamespace, IpcNamespace'
        $rows[0].Status | Should -Be 'Limited'
        $rows[0].Detail | Should -BeLike '*limit*0*'
        $rows[0].Remedy | Should -BeLike '*/proc/sys/user/max_uts_namespaces*'
        $rows[1].Status | Should -Be 'Available'
    }

    It "tells a user namespace that is forbidden to ordinary users$needsRoot" -Skip:(-not $isRoot) {
        $rows = RunElsewhere @('unshare', '--user', '--map-root-user', 'sh', '-c', 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"', 'sh') 'Test-NsToolsHost UnprivilegedUserNamespace, UserNamespace'
        $rows[0].Status | Should -Be 'Limited'
        $rows[0].Detail | Should -BeLike '*max_user_namespaces is 0*'
        $rows[0].Remedy | Should -BeLike 'sysctl -w user.max_user_namespaces=*'
        $rows[1].Status | Should -Be 'Limited'
    }

    It "tells what only an ordinary user lacks$needsRoot" -Skip:(-not $isRoot) {
        $rows = RunElsewhere @('setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', 'env', "HOME=$scratch", 'PATH=/nowhere') 'Test-NsToolsHost IdMapTools, Nftables'
        $rows[0].Status | Should -Be 'Missing'
        $rows[0].Detail | Should -BeLike '*newuidmap*'
        $rows[1].Status | Should -Be 'Limited'
        $rows[1].Detail | Should -BeLike '*CAP_NET_ADMIN*'
    }

    It 'tells an nsrun that is not there' {
        $saved = $env:NSTOOLS_RUNTIME
        $env:NSTOOLS_RUNTIME = "$scratch/absent"
        try {
            $row = Test-NsToolsHost Runtime
            $row.Status | Should -Be 'Missing'
            $row.Remedy | Should -BeLike '*NSTOOLS_RUNTIME*'
            Set-Content $env:NSTOOLS_RUNTIME 'not a program'
            (Test-NsToolsHost Runtime).Remedy | Should -BeLike 'chmod +x*'
        } finally {
            $env:NSTOOLS_RUNTIME = $saved
        }
    }

    It 'mounts nothing and leaves nothing' {
        $before = Get-Content /proc/self/mountinfo
        $null = Test-NsToolsHost
        Get-Content /proc/self/mountinfo | Should -Be $before
    }

    It 'fits 100 columns' {
        $text = Test-NsToolsHost | Out-String -Width 100
        $text | Should -Match 'Feature\s+Status\s+Detail'
        ($text -split "`n" | Measure-Object -Property Length -Maximum).Maximum | Should -BeLessOrEqual 100
    }
}
