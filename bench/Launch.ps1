#requires -Version 7.6
<#
.SYNOPSIS
/bin/true in five new namespaces with a root, against unshare with chroot and against runc.
.DESCRIPTION
As root. All are run from this one session, in turns; the figures are medians in milliseconds. The root is a directory
with a static busybox. Prints a row for each work: Work, Ours, Peer, PeerName, Ratio (ours/peer), Target. Asserts nothing.
.EXAMPLE
pwsh -NoProfile bench/Launch.ps1
#>
[CmdletBinding()]
param(
    # How often each side runs.
    [ValidateRange(1, 1000)]
    [int] $Count = 30
)

$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../out/NsTools/NsTools.psd1"
Import-Module "$PSScriptRoot/Measure.psm1"

$bundle = Join-Path ([IO.Path]::GetTempPath()) "nstools-bench-launch-$PID"
try {
    $root = (New-Item -ItemType Directory "$bundle/rootfs/bin").Parent.FullName
    $null = 'dev', 'proc', 'sys' | ForEach-Object { New-Item -ItemType Directory "$root/$_" }
    Copy-Item (Get-Command busybox -CommandType Application)[0].Source "$root/bin/busybox"
    $null = 'true', 'sh' | ForEach-Object { New-Item -ItemType SymbolicLink "$root/bin/$_" -Target busybox }
    & runc spec --bundle $bundle
    $config = Get-Content "$bundle/config.json" -Raw | ConvertFrom-Json
    $config.process.args = , '/bin/true'
    $config.process.terminal = $false
    $config | ConvertTo-Json -Depth 20 | Set-Content "$bundle/config.json"

    $types = 'Mount', 'Pid', 'Network', 'Ipc', 'Uts'
    $ours = { Invoke-Namespace -New -Type $types -Root $root -FilePath /bin/true }
    Measure-Pair 'Five namespaces, root, /bin/true' $ours 'unshare chroot' { unshare -p -f -m -n -u -i chroot $root /bin/true } 1.5 $Count -WarmUp 3
    Measure-Pair 'Five namespaces, root, /bin/true' $ours 'runc run' { runc run --bundle $bundle "bench-$PID" } 1 $Count -WarmUp 3

    $set = New-Namespace -Name "bench-$PID" -Type $types -Root $root
    $holder = $set.ProcessId
    Measure-Pair 'Join four namespaces, /bin/true' { Invoke-Namespace $set -FilePath /bin/true } 'nsenter' { nsenter -t $holder -p -m -n -u -i /bin/true } 1.5 $Count -WarmUp 3
    Measure-Pair 'chroot, /bin/true' { Invoke-Chroot $root -FilePath /bin/true } 'chroot' { chroot $root /bin/true } 1.5 $Count -WarmUp 3
}
finally {
    Get-Namespace -Name "bench-$PID*" | Remove-Namespace
    Remove-Item -Recurse -Force $bundle -ErrorAction Ignore
}
