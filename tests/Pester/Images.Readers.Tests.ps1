# What others make of what we write, and what is no image at all.
BeforeDiscovery {
    $isRoot = (id -u) -eq '0'
    $missing = @('docker-registry', 'podman', 'buildah' | Where-Object { -not (Get-Command $_ -CommandType Application -ErrorAction Ignore) }) + @($isRoot ? @() : 'root')
    $why = $missing ? " (SKIPPED: needs $($missing -join ', '))" : ''
}

Describe "What Copy-Image writes$why" -Skip:([bool]$missing) {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
        Import-Module "$PSScriptRoot/Support/Registries.psm1", "$PSScriptRoot/Support/ImageLayers.psm1" -Force
        # Not in /tmp: trusted and capability attributes.
        $root = (New-Item "/var/tmp/nstools-readers-$PID" -ItemType Directory).FullName
        $saved = $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT, $env:XDG_CONFIG_HOME, $env:REGISTRY_AUTH_FILE
        $env:NSTOOLS_ROOT = "$root/data"; $env:NSTOOLS_RUNROOT = "$root/run"
        $env:XDG_CONFIG_HOME = "$root/config"
        $env:REGISTRY_AUTH_FILE = "$root/auth.json"
        $null = New-Item "$env:XDG_CONFIG_HOME/containers" -ItemType Directory
        Set-Content "$env:XDG_CONFIG_HOME/containers/registries.conf" ''
        Set-Content $env:REGISTRY_AUTH_FILE '{}'
        Set-Content "$root/policy.json" '{"default":[{"type":"insecureAcceptAnything"}]}'
        $registry = Open-TestRegistry "$root/registry"
        $address = $registry.Address
        # A store of the peers' own, away from the host's.
        $storage = '--root', "$root/storage", '--runroot', "$root/storage-run", '--storage-driver', 'vfs'
        $env:WORK = $root
        $said = @'
cd "$WORK"; mkdir -p a/d/sub a/o a/tree a/usr/bin a/gone
echo one > a/d/one; ln a/d/one a/d/hard; ln -s /d/one a/abs; ln -s d a/l; mkfifo a/fifo; mknod a/null c 1 3
echo x > a/usr/bin/x; chmod 4755 a/usr/bin/x; echo cap > a/usr/bin/cap; setcap cap_net_raw+ep a/usr/bin/cap
echo g > a/gone/g; echo o > a/o/old; echo t > a/tree/t; setfattr -n user.k -v v a/d/one
chown 1000:2000 a/d a/d/one; chmod 0711 a/d; chmod 1777 a/d/sub; touch -d '2001-02-03 04:05:06' a/d/one a/d
tar --format=pax --xattrs --xattrs-include='*' --numeric-owner --sort=name -C a -cf 1.tar .
mkdir -p b/o b; echo n > b/o/new; touch b/o/.wh..wh..opq b/.wh.gone; echo file > b/tree
tar --format=pax --numeric-owner --sort=name -C b -cf 2.tar o tree .wh.gone
'@ | & sh -eu 2>&1
        if ($LASTEXITCODE) { throw "$said" }
        $null = Write-TestImage "$root/made" "$root/1.tar", "$root/2.tar"
        $image = "oci:$root/made:test"
        $id = (Get-ImageManifest $image).Config.Digest.Hex
    }

    AfterAll {
        Dismount-Image "$root/*"
        & podman @storage image unmount --all 2>&1 | Out-Null
        Close-TestRegistry $registry
        $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT, $env:XDG_CONFIG_HOME, $env:REGISTRY_AUTH_FILE = $saved
        & rm -rf $root
    }

    It '<Peer> takes from <Transport>' -ForEach @(
        foreach ($peer in 'podman', 'buildah') {
            foreach ($transport in 'docker', 'oci', 'oci-archive', 'docker-archive', 'dir', 'store') { @{ Peer = $peer; Transport = $transport } }
        }
    ) {
        $to, $name = switch ($Transport) {
            docker { , "docker://$address/read/$($Peer):v1" * 2 }
            dir { , "dir:$root/$Peer-dir" * 2 }
            store { "localhost/$($Peer):v1"; "oci:$env:NSTOOLS_ROOT/images:localhost/$($Peer):v1" }
            default { , "$($Transport):$root/$Peer-$($Transport):localhost/read:v1" * 2 }
        }
        $null = Copy-Image $image $to -AllowHttp -ErrorAction Stop
        # A docker-archive is read whole: pull names the image that is meant by itself.
        $said = & $Peer @storage pull -q --tls-verify=false --signature-policy "$root/policy.json" ($Transport -eq 'docker-archive' ? "docker-archive:$root/$Peer-docker-archive" : $name) 2>&1
        $LASTEXITCODE | Should -Be 0 -Because "$Peer says: $said"
        # The configuration's digest is what they call the image.
        $said | Select-Object -Last 1 | Should -BeLike "*$id"
        & podman @storage image rm -f $id 2>&1 | Out-Null
    }

    It 'is the same tree as Mount-Image shows when podman mounts it' {
        $null = Copy-Image $image docker://$address/tree:v1 -AllowHttp
        $null = & podman @storage pull -q --tls-verify=false --signature-policy "$root/policy.json" docker://$address/tree:v1
        $theirs = & podman @storage image mount $address/tree:v1
        $LASTEXITCODE | Should -Be 0
        $null = Copy-Image docker://$address/tree:v1 localhost/tree:v1 -AllowHttp
        $ours = (Mount-Image localhost/tree:v1 "$root/mounted").Path
        # But for the top directory's time: podman removes what a whiteout hides there, and leaves the time of that.
        $listing, $expected = $ours, $theirs | ForEach-Object { , ((Get-TreeListing $_) -replace '^(\. d .*) [\d.]+$', '$1') }
        $listing | Should -Not -BeNullOrEmpty
        $listing | Should -Be $expected
        Test-Path "$ours/gone" | Should -BeFalse
        Test-Path "$ours/o/old" | Should -BeFalse
    }

    It 'is an artifact of types that nobody knows, untouched through every transport' {
        $layout = "$root/artifact"
        $null = New-Item "$layout/blobs/sha256" -ItemType Directory
        Set-Content "$layout/oci-layout" '{"imageLayoutVersion":"1.0.0"}'
        function Add-Part([string] $Type, [byte[]] $Content) {
            $made = [NsTools.Digest]::Of($Content)
            [IO.File]::WriteAllBytes("$layout/blobs/sha256/$($made.Hex)", $Content)
            [ordered]@{ mediaType = $Type; digest = "$made"; size = $Content.Length }
        }
        $utf8 = [Text.Encoding]::UTF8
        $document = [ordered]@{
            schemaVersion = 2; mediaType = 'application/vnd.oci.image.manifest.v1+json'; artifactType = 'application/vnd.example.thing'
            config = Add-Part 'application/vnd.oci.empty.v1+json' $utf8.GetBytes('{}')
            layers = @((Add-Part 'application/vnd.example.data' (1..9999 | ForEach-Object { [byte]($_ % 251) })), (Add-Part 'text/x-never-heard-of' $utf8.GetBytes('some text')))
            'x-member' = @{ nobody = 'knows' }; annotations = @{ 'org.example.k' = 'v' }
        } | ConvertTo-Json -Depth 9
        $entry = Add-Part 'application/vnd.oci.image.manifest.v1+json' $utf8.GetBytes($document)
        $entry.annotations = @{ 'org.opencontainers.image.ref.name' = 'a' }
        @{ schemaVersion = 2; manifests = @($entry) } | ConvertTo-Json -Depth 9 | Set-Content "$layout/index.json"

        $from = "oci:$($layout):a"
        foreach ($to in "docker://$address/artifact:v1", 'localhost/artifact:v1', "oci-archive:$root/artifact.tar:a", "dir:$root/artifact-dir", "oci:$root/artifact-back:a") {
            (Copy-Image $from $to -AllowHttp -ErrorAction Stop).Digest | Should -Be $entry.digest
            $from = $to
        }
        foreach ($file in Get-ChildItem "$layout/blobs/sha256" -File) {
            (Get-FileHash "$root/artifact-back/blobs/sha256/$($file.Name)").Hash | Should -Be $file.Name
        }
        # Docker's archive has no place for it, and says so.
        { Copy-Image $from "docker-archive:$root/artifact-docker.tar:a" -ErrorAction Stop } | Should -Throw -ErrorId 'FormatUnsupported,*'
        Test-Path "$root/artifact-docker.tar" | Should -BeFalse
    }
}
