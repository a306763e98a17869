#requires -Version 7.6
<#
.SYNOPSIS
    Runs the cgroup suite of systemd on a system that systemd has booted: a small Debian in a virtual machine.
.DESCRIPTION
    The system is made by debootstrap into out/vm/systemd, once; its packages come from where apt has them from. As root, and as an
    ordinary user with a session and a manager of their own. See VirtualMachine.psm1 for what the machine needs.
#>
[CmdletBinding()]
param(
    # The suites to run in it.
    [string[]] $Suite = (Get-Item "$PSScriptRoot/../Pester/Cgroups.Systemd.Tests.ps1").FullName,

    # Only the tests whose full name (block and test) is like one of these.
    [SupportsWildcards()]
    [string[]] $Filter = '*',

    # Seconds until the machine is switched off.
    [int] $TimeoutSec = 1800
)

$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true
Import-Module "$PSScriptRoot/VirtualMachine.psm1"
$repository = (Resolve-Path "$PSScriptRoot/../..").Path
$work = (New-Item "$repository/out/vm" -ItemType Directory -Force).FullName
$packages = 'systemd', 'systemd-sysv', 'dbus', 'dbus-user-session', 'libpam-systemd', 'passwd', 'uidmap', 'procps', 'libicu72', 'busybox-static', 'crun', 'runc'
$system = "$work/systemd"
if (-not (Test-Path "$system/etc/nstools-ready")) {
    if (-not (Get-Command debootstrap -ErrorAction Ignore)) { throw 'The system for the virtual machine is made by debootstrap: apt-get install debootstrap.' }
    Remove-Item $system -Recurse -Force -ErrorAction Ignore
    debootstrap --variant=minbase "--include=$($packages -join ',')" bookworm $system
    chroot $system useradd --create-home --shell /bin/sh tester
    # Their manager runs without a login, too (loginctl(1), enable-linger).
    $null = New-Item "$system/var/lib/systemd/linger/tester", "$system/etc/nstools-ready" -Force
}
$shell = (Get-Process -Id $PID).Path
$places = $repository, (Split-Path $shell), (Split-Path (Get-Module Pester -ListAvailable | Sort-Object Version | Select-Object -Last 1).Path)
$command = @(
    'export HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb NO_COLOR=1 NSTOOLS_SLOW_MACHINE=1 POWERSHELL_UPDATECHECK=Off'
    'cd /tmp'
    "'$shell' -NoProfile -NonInteractive -Command `"$((Get-SuiteCode $Suite $Filter).Replace('$', '\$'))`""
    'echo "NSTOOLS-VM exit $?"'
    'systemctl reboot --force --force'
)
Invoke-VirtualMachine -Folder $work -Init "$PSScriptRoot/systemd-init" -Command $command -TimeoutSec $TimeoutSec -Place @{ system = $system; places = $places -join ' ' }
