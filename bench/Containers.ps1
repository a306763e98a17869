#requires -Version 7.6
<#
.SYNOPSIS
A throw-away container, several in the background, and their list, against Podman and bare crun or runc.
.DESCRIPTION
As root. All are run from this one session, in turns; the figures are medians in milliseconds. The image is a static busybox,
the same for both; each work is done without a network on both sides, and on a bridge on both. The OCI runtime is runc where the machine's cgroups are in hybrid
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
    [int] $Number = 50,

    # How many are listed.
    [ValidateRange(1, 10000)]
    [int] $Listed = 200
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
    $podman = @('--root', "$folder/ps", '--runroot', "$folder/pr", '--cgroup-manager', 'cgroupfs', '--runtime', $runtime)
    tar -C $root -cf "$folder/root.tar" .
    $null = podman @podman import --quiet --change 'CMD ["/bin/true"]' "$folder/root.tar" bench:1
    $networks = @{ Name = 'no network'; Ours = 'none'; Peer = 'none' }, @{ Name = 'bridge'; Ours = 'nstools'; Peer = 'podman' }
    foreach ($network in $networks) {
        Measure-Pair "/bin/true, removed, $($network.Name)" { Invoke-Image $image -Remove -Network $network.Ours } 'podman run --rm' { podman @podman run --rm --network $network.Peer bench:1 } 0.15 $Count -WarmUp 2
    }
    # The configuration that ours is started with, as its peer's own.
    $made = New-Container -Root $root -Name config -Network none /bin/true
    Copy-Item "$($made.Path)/config.json" "$folder/config.json"
    foreach ($name in 'hosts', 'hostname', 'resolv.conf') { Set-Content "$($made.Path)/$name" '' }
    Measure-Pair '/bin/true, removed, no network' { Invoke-Image $image -Remove -Network none } "$runtime run" { & $runtime run --bundle $folder "bench-$PID" } 2 $Count -WarmUp 2
    Remove-Container config

    # Of those who stay with them, the containers' own memory apart: a page that several share counts for each in part.
    function Get-Memory([int[]] $Id) { ($Id | ForEach-Object { [int](Select-String '^Pss:\s+(\d+)' "/proc/$_/smaps_rollup").Matches.Groups[1].Value } | Measure-Object -Sum).Sum / $Id.Count }
    function Get-ParentId([int] $Id) { [int]((Get-Content "/proc/$Id/status" | Select-String '^PPid:\s+(\d+)').Matches.Groups[1].Value) }
    foreach ($amount in 1, 10) {
        $names = 1..$amount | ForEach-Object { "idle-$_" }
        $supervisors = $names | ForEach-Object { Get-ParentId (Invoke-Image $image -Detach -Network none -Name $_ -Command 'exec sleep 1000').ProcessId }
        $conmons = $names | ForEach-Object { $null = podman @podman run -d --network none --name $_ bench:1 sleep 1000; Get-ParentId (podman @podman inspect --format '{{.State.Pid}}' $_) }
        # They give memory back half a second after the start.
        Start-Sleep -Seconds 2
        $ours, $theirs = (Get-Memory $supervisors), (Get-Memory $conmons)
        [pscustomobject]@{ Work = "Idle memory a container, of $amount (KiB)"; Ours = [math]::Round($ours); Peer = [math]::Round($theirs); PeerName = 'conmon'; Ratio = [math]::Round($ours / $theirs, 2); Target = 3 }
        Get-Container idle-* | Remove-Container -Force
        $null = podman @podman rm --force --time 0 $names
    }

    foreach ($network in $networks) {
        Measure-Pair "$Number started, listed, stopped, removed, $($network.Name)" {
            1..$Number | ForEach-Object { Invoke-Image $image -Detach -Name "bench-$_" -Network $network.Ours -Command 'exec sleep 1000' }
            Get-Container
            Get-Container bench-* | Stop-Container -TimeoutSec 0
            Get-Container bench-* | Remove-Container
        } 'podman' {
            1..$Number | ForEach-Object { podman @podman run -d --network $network.Peer --name "bench-$_" bench:1 sleep 1000 }
            podman @podman ps
            $names = 1..$Number | ForEach-Object { "bench-$_" }
            podman @podman stop -t 0 $names
            podman @podman rm $names
        } 0.2 1 -WarmUp 0
    }
    $null = 1..$Listed | ForEach-Object { New-Container $image -Name "bench-$_" -Network none; podman @podman create --network none --name "bench-$_" bench:1 }
    Measure-Pair "List of $Listed" { Get-Container -All } 'podman ps' { podman @podman ps --all } 0.3 $Count
}
finally {
    Get-Container -All | Remove-Container -Force
    $null = podman @podman rm --all --force --time 0
    $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT, $env:CONTAINERS_CONF = $before
    findmnt -rno TARGET | Where-Object { $_ -like "$folder/*" } | Sort-Object -Descending | ForEach-Object { umount $_ }
    # Podman leaves a link to /proc in the root, which Remove-Item would go through.
    rm -rf $folder
}
