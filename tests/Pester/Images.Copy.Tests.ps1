BeforeDiscovery {
    $missing = 'docker-registry', 'skopeo', 'umoci' | Where-Object { -not (Get-Command $_ -CommandType Application -ErrorAction Ignore) }
    $why = $missing ? " (SKIPPED: $($missing -join ', ') is not installed)" : ''
    $noStrace = -not (Get-Command strace -CommandType Application -ErrorAction Ignore)
    $transports = 'docker', 'oci', 'oci-archive', 'docker-archive', 'dir', 'store'
    $pairs = foreach ($from in $transports) { foreach ($to in $transports) { @{ From = $from; To = $to } } }
}

Describe "Copy-Image$why" -Skip:([bool]$missing) {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
        Import-Module "$PSScriptRoot/Support/Registries.psm1" -Force
        $saved = $env:NSTOOLS_ROOT, $env:XDG_CONFIG_HOME, $env:REGISTRY_AUTH_FILE
        $env:NSTOOLS_ROOT = "$TestDrive/root"
        $env:XDG_CONFIG_HOME = "$TestDrive/config"
        $env:REGISTRY_AUTH_FILE = "$TestDrive/auth.json"
        $null = New-Item "$env:XDG_CONFIG_HOME/containers" -ItemType Directory
        Set-Content "$env:XDG_CONFIG_HOME/containers/registries.conf" ''
        $registry = Open-TestRegistry "$TestDrive/registry"
        $address = $registry.Address
        Build-TestImage "$TestDrive/made"
        $digest = (skopeo inspect "oci:$TestDrive/made:base" | ConvertFrom-Json).Digest

        function Get-Name([string] $Transport, [string] $Name) {
            switch ($Transport) {
                docker { "docker://$address/test/$($Name):v1" }
                store { "$($Name):v1" }
                dir { "dir:$TestDrive/dir-$Name" }
                default { "$($Transport):$TestDrive/$Transport-$($Name):$($Name):v1" }
            }
        }
        function Get-SkopeoName([string] $Transport, [string] $Name) {
            $Transport -eq 'store' ? "oci:$env:NSTOOLS_ROOT/images:$($Name):v1" : (Get-Name $Transport $Name)
        }
    }

    AfterAll {
        Close-TestRegistry $registry
        $env:NSTOOLS_ROOT, $env:XDG_CONFIG_HOME, $env:REGISTRY_AUTH_FILE = $saved
    }

    It 'copies from <From> to <To>, and skopeo reads it' -ForEach $pairs {
        $source = Get-Name $From "from-$From"
        if (-not (Test-Path "$TestDrive/ready-$From")) {
            # What we read was written by skopeo, where it can.
            if ($From -eq 'store') { $null = Copy-Image "oci:$TestDrive/made:base" $source }
            else { skopeo copy -q --dest-tls-verify=false "oci:$TestDrive/made:base" (Get-SkopeoName $From "from-$From") }
            $null = New-Item "$TestDrive/ready-$From"
        }
        $result = Copy-Image $source (Get-Name $To "$From-$To") -AllowHttp -ErrorAction Stop
        $result.BlobsCopied + $result.BlobsSkipped + $result.BlobsMounted | Should -BeGreaterOrEqual 3

        $ours = skopeo inspect --config --tls-verify=false (Get-SkopeoName $To "$From-$To") | ConvertFrom-Json
        $theirs = skopeo inspect --config "oci:$TestDrive/made:base" | ConvertFrom-Json
        $ours.rootfs.diff_ids | Should -Be $theirs.rootfs.diff_ids
        $ours.config.Labels.a | Should -Be b
        if ('docker-archive' -notin $From, $To) {
            $result.Digest | Should -Be $digest
            (skopeo inspect --tls-verify=false (Get-SkopeoName $To "$From-$To") | ConvertFrom-Json).Digest | Should -Be $digest
        }
    }

    It 'skips what is there, and mounts across repositories' {
        $null = Copy-Image "oci:$TestDrive/made:base" docker://$address/one/app:v1 -AllowHttp
        $again = Copy-Image "oci:$TestDrive/made:base" docker://$address/one/app:v2 -AllowHttp
        $again.BytesMoved | Should -Be 0
        $again.BlobsSkipped | Should -Be 3
        $mounted = Copy-Image docker://$address/one/app:v1 docker://$address/two/app:v1 -AllowHttp
        $mounted.BlobsMounted | Should -Be 3
        $mounted.BytesMoved | Should -Be 0
        (skopeo inspect --tls-verify=false docker://$address/two/app:v1 | ConvertFrom-Json).Digest | Should -Be $digest
    }

    It 'compresses with <Format>, and the content stays the same' -ForEach @{ Format = 'Zstd'; Type = 'tar+zstd' }, @{ Format = 'None'; Type = 'tar' }, @{ Format = 'Gzip'; Type = 'tar+gzip' } {
        $null = Copy-Image "oci:$TestDrive/made:base" "oci:$TestDrive/zstd:x" -CompressionFormat Zstd
        $null = Copy-Image "oci:$TestDrive/zstd:x" "oci:$TestDrive/again-$($Format):x" -CompressionFormat $Format
        $raw = skopeo inspect --raw "oci:$TestDrive/again-$($Format):x" | ConvertFrom-Json
        $raw.layers.mediaType | Sort-Object -Unique | Should -Be "application/vnd.oci.image.layer.v1.$Type"
        # umoci compares each layer with the configuration as it unpacks; it has no zstd.
        if ($Format -ne 'Zstd') {
            umoci unpack --rootless --image "$TestDrive/again-$($Format):x" "$TestDrive/bundle-$Format" 2>$null
            $LASTEXITCODE | Should -Be 0
            (Get-Item "$TestDrive/bundle-$Format/rootfs/file2").Length | Should -Be 100kb
        }
    }

    It 'does not compress again what the destination has, but by another level' {
        $first = Copy-Image "oci:$TestDrive/made:base" docker://$address/remembered:v1 -CompressionFormat Zstd -AllowHttp
        $first.BlobsSkipped | Should -Be 0
        $again = Copy-Image "oci:$TestDrive/made:base" docker://$address/remembered:v1 -CompressionFormat Zstd -AllowHttp
        $again.Digest | Should -Be $first.Digest
        $again.BlobsSkipped | Should -Be 3
        $again.BytesMoved | Should -Be 0
        (Copy-Image "oci:$TestDrive/made:base" docker://$address/remembered:v2 -CompressionFormat Zstd -CompressionLevel 1 -AllowHttp).BytesMoved | Should -BeGreaterThan 0
        # Where the result is not, the memory of it is no use.
        (Copy-Image "oci:$TestDrive/made:base" "oci:$TestDrive/forgotten:x" -CompressionFormat Zstd).BlobsSkipped | Should -Be 0
        Set-Content "$env:NSTOOLS_ROOT/recompressed" "nonsense`n$('x' * 50)"
        (Copy-Image "oci:$TestDrive/made:base" docker://$address/remembered:v3 -CompressionFormat Zstd -AllowHttp -ErrorAction Stop).Digest | Should -Be $first.Digest
    }

    It 'converts to Docker, and for a layout back, since nobody finds Docker''s types there' {
        $docker = Copy-Image "oci:$TestDrive/made:base" docker://$address/docker:x -Format Docker -AllowHttp
        $docker.MediaType | Should -Be 'application/vnd.docker.distribution.manifest.v2+json'
        $raw = skopeo inspect --raw --tls-verify=false docker://$address/docker:x | ConvertFrom-Json
        $raw.config.mediaType | Should -Be 'application/vnd.docker.container.image.v1+json'
        skopeo copy -q --src-tls-verify=false docker://$address/docker:x "dir:$TestDrive/docker-dir"
        $LASTEXITCODE | Should -Be 0
        $back = Copy-Image docker://$address/docker:x from:docker -AllowHttp
        $back.MediaType | Should -Be 'application/vnd.oci.image.manifest.v1+json'
        (skopeo inspect "oci:$env:NSTOOLS_ROOT/images:from:docker" | ConvertFrom-Json).Digest | Should -Be $back.Digest
        # As it is, where that is asked for.
        (Copy-Image docker://$address/docker:x kept:docker -PreserveDigest -AllowHttp).Digest | Should -Be $docker.Digest
        (Copy-Image kept:docker docker://$address/kept:x -AllowHttp).Digest | Should -Be $docker.Digest
    }

    It 'refuses what would change a digest that is to be preserved' {
        { Copy-Image "oci:$TestDrive/made:base" x:y -PreserveDigest -CompressionFormat Zstd -ErrorAction Stop } | Should -Throw -ErrorId 'DigestNotPreserved,*'
        Copy-Image "oci:$TestDrive/made:base" "docker-archive:$TestDrive/p.tar:p" -PreserveDigest -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'DigestNotPreserved,*'
        Test-Path "$TestDrive/p.tar" | Should -BeFalse
    }

    It 'takes one platform of an index, or all, and says which there are' {
        $layout = "$TestDrive/multi"
        $null = Copy-Image "oci:$TestDrive/made:base" "oci:$($layout):base"
        $entry = (Get-Content "$layout/index.json" | ConvertFrom-Json).manifests[0]
        $other = Get-Content "$layout/blobs/sha256/$($digest.Substring(7))" -Raw
        $text = $other + ' '
        $otherDigest = [NsTools.Digest]::Of([Text.Encoding]::UTF8.GetBytes($text))
        [IO.File]::WriteAllText("$layout/blobs/sha256/$($otherDigest.Hex)", $text)
        $index = @{ schemaVersion = 2; mediaType = 'application/vnd.oci.image.index.v1+json'; manifests = @(
                @{ mediaType = $entry.mediaType; digest = $digest; size = $entry.size; platform = @{ os = 'linux'; architecture = 'amd64' } }
                @{ mediaType = $entry.mediaType; digest = "$otherDigest"; size = $text.Length; platform = @{ os = 'linux'; architecture = 'arm64' } }) } | ConvertTo-Json -Depth 9 -Compress
        $indexDigest = [NsTools.Digest]::Of([Text.Encoding]::UTF8.GetBytes($index))
        [IO.File]::WriteAllText("$layout/blobs/sha256/$($indexDigest.Hex)", $index)
        @{ schemaVersion = 2; manifests = @(@{ mediaType = 'application/vnd.oci.image.index.v1+json'; digest = "$indexDigest"; size = $index.Length; annotations = @{ 'org.opencontainers.image.ref.name' = 'multi' } }) } |
            ConvertTo-Json -Depth 9 | Set-Content "$layout/index.json"

        (Copy-Image "oci:$($layout):multi" docker://$address/multi:all -All -AllowHttp).Digest | Should -Be $indexDigest
        (skopeo inspect --raw --tls-verify=false docker://$address/multi:all | ConvertFrom-Json).manifests.Count | Should -Be 2
        (Copy-Image docker://$address/multi:all multi:arm -Platform linux/arm64 -AllowHttp).Digest | Should -Be $otherDigest
        (Copy-Image docker://$address/multi:all multi:all -All -AllowHttp).Digest | Should -Be $indexDigest
        (Get-Image multi:all).Platforms | Should -HaveCount 2
        Copy-Image "oci:$($layout):multi" multi:none -Platform linux/s390x -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'PlatformNotFound,*'
        $failure[0].ErrorDetails.RecommendedAction | Should -Match 'linux/amd64, linux/arm64'
    }

    It 'takes an image that is in no index for its own platform only, where one is given' {
        $own = (skopeo inspect --config "oci:$TestDrive/made:base" | ConvertFrom-Json | ForEach-Object { "$($_.os)/$($_.architecture)" })
        Copy-Image "oci:$TestDrive/made:base" single:other -Platform linux/s390x -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'PlatformNotFound,*'
        $failure[0].ErrorDetails.RecommendedAction | Should -Match $own
        Get-Image single:other -ErrorAction Ignore | Should -BeNullOrEmpty
        { Get-ImageConfig "oci:$TestDrive/made:base" -Platform linux/s390x -ErrorAction Stop } | Should -Throw -ErrorId 'PlatformNotFound,*'
        (Get-ImageConfig "oci:$TestDrive/made:base" -Platform $own).Platform.ToString() | Should -Be $own
        (Copy-Image "oci:$TestDrive/made:base" single:own -Platform $own).Digest | Should -Be $digest
    }

    It 'copies what refers to an image with -IncludeReferrers' {
        $null = Copy-Image "oci:$TestDrive/made:base" docker://$address/signed:v1 -AllowHttp
        $null = Copy-Image "oci:$TestDrive/made:base" "oci:$TestDrive/signature:x"
        $layout = "$TestDrive/signature"
        # An artifact as oras and cosign make them: an empty configuration and a subject.
        $empty = [NsTools.Digest]::Of([byte[]][char[]]'{}')
        [IO.File]::WriteAllText("$layout/blobs/sha256/$($empty.Hex)", '{}')
        $size = (Get-Item "$layout/blobs/sha256/$($digest.Substring(7))").Length
        $artifact = @{ schemaVersion = 2; mediaType = 'application/vnd.oci.image.manifest.v1+json'; artifactType = 'application/vnd.example.signature'
            config = @{ mediaType = 'application/vnd.oci.empty.v1+json'; digest = "$empty"; size = 2 }
            layers = @(@{ mediaType = 'application/vnd.oci.empty.v1+json'; digest = "$empty"; size = 2 })
            subject = @{ mediaType = 'application/vnd.oci.image.manifest.v1+json'; digest = $digest; size = $size } } | ConvertTo-Json -Depth 9 -Compress
        $artifactDigest = [NsTools.Digest]::Of([Text.Encoding]::UTF8.GetBytes($artifact))
        [IO.File]::WriteAllText("$layout/blobs/sha256/$($artifactDigest.Hex)", $artifact)
        $index = Get-Content "$layout/index.json" | ConvertFrom-Json -AsHashtable
        $index.manifests += @{ mediaType = 'application/vnd.oci.image.manifest.v1+json'; digest = "$artifactDigest"; size = $artifact.Length }
        $index | ConvertTo-Json -Depth 9 | Set-Content "$layout/index.json"

        # Layout to registry (which has no referrers API: the tag stands in), registry to registry, registry to store.
        (Copy-Image "oci:$($layout):x" docker://$address/signed:v2 -IncludeReferrers -AllowHttp).ReferrersCopied | Should -Be 1
        (skopeo inspect --raw --tls-verify=false docker://$address/signed:sha256-$($digest.Substring(7)) | ConvertFrom-Json).manifests[0].digest | Should -Be "$artifactDigest"
        (Copy-Image docker://$address/signed:v2 docker://$address/elsewhere:v2 -IncludeReferrers -AllowHttp).ReferrersCopied | Should -Be 1
        (Copy-Image docker://$address/elsewhere:v2 signed:v2 -IncludeReferrers -AllowHttp).ReferrersCopied | Should -Be 1
        (Get-Image | Where-Object Digest -EQ $artifactDigest).ArtifactType | Should -Be application/vnd.example.signature
    }

    It 'writes from several processes into one store at once' {
        $jobs = foreach ($number in 1..3) {
            Start-ThreadJob { Import-Module $using:PSScriptRoot/../../out/NsTools/NsTools.psd1; Copy-Image "oci:$using:TestDrive/made:base" "many:v$using:number" }
        }
        $pwsh = (Get-Process -Id $PID).Path
        foreach ($number in 4..5) {
            & $pwsh -NoProfile -Command "Import-Module '$PSScriptRoot/../../out/NsTools/NsTools.psd1'; `$null = Copy-Image 'oci:$TestDrive/made:base' many:v$number"
        }
        $jobs | Receive-Job -Wait -AutoRemoveJob | Should -HaveCount 3
        Get-Image many:* | Should -HaveCount 5
        umoci ls --layout "$env:NSTOOLS_ROOT/images" | Where-Object { $_ -like 'many:*' } | Should -HaveCount 5
    }

    It 'has a blob on the disk before its name says that it is there, and the index last' -Skip:$noStrace {
        Build-TestImage "$TestDrive/durable" -Layers 12 -Size 20kb
        $pwsh = (Get-Process -Id $PID).Path
        # -y: each descriptor with its path.
        & strace -f -y --seccomp-bpf -qq -e 'trace=fsync,rename' -e signal=none -o "$TestDrive/calls" $pwsh -NoProfile -Command "Import-Module '$PSScriptRoot/../../out/NsTools/NsTools.psd1'; `$null = Copy-Image 'oci:$TestDrive/durable:base' durable:v1"
        $durable = [Collections.Generic.HashSet[string]]::new()
        $placed = 0
        $images = [regex]::Escape("$env:NSTOOLS_ROOT/images")
        foreach ($line in Get-Content "$TestDrive/calls") {
            # One thread does both to a blob, so that what was begun above has ended here.
            if ($line -match "fsync\(\d+<($images/.*?)>") { $null = $durable.Add($Matches[1]) }
            elseif ($line -match ('rename\("({0}/.*?)"\W+({0}/blobs/.*?)"' -f $images)) {
                $durable | Should -Contain $Matches[1]
                $placed++
                $afterIndex | Should -BeNullOrEmpty
                $null = $durable.Remove("$env:NSTOOLS_ROOT/images/blobs/sha256")
            }
            elseif ($line -match "rename\(.*""$images/index.json""" -and $placed) {
                $durable | Should -Contain "$env:NSTOOLS_ROOT/images/blobs/sha256"
                $afterIndex = $true
            }
        }
        $placed | Should -Be (12 + 2)
        $afterIndex | Should -BeTrue
    }

    It 'says what is wrong with <Source>' -ForEach @(
        @{ Source = 'nosuch:image'; Id = 'ImageNotFound' }
        @{ Source = 'oci:/nonexistent:x'; Id = 'LayoutNotFound' }
        @{ Source = 'docker://127.0.0.1:1/a'; Id = 'RegistryUnavailable' }
    ) {
        Copy-Image $Source x:y -AllowHttp -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure[0].FullyQualifiedErrorId | Should -BeLike "$Id,*"
        $failure[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'only tells what it would do with -WhatIf' {
        Copy-Image "oci:$TestDrive/made:base" "oci:$TestDrive/whatif:x" -WhatIf
        Test-Path "$TestDrive/whatif" | Should -BeFalse
    }
}
