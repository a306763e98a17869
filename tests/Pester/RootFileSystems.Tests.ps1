BeforeDiscovery {
    $isRoot = (id -u) -eq '0'
    $hasSubordinateIds = $isRoot -and (Get-Command newuidmap, useradd -ErrorAction Ignore).Count -eq 2
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    $manifestPath = (Resolve-Path "$PSScriptRoot/../../out/NsTools/NsTools.psd1").Path
    $pwsh = (Get-Process -Id $PID).Path
    $root = "/var/tmp/nstools-rootfs-$PID"
    $null = New-Item -ItemType Directory $root
    $savedRunRoot = $env:NSTOOLS_RUNROOT
    $env:NSTOOLS_RUNROOT = "$root/run"

    # Runs a script of sh(1), which must succeed.
    function Invoke-Shell([string] $Script) {
        $said = $Script | & sh -eu 2>&1
        if ($LASTEXITCODE -ne 0) { throw "sh: $said" }
        $said
    }

    # All that an inode says of each file of a tree, with content: what GNU tar made and what we made must not differ.
    function Get-TreeListing([string] $Path) {
        $env:LISTED = $Path
        Invoke-Shell @'
cd "$LISTED"; export LC_ALL=C
find . \( -type d -printf '%p %y %m %U %G %T@\n' \) -o -printf '%p %y %m %U %G %s %T@ %n %l\n' | sort
find . \( -type b -o -type c \) -exec stat -c '%n %t:%T' {} + | sort
find . -print0 | sort -z | xargs -0 getfattr -h -d -m - -e hex 2>/dev/null || :
find . -type f -print0 | sort -z | xargs -0 sha256sum
find . ! -type d -printf '%i %p\n' | sort | awk '{ if ($1 == last) printf "%s ", $2; else printf "\n%s ", $2; last = $1 }' | sort
'@
    }

    # A tar archive of whatever members a test wants, hostile ones too: @{ Name; Type; Link; Content; Mode; Device }.
    function Write-Archive([string] $Path, [hashtable[]] $Entry) {
        $stream = [IO.File]::Create($Path)
        try {
            foreach ($e in $Entry) {
                $header = [byte[]]::new(512)
                $put = { param($offset, [string] $text) $null = [Text.Encoding]::UTF8.GetBytes($text, 0, $text.Length, $header, $offset) }
                $content = [Text.Encoding]::UTF8.GetBytes([string] $e.Content)
                & $put 0 $e.Name
                & $put 100 ('{0}' -f [Convert]::ToString($e.Mode ?? 420, 8).PadLeft(7, '0'))
                & $put 108 '0000000'; & $put 116 '0000000'
                & $put 124 ([Convert]::ToString($content.Length, 8).PadLeft(11, '0'))
                & $put 136 '14000000000'; & $put 148 '        '
                & $put 156 ($e.Type ?? '0'); & $put 157 ([string] $e.Link); & $put 257 'ustar'; & $put 263 '00'
                & $put 329 '0000001'; & $put 337 '0000003'
                $sum = 0; foreach ($b in $header) { $sum += $b }
                & $put 148 ([Convert]::ToString($sum, 8).PadLeft(6, '0') + "`0 ")
                $stream.Write($header, 0, 512)
                if ($content.Length) {
                    $stream.Write($content, 0, $content.Length)
                    $stream.SetLength([math]::Ceiling($stream.Length / 512) * 512)
                    $null = $stream.Seek(0, 'End')
                }
            }
            $stream.Write([byte[]]::new(1024), 0, 1024)
        }
        finally { $stream.Dispose() }
    }

    # Expands, and returns the one error that must come; nothing may be left.
    function Get-ExpansionError([string] $Archive, [hashtable] $With = @{}) {
        $made = Expand-RootFileSystem -LiteralPath $Archive -Destination "$root/refused" -ErrorVariable failures -ErrorAction SilentlyContinue @With
        $made | Should -BeNullOrEmpty
        $failures | Should -HaveCount 1
        Test-Path "$root/refused" | Should -BeFalse
        Get-ChildItem -Force $root -Filter '*.partial' | Should -BeNullOrEmpty
        $failures[0]
    }

    Invoke-Shell "mkdir -p $root/small/etc $root/small/bin $root/small/usr/lib; printf 'NAME=`"Small Linux`"\nID=small\nVERSION_ID=1.5\n' > $root/small/etc/os-release; cp /bin/true $root/small/bin/sh; find $root/small -exec touch -d '2026-01-01 UTC' {} +; tar -C $root/small -cf $root/small.tar ."
}

AfterAll {
    $env:NSTOOLS_RUNROOT = $savedRunRoot
    Get-Content /proc/self/mountinfo | ForEach-Object { $_.Split(' ')[4] } | Where-Object { $_.StartsWith("$root/") } |
        Sort-Object -Descending | ForEach-Object { & umount -l $_ }
    & chmod -R u+rwx $root 2>$null
    & rm -rf $root
}

Describe 'Expand-RootFileSystem' {
    Context 'with good archives' -Skip:(-not $isRoot) {
        BeforeAll {
            $source = "$root/source"
            $env:SOURCE = $source
            Invoke-Shell @'
umask 0; mkdir "$SOURCE"; cd "$SOURCE"
mkdir d empty sticky odd; chmod 1777 sticky; chmod 2775 odd; echo in > odd/in; chmod 0 empty
head -c 5000 /dev/urandom > plain; : > none; chmod 0 none
deep=d; for i in 1 2 3 4; do deep=$deep/$(printf 'm%.0s' $(seq 100)); mkdir $deep; done; echo deep > $deep/file
echo long > d/$(printf 'n%.0s' $(seq 150)); echo u > d/$(printf '\303\274n\303\257-\303\247\303\270d\303\251'); echo l > "d/$(printf 'caf\351')"; echo s > 'd/with space'
ln plain hard; ln plain d/hard; ln -s /etc/passwd absolute; ln -s ../../.. up; ln -s $(printf 't%.0s' $(seq 150)) d/longlink; ln up linked-link
mkfifo -m 640 fifo; mknod -m 666 null c 1 3; mknod -m 600 disk b 259 70000
echo s > setuid; echo s > setgid; chown 4000000000:7 setuid; chown 1000:2000 setgid; chmod 4755 setuid; chmod 2755 setgid
chown 33:33 d; chown -h 5:6 absolute
truncate -s 3M hole; truncate -s 80M sparse; printf mid | dd of=sparse bs=1 seek=5M conv=notrunc status=none; printf end | dd of=sparse bs=1 seek=50M conv=notrunc status=none
for i in $(seq 0 60); do printf '%04096d' $i | dd of=holes bs=1M seek=$i conv=notrunc status=none; done
cp /bin/true capable; setcap cap_setuid,cap_setfcap+ep capable
setfattr -n user.note -v 0x62696e00ff803d plain; setfattr -n user.dir -v value d
setfattr -h -n trusted.link -v x absolute; setfattr -h -n trusted.node -v x null
touch -d '1960-01-01 00:00:00.123456789 UTC' plain; touch -d '2128-06-11 08:53:20.5 UTC' none; touch -h -d '1979-07-05 01:02:03.000000007 UTC' absolute
touch -d '2009-02-13 23:31:30.999999999 UTC' d; touch -d '1969-12-31 23:59:59 UTC' empty; touch -d '2001-09-09 UTC' fifo
'@
        }

        It 'makes of <Options> what GNU tar makes' -ForEach @(
            @{ Options = '--format=gnu' }
            @{ Options = '--format=gnu --sparse' }
            @{ Options = '--format=pax --xattrs --xattrs-include=*' }
            @{ Options = '--format=pax --xattrs --xattrs-include=* --sparse' }
            @{ Options = '--format=pax --xattrs --xattrs-include=* --sparse --sparse-version=0.1' }
            @{ Options = '--format=pax --xattrs --xattrs-include=* --sparse --sparse-version=0.0' }
        ) {
            Invoke-Shell "set -f; cd $root; rm -rf theirs; mkdir theirs; tar $Options --sort=name -C source -cf good.tar . 2>/dev/null; tar --xattrs --xattrs-include=* --numeric-owner -p -xf good.tar -C theirs 2>/dev/null"
            try {
                $made = Expand-RootFileSystem "$root/good.tar" "$root/ours" -WarningVariable warnings
                $warnings | Should -BeNullOrEmpty
                Compare-Object (Get-TreeListing "$root/theirs") (Get-TreeListing "$root/ours") | Should -BeNullOrEmpty
                $made.Path | Should -Be "$root/ours"
                $made.Source | Should -Be "$root/good.tar"
                $made.Size | Should -BeGreaterThan 80MB
                if ($Options -match 'sparse') {
                    [long](& stat -c '%b' "$root/ours/sparse") * 512 | Should -BeLessThan 1MB
                }
            }
            finally { Invoke-Shell "rm -rf $root/ours $root/theirs" }
        }

        It 'reads <Name>, whatever the file is called' -ForEach @(
            @{ Name = 'gzip'; Command = 'gzip -c small.tar' }
            @{ Name = 'gzip of two members'; Command = 'head -c 3000 small.tar | gzip -c; tail -c +3001 small.tar | gzip -c' }
            @{ Name = 'zstd'; Command = 'zstd -c small.tar' }
            @{ Name = 'zstd of two frames'; Command = 'head -c 3000 small.tar | zstd -c; tail -c +3001 small.tar | zstd -c' }
            @{ Name = 'xz'; Command = 'xz -c small.tar' }
            @{ Name = 'xz of several blocks'; Command = 'xz -c --block-size=4096 small.tar' }
            @{ Name = 'xz of two streams'; Command = 'head -c 3000 small.tar | xz -c; tail -c +3001 small.tar | xz -c' }
            @{ Name = 'bzip2'; Command = 'bzip2 -c small.tar' }
            @{ Name = 'bzip2 of two streams'; Command = 'head -c 3000 small.tar | bzip2 -c; tail -c +3001 small.tar | bzip2 -c' }
        ) {
            Invoke-Shell "cd $root; { $Command; } > compressed.txt"
            try {
                $made = Expand-RootFileSystem "$root/compressed.txt" "$root/ours"
                $made.Distribution, $made.Version, $made.Architecture | Should -Be 'Small Linux', '1.5', (uname -m)
                Compare-Object (Get-TreeListing "$root/small") (Get-TreeListing "$root/ours") | Should -BeNullOrEmpty
            }
            finally { Invoke-Shell "rm -rf $root/ours" }
        }
    }

    Context 'on its way' {
        AfterEach { Invoke-Shell "rm -rf $root/ours $root/a $root/b" }

        It 'takes the archive from the pipeline, and by wildcard' {
            Get-Item "$root/small.tar" | Expand-RootFileSystem -Destination "$root/a" | ForEach-Object Path | Should -Be "$root/a"
            Expand-RootFileSystem "$root/smal?.tar" "$root/b" | ForEach-Object Path | Should -Be "$root/b"
            Expand-RootFileSystem "$root/nothing*.tar" "$root/ours" | Should -BeNullOrEmpty
        }

        It 'fills an empty directory, and leaves one that is not alone' {
            $null = New-Item -ItemType Directory "$root/a", "$root/b"
            $null = New-Item "$root/b/mine"
            (Expand-RootFileSystem "$root/small.tar" "$root/a").Path | Should -Be "$root/a"
            Expand-RootFileSystem "$root/small.tar" "$root/b" -ErrorVariable failures -ErrorAction SilentlyContinue
            $failures[0].FullyQualifiedErrorId | Should -BeLike 'DestinationNotEmpty*'
            (Get-ChildItem -Force "$root/b").Name | Should -Be 'mine'
        }

        It 'says in -WhatIf what tar would be told, and does nothing' {
            Expand-RootFileSystem "$root/small.tar" "$root/ours" -WhatIf
            Test-Path "$root/ours" | Should -BeFalse
        }

        It 'removes what a killed process left of the same destination' {
            $null = New-Item -ItemType Directory "$root/.ours.0123abcd.partial/bin"
            $null = Expand-RootFileSystem "$root/small.tar" "$root/ours"
            Get-ChildItem -Force $root -Filter '*.partial' | Should -BeNullOrEmpty
        }

        It 'lets later entries of a name win' {
            Write-Archive "$root/twice.tar" @{ Name = 'f'; Content = 'first' }, @{ Name = 'f'; Type = '2'; Link = 'zz' }, @{ Name = 'f'; Type = '5'; Mode = 493 }, @{ Name = 'f/x'; Content = 'in' }, @{ Name = 'g'; Type = '2'; Link = '/etc' }, @{ Name = 'g'; Content = 'file' }
            $null = Expand-RootFileSystem "$root/twice.tar" "$root/ours"
            Get-Content "$root/ours/f/x" | Should -Be 'in'
            (Get-Item "$root/ours/g").LinkTarget | Should -BeNullOrEmpty
            Get-Content "$root/ours/g" | Should -Be 'file'
        }

        It 'follows a symbolic link that stays inside, as merged-usr archives need' {
            Write-Archive "$root/merged.tar" @{ Name = 'usr/bin/'; Type = '5'; Mode = 493 }, @{ Name = 'bin'; Type = '2'; Link = 'usr/bin' }, @{ Name = 'bin/x'; Content = 'in' }
            $null = Expand-RootFileSystem "$root/merged.tar" "$root/ours"
            Get-Content "$root/ours/usr/bin/x" | Should -Be 'in'
        }
    }

    Context 'with archives that want out' {
        BeforeAll { Set-Content "$root/victim" 'unharmed' }
        AfterEach { Get-Content "$root/victim" | Should -Be 'unharmed' }

        It 'refuses <Name>' -ForEach @(
            @{ Name = 'a name with ..'; Entries = @{ Name = 'ok'; Content = '1' }, @{ Name = 'a/../../victim'; Content = 'harm' } }
            @{ Name = 'an absolute name'; Entries = , @{ Name = 'ROOT/victim'; Content = 'harm' } }
            @{ Name = 'a file through an absolute link'; Entries = @{ Name = 's'; Type = '2'; Link = 'ROOT' }, @{ Name = 's/victim'; Content = 'harm' } }
            @{ Name = 'a file through a link to ..'; Entries = @{ Name = 's'; Type = '2'; Link = '..' }, @{ Name = 's/victim'; Content = 'harm' } }
            @{ Name = 'a directory through a deeper link'; Entries = @{ Name = 'd'; Type = '5' }, @{ Name = 'd/s'; Type = '2'; Link = '../..' }, @{ Name = 'd/s/new'; Type = '5' } }
            @{ Name = 'a link through a chain of links'; Entries = @{ Name = 'a'; Type = '2'; Link = 'b' }, @{ Name = 'b'; Type = '2'; Link = '..' }, @{ Name = 'a/new'; Type = '2'; Link = 'x' } }
            @{ Name = 'a hard link to an absolute name'; Entries = , @{ Name = 'h'; Type = '1'; Link = 'ROOT/victim' } }
            @{ Name = 'a hard link by ..'; Entries = , @{ Name = 'h'; Type = '1'; Link = '../victim' } }
            @{ Name = 'a hard link through a link'; Entries = @{ Name = 's'; Type = '2'; Link = 'ROOT' }, @{ Name = 'h'; Type = '1'; Link = 's/victim' } }
        ) {
            $resolved = foreach ($entry in $Entries) {
                $copy = $entry.Clone()
                foreach ($key in 'Name', 'Link') { if ($copy[$key]) { $copy[$key] = $copy[$key] -replace 'ROOT', $root } }
                $copy
            }
            Write-Archive "$root/escaping.tar" $resolved
            $failure = Get-ExpansionError "$root/escaping.tar"
            $failure.FullyQualifiedErrorId | Should -BeLike 'ArchiveEntryEscapes,*'
            $failure.CategoryInfo.Category | Should -Be 'InvalidData'
            $failure.Exception.Message | Should -Match "byte \d+.*$([regex]::Escape($resolved[-1].Name))"
            $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
            Test-Path "$root/new" | Should -BeFalse
        }

        It 'lets every user through a root of which the archive says nothing' {
            New-Item -ItemType Directory "$root/bare/bin" -Force | Out-Null
            tar -C "$root/bare" -cf "$root/bare.tar" bin
            $null = Expand-RootFileSystem "$root/bare.tar" -Destination "$root/bare-out"
            stat -c %a "$root/bare-out" | Should -Be 755
            Remove-Item -Recurse "$root/bare-out"
        }

        It 'lets no name of an archive command the terminal, or fill it' {
            New-Item -ItemType Directory "$root/names" -Force | Out-Null
            $long = "e`u{1b}[31m`n" + ('x' * 240)
            Set-Content -LiteralPath "$root/names/$long" 'x'
            tar -C "$root/names" -P --transform 's,^,../,' -cf "$root/names.tar" $long
            Expand-RootFileSystem "$root/names.tar" -Destination "$root/names-out" -ErrorVariable failure -ErrorAction SilentlyContinue
            $failure.Count | Should -Be 1
            $failure[0].Exception.Message | Should -Match '\\u\{1b\}\[31m\\u\{a\}x+\u2026'
            $failure[0].Exception.Message | Should -Not -Match '[\x00-\x1f]'
            $failure[0].Exception.Message.Length | Should -BeLessThan 800
        }

        It 'refuses a link to a file that is not there' {
            Write-Archive "$root/escaping.tar" @{ Name = 'h'; Type = '1'; Link = 'nothing' }
            (Get-ExpansionError "$root/escaping.tar").FullyQualifiedErrorId | Should -BeLike 'ArchiveEntryInvalid,*'
        }
    }

    Context 'with damaged archives' {
        BeforeAll {
            Invoke-Shell "cd $root; head -c 3000000 /dev/urandom > noise; tar -cf whole.tar noise small; for c in gzip zstd xz bzip2; do `$c -c whole.tar > whole.`$c; done; cp whole.tar whole.plain"
        }

        It 'tells a truncated <_> archive' -ForEach 'plain', 'gzip', 'zstd', 'xz', 'bzip2' {
            Invoke-Shell "cd $root; head -c 1500000 whole.$_ > truncated"
            $failure = Get-ExpansionError "$root/truncated"
            $failure.FullyQualifiedErrorId | Should -BeLike 'ArchiveTruncated,*'
            $failure.Exception.Message | Should -Match 'byte 1\d{6}'
        }

        It 'tells a <_> archive without its last bytes' -ForEach 'gzip', 'zstd', 'xz', 'bzip2' {
            Invoke-Shell "cd $root; head -c -3 whole.$_ > truncated"
            (Get-ExpansionError "$root/truncated").FullyQualifiedErrorId | Should -BeLike 'Archive*,*'
        }

        It 'tells a <_> archive with a changed byte' -ForEach 'gzip', 'zstd', 'xz', 'bzip2' {
            Invoke-Shell "cd $root; cp whole.$_ corrupt; printf 'XXXXXXXX' | dd of=corrupt bs=1 seek=1000000 conv=notrunc status=none"
            $failure = Get-ExpansionError "$root/corrupt"
            $failure.CategoryInfo.Category | Should -Be 'InvalidData'
            $failure.Exception.Message | Should -Match 'byte \d+'
        }

        It 'tells a header with a wrong checksum, and where it is' {
            Invoke-Shell "cd $root; tar -cf corrupt small noise; printf 'X' | dd of=corrupt bs=1 seek=520 conv=notrunc status=none"
            $failure = Get-ExpansionError "$root/corrupt"
            $failure.FullyQualifiedErrorId | Should -BeLike 'ArchiveCorrupt,*'
            $failure.Exception.Message | Should -Match 'byte 512'
        }

        It 'does not wait for a pipe' {
            Invoke-Shell "mkfifo $root/pipe"
            (Get-ExpansionError "$root/pipe").FullyQualifiedErrorId | Should -BeLike 'ArchiveNotAFile,*'
        }

        It 'tells what is no archive' {
            (Get-ExpansionError "$root/noise").FullyQualifiedErrorId | Should -BeLike 'ArchiveNotTar,*'
            Invoke-Shell ": > $root/nothing; gzip -c $root/noise > $root/noise.gz"
            (Get-ExpansionError "$root/nothing").FullyQualifiedErrorId | Should -BeLike 'ArchiveTruncated,*'
            (Get-ExpansionError "$root/noise.gz").FullyQualifiedErrorId | Should -BeLike 'ArchiveNotTar,*'
            (Get-ExpansionError "$root/small").FullyQualifiedErrorId | Should -BeLike 'ArchiveNotFound,*'
            (Get-ExpansionError "$root/not-there").CategoryInfo.Category | Should -Be 'ObjectNotFound'
        }
    }

    Context 'within limits' {
        It 'stops a 10 GB sparse bomb before it is written' {
            Invoke-Shell "cd $root; truncate -s 10G bomb; tar -S -cf bomb.tar small bomb; rm bomb"
            $failure = Get-ExpansionError "$root/bomb.tar" @{ MaximumSize = 1GB }
            $failure.FullyQualifiedErrorId | Should -BeLike 'ArchiveTooLarge,*'
            $failure.CategoryInfo.Category | Should -Be 'LimitsExceeded'
        }

        It 'leaves nothing on a full disk' -Skip:(-not $isRoot) {
            $null = New-Item -ItemType Directory "$root/tiny"
            Invoke-Shell "mount -t tmpfs -o size=1m nstools-test $root/tiny"
            try {
                $null = Expand-RootFileSystem "$root/whole.tar" "$root/tiny/ours" -ErrorVariable failures -ErrorAction SilentlyContinue
                $failures | Should -HaveCount 1
                $failures[0].FullyQualifiedErrorId | Should -BeLike 'ENOSPC,pwrite*'
                $failures[0].CategoryInfo.Category | Should -Be 'LimitsExceeded'
                Get-ChildItem -Force "$root/tiny" | Should -BeNullOrEmpty
            }
            finally { Invoke-Shell "umount $root/tiny" }
        }

        It 'says that a mount point cannot be the destination' -Skip:(-not $isRoot) {
            $null = New-Item -ItemType Directory "$root/tiny" -Force
            Invoke-Shell "mount -t tmpfs nstools-test $root/tiny"
            try {
                $null = Expand-RootFileSystem "$root/small.tar" "$root/tiny" -ErrorVariable failures -ErrorAction SilentlyContinue
                $failures[0].FullyQualifiedErrorId | Should -BeLike 'DestinationIsMountPoint,*'
            }
            finally { Invoke-Shell "umount $root/tiny" }
        }

        It 'ends within a second of a stop, and leaves nothing' {
            # Six gigabytes take longer to write than the stop comes.
            Invoke-Shell "cd $root; truncate -s 6G zeros; tar -c zeros | zstd -q -1 > zeros.tar.zst; rm zeros"
            $shell = [powershell]::Create()
            try {
                $null = $shell.AddScript("Import-Module '$manifestPath'; Expand-RootFileSystem '$root/zeros.tar.zst' '$root/stopped'")
                $running = $shell.BeginInvoke()
                $deadline = [datetime]::Now.AddSeconds(30)
                while (-not (Get-ChildItem -Force $root -Filter '.stopped.*.partial') -and [datetime]::Now -lt $deadline) { Start-Sleep -Milliseconds 20 }
                Get-ChildItem -Force $root -Filter '.stopped.*.partial' | Should -Not -BeNullOrEmpty
                $watch = [Diagnostics.Stopwatch]::StartNew()
                $shell.Stop()
                $watch.Elapsed.TotalSeconds | Should -BeLessThan 1.5
                $running.IsCompleted | Should -BeTrue
            }
            finally { $shell.Dispose() }
            Get-ChildItem -Force $root -Filter '*stopped*' | Should -BeNullOrEmpty
        }
    }

    Context 'as an ordinary user' -Skip:(-not $hasSubordinateIds) {
        BeforeAll {
            $user = "nst$PID"
            Invoke-Shell "useradd -m -d /var/tmp/$user $user; grep -q '^${user}:' /etc/subuid || usermod --add-subuids 700000-765535 --add-subgids 700000-765535 $user"
            $first = [int]((Get-Content /etc/subuid | Where-Object { $_ -like "${user}:*" }).Split(':')[1])
            $firstGroup = [int]((Get-Content /etc/subgid | Where-Object { $_ -like "${user}:*" }).Split(':')[1])
            Invoke-Shell "cd $root; rm -rf plainroot; cp -a small plainroot; cd plainroot; echo x > setuid; chown 33:44 setuid; chmod 4755 setuid; cp /bin/true capable; setcap cap_setuid+ep capable; mkdir closed; echo y > closed/in; chown 7:7 closed/in closed; chmod 0 closed; ln -s x link; chown -h 9:9 link; cd ..; tar --xattrs --xattrs-include='*' -C plainroot -cf user.tar .; chmod 755 $root; chmod 644 user.tar"
            function Invoke-AsUser([string] $Script) {
                $text = "Import-Module '$manifestPath'; `$ErrorActionPreference = 'Continue'; $Script"
                & setpriv --reuid $user --regid $user --init-groups env "HOME=/var/tmp/$user" "XDG_RUNTIME_DIR=/var/tmp/$user" "NSTOOLS_RUNROOT=/var/tmp/$user/run" "USER=$user" $pwsh -NoProfile -OutputFormat Text -Command $text 2>&1
            }
        }

        AfterAll {
            Invoke-Shell "userdel $user; rm -rf /var/tmp/$user"
        }

        It 'gives the archive''s owners by the subordinate IDs, and removes such a tree again' {
            Invoke-AsUser "Expand-RootFileSystem $root/user.tar /var/tmp/$user/tree" | Out-String | Should -Not -Match 'WARNING|Exception|nsrun'
            & stat -c '%u:%g %a' "/var/tmp/$user/tree/setuid" | Should -Be "$($first + 32):$($firstGroup + 43) 4755"
            & stat -c '%u:%g %a' "/var/tmp/$user/tree/closed" | Should -Be "$($first + 6):$($firstGroup + 6) 0"
            & stat -c '%u:%g' "/var/tmp/$user/tree/link" | Should -Be "$($first + 8):$($firstGroup + 8)"
            & stat -c '%U' "/var/tmp/$user/tree/bin/sh" | Should -Be $user
            & stat -c '%y' "/var/tmp/$user/tree/bin" | Should -Be (& stat -c '%y' "$root/plainroot/bin" | ForEach-Object { $_ -replace '\.\d+', '.000000000' })
            # The kernel keeps the user namespace's owner with the capability: version 3 (capabilities(7)).
            & getcap -n "/var/tmp/$user/tree/capable" | Should -Match "cap_setuid=ep \[rootid=$(id -u $user)\]"
            Invoke-AsUser "Remove-RootFileSystem /var/tmp/$user/tree" | Should -BeNullOrEmpty
            Get-ChildItem -Force "/var/tmp/$user" -Filter '*tree*' | Should -BeNullOrEmpty
        }

        It 'says that device nodes are root''s, and leaves them out when told so' {
            Write-Archive "$root/device.tar" @{ Name = 'null'; Type = '3' }, @{ Name = 'file'; Content = 'x' }
            & chmod 644 "$root/device.tar"
            Invoke-AsUser "Expand-RootFileSystem $root/device.tar /var/tmp/$user/dev; `$Error[0].FullyQualifiedErrorId" | Out-String | Should -Match 'DeviceNotPermitted'
            Get-ChildItem -Force "/var/tmp/$user" -Filter '*dev*' | Should -BeNullOrEmpty
            Invoke-AsUser "(Expand-RootFileSystem $root/device.tar /var/tmp/$user/dev -SkipDevice -WarningAction SilentlyContinue).Path" | Should -Be "/var/tmp/$user/dev"
        }

        It 'says once how to get subordinate IDs to a user who has none' {
            $warned = & setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/tmp TMPDIR=/tmp $pwsh -NoProfile -Command "
                Import-Module '$manifestPath'
                `$d = (New-Item -ItemType Directory /var/tmp/nst-nobody-$PID).FullName
                (Expand-RootFileSystem $root/user.tar `$d/tree -WarningVariable w -WarningAction SilentlyContinue).Path
                @(`$w -match 'usermod --add-subuids').Count
                Remove-RootFileSystem `$d/tree
                Test-Path `$d/tree
                Remove-Item `$d -Recurse"
            $warned | Should -Be "/var/tmp/nst-nobody-$PID/tree", '1', 'False'
        }

        It 'prepares an overlay over the host that works in a user namespace' {
            Invoke-AsUser "New-RootFileSystem /var/tmp/$user/host -FromHost | ForEach-Object State" | Should -Be 'Ready'
            (Get-Content "/var/tmp/$user/.host.layers/overlay.json" | ConvertFrom-Json).directories | Should -Contain 'usr'
            (Get-Item "/var/tmp/$user/host/bin").LinkTarget | Should -Be (Get-Item /bin).LinkTarget
            Invoke-AsUser "New-Namespace -Name user$PID -Type User, Mount, Pid -MapRootUser -Root /var/tmp/$user/host | Out-Null; Invoke-Namespace user$PID -Command 'echo new > /etc/nstools-new && cat /etc/nstools-new && ls /usr/bin/env'; Remove-Namespace user$PID" |
                Should -Be 'new', '/usr/bin/env'
            Test-Path /etc/nstools-new | Should -BeFalse
            Invoke-AsUser "Remove-RootFileSystem /var/tmp/$user/host" | Should -BeNullOrEmpty
            Get-ChildItem -Force "/var/tmp/$user" -Filter '*host*' | Should -BeNullOrEmpty
        }
    }
}

