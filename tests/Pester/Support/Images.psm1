# Images for tests, made here: BusyBox and nothing else, as an OCI layout that no other tool has touched.

function Get-Sha256([string] $Path) { (Get-FileHash -Algorithm SHA256 $Path).Hash.ToLowerInvariant() }

# A root file system that has BusyBox, two users and some directories.
function New-BusyBoxRoot {
    [Diagnostics.CodeAnalysis.SuppressMessage('PSUseShouldProcessForStateChangingFunctions', '')]
    param([string] $Path)
    foreach ($folder in 'bin', 'etc', 'tmp', 'proc', 'dev', 'sys', 'home/bob', 'data') { $null = New-Item -ItemType Directory -Force "$Path/$folder" }
    Copy-Item (Get-Command busybox).Source "$Path/bin/busybox"
    foreach ($applet in /bin/busybox --list) { if (-not (Test-Path "$Path/bin/$applet")) { $null = New-Item -ItemType SymbolicLink -Path "$Path/bin/$applet" -Value busybox } }
    Set-Content "$Path/etc/passwd" "root:x:0:0:root:/root:/bin/sh`nbob:x:1000:1000::/home/bob:/bin/sh"
    Set-Content "$Path/etc/group" "root:x:0:`nwheel:x:10:root,bob`nbob:x:1000:"
    chmod 1777 "$Path/tmp"
    chown 1000:1000 "$Path/home/bob"
}

# An image of one layer in an OCI layout, under the name 'test'.
function New-TestImage {
    [Diagnostics.CodeAnalysis.SuppressMessage('PSUseShouldProcessForStateChangingFunctions', '')]
    param([string] $Layout, [string] $Root, [hashtable] $Config = @{}, [object[]] $History)
    $blobs = (New-Item -ItemType Directory -Force "$Layout/blobs/sha256").FullName
    $architecture = if ([Runtime.InteropServices.RuntimeInformation]::OSArchitecture -eq 'Arm64') { 'arm64' } else { 'amd64' }
    function Add-Blob([string] $MediaType, [string] $File) {
        $digest = Get-Sha256 $File
        $size = (Get-Item $File).Length
        Move-Item -Force $File "$blobs/$digest"
        [ordered]@{ mediaType = $MediaType; digest = "sha256:$digest"; size = $size }
    }
    tar --sort=name -C $Root -cf "$Layout/layer.tar" .
    $diffId = "sha256:$(Get-Sha256 "$Layout/layer.tar")"
    gzip -1n "$Layout/layer.tar"
    $layer = Add-Blob 'application/vnd.oci.image.layer.v1.tar+gzip' "$Layout/layer.tar.gz"
    $document = [ordered]@{ architecture = $architecture; os = 'linux'; config = $Config; rootfs = @{ type = 'layers'; diff_ids = @($diffId) } }
    if ($History) { $document.history = $History }
    [IO.File]::WriteAllText("$Layout/config", ($document | ConvertTo-Json -Depth 9))
    $manifest = [ordered]@{
        schemaVersion = 2
        mediaType     = 'application/vnd.oci.image.manifest.v1+json'
        config        = Add-Blob 'application/vnd.oci.image.config.v1+json' "$Layout/config"
        layers        = @($layer)
    }
    [IO.File]::WriteAllText("$Layout/manifest", ($manifest | ConvertTo-Json -Depth 9))
    $entry = Add-Blob 'application/vnd.oci.image.manifest.v1+json' "$Layout/manifest"
    $entry.annotations = @{ 'org.opencontainers.image.ref.name' = 'test' }
    [IO.File]::WriteAllText("$Layout/index.json", ([ordered]@{ schemaVersion = 2; manifests = @($entry) } | ConvertTo-Json -Depth 9))
    [IO.File]::WriteAllText("$Layout/oci-layout", '{"imageLayoutVersion":"1.0.0"}')
    "oci:${Layout}:test"
}
