#requires -Version 7.6
<#
.SYNOPSIS
    Copy-Image and Get-Image against skopeo and podman, in the same run.
.DESCRIPTION
    Two registries (Debian's docker-registry) on loopback, an image of -Size bytes in four layers and one of 100 small
    layers. Each copy goes to a place that is empty, then to the one that has the image. Ours runs in this session,
    skopeo is started each time, as both are used. Then the memory that a copy takes on top of an idle pwsh, and
    Get-Image over many images with manifests and configurations of their own, beside podman images over as many.
    On two cores the registry that is written to sets a floor: of 1 GiB it hashes and stores each byte itself (3.1 s of
    CPU, the same whoever sends), which is more than both clients take. So the CPU time of the copy alone is measured, too.
#>
[CmdletBinding()]
param(
    # How often each side copies.
    [ValidateRange(1, 100)]
    [int] $Run = 3,
    # Size of the large image.
    [ValidateRange(1mb, 100gb)]
    [long] $Size = 1gb,
    # Images in the store for Get-Image.
    [ValidateRange(1, 100000)]
    [int] $Count = 1000
)

$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/Measure.psm1"
Import-Module "$PSScriptRoot/../out/NsTools/NsTools.psd1"
Import-Module "$PSScriptRoot/../tests/Pester/Support/Registries.psm1"
$directory = (New-Item "/var/tmp/nstools-bench-$PID" -ItemType Directory).FullName
$savedRoot = $env:NSTOOLS_ROOT
$env:NSTOOLS_ROOT = "$directory/root"

function Add-Blob([string] $Layout, [byte[]] $Content) {
    $digest = [NsTools.Digest]::Of($Content)
    [IO.File]::WriteAllBytes("$Layout/blobs/sha256/$($digest.Hex)", $Content)
    @{ digest = "$digest"; size = $Content.Length }
}

# A layout with an image of random bytes: nobody unpacks it here.
function Add-RandomImage([string] $Layout, [int] $Layers, [int] $LayerSize) {
    $null = New-Item "$Layout/blobs/sha256" -ItemType Directory
    Set-Content "$Layout/oci-layout" '{"imageLayoutVersion":"1.0.0"}'
    $random = [Random]::new(7)
    $bytes = [byte[]]::new($LayerSize)
    $blobs = foreach ($number in 1..$Layers) {
        $random.NextBytes($bytes)
        (Add-Blob $Layout $bytes) + @{ mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip' }
    }
    $config = Add-Blob $Layout ([Text.Encoding]::UTF8.GetBytes((@{ os = 'linux'; architecture = 'amd64'; config = @{}; rootfs = @{ type = 'layers'; diff_ids = @($blobs.digest) } } | ConvertTo-Json -Depth 5)))
    $manifest = @{ schemaVersion = 2; mediaType = 'application/vnd.oci.image.manifest.v1+json'; config = $config + @{ mediaType = 'application/vnd.oci.image.config.v1+json' }; layers = @($blobs) } | ConvertTo-Json -Depth 5
    $entry = (Add-Blob $Layout ([Text.Encoding]::UTF8.GetBytes($manifest))) + @{ mediaType = 'application/vnd.oci.image.manifest.v1+json'; annotations = @{ 'org.opencontainers.image.ref.name' = 'x' } }
    @{ schemaVersion = 2; manifests = @($entry) } | ConvertTo-Json -Depth 5 | Set-Content "$Layout/index.json"
}

function Measure-Copy([string] $Image, [string] $What, [int] $Run) {
    $script:number = 0
    $from = "docker://$($one.Address)/bench/$($Image):v1"
    Measure-Pair -Work "$What, registry to registry" -PeerName 'skopeo copy' -Target 0.6 -Count $Run `
        -Ours { $null = Copy-Image $from "docker://$($two.Address)/ours/$((++$script:number))/$($Image):v1" -AllowHttp; Clear-Registry } `
        -Peer { skopeo copy -q --src-tls-verify=false --dest-tls-verify=false $from "docker://$($two.Address)/theirs/$((++$script:number))/$($Image):v1"; Clear-Registry }
    Measure-Pair -Work "$What, registry to layout" -PeerName 'skopeo copy' -Target 0.6 -Count $Run `
        -Ours { $null = Copy-Image $from "oci:$directory/ours-$Image-$((++$script:number)):x" -AllowHttp } `
        -Peer { skopeo copy -q --src-tls-verify=false $from "oci:$directory/theirs-$Image-$((++$script:number)):x" }
    Remove-Item "$directory/ours-$Image-*", "$directory/theirs-$Image-*" -Recurse
    $null = Copy-Image $from "docker://$($two.Address)/again/$($Image):v1" -AllowHttp
    Measure-Pair -Work "$What, repeated" -PeerName 'skopeo copy (repeated)' -Target 0.3 -Count $Run `
        -Ours { $null = Copy-Image $from "docker://$($two.Address)/again/$($Image):v1" -AllowHttp } `
        -Peer { skopeo copy -q --src-tls-verify=false --dest-tls-verify=false $from "docker://$($two.Address)/again/$($Image):v1" }
}

# What a copy costs without the registries, whose work is the same for both and which have the same two cores here.
function Measure-Processor([string] $Image, [string] $What, [int] $Run) {
    $from = "docker://$($one.Address)/bench/$($Image):v1"
    # utime, stime, cutime, cstime (proc_pid_stat(5)): ours is this process, skopeo's a child's.
    $read = { $field = (Get-Content /proc/self/stat -Raw).Split(') ')[1].Split(' '); [long]$field[11] + [long]$field[12]; [long]$field[13] + [long]$field[14] }
    foreach ($to in "docker://$($two.Address)/cpu/$($Image):v1", "oci:$directory/cpu:x") {
        $times = foreach ($number in 1..$Run) {
            $start = & $read
            $null = Copy-Image $from $to -AllowHttp
            $middle = & $read
            Clear-Registry
            Remove-Item "$directory/cpu" -Recurse -ErrorAction Ignore
            $between = & $read
            skopeo copy -q --src-tls-verify=false --dest-tls-verify=false $from $to
            $end = & $read
            Clear-Registry
            Remove-Item "$directory/cpu" -Recurse -ErrorAction Ignore
            [pscustomobject]@{ Ours = ($middle[0] - $start[0]) * 10; Peer = ($end[1] - $between[1]) * 10 }
        }
        $mine = Get-Median $times.Ours
        $theirs = Get-Median $times.Peer
        [pscustomobject]@{
            Work = "$What, registry to $($to -match '^oci' ? 'layout' : 'registry'), CPU ms"; Ours = $mine; Peer = $theirs; PeerName = 'skopeo copy'; Ratio = [Math]::Round($mine / $theirs, 2); Target = 0.6
        }
    }
}

# An image of podman's, and then as many with configurations and layers of their own, written as containers/storage has
# them. (With one layer for all, podman images takes minutes: it looks for the parent of each among all.)
function New-PodmanStore {
    [Diagnostics.CodeAnalysis.SuppressMessage('PSUseShouldProcessForStateChangingFunctions', '')]
    param([string] $Root, [int] $Count)
    Set-Content "$directory/file" 'x'
    & tar -C $directory -cf "$directory/podman.tar" file
    $null = & podman --root $Root --runroot "$Root-run" --storage-driver vfs import -q "$directory/podman.tar" bench:n0
    $list = "$Root/vfs-images/images.json"
    $layerList = "$Root/vfs-layers/layers.json"
    $layer = @(Get-Content $layerList -Raw | ConvertFrom-Json -AsHashtable -DateKind String)[0]
    $layers = [Collections.Generic.List[object]]::new()
    $first = @(Get-Content $list -Raw | ConvertFrom-Json -AsHashtable)[0]
    $folder = "$Root/vfs-images/$($first.id)"
    $base64 = { '=' + [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($args[0])) }
    $config = [IO.File]::ReadAllText("$folder/$(& $base64 "sha256:$($first.id)")")
    $manifest = [IO.File]::ReadAllText("$folder/manifest")
    $all = foreach ($number in 1..$Count) {
        $changed = [Text.Encoding]::UTF8.GetBytes($config.TrimEnd().TrimEnd('}') + ",""comment"":""$number""}")
        $id = [NsTools.Digest]::Of($changed).Hex
        $document = $manifest | ConvertFrom-Json -AsHashtable
        $document.config.digest = "sha256:$id"
        $document.config.size = $changed.Length
        $bytes = [Text.Encoding]::UTF8.GetBytes(($document | ConvertTo-Json -Depth 9 -Compress))
        $digest = [NsTools.Digest]::Of($bytes)
        $layers.Add($layer + @{})
        $layers[-1].id = $id
        $place = (New-Item "$Root/vfs-images/$id" -ItemType Directory).FullName
        [IO.File]::WriteAllBytes("$place/manifest", $bytes)
        [IO.File]::WriteAllBytes("$place/$(& $base64 "manifest-$digest")", $bytes)
        [IO.File]::WriteAllBytes("$place/$(& $base64 "sha256:$id")", $changed)
        @{
            id = $id; digest = "$digest"; names = @("localhost/bench:n$number"); layer = $id; metadata = '{}'; created = $first.created
            'big-data-names' = @("sha256:$id", "manifest-$digest", 'manifest')
            'big-data-sizes' = @{ manifest = $bytes.Length; "manifest-$digest" = $bytes.Length; "sha256:$id" = $changed.Length }
            'big-data-digests' = @{ manifest = "$digest"; "manifest-$digest" = "$digest"; "sha256:$id" = "sha256:$id" }
        }
    }
    ConvertTo-Json @($all) -Depth 9 -Compress | Set-Content $list
    ConvertTo-Json $layers -Depth 9 -Compress | Set-Content $layerList
}

# What a registry has it gives to every repository: each copy begins with an empty one.
function Clear-Registry {
    Remove-Item "$directory/two/storage/docker" -Recurse -Force -ErrorAction Ignore
}

try {
    $one = Open-TestRegistry "$directory/one"
    $two = Open-TestRegistry "$directory/two"
    Add-RandomImage -Layout "$directory/large" -Layers 4 -LayerSize ([int]($Size / 4))
    Add-RandomImage -Layout "$directory/many" -Layers 100 -LayerSize 20kb
    foreach ($image in 'large', 'many') {
        skopeo copy -q --dest-tls-verify=false "oci:$directory/$($image):x" "docker://$($one.Address)/bench/$($image):v1"
    }
    Measure-Copy -Image large -Run $Run -What "$([Math]::Round($Size / 1mb)) MiB in 4 layers"
    Measure-Copy -Image many -Run $Run -What '100 layers of 20 KiB'
    Measure-Processor -Image large -Run $Run -What "$([Math]::Round($Size / 1mb)) MiB in 4 layers"
    Measure-Processor -Image many -Run $Run -What '100 layers of 20 KiB'

    # The highest that a whole process had (VmHWM, proc_pid_status(5)).
    $pwsh = (Get-Process -Id $PID).Path
    $peak = 'Get-Content /proc/self/status | Select-String VmHWM | ForEach-Object { [long]($_ -replace "\D") / 1024 }'
    $module = (Resolve-Path "$PSScriptRoot/../out/NsTools/NsTools.psd1").Path
    $idle = & $pwsh -NoProfile -Command "Import-Module '$module'; $peak"
    $copy = & $pwsh -NoProfile -Command "Import-Module '$module'; `$null = Copy-Image docker://$($one.Address)/bench/large:v1 oci:$directory/memory:x -AllowHttp; $peak"
    [pscustomobject]@{ Work = 'memory over the idle shell (MiB)'; Ours = [Math]::Round($copy - $idle); Peer = [Math]::Round($idle); PeerName = 'idle pwsh'; Ratio = $null; Target = 150 }

    $null = Copy-Image "oci:$directory/many:x" bench:v0
    $store = "$env:NSTOOLS_ROOT/images"
    $layers = @((skopeo inspect --raw "oci:$($store):bench:v0" | ConvertFrom-Json).layers | Select-Object -First 8)
    $entries = foreach ($number in 1..$Count) {
        $config = Add-Blob $store ([Text.Encoding]::UTF8.GetBytes((@{ os = 'linux'; architecture = 'amd64'; config = @{ Labels = @{ number = "$number" } }; rootfs = @{ type = 'layers'; diff_ids = @($layers.digest) } } | ConvertTo-Json -Depth 5)))
        $manifest = @{ schemaVersion = 2; mediaType = 'application/vnd.oci.image.manifest.v1+json'; config = $config + @{ mediaType = 'application/vnd.oci.image.config.v1+json' }; layers = $layers } | ConvertTo-Json -Depth 5
        (Add-Blob $store ([Text.Encoding]::UTF8.GetBytes($manifest))) + @{ mediaType = 'application/vnd.oci.image.manifest.v1+json'; annotations = @{ 'org.opencontainers.image.ref.name' = "bench:n$number" } }
    }
    @{ schemaVersion = 2; manifests = @($entries) } | ConvertTo-Json -Depth 5 | Set-Content "$store/index.json"
    if (@(Get-Image).Count -ne $Count) { throw 'Get-Image does not see them all.' }
    $milliseconds = Get-Median (1..5 | ForEach-Object { (Measure-Command { $null = Get-Image }).TotalMilliseconds })
    [pscustomobject]@{ Work = "Get-Image, $Count images (ms)"; Ours = [Math]::Round($milliseconds, 1); Peer = 200; PeerName = 'the target'; Ratio = [Math]::Round($milliseconds / 200, 2); Target = 1 }

    New-PodmanStore -Root "$directory/podman" -Count $Count
    if (@(& podman --root "$directory/podman" --runroot "$directory/podman-run" --storage-driver vfs images -q).Count -ne $Count) { throw 'podman does not see them all.' }
    Measure-Pair -Work "Get-Image, $Count images" -PeerName 'podman images' -Target 1 -Count 3 `
        -Ours { $null = Get-Image } `
        -Peer { $null = & podman --root "$directory/podman" --runroot "$directory/podman-run" --storage-driver vfs images }
}
finally {
    $one, $two | ForEach-Object { Close-TestRegistry $_ }
    Remove-Item $directory -Recurse -Force
    $env:NSTOOLS_ROOT = $savedRoot
}
