#requires -Version 7.6
<#
.SYNOPSIS
    Links, routes and labs of many namespaces, against iproute2.
.DESCRIPTION
    Everything happens in network namespaces made for it. Ours and the peer's take turns; the figures are medians in
    milliseconds, measured from this one session. Needs root and iproute2.
#>
[CmdletBinding()]
param(
    # How often each is run.
    [ValidateRange(1, 100)]
    [int] $Run = 3,

    # How many cables.
    [ValidateRange(2, 4000)]
    [int] $Cable = 500,

    # How many namespaces in the lab.
    [ValidateRange(2, 1000)]
    [int] $Namespace = 200,

    # How many routes.
    [ValidateRange(10, 10000)]
    [int] $Route = 10000,

    # Leave out what takes thousands of processes.
    [switch] $SkipSeparateCall
)

Import-Module "$PSScriptRoot/../out/NsTools/NsTools.psd1"
Import-Module "$PSScriptRoot/Measure.psm1"
$tag = "bench$PID"
# /run is in memory; on a disk each set written down would wait for that.
$scratch = (New-Item -ItemType Directory "/dev/shm/nstools-$tag").FullName
$savedRunRoot = $env:NSTOOLS_RUNROOT
$env:NSTOOLS_RUNROOT = "$scratch/run"

function Measure-One([scriptblock] $Do) {
    [GC]::Collect()
    $watch = [Diagnostics.Stopwatch]::StartNew()
    $null = & $Do
    $watch.Elapsed.TotalMilliseconds
}

function Compare-Work([string] $Work, [string] $PeerName, [string] $Target, [scriptblock] $Ours, [scriptblock] $Peer, [scriptblock] $Before, [scriptblock] $After, [int] $Times = $Run) {
    $oursTimes = [Collections.Generic.List[double]]::new()
    $peerTimes = [Collections.Generic.List[double]]::new()
    foreach ($round in 1..$Times) {
        foreach ($side in @{ Do = $Ours; Times = $oursTimes }, @{ Do = $Peer; Times = $peerTimes }) {
            if ($Before) { $null = & $Before }
            $side.Times.Add((Measure-One $side.Do))
            if ($After) { $null = & $After }
        }
    }
    $mine = Get-Median $oursTimes
    $theirs = Get-Median $peerTimes
    [pscustomobject]@{
        Work = $Work; Ours = [Math]::Round($mine, 1); Peer = [Math]::Round($theirs, 1); PeerName = $PeerName
        Ratio = [Math]::Round($mine / $theirs, 3); Target = $Target
    }
}

function MakeSpace { ip netns add $tag; New-NetBridge br0 -Namespace $tag -Up }
function DropSpace { ip netns del $tag }

$create = 1..$Cable | ForEach-Object { "link add va$_ type veth peer name vb$_"; "link set va$_ master br0"; "link set va$_ up"; "link set vb$_ up" }
$create | Set-Content "$scratch/create"
1..$Cable | ForEach-Object { "link del va$_" } | Set-Content "$scratch/delete"
1..$Cable | ForEach-Object { "link add va$_ type veth peer name vb$_" } | Set-Content "$scratch/cables"
0..($Route - 1) | ForEach-Object { "route add 10.$(1 + [Math]::Floor($_ / 2500)).$([Math]::Floor($_ % 2500 / 10)).$($_ % 10 * 16)/28 via 192.0.2.2" } | Set-Content "$scratch/routes"

