# Images as overlays of shared, unpacked layers.
BeforeDiscovery {
    $isRoot = (id -u) -eq '0'
    $noUnshare = -not (Get-Command unshare -ErrorAction Ignore)
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1", "$PSScriptRoot/Support/ImageLayers.psm1"
    $root = "/var/tmp/nstools-imagemounts-$PID"
    $null = New-Item -ItemType Directory $root
    $saved = $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT
    $env:NSTOOLS_ROOT = "$root/data"; $env:NSTOOLS_RUNROOT = "$root/run"
    $pwsh = (Get-Process -Id $PID).Path
    $manifestPath = (Resolve-Path "$PSScriptRoot/../../out/NsTools/NsTools.psd1").Path
    function Write-Image([hashtable[][]] $Layer) {
        $layout = "$root/$([guid]::NewGuid().ToString('N').Substring(0, 8))"
        $null = New-Item -ItemType Directory $layout
        $archives = for ($i = 0; $i -lt $Layer.Count; $i++) { Write-LayerArchive "$layout/$i.tar" $Layer[$i]; "$layout/$i.tar" }
        $null = Write-TestImage "$layout/oci" $archives
        "oci:$layout/oci:test"
    }
    $base = @(@{ Name = './'; Type = '5'; Mode = 493 }, @{ Name = 'd/'; Type = '5'; Mode = 457; User = 3; Pax = @{ 'SCHILY.xattr.user.k' = 'v' } }, @{ Name = 'd/f'; Content = 'lower'; User = 3 },
        @{ Name = 'o/'; Type = '5'; Mode = 493 }, @{ Name = 'o/a' }, @{ Name = 'o/b' }, @{ Name = 'gone' }, @{ Name = 'tree/'; Type = '5'; Mode = 493 }, @{ Name = 'tree/x' }, @{ Name = 'l'; Type = '2'; Link = 'd' })
    $upper = @(@{ Name = 'd/new' }, @{ Name = 'o/.wh..wh..opq' }, @{ Name = 'o/c' }, @{ Name = '.wh.gone' }, @{ Name = 'tree'; Content = 'now a file' },
        @{ Name = 'h'; Type = '1'; Link = 'd/f' }, @{ Name = 'l/via'; Content = 'via' })
}

AfterAll {
    (findmnt -J -o TARGET -l | ConvertFrom-Json).filesystems.target -like "$root/*" | ForEach-Object { & umount $_ }
    $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT = $saved
    & rm -rf $root
}

Describe 'Mount-Image' -Skip:(-not $isRoot) {
    AfterEach { Dismount-Image "$root/*" }

    It 'shows what Expand-Image makes' {
        $image = Write-Image $base, $upper
        $null = Expand-Image $image "$root/expanded"
        $mount = Mount-Image $image "$root/mnt"
        $mount | Should -BeOfType NsTools.ImageMount
        $mount.Path | Should -Be "$root/mnt"
        $mount.IsReadOnly | Should -BeTrue
        Get-TreeListing $mount.Path | Should -Be (Get-TreeListing "$root/expanded")
        { [IO.File]::WriteAllText("$($mount.Path)/x", 'x') } | Should -Throw '*Read-only*'
        (findmnt -J $mount.Path | ConvertFrom-Json).filesystems[0].source | Should -Be "image:$image"
    }

    It 'keeps each layer once, as overlayfs has it: whiteouts are devices 0:0, replaced directories opaque' {
        $layers = "$env:NSTOOLS_ROOT/layers"
        & rm -rf $layers
        $first = Write-Image $base, $upper
        $second = Write-Image $base, @(@{ Name = '.wh.d' }, @{ Name = 'd/'; Type = '5'; Mode = 493 }, @{ Name = 'd/only' })
        $null = Mount-Image $first
        $null = Mount-Image $second
        $directories = Get-ChildItem $layers -Directory
        $directories.Count | Should -Be 3
        $of = $directories | Where-Object { Test-Path "$_/diff/o/c" }
        & stat -c '%F %t:%T' "$of/diff/gone" | Should -Be 'character special file 0:0'
        "$of/diff/tree" | Should -Exist
        # The file that the hard link leads to was brought up with its owner, and the directory with its mode and attributes.
        & stat -c %u "$of/diff/h" | Should -Be 3
        & stat -c '%a %u' "$of/diff/d" | Should -Be '711 3'
        & getfattr -n user.k --only-values "$of/diff/d" | Should -Be v
        $opaque = $directories | Where-Object { Test-Path "$_/diff/d/only" }
        & getfattr -n trusted.overlay.opaque --only-values --absolute-names "$opaque/diff/d" | Should -Be y
        # Nothing of another image's layer is unpacked again.
        $before = (Get-Item "$of/diff").CreationTimeUtc
        $null = Mount-Image $first
        (Get-Item "$of/diff").CreationTimeUtc | Should -Be $before
    }

    It 'has a writable layer that goes with the mount' {
        $image = Write-Image (, $base)
        $mount = Mount-Image $image -Writable
        $mount.IsReadOnly | Should -BeFalse
        'changed' | Set-Content "$($mount.Path)/d/f"
        (Mount-Image $image).Path | ForEach-Object { Get-Content "$_/d/f" } | Should -Be lower
        $mount | Dismount-Image -PassThru | Should -BeOfType NsTools.ImageMount
        $mount.UpperDirectory | Should -Not -Exist
        $mount.Path | Should -Not -Exist
    }

    It 'writes to a directory of the user''s, which stays' {
        $image = Write-Image (, $base)
        'kept' | Set-Content "$((Mount-Image $image "$root/mnt" -UpperDirectory "$root/changes").Path)/d/new"
        Dismount-Image "$root/mnt"
        Get-Content "$root/changes/d/new" | Should -Be kept
        Get-Content "$((Mount-Image $image "$root/mnt" -UpperDirectory "$root/changes").Path)/d/new" | Should -Be kept
    }

    It 'mounts 130 layers' {
        $layers = foreach ($i in 1..130) { , @(@{ Name = "f$i"; Content = "$i" }, @{ Name = 'last'; Content = "$i" }) }
        $mount = Mount-Image (Write-Image $layers)
        $mount.LayerCount | Should -Be 130
        Get-Content "$($mount.Path)/last" | Should -Be 130
        (Get-ChildItem $mount.Path).Count | Should -Be 131
    }

    It 'leaves nothing mounted or unpacked of a damaged image' {
        $layers = Get-ChildItem "$env:NSTOOLS_ROOT/layers" -Force -ErrorAction Ignore
        Mount-Image (Write-Image @(, @{ Name = "never$PID" }), @(, @{ Name = '../x' })) "$root/other" -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure[0].FullyQualifiedErrorId | Should -Be 'ArchiveEntryEscapes,NsTools.Module.Images.MountImageCommand'
        (Get-ChildItem "$env:NSTOOLS_ROOT/layers" -Force).Name | Where-Object { $_ -notin $layers.Name -and $_ -ne 'empty' } | Should -BeNullOrEmpty
        "$root/other" | Should -Not -Exist
    }

    It 'says with -WhatIf what mount would be asked for' {
        $image = Write-Image (, $base)
        $said = & $pwsh -NoProfile -Command "Import-Module '$manifestPath'; Mount-Image '$image' '$root/other' -WhatIf"
        "$said" | Should -BeLike "*mount -t overlay -o ro,lowerdir=*'$root/other'*"
        "$root/other" | Should -Not -Exist
    }
}

