# What is in images: documents, history, tests and comparisons; archives in and out; what of the store is needless.
BeforeDiscovery {
    $isRoot = (id -u) -eq '0'
    $noSkopeo = -not (Get-Command skopeo -ErrorAction Ignore)
    $noRegistry = $noSkopeo -or -not (Get-Command docker-registry -ErrorAction Ignore)
    $noPodman = -not $isRoot -or -not (Get-Command podman -ErrorAction Ignore)
}

BeforeAll {
    $isRoot = (id -u) -eq '0'
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1", "$PSScriptRoot/Support/ImageLayers.psm1"
    $root = "/var/tmp/nstools-imagecontents-$PID"
    $null = New-Item -ItemType Directory $root
    $saved = $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT
    $env:NSTOOLS_ROOT = "$root/data"; $env:NSTOOLS_RUNROOT = "$root/run"
    $pwsh = (Get-Process -Id $PID).Path
    $manifestPath = (Resolve-Path "$PSScriptRoot/../../out/NsTools/NsTools.psd1").Path
    Write-LayerArchive "$root/1.tar" @{ Name = 'd/'; Type = '5'; Mode = 493 }, @{ Name = 'd/f'; Content = 'one' }, @{ Name = 'same'; Content = 'same' }, @{ Name = 'gone'; Content = 'bye' }, @{ Name = 'l'; Type = '2'; Link = 'd' }
    Write-LayerArchive "$root/2.tar" @{ Name = 'd/f'; Content = 'three'; Mode = 511; User = 4 }, @{ Name = '.wh.gone' }, @{ Name = 'd/new'; Content = 'x' }, @{ Name = 'l/via'; Content = 'xy' }
    $made = Write-TestImage "$root/oci" "$root/1.tar", "$root/2.tar" -Change {
        param($document)
        $document.Config.history = @(@{ created = '2024-01-02T03:04:05Z'; created_by = 'ADD root' }, @{ created = '2024-01-02T03:04:06Z'; created_by = "CMD [`"sh`"]"; empty_layer = $true; comment = 'no layer' }, @{ created = '2024-01-02T03:04:07Z'; created_by = "RUN x`e[31m" })
        $document.Config.config = @{ Cmd = @('sh'); Env = @('A=b', 'C=d e'); Labels = @{ k = 'v' }; WorkingDir = '/d'; ExposedPorts = @{ '80/tcp' = @{} } }
    }
    $image = "oci:$root/oci:test"
}

AfterAll {
    if ($isRoot) { Dismount-Image "$root/*" }
    $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT = $saved
    & rm -rf $root
}

Describe 'Get-ImageManifest' {
    It 'is what skopeo inspect --raw shows' -Skip:$noSkopeo {
        Get-ImageManifest $image -Raw | Should -BeExactly ((& skopeo inspect --raw $image) -join "`n")
        $theirs = & skopeo inspect $image | ConvertFrom-Json
        $ours = Get-ImageManifest $image
        "$($ours.Digest)" | Should -Be $theirs.Digest
        "$($ours.Layers.Digest)" | Should -Be "$($theirs.Layers)"
        $raw = & skopeo inspect --raw $image | ConvertFrom-Json
        "$($ours.Layers.MediaType)" | Should -Be "$($raw.layers.mediaType)"
        "$($ours.Layers.Size)" | Should -Be "$($raw.layers.size)"
    }

    It 'chooses from an index by platform, and shows the index' {
        $index = "$root/index"
        $null = Write-TestImage $index "$root/1.tar"
        $entry = (Get-Content "$index/index.json" | ConvertFrom-Json -AsHashtable).manifests[0]
        $entry.Remove('annotations'); $entry.platform = @{ os = 'linux'; architecture = 's390x' }
        $bytes = [Text.Encoding]::UTF8.GetBytes((@{ schemaVersion = 2; mediaType = 'application/vnd.oci.image.index.v1+json'; manifests = @($entry) } | ConvertTo-Json -Depth 9 -Compress))
        $hex = [Convert]::ToHexStringLower([Security.Cryptography.SHA256]::HashData($bytes)); [IO.File]::WriteAllBytes("$index/blobs/sha256/$hex", $bytes)
        @{ schemaVersion = 2; manifests = @(@{ mediaType = 'application/vnd.oci.image.index.v1+json'; digest = "sha256:$hex"; size = $bytes.Length }) } | ConvertTo-Json -Depth 9 | Set-Content "$index/index.json"
        "$((Get-ImageManifest "oci:$index" -Platform linux/s390x).Digest)" | Should -Be $entry.digest
        (Get-ImageManifest "oci:$index" -Index).Manifests[0].Platform | Should -Be linux/s390x
        { Get-ImageManifest "oci:$index" -Platform linux/riscv64 -ErrorAction Stop } | Should -Throw -ErrorId 'PlatformNotFound,*'
    }
}

Describe 'Get-ImageConfig' {
    It 'shows all of it in 100 columns, and no label commands the terminal' {
        $layout = (New-Item "$root/labels" -ItemType Directory).FullName
        $null = Write-TestImage $layout "$root/1.tar" -Change {
            param($document)
            $document.Config.author = "a`e[31m"
            $document.Config.config = @{
                Cmd = @("c`e[32m"); Env = @("E=`e[33m"); Labels = @{ "k`e[34m" = "v`e]0;t`a" }; User = "u`e[35m"
                Healthcheck = @{ Test = 'CMD-SHELL', "h`e[36m"; Interval = 2500000000 }
            }
        }
        $config = Get-ImageConfig "oci:$($layout):test"
        foreach ($shown in ($config | Out-String -Width 100), ($config | Format-List | Out-String -Width 100), ($config.Config | Out-String -Width 100), ($config.Config.Healthcheck | Out-String -Width 100)) {
            # What is left of escapes is PowerShell's own colouring.
            $shown -replace "`e\[(32;1m|0m)" | Should -Not -Match '[\e\a]'
            (($shown -replace "`e\[[\d;]*m" -split "`n") | Measure-Object Length -Maximum).Maximum | Should -BeLessOrEqual 100
        }
        $text = $config.Config | Out-String
        $text | Should -Match 'k\?\[34m=v\?\]0;t\?'
        $config.Config.Healthcheck | Out-String | Should -Match '00:00:02.5'
    }

    It 'is what skopeo inspect --config shows, field for field' -Skip:$noSkopeo {
        Get-ImageConfig $image -Raw | Should -BeExactly ((& skopeo inspect --config --raw $image) -join "`n")
        $theirs = & skopeo inspect --config $image | ConvertFrom-Json -DateKind Offset
        $ours = Get-ImageConfig $image
        $ours.Created | Should -Be $theirs.created
        $ours.Architecture | Should -Be $theirs.architecture
        "$($ours.Config.Env)" | Should -Be "$($theirs.config.Env)"
        "$($ours.Config.Cmd)" | Should -Be "$($theirs.config.Cmd)"
        $ours.Config.Labels['k'] | Should -Be $theirs.config.Labels.k
        $ours.Config.WorkingDir | Should -Be $theirs.config.WorkingDir
        "$($ours.Config.ExposedPorts)" | Should -Be '80/tcp'
        "$($ours.RootFs.DiffIds)" | Should -Be "$($theirs.rootfs.diff_ids)"
        "$($ours.History.CreatedBy)" | Should -Be "$($theirs.history.created_by)"
    }
}

Describe 'Get-ImageHistory' {
    It 'has the steps that podman history has, with their layers' {
        $history = Get-ImageHistory $image
        $history.Count | Should -Be 3
        $history.IsEmptyLayer | Should -Be $false, $true, $false
        $layers = (Get-ImageManifest $image).Layers
        $history[0].Layer.Digest | Should -Be $layers[1].Digest
        $history[2].Layer.Digest | Should -Be $layers[0].Digest
        $history[2].Size | Should -Be $layers[0].Size
        "$($history[2].Layer.DiffId)" | Should -Be $made.Config.rootfs.diff_ids[0]
        $history[1].Comment | Should -Be 'no layer'
    }

    It 'agrees with podman history' -Skip:$noPodman {
        & podman --root "$root/podman" --runroot "$root/podman-run" --storage-driver vfs pull -q $image *> $null
        $theirs = & podman --root "$root/podman" --runroot "$root/podman-run" --storage-driver vfs history --no-trunc --format json (& podman --root "$root/podman" --runroot "$root/podman-run" --storage-driver vfs images -q) | ConvertFrom-Json -AsHashtable
        (Get-ImageHistory $image).CreatedBy | Should -Be $theirs.ForEach({ $_.CreatedBy })
        (Get-ImageHistory $image).ForEach({ "$($_.Comment)" }) | Should -Be $theirs.ForEach({ "$($_.comment)" })
    }

    It 'does not let a step command the terminal' {
        Get-ImageHistory $image | Out-String | Should -Not -Match "x`e\[31m"
    }
}

Describe 'Test-Image' {
    It 'finds nothing wrong with a good image' {
        $results = Test-Image $image
        $results.Status | Sort-Object -Unique | Should -Be Ok
        $results.Part | Should -Be Manifest, Config, Layer, Layer
        Test-Image $image -Quiet | Should -BeTrue
    }

    It 'finds <Status>' -ForEach @(
        @{ Status = 'WrongDigest'; Damage = { param($blob) $bytes = [IO.File]::ReadAllBytes($blob); $bytes[4] = 9; [IO.File]::WriteAllBytes($blob, $bytes) } }
        @{ Status = 'WrongSize'; Damage = { param($blob) Add-Content $blob 'more' } }
        @{ Status = 'Missing'; Damage = { param($blob) Remove-Item $blob } }
        @{ Status = 'WrongDiffId'; Change = { param($document) $document.Config.rootfs.diff_ids[1] = "sha256:$('0' * 64)" } }
    ) {
        $layout = "$root/damaged-$Status"
        $null = Write-TestImage $layout "$root/1.tar", "$root/2.tar" -Change ($Change ?? {})
        if ($Damage) { & $Damage "$layout/blobs/sha256/$((Get-ImageManifest "oci:$layout").Layers[1].Digest.Hex)" }
        $bad = Test-Image "oci:$layout" | Where-Object Status -NE Ok
        $bad.Status | Should -Be $Status
        $bad.Part | Should -Be Layer
        "$($bad.Digest)" | Should -Be "$((Get-ImageManifest "oci:$layout").Layers[1].Digest)"
        $bad.Message | Should -Not -BeNullOrEmpty
        Test-Image "oci:$layout" -Quiet | Should -BeFalse
    }

    It 'finds a damaged <Part>, <From>' -ForEach @(
        @{ Part = 'Manifest'; From = 'oci'; Index = $false }
        @{ Part = 'Index'; From = 'oci'; Index = $true }
        @{ Part = 'Manifest'; From = 'oci-archive'; Index = $false }
        @{ Part = 'Manifest'; From = 'oci, below an index'; Index = $true; Below = $true }
    ) {
        $layout = (New-Item "$root/top-$(New-Guid)" -ItemType Directory).FullName
        $null = Write-TestImage $layout "$root/1.tar"
        $document = Get-Content "$layout/index.json" | ConvertFrom-Json -AsHashtable
        $manifest = $document.manifests[0]
        $damaged = $manifest.digest.Substring(7)
        if ($Index) {
            $child = @{ mediaType = $manifest.mediaType; digest = $manifest.digest; size = $manifest.size; platform = @{ os = 'linux'; architecture = 'amd64' } }
            $bytes = [Text.Encoding]::UTF8.GetBytes((@{ schemaVersion = 2; mediaType = 'application/vnd.oci.image.index.v1+json'; manifests = @($child) } | ConvertTo-Json -Depth 9))
            $digest = [NsTools.Digest]::Of($bytes)
            [IO.File]::WriteAllBytes("$layout/blobs/sha256/$($digest.Hex)", $bytes)
            $document.manifests = @(@{ mediaType = 'application/vnd.oci.image.index.v1+json'; digest = "$digest"; size = $bytes.Length; annotations = $manifest.annotations })
            $document | ConvertTo-Json -Depth 9 | Set-Content "$layout/index.json"
            if (-not $Below) { $damaged = $digest.Hex }
        }
        $file = "$layout/blobs/sha256/$damaged"
        $bytes = [IO.File]::ReadAllBytes($file)
        $bytes[-2] = $bytes[-2] -bxor 1
        [IO.File]::WriteAllBytes($file, $bytes)
        $name = "oci:$layout"
        if ($From -eq 'oci-archive') {
            & tar -C $layout -cf "$layout.tar" .
            $name = "oci-archive:$layout.tar"
        }
        $platform = @{ Platform = 'linux/amd64' }
        $bad = Test-Image $name @platform -ErrorAction Stop | Where-Object Status -NE Ok
        $bad.Status | Should -Be WrongDigest
        $bad.Part | Should -Be $Part
        $bad.Digest.Hex | Should -Be $damaged
        Test-Image $name @platform -Quiet -ErrorAction Stop | Should -BeFalse
    }

    It 'finds a configuration of other layers' {
        $null = Write-TestImage "$root/short" "$root/1.tar", "$root/2.tar" -Change { param($document) $document.Config.rootfs.diff_ids = @($document.Config.rootfs.diff_ids[0]) }
        (Test-Image "oci:$root/short" | Where-Object Status -NE Ok).Part | Should -Be Config
    }
}

Describe 'Compare-Image' {
    It 'tells what a layer has changed' {
        $changes = Compare-Image $image -Layer 1
        $changes.ForEach({ "$($_.Change) $($_.Path) $($_.Properties)" }) | Should -Be @(
            'Changed /d/f Content, Mode, Owner', 'Added /d/new None', 'Added /d/via None', 'Deleted /gone None')
        $changes[0].PreviousSize, $changes[0].Size, $changes[0].Mode, $changes[0].UserId | Should -Be 3, 5, '0777', 4
        $changes[3].Size | Should -BeNullOrEmpty
    }

    It 'tells what differs between two images, and nothing between equal ones' {
        $null = Write-TestImage "$root/first" "$root/1.tar"
        (Compare-Image "oci:$root/first" $image).Path | Should -Be '/d/f', '/d/new', '/d/via', '/gone'
        (Compare-Image $image "oci:$root/first" | Where-Object Path -EQ /gone).Change | Should -Be Added
        $null = Write-TestImage "$root/zstd" "$root/1.tar", "$root/2.tar" -Compression Zstd
        Compare-Image $image "oci:$root/zstd" | Should -BeNullOrEmpty
        { Compare-Image $image -Layer 2 -ErrorAction Stop } | Should -Throw -ErrorId 'LayerNotFound,*'
    }
}

Describe 'Import-Image and Export-Image' {
    It 'writes an archive that <Peer> reads, and reads it again' -ForEach @{ Peer = 'skopeo' } -Skip:$noSkopeo {
        & skopeo copy -q $image "docker-archive:$root/in.tar:localhost/a:1"
        $result = Import-Image "$root/in.tar"
        "$($result.Destination)" | Should -Be localhost/a:1
        $null = Import-Image "$root/in.tar" localhost/b:2
        Export-Image localhost/a:1, localhost/b:2 "$root/out.tar" | Should -BeOfType IO.FileInfo
        (& skopeo inspect "docker-archive:$root/out.tar:localhost/a:1" | ConvertFrom-Json).Layers | Should -Be $made.Config.rootfs.diff_ids
        (& skopeo inspect --config "docker-archive:$root/out.tar:localhost/b:2" | ConvertFrom-Json).rootfs.diff_ids | Should -Be $made.Config.rootfs.diff_ids
        Export-Image $image "$root/out-oci.tar" -Format Oci
        (& skopeo inspect "oci-archive:$root/out-oci.tar" | ConvertFrom-Json).Digest | Should -Be $made.Digest
        Compare-Image $image "docker-archive:$root/out.tar:localhost/b:2" | Should -BeNullOrEmpty
        Compare-Image $image "oci-archive:$root/out-oci.tar" | Should -BeNullOrEmpty
    }

    It 'writes what podman load takes' -Skip:$noPodman {
        $null = Export-Image $image "$root/podman.tar"
        $said = & podman --root "$root/podman" --runroot "$root/podman-run" --storage-driver vfs load -q -i "$root/podman.tar" 2>&1
        $LASTEXITCODE | Should -Be 0 -Because "$said"
    }

    It 'reads what docker save wrote before Docker 25, with links between layers' {
        $at = "$root/old"; $null = New-Item -ItemType Directory "$at/aa", "$at/bb"
        Copy-Item "$root/1.tar" "$at/aa/layer.tar"
        $null = New-Item -ItemType SymbolicLink "$at/bb/layer.tar" -Target ../aa/layer.tar
        $config = @{ architecture = 'amd64'; os = 'linux'; rootfs = @{ type = 'layers'; diff_ids = @($made.Config.rootfs.diff_ids[0], $made.Config.rootfs.diff_ids[0]) } } | ConvertTo-Json -Depth 5 -Compress
        $config | Set-Content -NoNewline "$at/config.json"
        ConvertTo-Json -Depth 5 -Compress -InputObject @(@{ Config = 'config.json'; RepoTags = @('old:1'); Layers = @('aa/layer.tar', 'bb/layer.tar') }) | Set-Content "$at/manifest.json"
        & tar -C $at -cf "$root/old.tar" manifest.json config.json aa bb
        "$((Import-Image "$root/old.tar").Destination)" | Should -BeLike '*old:1'
        Test-Image "docker-archive:$root/old.tar" -Quiet | Should -BeTrue
        & gzip -k "$root/old.tar"
        Test-Image "docker-archive:$root/old.tar.gz" -Quiet | Should -BeTrue
    }

    It 'makes an image of a root file system''s archive' {
        $null = Import-Image "$root/1.tar" localhost/root:1 -Comment 'from a test'
        Test-Image localhost/root:1 -Quiet | Should -BeTrue
        (Get-ImageHistory localhost/root:1).Comment | Should -Be 'from a test'
        { Import-Image "$root/1.tar" -ErrorAction Stop } | Should -Throw -ErrorId 'ImageNameMissing,*'
    }

    It 'does not replace an archive unasked, nor leave a part of one' {
        'mine' | Set-Content "$root/there.tar"
        { Export-Image $image "$root/there.tar" -ErrorAction Stop } | Should -Throw -ErrorId 'ArchiveExists,*'
        { Export-Image $image, "oci:$root/none" "$root/there.tar" -Force -ErrorAction Stop } | Should -Throw -ErrorId 'LayoutNotFound,*'
        Get-Content "$root/there.tar" | Should -Be mine
        (Get-ChildItem $root -Force -Filter '*partial*') | Should -BeNullOrEmpty
        $null = Export-Image $image "$root/there.tar" -Force
        (Get-Item "$root/there.tar").Length | Should -BeGreaterThan 1000
    }

    It 'refuses <What>' -ForEach @(
        @{ What = 'an archive that is none'; Id = 'ArchiveNotTar'; Make = { param($path) 'no tar' * 200 | Set-Content $path } }
        @{ What = 'a truncated archive'; Id = 'ArchiveTruncated'; Make = { param($path) & skopeo copy -q $image "docker-archive:${path}.whole:localhost/x:1"; & head -c 3000 "$path.whole" | & tee $path | Out-Null; [IO.File]::WriteAllBytes($path, [IO.File]::ReadAllBytes("$path.whole")[0..2999]) } }
        @{ What = 'a layer that is not there'; Id = 'ArchiveNotAnImage'; Make = { param($path) '[{"Config":"c","Layers":["nowhere"]}]' | Set-Content "$root/manifest.json"; "{`"rootfs`":{`"diff_ids`":[`"sha256:$('1' * 64)`"]}}" | Set-Content "$root/c"; & tar -C $root -cf $path manifest.json c } }
    ) -Skip:$noSkopeo {
        & $Make "$root/bad.tar"
        { Import-Image "$root/bad.tar" localhost/bad:1 -ErrorAction Stop } | Should -Throw -ErrorId "$Id,*"
    }
}

Describe 'Remove-Image and Optimize-ImageStore' {
    BeforeEach {
        & rm -rf $env:NSTOOLS_ROOT
        $null = Import-Image "$root/1.tar" localhost/one:1
        Write-LayerArchive "$root/3.tar" @{ Name = 'other'; Content = 'two' }
        $null = Import-Image "$root/3.tar" localhost/two:1
    }

    It 'frees what no image needs, and nothing else' {
        Remove-Image localhost/two:1
        { Get-ImageManifest localhost/two:1 -ErrorAction Stop } | Should -Throw -ErrorId 'ImageNotFound,*'
        $blobs = (Get-ChildItem "$env:NSTOOLS_ROOT/images/blobs/sha256").Count
        $said = & $pwsh -NoProfile -Command "Import-Module '$manifestPath'; Optimize-ImageStore -WhatIf"
        "$said" | Should -Match 'rm -r .* B'
        (Get-ChildItem "$env:NSTOOLS_ROOT/images/blobs/sha256").Count | Should -Be $blobs
        $freed = Optimize-ImageStore
        $freed.Count | Should -Be 3
        ($freed | Measure-Object Size -Sum).Sum | Should -BeGreaterThan 1000
        Optimize-ImageStore | Should -BeNullOrEmpty
        Test-Image localhost/one:1 -Quiet | Should -BeTrue
    }

    It 'takes what a killed copy left that none can go on with, and leaves what one can, for a week' {
        $work = (New-Item "$env:NSTOOLS_ROOT/images/.nstools" -ItemType Directory).FullName
        $hex = 'a1' * 32
        # A manifest or a new layer in the making has no digest yet; a part of a known blob is found by its own.
        Set-Content "$work/new-0123" 'half a manifest'
        Set-Content "$work/sha256-$hex.partial" 'half a blob'
        $old = New-Item "$work/sha256-$('b2' * 32).partial" -Value 'half a blob of last month'
        $old.LastWriteTime = [datetime]::Now.AddDays(-30)
        (Optimize-ImageStore).Name | Sort-Object | Should -Be 'new-0123', $old.Name
        (Get-ChildItem $work).Name | Should -Be "sha256-$hex.partial"
        Remove-Item $work -Recurse -Force
    }

    It 'waits for nobody: a store in use is left' {
        Remove-Image localhost/*
        $lock = Start-Process flock -ArgumentList '--shared', "$env:NSTOOLS_ROOT/images/blobs", 'sleep', '30' -PassThru
        try {
            for ($i = 0; $i -lt 100 -and (& flock --nonblock "$env:NSTOOLS_ROOT/images/blobs" echo free) -eq 'free'; $i++) { Start-Sleep -Milliseconds 20 }
            { Optimize-ImageStore -ErrorAction Stop } | Should -Throw -ErrorId 'StoreInUse,*'
        }
        finally { $lock.Kill($true) }
    }

    It 'leaves layers that are mounted, and takes others' -Skip:(-not $isRoot) {
        $mount = Mount-Image localhost/one:1
        Mount-Image localhost/two:1 | Dismount-Image
        Remove-Image localhost/*
        (Optimize-ImageStore | Where-Object Kind -EQ Layer).Count | Should -Be 1
        Get-Content "$($mount.Path)/same" | Should -Be same
        $mount | Dismount-Image
        (Optimize-ImageStore | Where-Object Kind -EQ Layer).Count | Should -Be 1
    }

    It 'says what is not there, and is silent for a wildcard' {
        { Remove-Image localhost/none:1 -ErrorAction Stop } | Should -Throw -ErrorId 'ImageNotFound,*'
        Remove-Image 'none*' -ErrorAction Stop
        { Remove-Image $image -ErrorAction Stop } | Should -Throw -ErrorId 'TransportNotSupported,*'
    }
}

Describe 'Images in a registry' -Skip:$noRegistry {
    BeforeAll {
        Import-Module "$PSScriptRoot/Support/Registries.psm1"
        $registry = Open-TestRegistry "$root/registry"
        $remote = "docker://$($registry.Address)/team/app:v1"
        & skopeo copy -q --dest-tls-verify=false $image $remote
    }

    AfterAll { Close-TestRegistry $registry }

    It 'are expanded without the store' {
        $null = Expand-Image $remote "$root/from-registry" -AllowHttp
        Get-Content "$root/from-registry/d/f" | Should -Be three
        Test-Image $remote -AllowHttp -Quiet | Should -BeTrue
        Compare-Image $image $remote -AllowHttp | Should -BeNullOrEmpty
        "$((Get-ImageManifest $remote -AllowHttp).Digest)" | Should -Be $made.Digest
    }

    It 'are removed by tag and by digest, and the one that is not there is told of' {
        Remove-Image $remote -AllowHttp -ErrorAction Stop
        & skopeo inspect --tls-verify=false $remote *> $null
        $LASTEXITCODE | Should -Not -Be 0
        & skopeo copy -q --dest-tls-verify=false $image $remote
        Remove-Image ($remote -replace ':v1$', "@$($made.Digest)") -AllowHttp -ErrorAction Stop
        { Remove-Image $remote -AllowHttp -ErrorAction Stop } | Should -Throw -ErrorId '*NotFound,*'
    }
}