# One command for all, as one batch file is: the namespace is opened once.
$ourCables = { 1..$Cable | ForEach-Object { [pscustomobject]@{ Name = "va$_"; PeerName = "vb$_" } } | New-VethPair -Namespace $tag -Bridge br0 -Up }
try {
    # What the first call of each cmdlet costs once (loading, compiling) is the import's, not the work's.
    $null = MakeSpace
    $null = New-VethPair v0 w0 -Namespace $tag -Bridge br0 -Address 192.0.2.1/24 -Up
    $null = New-NetRoute default 192.0.2.2 -Namespace $tag
    $null = Get-NetRoute -Namespace $tag
    Get-NetLink v0 -Namespace $tag | Remove-NetLink
    DropSpace

    Compare-Work -Work "make $Cable cables, on a bridge, up" -PeerName 'ip -batch' -Target '<= 1.1' -Ours $ourCables -Peer { ip -n $tag -batch "$scratch/create" } -Before { MakeSpace } -After { DropSpace }
    if (-not $SkipSeparateCall) {
        $separate = { foreach ($line in $create) { & ip -n $tag $line.Split(' ') } }
        Compare-Work -Work "make $Cable cables, on a bridge, up" -PeerName 'separate ip calls' -Target '<= 0.1' -Ours $ourCables -Peer $separate -Before { MakeSpace } -After { DropSpace } -Times ([Math]::Min($Run, 3))
    }
    Compare-Work -Work "remove $Cable cables" -PeerName 'ip -batch' -Target '<= 0.05' -Ours { Get-NetLink va* -Namespace $tag | Remove-NetLink } -Peer { ip -n $tag -batch "$scratch/delete" } -Before {
        MakeSpace
        ip -n $tag -batch "$scratch/cables"
    } -After { DropSpace } -Times ([Math]::Min($Run, 3))

    $null = MakeSpace
    ip -n $tag -batch "$scratch/cables"
    Compare-Work -Work "read $(2 * $Cable + 2) links" -PeerName 'ip -j link | ConvertFrom-Json' -Target '<= 0.5' -Ours { Get-NetLink -Namespace $tag } -Peer { ip -n $tag -j link | ConvertFrom-Json } -Times ($Run * 3)
    DropSpace
    $null = MakeSpace
    $null = New-VethPair v0 w0 -Namespace $tag -Address 192.0.2.1/24 -Up
    ip -n $tag -batch "$scratch/routes"
    Compare-Work -Work "read $Route routes" -PeerName 'ip -j route | ConvertFrom-Json' -Target '<= 0.5' -Ours { Get-NetRoute -Namespace $tag } -Peer { ip -n $tag -j route | ConvertFrom-Json } -Times ($Run * 3)
    DropSpace

    # The lab: namespaces, each with a cable to a bridge, an address and a route.
    $names = 1..$Namespace | ForEach-Object { "$tag-$_" }
    $names | ForEach-Object { "netns add $_" } | Set-Content "$scratch/lab-names"
    $number = 0
    $names | ForEach-Object {
        $number++
        "link add la$number type veth peer name eth0 netns $_"
        "link set la$number master br0"
        "link set la$number up"
    } | Set-Content "$scratch/lab-cables"
    $index = 0
    foreach ($name in $names) {
        $index++
        'link set eth0 up', "address add 10.0.$([Math]::Floor($index / 250)).$($index % 250 + 1)/16 dev eth0", 'route add default via 10.0.255.254' | Set-Content "$scratch/lab-in-$index"
    }
    $peerBuild = {
        ip -batch "$scratch/lab-names"
        ip -n $tag -batch "$scratch/lab-cables"
        foreach ($i in 1..$Namespace) { ip -n $names[$i - 1] -batch "$scratch/lab-in-$i" }
    }
    # Three commands for all, as the batch files are.
    $ourBuild = {
        $sets = $names | ForEach-Object { New-Namespace -Name $_ -Type Network }
        $number = 0
        $sets | ForEach-Object {
            $number++
            [pscustomobject]@{
                Name = "la$number"; PeerName = 'eth0'; PeerNamespace = $_; PeerAddress = "10.0.$([Math]::Floor($number / 250)).$($number % 250 + 1)/16"
            }
        } | New-VethPair -Namespace $tag -Bridge br0 -Up
        $sets | ForEach-Object { [pscustomobject]@{ DestinationPrefix = 'default'; NextHop = '10.0.255.254'; Namespace = $_ } } | New-NetRoute
    }
    $names | ForEach-Object { "netns del $_" } | Set-Content "$scratch/lab-delete"
    $built = [Collections.Generic.List[double]]::new(), [Collections.Generic.List[double]]::new()
    $gone = [Collections.Generic.List[double]]::new(), [Collections.Generic.List[double]]::new()
    foreach ($round in 1..[Math]::Min($Run, 3)) {
        $null = MakeSpace
        $built[0].Add((Measure-One $ourBuild))
        $gone[0].Add((Measure-One { Get-NetLink la* -Namespace $tag | Remove-NetLink; Remove-Namespace "$tag-*" }))
        DropSpace
        $null = MakeSpace
        $built[1].Add((Measure-One $peerBuild))
        1..$Namespace | ForEach-Object { "link del la$_" } | Set-Content "$scratch/lab-unlink"
        $gone[1].Add((Measure-One { ip -n $tag -batch "$scratch/lab-unlink"; ip -batch "$scratch/lab-delete" }))
        DropSpace
    }
    foreach ($row in @{ Work = "build a lab of $Namespace namespaces"; Times = $built; Target = '<= 1.2' }, @{ Work = "tear the lab of $Namespace down"; Times = $gone; Target = '<= 0.2' }) {
        $mine = Get-Median $row.Times[0]
        $theirs = Get-Median $row.Times[1]
        [pscustomobject]@{
            Work = $row.Work; Ours = [Math]::Round($mine, 1); Peer = [Math]::Round($theirs, 1); PeerName = 'ip -batch'
            Ratio = [Math]::Round($mine / $theirs, 3); Target = $row.Target
        }
    }
} finally {
    ip netns list | ForEach-Object { $_.Split(' ')[0] } | Where-Object { $_ -eq $tag } | ForEach-Object { ip netns del $_ }
    Remove-Namespace "$tag-*"
    ip netns list | ForEach-Object { $_.Split(' ')[0] } | Where-Object { $_ -like "$tag-*" } | ForEach-Object { ip netns del $_ }
    $env:NSTOOLS_RUNROOT = $savedRunRoot
    Remove-Item -Recurse -Force $scratch
}
