# Layers on a directory: what umoci makes of them, we make; what is hostile is refused, with nothing outside touched.
BeforeDiscovery {
    $isRoot = (id -u) -eq '0'
    $noSkopeo = -not (Get-Command skopeo -ErrorAction Ignore)
    $noUmoci = -not (Get-Command umoci -ErrorAction Ignore)
    $hasSubordinateIds = $isRoot -and (Get-Command newuidmap, useradd -ErrorAction Ignore).Count -eq 2
    $hostile = @(
        @{ Why = 'a name with ..'; Error = 'ArchiveEntryEscapes'; Entry = @(@{ Name = '../escaped' }) }
        @{ Why = 'a name with .. in the middle'; Error = 'ArchiveEntryEscapes'; Entry = @(@{ Name = 'a/../../escaped' }) }
        @{ Why = 'a link out of the image, and a file through it'; Error = 'ArchiveEntryEscapes'; Entry = @(@{ Name = 'l'; Type = '2'; Link = '../../outside' }, @{ Name = 'l/escaped' }) }
        @{ Why = 'an absolute link out of the image, and a file through it'; Error = 'ArchiveEntryEscapes'; Entry = @(@{ Name = 'l'; Type = '2'; Link = 'OUTSIDE' }, @{ Name = 'l/escaped' }) }
        @{ Why = 'a hard link to a file outside'; Error = 'ArchiveEntryEscapes'; Entry = @(@{ Name = 'h'; Type = '1'; Link = '../../outside/victim' }) }
        @{ Why = 'a hard link to a file outside by its absolute name'; Error = 'ArchiveEntryInvalid'; Entry = @(@{ Name = 'h'; Type = '1'; Link = 'OUTSIDE/victim' }) }
        @{ Why = 'a hard link to a directory'; Error = 'ArchiveEntryInvalid'; Entry = @(@{ Name = 'd/'; Type = '5' }, @{ Name = 'h'; Type = '1'; Link = 'd' }) }
        @{ Why = 'a whiteout of the directory itself'; Error = 'WhiteoutInvalid'; Entry = @(@{ Name = 'd/.wh..' }) }
        @{ Why = 'a whiteout of the directory above'; Error = 'WhiteoutInvalid'; Entry = @(@{ Name = '.wh...' }) }
        @{ Why = 'a whiteout of nothing'; Error = 'WhiteoutInvalid'; Entry = @(@{ Name = '.wh.' }) }
        @{ Why = 'a file in a whiteout'; Error = 'WhiteoutInvalid'; Entry = @(@{ Name = '.wh.d/f' }) }
        @{ Why = 'a file below a file'; Error = 'ArchiveEntryInvalid'; Entry = @(@{ Name = 'f' }, @{ Name = 'f/g' }) }
        @{ Why = 'a loop of links'; Error = 'ArchiveEntryEscapes'; Entry = @(@{ Name = 'x'; Type = '2'; Link = 'y' }, @{ Name = 'y'; Type = '2'; Link = 'x' }, @{ Name = 'x/f' }) }
        @{ Why = 'a type that nobody knows'; Error = 'ArchiveNotSupported'; Entry = @(@{ Name = 'q'; Type = 'Q' }) }
        @{ Why = 'content that is not there'; Error = 'ArchiveTruncated'; Entry = @(@{ Name = 'big'; Size = 1000000 }) }
    )
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1", "$PSScriptRoot/Support/ImageLayers.psm1"
    $root = "/var/tmp/nstools-layers-$PID"
    $null = New-Item -ItemType Directory $root, "$root/outside"
    'victim' | Set-Content "$root/outside/victim"
    $saved = $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT
    $env:NSTOOLS_ROOT = "$root/data"; $env:NSTOOLS_RUNROOT = "$root/run"
    $pwsh = (Get-Process -Id $PID).Path
    $manifestPath = (Resolve-Path "$PSScriptRoot/../../out/NsTools/NsTools.psd1").Path
    function Write-Image([hashtable[][]] $Layer, [string] $Compression = 'Gzip', [scriptblock] $Change = {}) {
        $layout = "$root/$([guid]::NewGuid().ToString('N').Substring(0, 8))"
        $null = New-Item -ItemType Directory $layout
        $archives = for ($i = 0; $i -lt $Layer.Count; $i++) { Write-LayerArchive "$layout/$i.tar" $Layer[$i]; "$layout/$i.tar" }
        $null = Write-TestImage "$layout/oci" $archives -Compression $Compression -Change $Change
        "oci:$layout/oci:test"
    }
    function Get-Outside { (Get-ChildItem "$root/outside" -Force | ForEach-Object { "$($_.Name) $(Get-Content $_)" }) -join ';' }
}

