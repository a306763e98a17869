#requires -Version 7.6
<#
.SYNOPSIS
    Copy-Image and Get-Image against skopeo and podman, in the same run.
.DESCRIPTION
    Two registries (Debian's docker-registry) on loopback, an image of -Size bytes in four layers and one of 100 small
    layers. Each copy goes to a place that is empty, then to the one that has the image. Ours runs in this session,
    skopeo is started each time, as both are used. Then the memory that a copy takes on top of an idle pwsh, and
    Get-Image over many images with manifests and configurations of their own.
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
}
finally {
    $one, $two | ForEach-Object { Close-TestRegistry $_ }
    Remove-Item $directory -Recurse -Force
    $env:NSTOOLS_ROOT = $savedRoot
}
