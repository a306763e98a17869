#requires -Version 7.6
<#
.SYNOPSIS
    Runs the cgroup suites on a pure cgroup v2 system: Debian's cloud kernel in a virtual machine.
.DESCRIPTION
    See VirtualMachine.psm1 for what it needs; apt-get fetches the kernel into out/vm.
#>
[CmdletBinding()]
param(
    # The suites to run in it.
    [string[]] $Suite = (Get-Item "$PSScriptRoot/../Pester/Cgroups*.Tests.ps1").FullName,

    # Only the tests whose full name (block and test) is like one of these.
    [SupportsWildcards()]
    [string[]] $Filter = '*',

    # Seconds until the machine is switched off.
    [int] $TimeoutSec = 2400
)

$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true
Import-Module "$PSScriptRoot/VirtualMachine.psm1"
$work = (New-Item (Join-Path (Resolve-Path "$PSScriptRoot/../..") out/vm) -ItemType Directory -Force).FullName
$command = @(
    'export HOME=/tmp PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb NO_COLOR=1 NSTOOLS_SLOW_MACHINE=1 POWERSHELL_UPDATECHECK=Off'
    'cd /tmp'
    "'$((Get-Process -Id $PID).Path)' -NoProfile -NonInteractive -Command `"$((Get-SuiteCode $Suite $Filter).Replace('$', '\$'))`""
    'echo "NSTOOLS-VM exit $?"'
    'busybox reboot -f'
)
Invoke-VirtualMachine -Folder $work -Init "$PSScriptRoot/init" -Command $command -TimeoutSec $TimeoutSec
