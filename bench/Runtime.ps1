#requires -Version 7.6
<#
.SYNOPSIS
nsrun run and exec against crun and runc, peak memory, and where each millisecond of nsrun goes.
.DESCRIPTION
As root. The same bundle for all: busybox's true in the five usual namespaces with cgroups. Debian's crun refuses a
machine with both cgroup versions, so everything runs in a mount namespace in which v2's tree is unmounted. Prints a row
for each work: Work, Ours, Peer, PeerName, Ratio (ours/peer), Target; times are medians in milliseconds, memory in KiB. Then
the phases, medians in microseconds, from NSRUN_TRACE=1. Asserts nothing.
.EXAMPLE
pwsh -NoProfile bench/Runtime.ps1
#>
[CmdletBinding()]
param(
    # How often each side runs.
    [ValidateRange(1, 1000)]
    [int] $Count = 30,

    # Set by itself: in the mount namespace.
    [switch] $Inside
)

$ErrorActionPreference = 'Stop'
if (-not $Inside) {
    # Objects come back whole.
    $file = [System.IO.Path]::GetTempFileName()
    try {
        $command = "& '$PSCommandPath' -Inside -Count $Count | Export-Clixml '$file'"
        unshare -m sh -c 'umount -R /sys/fs/cgroup/unified 2>/dev/null; exec "$@"' sh (Get-Process -Id $PID).Path -NoProfile -c $command
        Import-Clixml $file
    } finally { Remove-Item $file -ErrorAction Ignore }
    return
}

Import-Module "$PSScriptRoot/Measure.psm1"
$nsrun = (Get-ChildItem "$PSScriptRoot/../out/NsTools/runtimes/*/native/nsrun").FullName
$work = Join-Path ([IO.Path]::GetTempPath()) "nstools-bench-runtime-$PID"
# Containers' state is in memory on most machines (/run); so it is here, for all.
$state = "/dev/shm/nstools-bench-$PID"
try {
    $root = (New-Item -ItemType Directory "$work/rootfs/bin").Parent.FullName
    $null = 'dev', 'proc', 'sys' | ForEach-Object { New-Item -ItemType Directory "$root/$_" }
    Copy-Item (Get-Command busybox -CommandType Application)[0].Source "$root/bin/busybox"
    $null = 'true', 'sh', 'sleep' | ForEach-Object { New-Item -ItemType SymbolicLink "$root/bin/$_" -Target busybox }
    runc spec --bundle $work
    $config = Get-Content "$work/config.json" -Raw | ConvertFrom-Json
    $config.process.args = , '/bin/true'
    $config.process.terminal = $false
    $config.process.rlimits = @()
    $config | ConvertTo-Json -Depth 20 | Set-Content "$work/config.json"
    $null = New-Item -ItemType Directory "$work/long"
    $config.process.args = 'sleep', '1000'
    $config.root.path = "$work/rootfs"
    $config | ConvertTo-Json -Depth 20 | Set-Content "$work/long/config.json"

    $run = { & $nsrun --root "$state/nsrun" run -b $work "n$PID" }
    Measure-Pair 'run /bin/true' $run 'crun' { crun --root "$state/crun" run -b $work "c$PID" } 1 $Count -WarmUp 3
    Measure-Pair 'run /bin/true' $run 'runc' { runc --root "$state/runc" run -b $work "r$PID" } 0.5 $Count -WarmUp 3

    foreach ($runtime in $nsrun, 'crun', 'runc') {
        sh -c '"$1" --root "$2" run -d -b "$3" "$4" </dev/null >/dev/null 2>&1' sh $runtime "$state/$(Split-Path $runtime -Leaf)" "$work/long" "e$PID"
    }
    $exec = { & $nsrun --root "$state/nsrun" exec "e$PID" /bin/true }
    Measure-Pair 'exec /bin/true' $exec 'crun' { crun --root "$state/crun" exec "e$PID" /bin/true } 1 $Count -WarmUp 3
    Measure-Pair 'exec /bin/true' $exec 'runc' { runc --root "$state/runc" exec "e$PID" /bin/true } 0.5 $Count -WarmUp 3

    function Get-PeakMemory([string[]] $Command) {
        # Started by something small: a child's maximum counts what it was forked with, too (getrusage(2)).
        $peaks = foreach ($turn in 1..5) {
            # busybox takes getrusage's KiB for pages of 4 KiB each.
            [int]((busybox time -v @Command 2>&1 | Select-String 'Maximum resident set size \(kbytes\): (\d+)').Matches.Groups[1].Value) / 4
        }
        Get-Median $peaks
    }
    $ours = Get-PeakMemory $nsrun, '--root', "$state/nsrun", 'run', '-b', $work, "n$PID"
    $theirs = Get-PeakMemory 'crun', '--root', "$state/crun", 'run', '-b', $work, "c$PID"
    [pscustomobject]@{ Work = 'run, peak memory (KiB)'; Ours = $ours; Peer = $theirs; PeerName = 'crun'; Ratio = [math]::Round($ours / $theirs, 2); Target = 2 }

    $phases = [ordered]@{}
    foreach ($turn in 1..$Count) {
        $before = $null
        $env:NSRUN_TRACE = '1'
        try { $lines = @(& $nsrun --root "$state/nsrun" run -b $work "n$PID" 2>&1) } finally { $env:NSRUN_TRACE = $null }
        # Both stages write; in the order of their clock they are one sequence.
        foreach ($mark in $lines | Where-Object { "$_" -match '^nsrun-trace (\d+) (\S+)$' } | ForEach-Object { [pscustomobject]@{ At = [long]("$_" -split ' ')[1]; Name = ("$_" -split ' ')[2] } } | Sort-Object At) {
            $name = $mark.Name
            if ($name -eq 'main' -and $null -ne $before) { $name = 'inner main' }
            if (-not $phases.Contains($name)) { $phases[$name] = [System.Collections.Generic.List[double]]::new() }
            $phases[$name].Add($null -eq $before ? 0 : $mark.At - $before)
            $before = $mark.At
        }
    }
    foreach ($name in $phases.Keys) {
        [pscustomobject]@{ Work = "until '$name' (us)"; Ours = Get-Median $phases[$name]; Peer = $null; PeerName = ''; Ratio = $null; Target = $null }
    }
} finally {
    foreach ($runtime in $nsrun, 'crun', 'runc') { & $runtime --root "$state/$(Split-Path $runtime -Leaf)" delete -f "e$PID" 2>$null }
    Remove-Item -Recurse -Force $work, $state -ErrorAction Ignore
}