Describe 'Mount-Image in a user namespace' -Skip:(-not $isRoot -or $noUnshare) {
    It 'makes layers with the attributes that a user may set' {
        $image = Write-Image @(@{ Name = 'd/'; Type = '5'; Mode = 493 }, @{ Name = 'd/f' }), @(@{ Name = '.wh.d' }, @{ Name = 'd/'; Type = '5'; Mode = 493 }, @{ Name = 'd/g' })
        $said = & unshare --user --map-root-user --mount env NSTOOLS_ROOT=$root/user-data NSTOOLS_RUNROOT=$root/user-run $pwsh -NoProfile -Command "Import-Module '$manifestPath'; (Get-ChildItem ((Mount-Image '$image').Path + '/d')).Name" 2>&1
        $said | Should -Be g
        (Get-ChildItem "$root/user-data/layers" -Directory | ForEach-Object { & getfattr -n user.overlay.opaque --only-values --absolute-names "$_/diff/d" 2>$null }) | Should -Be y
    }
}

Describe 'Dismount-Image' -Skip:(-not $isRoot) {
    AfterEach { Dismount-Image "$root/*" }

    It 'says what is not mounted, and is silent for a wildcard' {
        { Dismount-Image "$root/none" -ErrorAction Stop } | Should -Throw -ErrorId 'ImageNotMounted,*'
        Dismount-Image "$root/none*" -ErrorAction Stop
    }

    It 'touches no other mount' {
        $null = New-Item -ItemType Directory "$root/tmpfs" -Force
        & mount -t tmpfs tmpfs "$root/tmpfs"
        { Dismount-Image "$root/tmpfs" -ErrorAction Stop } | Should -Throw -ErrorId 'ImageNotMounted,*'
        & findmnt "$root/tmpfs" | Should -Not -BeNullOrEmpty
        & umount "$root/tmpfs"
    }

    It 'takes all mounts of an image, and completes them' {
        $image = Write-Image (, $base)
        $null = Mount-Image $image; $null = Mount-Image $image
        (TabExpansion2 'Dismount-Image -Image oci').CompletionMatches.ListItemText | Should -Contain $image
        (Dismount-Image -Image $image -PassThru).Count | Should -Be 2
    }

    It 'takes the mounts of an image of the store by its name' {
        $null = Copy-Image (Write-Image (, $base)) localhost/named:1
        $mount = Mount-Image localhost/named:1
        Dismount-Image localhost/named:1 -WhatIf
        & findmnt $mount.Path | Should -Not -BeNullOrEmpty
        (Dismount-Image localhost/named:1 -PassThru).Path | Should -Be $mount.Path
        & findmnt $mount.Path | Should -BeNullOrEmpty
    }

    It 'is busy while somebody is in it, but with -Lazy' {
        $mount = Mount-Image (Write-Image (, $base))
        $sleeper = Start-Process sleep 60 -WorkingDirectory $mount.Path -PassThru
        try {
            { $mount | Dismount-Image -ErrorAction Stop } | Should -Throw -ErrorId 'EBUSY,*'
            $mount | Dismount-Image -Lazy
            & findmnt $mount.Path | Should -BeNullOrEmpty
        }
        finally { $sleeper.Kill() }
    }
}
