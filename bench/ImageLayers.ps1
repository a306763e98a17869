<#
.SYNOPSIS
Expand-Image against umoci unpack and against tar layer by layer: an image of about a gigabyte, and one of 100 small layers.
.DESCRIPTION
The images are made of this host's /usr. Each side expands the same OCI layout in turn. What it made is removed only when all
have run: for a minute ext4 passes over each inode that was freed (recently_deleted, fs/ext4/ialloc.c), and whoever
comes after a removal would be measured with that. The runs of one image need nine times its size of the disk. Prints medians, and how much memory the expansion added.
Nothing is asserted. Needs root, umoci and tar.
#>
[CmdletBinding()]
param(
    # How often each expands.
    [ValidateRange(1, 100)] [int] $Run = 3,
    # Bytes of the larger image's files.
    [ValidateRange(1MB, 100GB)] [long] $Size = 1GB,
    # Where to work.
    [string] $Directory = '/var/tmp'
)

Import-Module "$PSScriptRoot/../out/NsTools/NsTools.psd1", "$PSScriptRoot/Measure.psm1", "$PSScriptRoot/../tests/Pester/Support/ImageLayers.psm1"
$work = Join-Path $Directory "nstools-bench-layers-$PID"
$null = New-Item -ItemType Directory $work
try {
    # Names up to so many bytes, in four layers of about the same size.
    $env:WORK = $work; $env:MOST = $Size
    @'
cd /
find usr/lib usr/share usr/bin -xdev -type f -size -64M -printf '%s %p\n' | awk -v most="$MOST" -v work="$WORK" '
    { sum += $1; if (sum > most) next; sub(/^[0-9]+ /, ""); print > (work "/names" int(sum * 4 / (most + 1))) }'
for i in 0 1 2 3; do tar -C / -cf "$WORK/big$i.tar" -T "$WORK/names$i"; done
cd "$WORK"
for i in $(seq 1 100); do
    mkdir -p "s/d$i"
    for f in $(seq 1 20); do head -c 2000 /dev/urandom > "s/d$i/f$f"; done
    tar -C s -cf "small$i.tar" "d$i"; rm -r s
done
'@ | & sh -eu
    $null = Write-TestImage "$work/big" (0..3 | ForEach-Object { "$work/big$_.tar" })
    $null = Write-TestImage "$work/small" (1..100 | ForEach-Object { "$work/small$_.tar" })
    & sh -c 'rm -f "$WORK"/*.tar "$WORK"/names*'

    # A warm start for all of them, as a second use of a cmdlet in a session is.
    $null = Expand-Image "oci:$work/small:test" "$work/warm"
    # The small one first: nothing has been removed yet.
    foreach ($image in 'small', 'big') {
        $layers = (Get-ImageManifest "oci:$work/$($image):test").Layers.Digest.Hex
        $null = New-Item -ItemType Directory "$work/made"
        $times = @{ Ours = @(); Umoci = @(); Tar = @() }
        $memory = @()
        foreach ($i in 1..$Run) {
            & sync
            $before = (Get-Process -Id $PID).WorkingSet64
            $times.Ours += (Measure-Command { $null = Expand-Image "oci:$work/$($image):test" "$work/made/ours$i" }).TotalSeconds
            $memory += (Get-Process -Id $PID).WorkingSet64 - $before
            & sync
            $times.Umoci += (Measure-Command { & umoci unpack --image "$work/$($image):test" "$work/made/umoci$i" 2>$null }).TotalSeconds
            $null = New-Item -ItemType Directory "$work/made/tar$i"
            & sync
            $times.Tar += (Measure-Command { foreach ($layer in $layers) { & tar -xzf "$work/$image/blobs/sha256/$layer" -C "$work/made/tar$i" } }).TotalSeconds
        }
        & rm -rf "$work/made"
        $what = $image -eq 'big' ? ('Expand an image of {0:0.0} GB, 4 layers' -f ($Size / 1e9)) : 'Expand an image of 100 small layers'
        foreach ($peer in @{ Key = 'Umoci'; Name = 'umoci unpack'; Target = 0.5 }, @{ Key = 'Tar'; Name = 'tar xzf each layer'; Target = 1.0 }) {
            [pscustomobject]@{
                Work     = $what
                Ours     = '{0:0.00} s' -f (Get-Median $times.Ours)
                Peer     = '{0:0.00} s' -f (Get-Median $times[$peer.Key])
                PeerName = $peer.Name
                Ratio    = [math]::Round((Get-Median $times.Ours) / (Get-Median $times[$peer.Key]), 2)
                Target   = $peer.Target
            }
        }
        [pscustomobject]@{ Work = 'Memory added by it'; Ours = '{0:0} MB' -f ((Get-Median $memory) / 1e6); Peer = '150 MB'; PeerName = 'the target'; Ratio = [math]::Round((Get-Median $memory) / 150e6, 2); Target = 1.0 }
    }
}
finally { & rm -rf $work }
