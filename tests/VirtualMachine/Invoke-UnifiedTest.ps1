#requires -Version 7.6
<#
.SYNOPSIS
    Runs the cgroup suite on a pure cgroup v2 system: Debian's cloud kernel in a virtual machine.
.DESCRIPTION
    The machine has this host's own root, read-only (virtiofs), so that what is tested is what was built here. It is
    emulated in software, which is slow and needs nothing of the host. The kernel is that of $env:NSTOOLS_VM_KERNEL (with
    $env:NSTOOLS_VM_MODULES, its folder under /lib/modules), or is fetched with apt-get into out/vm.
    Needs: qemu-system-x86_64 with virtiofsd, busybox (static), cpio of busybox, apt-get; root.
#>
[CmdletBinding()]
param(
    # The suites to run in it.
    [string[]] $Suite = (Get-Item "$PSScriptRoot/../Pester/Cgroups*.Tests.ps1").FullName,

    # Only the tests whose full name (block and test) is like one of these.
    [SupportsWildcards()]
    [string[]] $Filter = '*',

    # Seconds until the machine is switched off.
    [int] $TimeoutSec = 1500
)

$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true
$work = Join-Path (Resolve-Path "$PSScriptRoot/../..") out/vm
$null = New-Item $work -ItemType Directory -Force
$virtiofsd = '/usr/lib/qemu/virtiofsd', '/usr/libexec/virtiofsd' | Where-Object { Test-Path $_ } | Select-Object -First 1
foreach ($program in 'qemu-system-x86_64', 'busybox', $virtiofsd) {
    if (-not $program -or -not (Get-Command $program -ErrorAction Ignore)) {
        throw 'The virtual machine needs qemu-system-x86_64, virtiofsd and busybox: apt-get install qemu-system-x86 busybox-static.'
    }
}

$kernel = $env:NSTOOLS_VM_KERNEL
$modules = $env:NSTOOLS_VM_MODULES
if (-not $kernel) {
    if (-not (Test-Path "$work/kernel")) {
        Push-Location $work
        try {
            $package = (apt-cache depends linux-image-cloud-amd64 | Select-String 'Depends: (linux-image-\S+)').Matches[0].Groups[1].Value
            apt-get download $package 2>$null
            dpkg-deb -x (Get-Item "$package*.deb") "$work/kernel"
        } finally {
            Pop-Location
        }
    }
    $kernel = (Get-Item "$work/kernel/boot/vmlinuz-*").FullName
    $modules = (Get-ChildItem "$work/kernel/lib/modules" -Directory).FullName
}

# The initial RAM disk: busybox, the modules on the way to the root, and the command.
$ram = "$work/ram"
Remove-Item $ram -Recurse -Force -ErrorAction Ignore
$null = New-Item "$ram/bin", "$ram/dev", "$ram/root", "$ram/modules" -ItemType Directory
Copy-Item (Get-Command busybox).Source "$ram/bin/busybox"
Copy-Item "$PSScriptRoot/init" "$ram/init"
chmod 755 "$ram/init"
$order = 'virtio_ring', 'virtio', 'virtio_pci_legacy_dev', 'virtio_pci_modern_dev', 'virtio_pci', 'fuse', 'virtiofs', 'overlay', 'configfs', 'null_blk'
$order | Set-Content "$ram/modules/order"
foreach ($module in $order) {
    Copy-Item (Get-ChildItem $modules -Recurse -Filter "$module.ko" | Select-Object -First 1).FullName "$ram/modules/$module.ko"
}
$paths = ($Suite | ForEach-Object { "'$(Resolve-Path $_)'" }) -join ', '
$names = ($Filter | ForEach-Object { "'$_'" }) -join ', '
$pesterModule = (Get-Module Pester -ListAvailable | Sort-Object Version | Select-Object -Last 1).Path
$code = "Import-Module '$pesterModule'; exit (Invoke-Pester -Path $paths -FullNameFilter $names -Output Detailed -PassThru).FailedCount"
@(
    'export HOME=/tmp PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb NO_COLOR=1 NSTOOLS_SLOW_MACHINE=1 POWERSHELL_UPDATECHECK=Off'
    'cd /tmp'
    "exec '$((Get-Process -Id $PID).Path)' -NoProfile -NonInteractive -Command `"$code`""
) | Set-Content "$ram/command"
bash -c "cd '$ram' && find . | busybox cpio -o -H newc 2>/dev/null | gzip -1 > ../ram.gz"

$socket = "$work/fs.socket"
Remove-Item $socket -ErrorAction Ignore
$server = Start-Process $virtiofsd -ArgumentList "--socket-path=$socket", '-o', 'source=/', '-o', 'sandbox=chroot', '-o', 'cache=always' -RedirectStandardError "$work/virtiofsd.log" -PassThru
try {
    $watch = [Diagnostics.Stopwatch]::StartNew()
    while (-not (Test-Path $socket)) {
        if ($watch.Elapsed.TotalSeconds -gt 10) { throw "virtiofsd did not start: see $work/virtiofsd.log." }
        Start-Sleep -Milliseconds 50
    }
    # no_timer_check: an emulated clock that is late on a busy host is no broken one.
    $arguments = @(
        '-machine', 'q35', '-accel', 'tcg,thread=multi', '-cpu', 'max', '-m', '3072', '-smp', '2', '-nodefaults', '-display', 'none', '-no-reboot',
        '-serial', 'stdio', '-kernel', $kernel, '-initrd', "$work/ram.gz", '-append', 'console=ttyS0 quiet panic=-1 no_timer_check clocksource=hpet',
        '-object', 'memory-backend-memfd,id=ram,size=3072M,share=on', '-numa', 'node,memdev=ram',
        '-chardev', "socket,id=fs,path=$socket", '-device', 'vhost-user-fs-pci,chardev=fs,tag=host'
    )
    $null | timeout --signal=KILL $TimeoutSec qemu-system-x86_64 @arguments | Tee-Object "$work/console.log" | ForEach-Object { $_.TrimEnd() }
} finally {
    if (-not $server.HasExited) { $server.Kill() }
}
$ending = Select-String 'NSTOOLS-VM exit (\d+)' "$work/console.log"
if (-not $ending) { throw "The virtual machine ended before its tests did: see $work/console.log." }
if ($ending.Matches[0].Groups[1].Value -ne '0') { throw "Failed on cgroup v2: see $work/console.log." }
