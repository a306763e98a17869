# What the measurements share.

<#
.SYNOPSIS
Runs ours and the peer's in turn and gives a row: medians in milliseconds, and ours divided by the peer's.
#>
function Measure-Pair {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Work,
        [Parameter(Mandatory)] [scriptblock] $Ours,
        [Parameter(Mandatory)] [string] $PeerName,
        [Parameter(Mandatory)] [scriptblock] $Peer,
        # The highest ratio that is wanted.
        [Parameter(Mandatory)] [double] $Target,
        # How often each side runs, after WarmUp runs that are not counted.
        [ValidateRange(1, 1000)] [int] $Count = 15,
        [ValidateRange(0, 100)] [int] $WarmUp = 1
    )
    for ($run = 0; $run -lt $WarmUp; $run++) {
        $null = & $Ours
        $null = & $Peer
    }
    $times = foreach ($run in 1..$Count) {
        [pscustomobject]@{ Ours = (Measure-Command $Ours).TotalMilliseconds; Peer = (Measure-Command $Peer).TotalMilliseconds }
    }
    $mine = Get-Median $times.Ours
    $theirs = Get-Median $times.Peer
    [pscustomobject]@{
        Work     = $Work
        Ours     = [math]::Round($mine, 1)
        Peer     = [math]::Round($theirs, 1)
        PeerName = $PeerName
        Ratio    = [math]::Round($mine / $theirs, 2)
        Target   = $Target
    }
}

<#
.SYNOPSIS
The middle of some figures; of an even number the lower one of the two.
#>
function Get-Median {
    [CmdletBinding()]
    [OutputType([double])]
    param([Parameter(Mandatory)] [double[]] $Value)
    ($Value | Sort-Object)[[int][math]::Floor(($Value.Count - 1) / 2)]
}

Export-ModuleMember -Function Measure-Pair, Get-Median