Describe 'New-, Get- and Remove-RootFileSystem' {
    It 'tells what is in a directory, and by wildcard only what is one' {
        $found = Get-RootFileSystem "$root/small"
        $found.Distribution, $found.Version, $found.State | Should -Be 'Small Linux', '1.5', 'Ready'
        $null = New-Item -ItemType Directory "$root/other", "$root/.cut.0123abcd.partial" -Force
        try {
            (Get-RootFileSystem "$root/*").Path | Should -Contain "$root/small"
            (Get-RootFileSystem "$root/*").Path | Should -Not -Contain "$root/other"
            (Get-RootFileSystem "$root/c*").State | Should -Be 'Partial'
            Get-RootFileSystem "$root/nothing*" | Should -BeNullOrEmpty
            Get-RootFileSystem "$root/other" -ErrorVariable failures -ErrorAction SilentlyContinue
            $failures[0].FullyQualifiedErrorId | Should -BeLike 'NotARootFileSystem,*'
            Get-RootFileSystem "$root/cut*" | Remove-RootFileSystem
            Get-RootFileSystem "$root/cut*" | Should -BeNullOrEmpty
        }
        finally { Invoke-Shell "rm -rf $root/other $root/.cut.*" }
    }

    It 'does not read an os-release that leads out of the root' {
        Set-Content "$root/outside" 'NAME=Outside'
        Invoke-Shell "mkdir -p $root/liar/etc $root/liar/bin $root/liar/usr; ln -s ../../outside $root/liar/etc/os-release; ln -s $root/outside $root/liar/usr/os-release"
        (Get-RootFileSystem "$root/liar").Distribution | Should -BeNullOrEmpty
        Remove-RootFileSystem "$root/liar"
    }

    It 'refuses to remove <Path>' -ForEach @(
        @{ Path = '/'; Id = 'NotARootFileSystem' }, @{ Path = 'ROOT/keep'; Id = 'NotARootFileSystem' }
        @{ Path = 'ROOT/link'; Id = 'NotARootFileSystem' }, @{ Path = 'ROOT/absent'; Id = 'RootFileSystemNotFound' }
    ) {
        Invoke-Shell "mkdir -p $root/keep; echo x > $root/keep/mine; ln -sfn small $root/link"
        Remove-RootFileSystem ($Path -replace 'ROOT', $root) -ErrorVariable failures -ErrorAction SilentlyContinue
        $failures | Should -HaveCount 1
        $failures[0].FullyQualifiedErrorId | Should -BeLike "$Id,*"
        Get-Content "$root/keep/mine" | Should -Be 'x'
        Test-Path "$root/small/etc/os-release" | Should -BeTrue
    }

    It 'removes a tree deeper than PATH_MAX and descriptors allow, and follows no link' {
        Invoke-Shell "mkdir -p $root/deep/bin $root/deep/etc $root/deep/usr; ln -s $root/small $root/deep/etc/small; p=`$(printf 'dddddd/%.0s' `$(seq 500)); mkdir -p $root/deep/usr/`$p $root/second/`$p; mv $root/second $root/deep/usr/`$p"
        Remove-RootFileSystem "$root/deep"
        Test-Path "$root/deep" | Should -BeFalse
        Get-ChildItem -Force $root -Filter '*deep*' | Should -BeNullOrEmpty
        Test-Path "$root/small/etc/os-release" | Should -BeTrue
    }

    Context 'as root' -Skip:(-not $isRoot) {
        AfterEach {
            Get-Content /proc/self/mountinfo | ForEach-Object { $_.Split(' ')[4] } | Where-Object { $_.StartsWith("$root/host") } |
                Sort-Object -Descending | ForEach-Object { & umount -l $_ }
            Invoke-Shell "rm -rf $root/host $root/.host.*"
        }

        It 'mounts an overlay over the host, whose own root stays as it is' {
            $made = New-RootFileSystem "$root/host" -FromHost
            $made.Source, $made.State | Should -Be 'host', 'Ready'
            (& findmnt -J "$root/host" | ConvertFrom-Json).filesystems[0].fstype | Should -Be 'overlay'
            Set-Content "$root/host/etc/nstools-test-$PID" 'x'
            Test-Path "/etc/nstools-test-$PID" | Should -BeFalse
            Get-ChildItem "$root/host/proc" | Should -BeNullOrEmpty
            New-RootFileSystem "$root/host" -FromHost -ErrorVariable failures -ErrorAction SilentlyContinue
            $failures[0].FullyQualifiedErrorId | Should -BeLike 'DestinationNotEmpty,*'
            Remove-RootFileSystem "$root/host"
            Get-ChildItem -Force $root -Filter '*host*' | Should -BeNullOrEmpty
            & findmnt "$root/host" | Should -BeNullOrEmpty
        }

        It 'shows an overlay that is not mounted any more, and clears it' {
            $null = New-RootFileSystem "$root/host" -FromHost
            & umount "$root/host"
            (Get-RootFileSystem "$root/host").State | Should -Be 'Unmounted'
            Remove-RootFileSystem "$root/host"
            Get-ChildItem -Force $root -Filter '*host*' | Should -BeNullOrEmpty
        }

        It 'does not cross what is mounted in it, unless forced, and then detaches it' {
            Invoke-Shell "cp -a $root/small $root/host; mkdir $root/host/mnt; mount -t tmpfs nstools-test $root/host/mnt; echo x > $root/host/mnt/precious"
            Remove-RootFileSystem "$root/host" -ErrorVariable failures -ErrorAction SilentlyContinue
            $failures[0].FullyQualifiedErrorId | Should -BeLike 'RootFileSystemHasMounts,*'
            Get-Content "$root/host/mnt/precious" | Should -Be 'x'
            Test-Path "$root/host/etc/os-release" | Should -BeTrue
            Remove-RootFileSystem "$root/host" -Force
            Test-Path "$root/host" | Should -BeFalse
        }
    }
}

