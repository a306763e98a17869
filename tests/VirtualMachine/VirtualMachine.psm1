# What the scripts that test in a virtual machine share: its kernel, its RAM disk, and the machine itself.
# It has the host's own root, read-only (virtiofs), so that what is tested is what was built here.

<#
.SYNOPSIS
The kernel to boot, and its modules: what $env:NSTOOLS_VM_KERNEL and $env:NSTOOLS_VM_MODULES name, or Debian's cloud kernel, fetched once.
#>
function Get-VirtualKernel {
    [CmdletBinding()]
    [OutputType([pscustomobject])]
    param([Parameter(Mandatory)] [string] $Folder)

    if ($env:NSTOOLS_VM_KERNEL) { return [pscustomobject]@{ Image = $env:NSTOOLS_VM_KERNEL; Modules = $env:NSTOOLS_VM_MODULES } }
    if (-not (Test-Path "$Folder/kernel")) {
        Push-Location $Folder
        try {
            $package = (apt-cache depends linux-image-cloud-amd64 | Select-String 'Depends: (linux-image-\S+)').Matches[0].Groups[1].Value
            apt-get download $package 2>$null
            dpkg-deb -x (Get-Item "$package*.deb") "$Folder/kernel"
        } finally {
            Pop-Location
        }
    }
    [pscustomobject]@{ Image = (Get-Item "$Folder/kernel/boot/vmlinuz-*").FullName; Modules = (Get-ChildItem "$Folder/kernel/lib/modules" -Directory).FullName }
}

<#
.SYNOPSIS
The code for PowerShell that runs suites of Pester and exits with the number of what failed.
#>
function Get-SuiteCode {
    [CmdletBinding()]
    [OutputType([string])]
    param([Parameter(Mandatory)] [string[]] $Suite, [string[]] $Filter = '*')

    $paths = ($Suite | ForEach-Object { "'$(Resolve-Path $_)'" }) -join ', '
    $names = ($Filter | ForEach-Object { "'$_'" }) -join ', '
    $pesterModule = (Get-Module Pester -ListAvailable | Sort-Object Version | Select-Object -Last 1).Path
    "Import-Module '$pesterModule'; `$result = Invoke-Pester -Path $paths -FullNameFilter $names -Output Detailed -PassThru; exit (`$result.FailedCount + `$result.FailedContainersCount + `$result.FailedBlocksCount)"
}

<#
.SYNOPSIS
Boots a machine on a RAM disk of busybox, an init and a command, shows its console, and throws unless it says "NSTOOLS-VM exit 0".
.DESCRIPTION
Emulated in software, which is slow and needs nothing of the host; $env:NSTOOLS_VM_ACCELERATOR = 'kvm' where that works.
Needs qemu-system-x86_64 with virtiofsd, and busybox (static); root.
#>
function Invoke-VirtualMachine {
    [CmdletBinding()]
    param(
        # Where its files are made.
        [Parameter(Mandatory)] [string] $Folder,
        # The script that is its PID 1.
        [Parameter(Mandatory)] [string] $Init,
        # The lines of the shell script that the init runs, or has run.
        [Parameter(Mandatory)] [string[]] $Command,
        # Seconds until it is switched off.
        [Parameter(Mandatory)] [int] $TimeoutSec,
        # Words that the init reads from /modules/places.
        [hashtable] $Place = @{}
    )

    $virtiofsd = '/usr/lib/qemu/virtiofsd', '/usr/libexec/virtiofsd' | Where-Object { Test-Path $_ } | Select-Object -First 1
    foreach ($program in 'qemu-system-x86_64', 'busybox', $virtiofsd) {
        if (-not $program -or -not (Get-Command $program -ErrorAction Ignore)) {
            throw 'The virtual machine needs qemu-system-x86_64, virtiofsd and busybox: apt-get install qemu-system-x86 busybox-static.'
        }
    }
    $kernel = Get-VirtualKernel $Folder
    $ram = "$Folder/ram"
    Remove-Item $ram -Recurse -Force -ErrorAction Ignore
    $null = New-Item "$ram/bin", "$ram/dev", "$ram/root", "$ram/modules" -ItemType Directory
    Copy-Item (Get-Command busybox).Source "$ram/bin/busybox"
    Copy-Item $Init "$ram/init"
    chmod 755 "$ram/init"
    $order = 'virtio_ring', 'virtio', 'virtio_pci_legacy_dev', 'virtio_pci_modern_dev', 'virtio_pci', 'fuse', 'virtiofs', 'overlay', 'configfs', 'null_blk'
    $order | Set-Content "$ram/modules/order"
    foreach ($module in $order) {
        Copy-Item (Get-ChildItem $kernel.Modules -Recurse -Filter "$module.ko" | Select-Object -First 1).FullName "$ram/modules/$module.ko"
    }
    $Command | Set-Content "$ram/command"
    $Place.GetEnumerator() | ForEach-Object { "$($_.Key)='$($_.Value)'" } | Set-Content "$ram/modules/places"
    bash -c "cd '$ram' && find . | busybox cpio -o -H newc 2>/dev/null | gzip -1 > ../ram.gz"

    $accelerator = $env:NSTOOLS_VM_ACCELERATOR ? $env:NSTOOLS_VM_ACCELERATOR : 'tcg'
    $socket = "$Folder/fs.socket"
    Remove-Item $socket -ErrorAction Ignore
    $server = Start-Process $virtiofsd -ArgumentList "--socket-path=$socket", '-o', 'source=/', '-o', 'sandbox=chroot', '-o', 'cache=always' -RedirectStandardError "$Folder/virtiofsd.log" -PassThru
    try {
        $watch = [Diagnostics.Stopwatch]::StartNew()
        while (-not (Test-Path $socket)) {
            if ($watch.Elapsed.TotalSeconds -gt 10) { throw "virtiofsd did not start: see $Folder/virtiofsd.log." }
            Start-Sleep -Milliseconds 50
        }
        # no_timer_check: an emulated clock that is late on a busy host is no broken one.
        $arguments = @(
            '-machine', 'q35', '-accel', $accelerator, '-cpu', ($accelerator -eq 'kvm' ? 'host' : 'max'), '-m', '2048', '-smp', '1', '-nodefaults', '-display', 'none', '-no-reboot',
            '-serial', 'stdio', '-kernel', $kernel.Image, '-initrd', "$Folder/ram.gz", '-append', 'console=ttyS0 quiet panic=-1 no_timer_check clocksource=hpet',
            '-object', 'memory-backend-memfd,id=ram,size=2048M,share=on', '-numa', 'node,memdev=ram',
            '-chardev', "socket,id=fs,path=$socket", '-device', 'vhost-user-fs-pci,chardev=fs,tag=host'
        )
        $PSNativeCommandUseErrorActionPreference = $false # it ends by a reboot, or by the timeout
        $null | timeout --signal=KILL $TimeoutSec qemu-system-x86_64 @arguments | Tee-Object "$Folder/console.log" | ForEach-Object { $_.TrimEnd() }
    } finally {
        if (-not $server.HasExited) { $server.Kill() }
    }
    $ending = Select-String 'NSTOOLS-VM exit (\d+)' "$Folder/console.log"
    if (-not $ending) { throw "The virtual machine ended before its tests did: see $Folder/console.log." }
    if ($ending.Matches[0].Groups[1].Value -ne '0') { throw "Failed in the virtual machine: see $Folder/console.log." }
}

Export-ModuleMember -Function Get-SuiteCode, Invoke-VirtualMachine
