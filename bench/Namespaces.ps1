#requires -Version 7.6
<#
.SYNOPSIS
Get-Namespace against lsns, on a machine with 200 extra processes in 50 namespaces.
.DESCRIPTION
As root. Both are run from this one session, in turns; the figures are medians in milliseconds. Prints a row for each
work: Work, Ours, Peer, PeerName, Ratio (ours/peer), Target. Asserts nothing.
.EXAMPLE
pwsh -NoProfile bench/Namespaces.ps1
#>
[CmdletBinding()]
param(
    # How often each side runs.
    [ValidateRange(1, 1000)]
    [int] $Count = 15
)

$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../out/NsTools/NsTools.psd1"
Import-Module "$PSScriptRoot/Measure.psm1"

# Ten groups of five namespaces; in each unshare, a shell and 18 sleepers. All end with their unshare.
$script = 'i=0; while [ $i -lt 18 ]; do sleep infinity & i=$((i+1)); done; echo ready; wait'
$groups = foreach ($group in 1..10) {
    $info = [System.Diagnostics.ProcessStartInfo]::new('unshare')
    '--mount', '--uts', '--ipc', '--net', '--pid', '--fork', '--kill-child', 'sh', '-c', $script | ForEach-Object { $info.ArgumentList.Add($_) }
    $info.RedirectStandardOutput = $true
    [System.Diagnostics.Process]::Start($info)
}
try {
    foreach ($process in $groups) {
        if ($process.StandardOutput.ReadLine() -ne 'ready') { throw 'unshare made no namespaces: run this as root.' }
    }
    $common = @{ Target = 1.0; Count = $Count }
    Measure-Pair @common -Work 'All namespaces as objects' -Ours { Get-Namespace } -PeerName 'lsns -J | ConvertFrom-Json' -Peer { lsns -J | ConvertFrom-Json }
    Measure-Pair @common -Work 'Network namespaces' -Ours { Get-Namespace -Type Network } -PeerName 'lsns -J -t net | ConvertFrom-Json' -Peer { lsns -J -t net | ConvertFrom-Json }
    $inner = $groups[0].Id
    Measure-Pair @common -Work 'Namespaces of one process' -Ours { Get-Namespace -ProcessId $inner } -PeerName 'lsns -J -p PID | ConvertFrom-Json' -Peer { lsns -J -p $inner | ConvertFrom-Json }
} finally {
    foreach ($process in $groups) {
        $process.Kill()
        $process.WaitForExit()
        $process.Dispose()
    }
}
