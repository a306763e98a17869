BeforeDiscovery { $script:isRoot = (id -u) -eq '0' }

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    Import-Module "$PSScriptRoot/Support/Roots.psm1" -Force
    $script:work = Join-Path ([IO.Path]::GetTempPath()) "nstools-chroot-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
    $script:root = "$work/root"
    New-TestRoot $root
    $script:asWho = if ((id -u) -eq '0') { @{} } else { @{ MapRootUser = $true } }
}

AfterAll {
    if (-not (Get-HostMount | Where-Object { $_.StartsWith($work) })) { Remove-Item -Recurse -Force $work }
}

Describe 'Invoke-Chroot' {
    It 'sees the other root only' {
        Invoke-Chroot $root @asWho -FilePath cat -ArgumentList /etc/os-release | Should -Be 'NAME="Busybox root"', 'ID=busybox'
        Invoke-Chroot $root @asWho -Command 'ls /' | Should -Be (Get-ChildItem $root | ForEach-Object Name | Sort-Object)
        Invoke-Chroot $root @asWho pwd | Should -Be '/'
    }

    It 'agrees with chroot(1)' -Skip:(-not $isRoot) {
        $command = 'id -u; pwd; ls -l /etc; readlink /bin/sh'
        Invoke-Chroot $root -Command $command | Should -Be (chroot $root /bin/sh -c $command)
    }

    It 'sets LASTEXITCODE and streams in and out' {
        'x', 'y' | Invoke-Chroot $root @asWho -Command 'tr a-z A-Z; exit 5' | Should -Be 'X', 'Y'
        $LASTEXITCODE | Should -Be 5
        (Invoke-Chroot $root @asWho -Command 'echo e >&2; exit 6' -PassThru) | ForEach-Object { $_.StandardError, $_.ExitCode } | Should -Be "e`n", 6
    }

    It 'makes no namespaces for root' -Skip:(-not $isRoot) {
        # The root's /proc is empty: the host's own, bound there, tells.
        mount --bind /proc "$root/proc"
        try {
            $inside = Invoke-Chroot $root -Command 'for n in mnt pid net user; do readlink /proc/self/ns/$n; done'
        } finally {
            umount "$root/proc"
        }
        $inside | Should -Be ('mnt', 'pid', 'net', 'user' | ForEach-Object { readlink "/proc/self/ns/$_" })
    }

    It 'leaves a mount that is made inside, as chroot(1) does' -Skip:(-not $isRoot) {
        Invoke-Chroot $root -Command 'mount -t tmpfs kept /tmp'
        try {
            findmnt -no SOURCE "$root/tmp" | Should -Be 'kept'
        } finally {
            umount "$root/tmp"
        }
    }

    It 'runs as a user of that root, in a directory of it, with variables' -Skip:(-not $isRoot) {
        Invoke-Chroot $root id -User bob | Should -Be 'uid=1000(bob) gid=1000(bob) groups=10(wheel)'
        Invoke-Chroot $root -Command 'pwd; echo $X' -WorkingDirectory /home/bob -Environment @{ X = 1 } | Should -Be '/home/bob', '1'
    }

    It 'looks users up inside even where passwd is a link that would lead out' -Skip:(-not $isRoot) {
        $evil = "$work/evil"
        New-TestRoot $evil
        Remove-Item "$evil/etc/passwd"
        $null = New-Item -ItemType SymbolicLink "$evil/etc/passwd" -Target ('../' * 12 + 'etc/passwd')
        { Invoke-Chroot $evil id -User daemon -ErrorAction Stop } | Should -Throw
    }

    It 'takes a relative path' {
        Push-Location $work
        try {
            Invoke-Chroot ./root @asWho -Command 'cat /etc/os-release' | Should -HaveCount 2
        } finally {
            Pop-Location
        }
    }

    It 'says with -WhatIf what chroot would be told' {
        Invoke-Chroot $root sh -WhatIf | Should -BeNullOrEmpty
    }

    It 'is <Id> for a root that is <Path>' -ForEach @(
        @{ Path = '/etc/passwd'; Id = 'RootNotADirectory' }
        @{ Path = '/nowhere/at/all'; Id = 'RootNotFound' }
    ) {
        { Invoke-Chroot $Path true -ErrorAction Stop } | Should -Throw -ErrorId "$Id,*"
    }

    It 'refuses the ID that setresuid(2) takes for no change, given or in passwd' -Skip:(-not $isRoot) {
        # Otherwise the program would run as root.
        Add-Content "$root/etc/passwd" 'minus:x:4294967295:4294967295::/:/bin/sh'
        foreach ($user in '4294967295', '0:4294967295', 'minus') {
            $failure = $null
            Invoke-Chroot $root id -User $user -ErrorVariable failure -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
            $failure.Count | Should -Be 1
            $failure[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        }
    }

    It 'is one error, which does not end the script, for <What>' -ForEach @(
        @{ What = 'a NUL in an argument'; Id = 'InvalidArgumentText*'; Parameters = @{ FilePath = 'echo'; ArgumentList = "a`0b" } }
        @{ What = 'a NUL in the program'; Id = 'InvalidArgumentText*'; Parameters = @{ FilePath = "ec`0ho" } }
        @{ What = 'a NUL in the directory'; Id = 'InvalidArgumentText*'; Parameters = @{ FilePath = 'pwd'; WorkingDirectory = "/`0" } }
        @{ What = 'a NUL in the root'; Id = 'InvalidPath*'; Parameters = @{ Path = "/`0"; FilePath = 'pwd' } }
        @{ What = 'a drive that is not there'; Id = 'DriveNotFound*'; Parameters = @{ Path = 'nodrive:/x'; FilePath = 'pwd' } }
        @{ What = 'an argument of 128 KiB'; Id = 'E2BIG,execve*'; Parameters = @{ FilePath = 'echo'; ArgumentList = 'x' * 131072 } }
        @{ What = 'a variable of 128 KiB'; Id = 'E2BIG,execve*'; Parameters = @{ FilePath = 'env'; Environment = @{ X = 'x' * 131072 } } }
        @{ What = 'arguments of 4 MB'; Id = 'E2BIG,execve*'; Parameters = @{ FilePath = 'echo'; ArgumentList = @('x' * 100) * 40000 } }
    ) {
        if (-not $Parameters.Path) { $Parameters.Path = $root }
        Invoke-Chroot @Parameters @asWho -ErrorVariable failure -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failure.Count | Should -Be 1
        $failure[0].FullyQualifiedErrorId | Should -BeLike $Id
        if ($Id -like 'E2BIG*') { $failure[0].ErrorDetails.RecommendedAction | Should -BeLike '*128 KiB*' }
    }

    It 'is one error for a program that is not there, or may not be executed' {
        Invoke-Chroot $root @asWho nothing-there -ErrorAction SilentlyContinue -ErrorVariable failed
        $failed.FullyQualifiedErrorId | Should -BeLike 'ENOENT,execve,*'
        $LASTEXITCODE | Should -Be 127
        { Invoke-Chroot $root @asWho /etc/passwd -ErrorAction Stop } | Should -Throw -ErrorId 'EACCES,execve,*'
        $LASTEXITCODE | Should -Be 126
    }

    It 'is EPERM for an ordinary user, who can do it with -MapRootUser' -Skip:(-not $isRoot) {
        chmod 0755 $work
        $module = Resolve-Path "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
        $text = setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all env HOME=/tmp NSTOOLS_RUNROOT=/tmp/none pwsh -NoProfile -NonInteractive -c @"
Import-Module '$module'; Set-Location /
Invoke-Chroot '$root' true -ErrorAction SilentlyContinue; `$Error[0].FullyQualifiedErrorId
Invoke-Chroot '$root' -MapRootUser -Command 'id -u; cat /etc/os-release'
"@
        $text[0] | Should -BeLike 'EPERM,chroot,*'
        $text[1..2] | Should -Be '0', 'NAME="Busybox root"'
    }
}

Describe 'Enter-Chroot' {
    It 'says what is missing without a terminal' {
        $process = Start-Process -PassThru -Wait -RedirectStandardOutput "$work/out" -RedirectStandardError "$work/err" pwsh -ArgumentList '-NoProfile', '-c', "Import-Module '$PSScriptRoot/../../out/NsTools/NsTools.psd1'; Enter-Chroot '$root'"
        $process.HasExited | Should -BeTrue
        Get-Content "$work/err" -Raw | Should -Match 'not a terminal'
    }

    It 'runs a shell on the terminal, with its exit code' -Skip:(-not ($isRoot -and (Get-Command tmux -ErrorAction Ignore))) {
        $socket = "$work/tmux"
        Set-Content "$work/enter.ps1" "Import-Module '$PSScriptRoot/../../out/NsTools/NsTools.psd1'; Enter-Chroot '$root' sh -Environment @{ PS1 = 'in# ' }; `"code:`$LASTEXITCODE`"; Start-Sleep 60"
        tmux -S $socket -f /dev/null new-session -d -x 100 -y 30 "pwsh -NoProfile -File $work/enter.ps1"
        try {
            Wait-Until { (tmux -S $socket capture-pane -p) -match 'in#' } -Seconds 30
            tmux -S $socket send-keys -l 'cat /etc/os-release; exit 9'
            tmux -S $socket send-keys Enter
            Wait-Until { (tmux -S $socket capture-pane -p) -match 'code:9' }
            (tmux -S $socket capture-pane -p) -join "`n" | Should -Match 'ID=busybox'
        } finally {
            tmux -S $socket kill-server
        }
    }
}
