# What the suites of namespaces and chroot share: a small real root, and what is left on the host.

function New-TestRoot {
    <#
    .SYNOPSIS
    A root of one static busybox, its applets, and two users.
    #>
    [CmdletBinding(SupportsShouldProcess)]
    param([Parameter(Mandatory)][string] $Path)
    $busybox = (Get-Command busybox -CommandType Application | Select-Object -First 1).Source
    if (-not $PSCmdlet.ShouldProcess($Path)) { return }
    foreach ($directory in 'bin', 'etc', 'tmp', 'proc', 'root', 'home/bob') {
        $null = New-Item -ItemType Directory -Path "$Path/$directory" -Force
    }
    Copy-Item $busybox "$Path/bin/busybox"
    foreach ($applet in 'sh', 'cat', 'echo', 'env', 'false', 'head', 'hostname', 'id', 'kill', 'ls', 'mount', 'ps', 'pwd', 'readlink', 'sleep', 'stty', 'tr', 'true', 'tty', 'umount', 'wc', 'yes') {
        $null = New-Item -ItemType SymbolicLink -Path "$Path/bin/$applet" -Target busybox
    }
    Set-Content "$Path/etc/passwd" "root:x:0:0:root:/root:/bin/sh`nbob:x:1000:1000::/home/bob:/bin/sh"
    Set-Content "$Path/etc/group" "root:x:0:`nbob:x:1000:`nwheel:x:10:bob"
    Set-Content "$Path/etc/os-release" "NAME=`"Busybox root`"`nID=busybox"
}

function Get-HostMount {
    <#
    .SYNOPSIS
    All mounts of this mount namespace, but the directory that `ip netns` keeps.
    #>
    (findmnt -J | ConvertFrom-Json).filesystems | ForEach-Object { Expand-Mount $_ } |
        Where-Object { $_ -notmatch '^/run/netns$' } | Sort-Object
}

function Expand-Mount {
    param($Mount)
    $Mount.target
    if ($Mount.PSObject.Properties['children']) { $Mount.children | ForEach-Object { Expand-Mount $_ } }
}

function Wait-Until {
    <#
    .SYNOPSIS
    Polls, with a bound; throws when it does not come true.
    #>
    param([Parameter(Mandatory)][scriptblock] $Condition, [int] $Seconds = 10, [string] $What = "$Condition")
    $end = [DateTime]::UtcNow.AddSeconds($Seconds)
    while (-not (& $Condition)) {
        if ([DateTime]::UtcNow -gt $end) { throw "Not within $Seconds s: $What" }
        Start-Sleep -Milliseconds 20
    }
}

function Find-TestProcess {
    <#
    .SYNOPSIS
    IDs of the processes, zombies apart, whose command line has the text.
    #>
    param([Parameter(Mandatory)][string] $Text)
    foreach ($directory in [System.IO.Directory]::EnumerateDirectories('/proc')) {
        $id = Split-Path $directory -Leaf
        if ($id -notmatch '^\d+$' -or [int]$id -eq $PID) { continue }
        try { $line = [System.IO.File]::ReadAllText("$directory/cmdline") -replace "`0", ' ' } catch { continue }
        if ($line.Contains($Text)) { [int]$id }
    }
}

Export-ModuleMember -Function New-TestRoot, Get-HostMount, Wait-Until, Find-TestProcess