Describe 'Find- and Save-RootFileSystem' {
    BeforeAll {
        $site = "$root/site"
        $null = New-Item -ItemType Directory "$site/latest-stable/releases/x86_64", "$site/bad/releases/x86_64"
        Copy-Item "$root/small.tar" "$site/latest-stable/releases/x86_64/small-1.5-x86_64.tar.gz"
        $sum = (Get-FileHash "$root/small.tar").Hash.ToLower()
        @"
---
-
  title: "Mini root filesystem"
  branch: v3.22
  arch: x86_64
  version: 1.5
  flavor: alpine-minirootfs
  file: small-1.5-x86_64.tar.gz
  iso: small-1.5-x86_64.tar.gz
  date: 2026-01-15
  time: 10:38:23
  size: $((Get-Item "$root/small.tar").Length)
  sha256: $sum
-
  title: "Standard"
  branch: v3.22
  arch: x86_64
  version: 1.5
  flavor: alpine-standard
  file: alpine-standard-1.5-x86_64.iso
  size: 5
"@ | Set-Content "$site/latest-stable/releases/x86_64/latest-releases.yaml"
        "- title: x`n  file: [unclosed`n- : :" | Set-Content "$site/bad/releases/x86_64/latest-releases.yaml"
        $server = Start-ThreadJob -ScriptBlock {
            $listener = [Net.HttpListener]::new()
            $port = 20000 + (Get-Random -Maximum 20000)
            $listener.Prefixes.Add("http://127.0.0.1:$port/")
            $listener.Start()
            Set-Content "$using:root/port" $port
            while ($true) {
                # In short waits: a job that is in a call of .NET cannot be stopped.
                $pending = $listener.GetContextAsync()
                while (-not $pending.Wait(100)) { continue }
                $context = $pending.Result
                $path = Join-Path $using:site $context.Request.Url.LocalPath
                if (Test-Path $path -PathType Leaf) {
                    $bytes = [IO.File]::ReadAllBytes($path)
                    $context.Response.OutputStream.Write($bytes, 0, $bytes.Length)
                }
                else { $context.Response.StatusCode = 404 }
                $context.Response.Close()
            }
        }
        $deadline = [datetime]::Now.AddSeconds(20)
        while (-not (Test-Path "$root/port") -and [datetime]::Now -lt $deadline) { Start-Sleep -Milliseconds 20 }
        $mirror = "http://127.0.0.1:$(Get-Content "$root/port")"
    }

    AfterAll { $server | Remove-Job -Force }

    It 'finds, saves and expands in one pipeline' {
        $found = Find-RootFileSystem -Mirror $mirror -Architecture x86_64
        $found.Flavor, $found.Version, $found.Sha256 | Should -Be 'alpine-minirootfs', '1.5', $sum
        $found.Released | Should -Be ([DateTimeOffset]'2026-01-15T10:38:23Z')
        try {
            $made = $found | Save-RootFileSystem -Destination $root | Expand-RootFileSystem -Destination "$root/pipelined"
            $made.Distribution | Should -Be 'Small Linux'
            Get-ChildItem $root -Filter '*.partial*' | Should -BeNullOrEmpty
            $found | Save-RootFileSystem -Destination $root -ErrorVariable failures -ErrorAction SilentlyContinue
            $failures[0].FullyQualifiedErrorId | Should -BeLike 'FileExists,*'
            ($found | Save-RootFileSystem -Destination $root -Force).Name | Should -Be 'small-1.5-x86_64.tar.gz'
        }
        finally { Invoke-Shell "rm -rf $root/pipelined $root/small-1.5*" }
    }

    It 'takes an address and a checksum, and refuses what does not fit it' {
        $address = "$mirror/latest-stable/releases/x86_64/small-1.5-x86_64.tar.gz"
        (Save-RootFileSystem $address "$root/named" -Sha256 $sum).FullName | Should -Be "$root/named"
        Remove-Item "$root/named"
        Save-RootFileSystem $address "$root/named" -Sha256 ('0' * 64) -ErrorVariable failures -ErrorAction SilentlyContinue
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'ChecksumMismatch,*'
        Get-ChildItem $root -Filter 'named*' | Should -BeNullOrEmpty
    }

    It 'says which line of a mirror''s list is wrong, and what is not there' {
        Find-RootFileSystem -Mirror $mirror -Release bad -Architecture x86_64 -ErrorVariable failures -ErrorAction SilentlyContinue
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'ReleasesInvalid,*'
        $failures[0].Exception.Message | Should -Match 'line \d'
        Find-RootFileSystem -Mirror $mirror -Release none -Architecture x86_64 -ErrorVariable failures -ErrorAction SilentlyContinue
        $failures[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        Find-RootFileSystem -Mirror $mirror -Architecture x86_64 -Flavor none -ErrorVariable failures -ErrorAction SilentlyContinue
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'FlavorNotFound,*'
        Find-RootFileSystem -Mirror $mirror -Architecture x86_64 -Flavor 'none*' | Should -BeNullOrEmpty
        Find-RootFileSystem -Mirror 'file:///etc' -ErrorVariable failures -ErrorAction SilentlyContinue
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'AddressNotSupported,*'
    }

    It 'downloads nothing in -WhatIf' {
        Save-RootFileSystem "$mirror/latest-stable/releases/x86_64/small-1.5-x86_64.tar.gz" "$root/named" -WhatIf
        Test-Path "$root/named*" | Should -BeFalse
    }
}
