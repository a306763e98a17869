#requires -Version 7.6
<#
.SYNOPSIS
    What importing NsTools adds to the start of an empty `pwsh -NoProfile`.
.DESCRIPTION
    Both are whole processes, started in turn; the figures are medians in milliseconds. Target: at most 100 ms more.
#>
[CmdletBinding()]
param(
    # How often each is started.
    [ValidateRange(3, 1000)]
    [int] $Run = 15
)

Import-Module "$PSScriptRoot/Measure.psm1"
$pwsh = (Get-Process -Id $PID).Path
$manifest = (Resolve-Path "$PSScriptRoot/../out/NsTools/NsTools.psd1").Path

function Measure-Start([string] $Command) {
    $watch = [Diagnostics.Stopwatch]::StartNew()
    & $pwsh -NoProfile -NonInteractive -Command $Command
    $watch.Elapsed.TotalMilliseconds
}

$import = "Import-Module '$manifest'"
$null = (Measure-Start $import), (Measure-Start '$null')
$ours = [Collections.Generic.List[double]]::new()
$empty = [Collections.Generic.List[double]]::new()
foreach ($round in 1..$Run) {
    $ours.Add((Measure-Start $import))
    $empty.Add((Measure-Start '$null'))
}

$with = Get-Median $ours
$without = Get-Median $empty
[pscustomobject]@{
    Work     = 'start pwsh and import NsTools (ms)'
    Ours     = [Math]::Round($with, 1)
    Peer     = [Math]::Round($without, 1)
    PeerName = 'empty pwsh -NoProfile'
    Ratio    = [Math]::Round($with / $without, 2)
    Target   = "at most 100 ms more: $([Math]::Round($with - $without, 1)) ms"
}