AfterAll {
    $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT = $saved
    & chattr -R -i $root 2>$null
    & rm -rf $root
}

Describe 'Expand-Image' {
    AfterEach { if (Test-Path "$root/ours") { & rm -rf "$root/ours" } }

    Context 'an image full of edge cases' -Skip:(-not $isRoot) {
        BeforeAll {
            $env:AT = $root
            $said = @'
cd "$AT"; export LC_ALL=C
mkdir -p a/usr/bin a/etc/conf.d a/dir/sub a/opq/x a/tofile/deep a/xd a/emptied/one
ln -s usr/bin a/bin
echo hello > a/usr/bin/hello; chmod 4755 a/usr/bin/hello
echo cap > a/usr/bin/cap; setcap cap_net_raw+ep a/usr/bin/cap
echo one > a/etc/one; echo two > a/etc/two; ln a/etc/one a/etc/hard
for i in 1 2 3; do echo $i > a/opq/f$i; done; echo z > a/opq/x/z
echo d > a/tofile/deep/f; echo f > a/todir; ln -s /etc/one a/abs; ln -s ../../../etc a/up
mkfifo a/fifo; mknod a/null c 1 3; mknod a/blk b 7 0
setfattr -n user.k -v v a/etc/two; setfattr -n user.dirk -v v a/xd; setfattr -n trusted.t -v 1 a/etc/two
chown 1000:2000 a/etc/two a/dir; chmod 0711 a/dir; chmod 1777 a/dir/sub
touch -d '2001-02-03 04:05:06.123456789' a/etc/one a/dir a/xd; touch -h -d '2002-02-03' a/abs
truncate -s 3M a/sparse; echo end >> a/sparse
printf x > "$(printf 'a/name\377latin')"; echo u > "$(printf 'a/\303\274n\303\257')"
l=$(printf 'n%.0s' $(seq 1 150)); mkdir -p a/$l/$l; echo long > a/$l/$l/$l
tar --format=pax --sparse --xattrs --xattrs-include='*' --numeric-owner --sort=name -C a -cf 1.tar .
mkdir -p b/etc b/opq b/dir b/todir/x b/usr/bin b/xd b/emptied
touch b/etc/.wh.one; echo new > b/opq/f2; touch b/opq/.wh..wh..opq; echo y > b/opq/new
echo now-file > b/tofile; echo in > b/todir/x/y; echo hello2 > b/usr/bin/hello; touch b/.wh.fifo b/emptied/.wh.one
tar --format=gnu --xattrs --numeric-owner --sort=name -C b -cf 2.tar .
mkdir -p c/bin; echo via > c/bin/via; tar -C c -cf 3.tar bin/via
'@ | & sh -eu 2>&1
            if ($LASTEXITCODE -ne 0) { throw "sh: $said" }
            # A hard link to a lower layer's file, and an absolute name.
            Write-LayerArchive "$root/4.tar" @{ Name = 'etc/linked'; Type = '1'; Link = 'etc/two' }, @{ Name = '/absolute'; Content = 'inside' }
        }

        It 'is what umoci unpack makes of it, layers packed with <_>' -ForEach 'Gzip', 'None', 'Zstd' -Skip:$noUmoci {
            $null = Write-TestImage "$root/edge-$_" (1..4 | ForEach-Object { "$root/$_.tar" }) -Compression $_
            # umoci does not know zstd: the same layers with gzip are to be the same tree.
            if ($_ -eq 'Zstd') { $null = Write-TestImage "$root/edge-plain" (1..4 | ForEach-Object { "$root/$_.tar" }) }
            $said = & umoci unpack --image "$root/edge-$($_ -eq 'Zstd' ? 'plain' : $_):test" "$root/bundle-$_" 2>&1
            $LASTEXITCODE | Should -Be 0 -Because "umoci says: $said"
            $made = Expand-Image "oci:$root/edge-$($_):test" "$root/ours"
            $made | Should -BeOfType NsTools.RootFileSystem
            Get-TreeListing "$root/ours" | Should -Be (Get-TreeListing "$root/bundle-$_/rootfs")
            Test-Path /absolute | Should -BeFalse
            Get-Content "$root/ours/usr/bin/via" | Should -Be via
        }

        It 'comes the same from every transport that skopeo writes' -Skip:$noSkopeo {
            $null = Write-TestImage "$root/edge" (1..4 | ForEach-Object { "$root/$_.tar" })
            $null = Expand-Image "oci:$root/edge:test" "$root/ours"
            $expected = Get-TreeListing "$root/ours"
            & skopeo copy -q "oci:$root/edge:test" "oci-archive:$root/edge-o.tar:test"
            & skopeo copy -q "oci:$root/edge:test" "docker-archive:$root/edge-d.tar:localhost/edge:1"
            & skopeo copy -q "oci:$root/edge:test" "dir:$root/edge-dir"
            foreach ($from in "oci-archive:$root/edge-o.tar:test", "docker-archive:$root/edge-d.tar", "dir:$root/edge-dir") {
                & rm -rf "$root/ours"
                $null = Expand-Image $from "$root/ours"
                Get-TreeListing "$root/ours" | Should -Be $expected -Because $from
            }
        }
    }

    Context 'whiteouts' {
        It 'hide what is below, whatever the order in the layer' {
            $image = Write-Image @(@{ Name = 'd/' ; Type = '5'; Mode = 493 }, @{ Name = 'd/old' }, @{ Name = 'd/both'; Content = 'lower' }, @{ Name = 'gone'; Content = 'x' }),
            @(@{ Name = 'd/new' }, @{ Name = 'd/both'; Content = 'upper' }, @{ Name = 'd/.wh..wh..opq' }, @{ Name = '.wh.gone' }, @{ Name = '.wh.never' })
            $null = Expand-Image $image "$root/ours"
            (Get-ChildItem "$root/ours" -Recurse -File).Name | Sort-Object | Should -Be both, new
            Get-Content "$root/ours/d/both" | Should -Be upper
        }

        It 'leave what their own layer makes of the hidden name' {
            $image = Write-Image @(@{ Name = 'd/'; Type = '5'; Mode = 493 }, @{ Name = 'd/old' }), @(@{ Name = 'd/'; Type = '5'; Mode = 493 }, @{ Name = 'd/new' }, @{ Name = '.wh.d' })
            $null = Expand-Image $image "$root/ours"
            (Get-ChildItem "$root/ours/d").Name | Should -Be new
        }

        It "leave AUFS' own files out" {
            $image = Write-Image (, @(@{ Name = '.wh..wh.aufs' }, @{ Name = '.wh..wh.plnk/1.2' }, @{ Name = 'f' }))
            $null = Expand-Image $image "$root/ours"
            (Get-ChildItem "$root/ours" -Recurse -Force).Name | Should -Be f
        }
    }

    Context 'through links inside the image' {
        It 'an absolute one stays inside' {
            $image = Write-Image @(@{ Name = 'etc/'; Type = '5'; Mode = 493 }, @{ Name = 'l'; Type = '2'; Link = '/etc' }), @(, @{ Name = 'l/nstools-test'; Content = 'x' })
            $null = Expand-Image $image "$root/ours"
            "$root/ours/etc/nstools-test" | Should -Exist
            '/etc/nstools-test' | Should -Not -Exist
        }

        It 'a directory that becomes a link, and back' {
            $image = Write-Image @(@{ Name = 'a/'; Type = '5'; Mode = 493 }, @{ Name = 'a/in' }, @{ Name = 'b/'; Type = '5'; Mode = 493 }),
            @(@{ Name = 'a'; Type = '2'; Link = 'b' }, @{ Name = 'a/via' }), @(@{ Name = 'a/'; Type = '5'; Mode = 448 }, @{ Name = 'a/own' })
            $null = Expand-Image $image "$root/ours"
            (Get-ChildItem "$root/ours/a").Name | Should -Be own
            (Get-ChildItem "$root/ours/b").Name | Should -Be via
            & stat -c %a "$root/ours/a" | Should -Be 700
        }
    }

    Context 'hostile layers' {
        It 'refuses <Why>' -ForEach $hostile {
            $entries = foreach ($e in $Entry) { $copy = $e.Clone(); if ($copy.Link) { $copy.Link = $copy.Link -replace 'OUTSIDE', "$root/outside" }; $copy }
            # As the first layer, and over one.
            foreach ($layers in (, @($entries)), @(@(, @{ Name = 'base' }), @($entries))) {
                $before = Get-Outside
                Expand-Image (Write-Image $layers) "$root/ours" -ErrorAction SilentlyContinue -ErrorVariable failure | Should -BeNullOrEmpty
                $failure[0].FullyQualifiedErrorId | Should -Be "$Error,NsTools.Module.Images.ExpandImageCommand" -Because $failure[0]
                "$root/ours" | Should -Not -Exist
                Get-ChildItem $root -Force -Filter '.ours*' | Should -BeNullOrEmpty
                Get-Outside | Should -Be $before
                Get-ChildItem $root -Recurse -Force -Filter escaped | Should -BeNullOrEmpty
            }
        }

        It 'refuses a layer whose blob has another <What>' -ForEach @{ What = 'digest'; Id = 'DigestMismatch' }, @{ What = 'size'; Id = 'SizeMismatch' }, @{ What = 'content than the configuration says'; Id = 'DiffIdMismatch' } {
            $image = Write-Image (, @(, @{ Name = 'f' })) -Change {
                param($document)
                if ($Id -eq 'SizeMismatch') { $document.Manifest.layers[0].size++ }
                if ($Id -eq 'DiffIdMismatch') { $document.Config.rootfs.diff_ids = @("sha256:$('0' * 64)") }
            }
            if ($Id -eq 'DigestMismatch') {
                $layout = $image -replace '^oci:|:test$'
                $digest = (Get-ImageManifest $image).Layers[0].Digest.Hex
                # The gzip header's time: decompressed it is still the same.
                $bytes = [IO.File]::ReadAllBytes("$layout/blobs/sha256/$digest"); $bytes[4] = 7; [IO.File]::WriteAllBytes("$layout/blobs/sha256/$digest", $bytes)
            }
            { Expand-Image $image "$root/ours" -ErrorAction Stop } | Should -Throw -ErrorId "$Id,*"
            "$root/ours" | Should -Not -Exist
        }

        It 'refuses a decompression bomb: <What>' -ForEach @(
            @{ What = 'a file of 1.2 GB'; Header = 'truncate -s 1200M f; tar -cf - f | head -c 512; rm f'; Id = 'ArchiveTooLarge' }
            @{ What = '1.2 GB behind the archive''s end'; Header = 'echo x > f; tar -cf - f; rm f'; Id = 'LayerTooLarge' }
        ) {
            $layout = "$root/bomb-$Id"; $null = New-Item -ItemType Directory "$layout/blobs/sha256"
            $env:AT = $layout
            # A zstd file may be many, one behind the other: nobody has to compress 1.2 GB for it.
            $said = 'cd "$AT"; { ' + $Header + '; } | zstd -q > layer; head -c 8M /dev/zero | zstd -q > zeros; for i in $(seq 150); do cat zeros; done >> layer' | & bash -eu 2>&1
            $LASTEXITCODE | Should -Be 0 -Because "$said"
            Write-LayerArchive "$layout/x.tar" @{ Name = 'x' }
            $null = Write-TestImage "$layout/oci" "$layout/x.tar" -Change {
                param($document)
                $hex = (Get-FileHash "$layout/layer").Hash.ToLowerInvariant()
                Move-Item "$layout/layer" "$layout/oci/blobs/sha256/$hex"
                $document.Manifest.layers[0] = @{ mediaType = 'application/vnd.oci.image.layer.v1.tar+zstd'; digest = "sha256:$hex"; size = (Get-Item "$layout/oci/blobs/sha256/$hex").Length }
            }
            { Expand-Image "oci:$layout/oci:test" "$root/ours" -ErrorAction Stop } | Should -Throw -ErrorId "$Id,*"
            if ($Id -eq 'ArchiveTooLarge') {
                { Expand-Image "oci:$layout/oci:test" "$root/ours" -MaximumSize 100MB -ErrorAction Stop } | Should -Throw -ErrorId "$Id,*"
            }
            "$root/ours" | Should -Not -Exist
        }

        It 'has a limit on all files together' {
            $image = Write-Image @(, @{ Name = 'a'; Content = 'x' * 60000 }), @(, @{ Name = 'b'; Content = 'x' * 60000 })
            { Expand-Image $image "$root/ours" -MaximumSize 100000 -ErrorAction Stop } | Should -Throw -ErrorId 'ArchiveTooLarge,*'
            "$root/ours" | Should -Not -Exist
            (Expand-Image $image "$root/ours" -MaximumSize 120000).Size | Should -Be 120000
        }

        It 'refuses an artifact, and a layer of an unknown type' {
            $artifact = Write-Image (, @(, @{ Name = 'f' })) -Change { param($document) $document.Manifest.config = @{ mediaType = 'application/vnd.oci.empty.v1+json'; digest = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'; size = 2 } }
            { Expand-Image $artifact "$root/ours" -ErrorAction Stop } | Should -Throw -ErrorId 'NotAnImage,*'
            $unknown = Write-Image (, @(, @{ Name = 'f' })) -Change { param($document) $document.Manifest.layers[0].mediaType = 'application/vnd.oci.image.layer.v1.tar+encrypted' }
            { Expand-Image $unknown "$root/ours" -ErrorAction Stop } | Should -Throw -ErrorId 'LayerTypeUnsupported,*'
        }
    }

    It 'takes a layer without any entry' {
        Write-LayerArchive "$root/empty.tar" @()
        $null = Write-TestImage "$root/empties" "$root/empty.tar"
        $null = Expand-Image "oci:$root/empties:test" "$root/ours"
        Get-ChildItem "$root/ours" -Force | Should -BeNullOrEmpty
    }

    It 'applies 120 layers' {
        $layers = foreach ($i in 1..120) { , @(@{ Name = "f$i"; Content = "$i" }, @{ Name = 'last'; Content = "$i" }, @{ Name = ".wh.f$($i - 1)" }) }
        $null = Expand-Image (Write-Image $layers) "$root/ours"
        (Get-ChildItem "$root/ours").Name | Sort-Object | Should -Be f120, last
        Get-Content "$root/ours/last" | Should -Be 120
    }

    It 'says with -WhatIf what umoci would be asked for, and makes nothing' {
        $image = Write-Image (, @(, @{ Name = 'f' }))
        $said = & $pwsh -NoProfile -Command "Import-Module '$manifestPath'; Expand-Image '$image' '$root/ours' -WhatIf"
        "$said" | Should -BeLike "*umoci unpack --image '$image' '$root/ours'*"
        "$root/ours" | Should -Not -Exist
    }

    It 'completes names of the store and transports' {
        Write-LayerArchive "$root/completed.tar" @{ Name = 'f' }
        $null = Import-Image "$root/completed.tar" localhost/completed:1
        (TabExpansion2 'Expand-Image localh').CompletionMatches.ListItemText | Should -Contain localhost/completed:1
        (TabExpansion2 'Expand-Image docker').CompletionMatches.ListItemText | Should -Contain docker-archive:
    }

    Context 'an ordinary user' -Skip:(-not $hasSubordinateIds) {
        BeforeAll {
            $user = "nstlayers$PID"
            & useradd --create-home $user
            if (-not (Select-String -Quiet "^${user}:" /etc/subuid)) { & usermod --add-subuids 3000000-3065535 --add-subgids 3000000-3065535 $user }
            $firstId = [long] (Select-String "^${user}:" /etc/subuid).Line.Split(':')[1]
            & chmod 755 $root
            $entries = @(
                @(@{ Name = 'd/'; Type = '5'; Mode = 493; User = 5; Group = 6 }, @{ Name = 'd/f'; User = 1000; Group = 1001; Mode = 2541; Content = 'x' }, @{ Name = 'dev'; Type = '3' }, @{ Name = 'gone'; User = 7 },
                    @{ Name = 'r/'; Type = '5'; Mode = 493 }, @{ Name = 'r/s'; User = 8; Pax = @{ 'SCHILY.xattr.user.a' = 'lower' } }),
                @(@{ Name = '.wh.gone' }, @{ Name = 'r'; Type = '2'; Link = 'd' }, @{ Name = 'h'; Type = '1'; Link = 'd/f' }, @{ Name = 'd/f2'; User = 9; Pax = @{ 'SCHILY.xattr.user.b' = 'upper' } }))
            $image = Write-Image $entries
            & chmod -R a+rX $root
        }

        AfterAll {
            & userdel --remove $user 2>$null
        }

        It 'has the owners by its subordinate IDs, in the final state of the layers' {
            $said = & runuser -u $user -- $pwsh -NoProfile -Command "Import-Module '$manifestPath'; Expand-Image '$image' ~/ours -WarningVariable w -WarningAction SilentlyContinue | Out-Null; `$w; find ~/ours -printf '%P %U %G %m %l\n' | sort; getfattr -R -d ~/ours/d 2>/dev/null | grep user"
            $LASTEXITCODE | Should -Be 0 -Because "$said"
            $ours = (& id -u $user)
            $map = { param($id) $id -eq 0 ? $ours : $firstId - 1 + $id }
            "$said" | Should -Match '1 device nodes were left out'
            $said | Should -Contain "d/f $(& $map 1000) $(& $map 1001) 4755 "
            $said | Should -Contain "h $(& $map 1000) $(& $map 1001) 4755 "
            $said | Should -Contain "d $(& $map 5) $(& $map 6) 755 "
            $said -match '^(gone|dev|r/s) ' | Should -BeNullOrEmpty
            $said | Should -Contain 'user.b="upper"'
            $said -match 'lower' | Should -BeNullOrEmpty
        }

        It 'is told how to mount an image' {
            $said = & runuser -u $user -- $pwsh -NoProfile -Command "Import-Module '$manifestPath'; Mount-Image '$image' -ErrorVariable e -ErrorAction SilentlyContinue; `$e[0].FullyQualifiedErrorId; `$e[0].ErrorDetails.RecommendedAction"
            $said[0] | Should -Be 'MountNotPermitted,NsTools.Module.Images.MountImageCommand'
            $said[1] | Should -BeLike '*unshare --user*'
        }
    }
}
