# Get-MountPoint, Mount-FileSystem, Dismount-FileSystem on the real kernel; findmnt(8) is the oracle.
BeforeDiscovery {
    $isRoot = (id -u) -eq 0
    $hasFindmnt = [bool](Get-Command findmnt -ErrorAction Ignore)
}

Describe 'Mounts' {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1" -Force
        $script:work = (New-Item -ItemType Directory "/tmp/nstools-mounts-$([guid]::NewGuid().ToString('n'))").FullName

        # A process in a mount (and PID) namespace of its own; $holder.Id is the one inside.
        function Invoke-Holder {
            $info = [System.Diagnostics.ProcessStartInfo]::new('unshare')
            '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sleep', '300' | ForEach-Object { $info.ArgumentList.Add($_) }
            $process = [System.Diagnostics.Process]::Start($info)
            $deadline = [datetime]::UtcNow.AddSeconds(10)
            do {
                $inside = pgrep -P $process.Id -x sleep
            } until ($inside -or [datetime]::UtcNow -gt $deadline)
            [pscustomobject]@{ Process = $process; Id = [int]$inside }
        }
    }

    BeforeEach {
        $script:source = (New-Item -ItemType Directory "$work/source").FullName
        $script:target = "$work/target"
        'test' | Set-Content "$source/file"
    }

    AfterEach {
        if ($script:holder) {
            $holder.Process.Kill()
            $holder.Process.WaitForExit()
            $script:holder = $null
        }
        # Not with the cmdlets under test.
        while ($left = findmnt --raw --noheadings --output TARGET | Where-Object { $_.StartsWith("$work/") }) {
            $left | ForEach-Object { umount --lazy $_ }
        }
        Get-ChildItem $work -Force | Remove-Item -Recurse -Force
    }

    AfterAll {
        Remove-Item $work -Recurse -Force
    }

    Context 'Get-MountPoint' {
        It 'agrees with findmnt on every mount' -Skip:(-not $hasFindmnt) {
            # Others mount on the same machine meanwhile: only a look between two equal answers of findmnt counts.
            $looks = 0
            do {
                $expected = findmnt --list --noheadings -o 'ID,PARENT,TARGET,SOURCE,FSTYPE' -J
                $actual = Get-MountPoint | ForEach-Object { '{0} {1} {2} {3} {4}' -f $_.Id, $_.ParentId, $_.Target, $_.Source, $_.FileSystem }
                $isQuiet = -not (Compare-Object $expected (findmnt --list --noheadings -o 'ID,PARENT,TARGET,SOURCE,FSTYPE' -J))
            } until ($isQuiet -or ++$looks -eq 50)
            $isQuiet | Should -BeTrue
            $listed = ($expected | ConvertFrom-Json).filesystems | ForEach-Object { '{0} {1} {2} {3} {4}' -f $_.id, $_.parent, $_.target, $_.source, $_.fstype }
            Compare-Object $listed $actual | Should -BeNullOrEmpty
        }

        It 'finds a path, and wildcards' {
            (Get-MountPoint /proc).FileSystem | Should -Contain 'proc'
            (Get-MountPoint -Target '/pro?').Target | Should -Contain '/proc'
            (Get-MountPoint -FileSystem 'pro*').FileSystem | Sort-Object -Unique | Should -Be 'proc'
        }

        It 'gives an error for a path on which nothing is mounted, and silence for a pattern' {
            Get-MountPoint "$work" -ErrorAction SilentlyContinue -ErrorVariable failed | Should -BeNullOrEmpty
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'NotAMountPoint,*'
            $failed[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
            Get-MountPoint "$work/*" -ErrorAction Stop | Should -BeNullOrEmpty
        }

        It 'says so when the process is not there' {
            Get-MountPoint -Namespace 2147483646 -ErrorAction SilentlyContinue -ErrorVariable failed
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'ProcessNotFound,*'
        }

        It 'completes a target with odd characters to what names it, in every quoting' -Skip:(-not $isRoot) {
            $odd = (New-Item -ItemType Directory "$work/a `$b").FullName
            $null = Mount-FileSystem -Type tmpfs -Target $odd
            foreach ($quote in '', "'", '"') {
                $line = "Dismount-FileSystem $quote$work/a"
                $completion = @((TabExpansion2 $line $line.Length).CompletionMatches.CompletionText)
                & ([scriptblock]::Create("Write-Output $($completion[0])")) | Should -Be $odd -Because "it was typed after <$quote>"
            }
            Dismount-FileSystem -Target $odd
        }

        It 'completes targets and types' {
            (TabExpansion2 'Dismount-FileSystem /pro' 24).CompletionMatches.CompletionText | Should -Contain '/proc'
            (TabExpansion2 'Mount-FileSystem -Type tmp' 26).CompletionMatches.CompletionText | Should -Contain 'tmpfs'
        }
    }

    Context 'Mount-FileSystem' -Skip:(-not $isRoot) {
        It 'binds read-only in one call, makes the missing target, and the kernel enforces it' {
            $mount = Mount-FileSystem -Bind -ReadOnly -Source $source -Target "$target/etc/myconfigs"
            $mount.GetType().FullName | Should -Be 'NsTools.MountPoint'
            $mount.Target | Should -Be "$target/etc/myconfigs"
            $mount.IsReadOnly | Should -BeTrue
            { 'x' | Add-Content "$target/etc/myconfigs/file" -ErrorAction Stop } | Should -Throw '*Read-only file system*'
            'x' | Add-Content "$source/file"
            (findmnt --noheadings -o OPTIONS "$target/etc/myconfigs") | Should -BeLike 'ro,*'

            Dismount-FileSystem "$target/etc/myconfigs"
            findmnt "$target/etc/myconfigs" | Should -BeNullOrEmpty
            "$target/etc/myconfigs" | Should -Exist
        }

        It 'binds a file on a file that it makes' {
            $null = Mount-FileSystem -Bind "$source/file" "$target/a/file"
            Get-Content "$target/a/file" | Should -Be 'test'
        }

        It 'leaves submounts out, takes them along with -Recurse, and makes all read-only' {
            $null = New-Item -ItemType Directory "$source/sub"
            mount -t tmpfs -o size=64k below "$source/sub"
            $null = Mount-FileSystem -Bind $source "$work/flat"
            findmnt "$work/flat/sub" | Should -BeNullOrEmpty
            $null = Mount-FileSystem -Bind -Recurse -ReadOnly $source "$work/deep"
            (Get-MountPoint "$work/deep", "$work/deep/sub" | Where-Object IsReadOnly).Target | Should -Be "$work/deep", "$work/deep/sub"
            (Get-MountPoint "$source/sub").IsReadOnly | Should -BeFalse
        }

        It 'mounts a type with options of both kinds' {
            $mount = Mount-FileSystem -Type tmpfs -Target $target -CreateTarget -Option 'size=64k,mode=700', nosuid -ReadOnly
            $mount.FileSystem | Should -Be 'tmpfs'
            'ro', 'nosuid', 'size=64k', 'mode=700' | ForEach-Object { $mount.Options | Should -Contain $_ }
        }

        It 'mounts an overlay, of many layers with odd names too' {
            $lower = 1..12 | ForEach-Object { (New-Item -ItemType Directory "$work/layer $_, with: a long name to pass 255 bytes").FullName }
            'low' | Set-Content "$($lower[11])/low"
            $upper, $workDirectory = 'upper', 'work' | ForEach-Object { (New-Item -ItemType Directory "$work/$_").FullName }
            $mount = Mount-FileSystem -LowerDirectory $lower -UpperDirectory $upper -WorkDirectory $workDirectory -Target $target -CreateTarget
            $mount.FileSystem | Should -Be 'overlay'
            Get-Content "$target/low" | Should -Be 'low'
            'new' | Set-Content "$target/new"
            "$upper/new" | Should -Exist
        }

        It 'sets propagation <_> as findmnt sees it' -ForEach Private, Shared, Slave, Unbindable {
            # Below a shared mount a new one becomes shared by itself.
            $null = New-Item -ItemType Directory "$work/shared"
            mount -t tmpfs shared "$work/shared"
            mount --make-shared "$work/shared"
            $mount = Mount-FileSystem -Bind $source "$work/shared/x" -Propagation $_
            $expected = if ($_ -eq 'Slave') { 'Private' } else { $_ }
            $mount.Propagation | Should -Be $expected
            findmnt --noheadings -o PROPAGATION "$work/shared/x" | Should -BeLike "*$($expected.ToLowerInvariant())*"
        }

        It 'names the command and does nothing with -WhatIf' {
            Mount-FileSystem -Bind -ReadOnly $source $target -WhatIf
            $target | Should -Not -Exist
            $null = New-Item -ItemType Directory $target
            $said = Mount-FileSystem -Bind -ReadOnly $source $target -Verbose 4>&1 | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] }
            $said.Message | Should -BeLike "*`"mount --bind -o ro $source $target`"*"
        }

        It 'mounts inside another mount namespace only, read-only, from a host path' {
            $script:holder = Invoke-Holder
            $null = New-Item -ItemType Directory $target
            $mount = Mount-FileSystem -Bind -ReadOnly $source $target -Namespace $holder.Id
            findmnt $target | Should -BeNullOrEmpty
            nsenter -t $holder.Id -m cat "$target/file" | Should -Be 'test'
            nsenter -t $holder.Id -m sh -c "echo x >> $target/file" 2>&1 | Should -BeLike '*Read-only file system*'
            $mount.Namespace | Should -Be (stat -Lc %i "/proc/$($holder.Id)/ns/mnt")
            (Get-MountPoint $target -Namespace $holder.Id).Id | Should -Be $mount.Id

            # The object alone names its namespace.
            $mount | Dismount-FileSystem
            Get-MountPoint "$target*" -Namespace $holder.Id | Should -BeNullOrEmpty
        }

        It 'gives a namespace a procfs of its own processes' {
            $script:holder = Invoke-Holder
            $null = New-Item -ItemType Directory $target
            Mount-FileSystem -Type proc -Target $target -Namespace $holder.Id -ErrorAction SilentlyContinue -ErrorVariable failed
            if ($failed) {
                # Before Linux 6.18: never the host's processes instead.
                $failed[0].FullyQualifiedErrorId | Should -BeLike 'ProcOfOtherNamespace,*'
                return
            }
            nsenter -t $holder.Id -m cat "$target/1/comm" | Should -Be 'sleep'
        }

        It 'shows another namespace as it is mounted there, relative to its process''s root' {
            $script:holder = Invoke-Holder
            $expected = (nsenter -t $holder.Id -m -p findmnt -J --list -o 'ID,TARGET' | ConvertFrom-Json).filesystems | ForEach-Object { "$($_.id) $($_.target)" }
            Compare-Object $expected (Get-MountPoint -Namespace $holder.Id | ForEach-Object { "$($_.Id) $($_.Target)" }) | Should -BeNullOrEmpty
        }

        It 'reads a namespace that no process is in' {
            $script:holder = Invoke-Holder
            # Where it lies must be private (mount_namespaces(7)).
            $null = New-Item -ItemType Directory "$work/held"
            mount -t tmpfs held "$work/held"
            mount --make-private "$work/held"
            $null = New-Item "$work/held/mnt"
            mount --bind "/proc/$($holder.Id)/ns/mnt" "$work/held/mnt"
            $before = (Get-MountPoint -Namespace $holder.Id).Id
            $holder.Process.Kill()
            $holder.Process.WaitForExit()
            $script:holder = $null
            Compare-Object $before (Get-MountPoint -Namespace "$work/held/mnt").Id | Should -BeNullOrEmpty
        }
    }

    Context 'Targets inside a root' -Skip:(-not $isRoot) {
        BeforeEach {
            $script:root = (New-Item -ItemType Directory "$work/root").FullName
            $script:outside = (New-Item -ItemType Directory "$work/outside").FullName
        }

        It 'never leave it by <Name>' -ForEach @(
            @{ Name = 'an absolute link'; Link = '{0}'; Target = '/link' }
            @{ Name = 'a relative link'; Link = '../../../../../../{0}'; Target = '/link' }
            @{ Name = 'dots'; Link = '.'; Target = '/../../../../../..{0}' }
            @{ Name = 'a link on the way'; Link = '/'; Target = '/link/../..{0}' }
        ) {
            $null = New-Item -ItemType SymbolicLink "$root/link" -Target ($Link -f $outside)
            $mount = Mount-FileSystem -Bind $source ($Target -f $outside) -Root $root
            $mount.Target | Should -BeLike "$root/*"
            findmnt $outside | Should -BeNullOrEmpty
            Get-ChildItem $outside | Should -BeNullOrEmpty
            Dismount-FileSystem ($Target -f $outside) -Root $root
            findmnt $mount.Target | Should -BeNullOrEmpty
        }
    }

    Context 'Dismount-FileSystem' -Skip:(-not $isRoot) {
        It 'unmounts many from the pipeline in an order that works' {
            $mounts = "$work/a", "$work/a/b", "$work/a/b/c" | ForEach-Object { Mount-FileSystem -Type tmpfs -Target $_ -CreateTarget }
            $mounts += Mount-FileSystem -Type tmpfs -Target "$work/a/b"
            Get-MountPoint "$work/*" | Dismount-FileSystem -PassThru | Should -HaveCount 4
            Get-MountPoint "$work/*" | Should -BeNullOrEmpty
        }

        It 'unmounts what remoting made of a mount point' {
            $mount = Mount-FileSystem -Type tmpfs -Target $target -CreateTarget
            $copy = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($mount))
            $copy | Dismount-FileSystem
            findmnt $target | Should -BeNullOrEmpty
        }

        It 'names what is mounted below, and -Recurse takes it along' {
            $null = "$work/a", "$work/a/b" | ForEach-Object { Mount-FileSystem -Type tmpfs -Target $_ -CreateTarget }
            Dismount-FileSystem "$work/a" -ErrorAction SilentlyContinue -ErrorVariable failed
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'MountHasMountsBelow,*'
            $failed[0].Exception.Message | Should -BeLike "*$work/a/b*"
            Dismount-FileSystem "$work/a" -Recurse
            findmnt "$work/a" | Should -BeNullOrEmpty
        }

        It 'names who uses a busy mount, and -Lazy does it all the same' {
            $null = Mount-FileSystem -Type tmpfs -Target $target -CreateTarget
            $user = [System.Diagnostics.Process]::Start([System.Diagnostics.ProcessStartInfo]@{ FileName = 'sleep'; Arguments = '300'; WorkingDirectory = $target })
            try {
                Dismount-FileSystem $target -ErrorAction SilentlyContinue -ErrorVariable failed
                $failed[0].FullyQualifiedErrorId | Should -BeLike 'EBUSY,umount2,*'
                $failed[0].CategoryInfo.Category | Should -Be 'ResourceBusy'
                $failed[0].Exception.Message | Should -BeLike "*process $($user.Id)*"
                $failed[0].ErrorDetails.RecommendedAction | Should -BeLike '*-Lazy*'
                Dismount-FileSystem $target -Lazy
                findmnt $target | Should -BeNullOrEmpty
            } finally {
                $user.Kill()
                $user.WaitForExit()
            }
        }

        It 'does not take a mount for another that has come over it' {
            $first = Mount-FileSystem -Type tmpfs -Target $target -CreateTarget
            $second = Mount-FileSystem -Type tmpfs -Target $target
            $first | Dismount-FileSystem -ErrorAction SilentlyContinue -ErrorVariable failed
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'MountCovered,*'
            (Get-MountPoint $target).Id | Should -Contain $second.Id
        }

        It 'says so when nothing is mounted there, or nothing is there' {
            Dismount-FileSystem $source, "$work/none" -ErrorAction SilentlyContinue -ErrorVariable failed
            $failed.FullyQualifiedErrorId | Should -Be 'NotAMountPoint,NsTools.Module.Mounts.DismountFileSystemCommand', 'TargetNotFound,NsTools.Module.Mounts.DismountFileSystemCommand'
        }
    }

    Context 'Faults' -Skip:(-not $isRoot) {
        It '<Name>: <Id>, and nothing is left' -ForEach @(
            @{ Name = 'unknown type'; Id = 'ENODEV,fsopen'; Says = '*nonsense*No such device*'; With = @{ Type = 'nonsense'; CreateTarget = $true } }
            @{ Name = 'unknown option'; Id = 'EINVAL,fsconfig'; Says = '*Unknown parameter ''foo''*'; With = @{ Type = 'tmpfs'; Option = 'foo=1'; CreateTarget = $true } }
            @{ Name = 'bad value'; Id = 'EINVAL,fsconfig'; Says = '*Bad value for ''size''*'; With = @{ Type = 'tmpfs'; Option = 'size=1q'; CreateTarget = $true } }
            @{ Name = 'target missing'; Id = 'TargetNotFound'; Says = '*does not exist*'; With = @{ Type = 'tmpfs' } }
            @{ Name = 'source missing'; Id = 'SourceNotFound'; Says = '*no file or directory*'; With = @{ Bind = $true; Source = '/nonexistent' } }
            @{ Name = 'option of a file system on a bind mount'; Id = 'InvalidMountOption'; Says = '*size=1m*'; With = @{ Bind = $true; Source = '/etc'; Option = 'size=1m' } }
            @{ Name = 'root missing'; Id = 'RootNotFound'; Says = '*/nonexistent*'; With = @{ Bind = $true; Source = '/etc'; Root = '/nonexistent' } }
        ) {
            Mount-FileSystem -Target $target @With -ErrorAction SilentlyContinue -ErrorVariable failed
            $failed[0].FullyQualifiedErrorId | Should -BeLike "$Id,*"
            $failed[0].Exception.Message | Should -BeLike $Says
            $target | Should -Not -Exist
        }

        It 'refuses a directory on a file, and a file on a directory' {
            Mount-FileSystem -Bind $source "$source/file" -ErrorAction SilentlyContinue -ErrorVariable failed
            Mount-FileSystem -Bind "$source/file" $source -ErrorAction SilentlyContinue -ErrorVariable +failed
            $failed.FullyQualifiedErrorId | Should -BeLike 'TargetKindMismatch,*'
            findmnt $source | Should -BeNullOrEmpty
        }
    }

    Context 'As an ordinary user' -Skip:(-not $isRoot) {
        It 'reads mounts, and mounting is a clear EPERM that leaves nothing' {
            chmod 777 $source
            $code = @"
                Import-Module '$((Resolve-Path "$PSScriptRoot/../../out/NsTools/NsTools.psd1").Path)'
                if (-not (Get-MountPoint /proc)) { 'no mounts' }
                Mount-FileSystem -Bind $source $source/new -ErrorAction SilentlyContinue -ErrorVariable failed
                `$failed[0].FullyQualifiedErrorId
                `$failed[0].ErrorDetails.RecommendedAction
                Test-Path $source/new
"@
            $result = setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=$source pwsh -NoProfile -Command $code
            $result[0] | Should -BeLike 'EPERM,open_tree,*'
            $result[1] | Should -BeLike '*root*'
            $result[2] | Should -Be 'False'
        }
    }
}
