#requires -Version 7.6
<#
.SYNOPSIS
A throw-away container, several in the background, and their list, against Podman and bare crun or runc.
.DESCRIPTION
As root. All are run from this one session, in turns; the figures are medians in milliseconds. The root file system is a
directory with a static busybox, the same one for all sides. The OCI runtime is runc where the machine's cgroups are in hybrid
mode, which crun does not take, crun otherwise. Prints a row for each work: Work, Ours, Peer, PeerName, Ratio (ours/peer),
Target. Asserts nothing.
.EXAMPLE
pwsh -NoProfile bench/Containers.ps1
#>
[CmdletBinding()]
param(
    # How often each side runs.
    [ValidateRange(1, 1000)]
    [int] $Count = 7,

    # How many in the background.
    [ValidateRange(1, 1000)]
    [int] $Number = 10
)

$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../out/NsTools/NsTools.psd1"
Import-Module "$PSScriptRoot/Measure.psm1"
Import-Module "$PSScriptRoot/../tests/Pester/Support/Images.psm1"

$folder = Join-Path ([IO.Path]::GetTempPath()) "nstools-bench-containers-$PID"
$before = $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT, $env:CONTAINERS_CONF
try {
    $null = New-Item -ItemType Directory $folder
    $env:NSTOOLS_ROOT = "$folder/data"
    $env:NSTOOLS_RUNROOT = "$folder/run"
    $env:CONTAINERS_CONF = "$folder/containers.conf"
    Set-Content "$folder/containers.conf" "[containers]`ndefault_ulimits = [`"nofile=1024:1024`", `"nproc=1024:1024`"]"
    New-BusyBoxRoot "$folder/rootfs"
    $root = "$folder/rootfs"
    $image = New-TestImage "$folder/layout" $root @{ Cmd = @('/bin/true') }
    $runtime = if (Test-Path /sys/fs/cgroup/unified) { 'runc' } else { 'crun' }
    # The config that ours is started with, as its peer's own.
    $made = New-Container -Root $root -Name config /bin/true
    Copy-Item "$($made.Path)/config.json" "$folder/config.json"
    foreach ($name in 'hosts', 'hostname', 'resolv.conf') { Set-Content "$($made.Path)/$name" '' }
    Measure-Pair 'Image, /bin/true, removed' { Invoke-Image $image -Remove } 'podman run --rm' { podman --cgroup-manager cgroupfs --runtime $runtime run --rm --network none --rootfs $root /bin/true } 0.15 $Count -WarmUp 2
    Measure-Pair 'Image, /bin/true, removed' { Invoke-Image $image -Remove } "$runtime run" { & $runtime run --bundle $folder "bench-$PID" } 2 $Count -WarmUp 2
    $null = Remove-Container config

    # Of those who stay with them, the containers' own memory apart: a page that several share counts for each in part.
    function Get-Memory([int[]] $Id) { ($Id | ForEach-Object { [int](Select-String '^Pss:\s+(\d+)' "/proc/$_/smaps_rollup").Matches.Groups[1].Value } | Measure-Object -Sum).Sum / $Id.Count }
    function Get-ParentId([int] $Id) { [int]((Get-Content "/proc/$Id/status" | Select-String '^PPid:\s+(\d+)').Matches.Groups[1].Value) }
    foreach ($amount in 1, $Number) {
        $names = 1..$amount | ForEach-Object { "idle-$_" }
        $supervisors = $names | ForEach-Object { Get-ParentId (Invoke-Image $image -Detach -Name $_ -Command 'exec sleep 1000').ProcessId }
        $conmons = $names | ForEach-Object { $null = podman --cgroup-manager cgroupfs --runtime $runtime run -d --network none --name $_ --rootfs $root sleep 1000; Get-ParentId (podman inspect --format '{{.State.Pid}}' $_) }
        # They give memory back half a second after the start.
        Start-Sleep -Seconds 2
        $ours, $theirs = (Get-Memory $supervisors), (Get-Memory $conmons)
        [pscustomobject]@{ Work = "Idle memory a container, of $amount (KiB)"; Ours = [math]::Round($ours); Peer = [math]::Round($theirs); PeerName = 'conmon'; Ratio = [math]::Round($ours / $theirs, 2); Target = 3 }
        Get-Container idle-* | Remove-Container -Force
        $null = podman --runtime $runtime rm --force --time 0 $names
    }

    Measure-Pair "$Number in the background, listed, stopped, removed" {
        1..$Number | ForEach-Object { Invoke-Image $image -Detach -Name "bench-$_" -Command 'exec sleep 1000' }
        Get-Container
        Get-Container bench-* | Stop-Container -TimeoutSec 0
        Get-Container bench-* | Remove-Container
    } 'podman' {
        1..$Number | ForEach-Object { podman --cgroup-manager cgroupfs --runtime $runtime run -d --network none --name "bench-$_" --rootfs $root sleep 1000 }
        podman ps
        $names = 1..$Number | ForEach-Object { "bench-$_" }
        podman --runtime $runtime stop -t 0 $names
        podman --runtime $runtime rm $names
    } 0.2 1 -WarmUp 0
    $null = 1..$Number | ForEach-Object { New-Container $image -Name "bench-$_"; podman --cgroup-manager cgroupfs --runtime $runtime create --network none --name "bench-$_" --rootfs $root true }
    Measure-Pair "List of $Number" { Get-Container -All } 'podman ps' { podman ps --all } 0.3 $Count
}
finally {
    Get-Container -All | Remove-Container -Force
    podman rm --force --ignore (1..$Number | ForEach-Object { "bench-$_" }) | Out-Null
    $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT, $env:CONTAINERS_CONF = $before
    # Podman leaves a link to /proc in the root, which Remove-Item would go through.
    rm -rf $folder
}
