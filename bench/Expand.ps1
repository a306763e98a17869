<#
.SYNOPSIS
Expand-RootFileSystem against tar xzf, on a real gzip tar of more than 300 MB.
.DESCRIPTION
Both expand the same archive, made of this host's /usr, in turn. Prints a row of medians, and how much memory
the expansion added. Nothing is asserted.
#>
[CmdletBinding()]
param(
    # How often each expands.
    [ValidateRange(1, 100)] [int] $Run = 3,
    # Where to work; needs some gigabytes.
    [string] $Directory = '/var/tmp'
)

Import-Module "$PSScriptRoot/../out/NsTools/NsTools.psd1"
Import-Module "$PSScriptRoot/Measure.psm1"
$work = Join-Path $Directory "nstools-bench-expand-$PID"
$null = New-Item -ItemType Directory $work
try {
    $archive = "$work/usr.tar.gz"
    & sh -c "tar -cf - /usr/lib /usr/share /usr/bin 2>/dev/null | head -c 1500000000 > $work/cut.tar; tar -tf $work/cut.tar 2>/dev/null | head -n -1 > $work/names; tar -czf $archive --no-recursion -C / -T $work/names; rm $work/cut.tar"
    $size = (Get-Item $archive).Length
    $ours = [Collections.Generic.List[double]]::new()
    $theirs = [Collections.Generic.List[double]]::new()
    $memory = [Collections.Generic.List[long]]::new()
    for ($i = 0; $i -lt $Run; $i++) {
        & sync
        $before = (Get-Process -Id $PID).WorkingSet64
        $ours.Add((Measure-Command { $null = Expand-RootFileSystem $archive "$work/ours" }).TotalSeconds)
        $memory.Add((Get-Process -Id $PID).WorkingSet64 - $before)
        & rm -rf "$work/ours"
        $null = New-Item -ItemType Directory "$work/theirs"
        & sync
        $theirs.Add((Measure-Command { & tar -xzf $archive -C "$work/theirs" }).TotalSeconds)
        & rm -rf "$work/theirs"
    }
    [pscustomobject]@{
        Work     = 'Expand {0:0} MB of gzip tar' -f ($size / 1e6)
        Ours     = '{0:0.00} s' -f (Get-Median $ours)
        Peer     = '{0:0.00} s' -f (Get-Median $theirs)
        PeerName = 'tar xzf'
        Ratio    = [math]::Round((Get-Median $ours) / (Get-Median $theirs), 2)
        Target   = '<= 0.5'
    }
    [pscustomobject]@{
        Work     = 'Memory added by it'
        Ours     = '{0:0} MB' -f ((Get-Median $memory) / 1e6)
        Peer     = ''
        PeerName = ''
        Ratio    = $null
        Target   = 'flat'
    }
}
finally { & rm -rf $work }
