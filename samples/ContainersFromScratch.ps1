<#
.SYNOPSIS
    Containers from scratch: two root filesystems, a program in each, namespaces, entering them, a bind mount, a network.
.DESCRIPTION
    "Containers From Scratch" with cmdlets in the place of chroot, unshare, lsns, nsenter, mount, ip, bridge and ping.
    Each step says what it does and shows its objects; the script ends with exit code 0 only when every step did what
    it must, and leaves nothing behind. Runs in pwsh and in nstools, as root and as an ordinary user: what needs root
    then says so, and the rest happens in a user namespace.
.EXAMPLE
    ./samples/ContainersFromScratch.ps1
    With two writable views of this host's own root: no download.
.EXAMPLE
    $archive = Find-RootFileSystem | Save-RootFileSystem; ./samples/ContainersFromScratch.ps1 -RootFileSystem $archive
    With an archive of a distribution.
#>
[CmdletBinding()]
param(
    # An archive to expand into both; without one they are overlays over the root of this host.
    [string] $RootFileSystem,

    # The directory to work in, which is made and removed.
    [string] $Path = "/var/tmp/containers-from-scratch-$PID"
)

# In nstools without pwsh there are no Write-Host, Test-Path, Join-Path and the like: files are .NET's here, and Out-Host shows each
# step's objects by their own view (after the first table a pipeline shows objects of other types as lists).
$ErrorActionPreference = 'Stop'
if (-not (Get-Module NsTools)) {
    Import-Module "$PSScriptRoot/../out/NsTools/NsTools.psd1"
}

function Show-Heading([string] $Text) {
    '', "== $Text" | Out-Host
}

function Assert-That([object] $Condition, [string] $Expectation) {
    if (-not $Condition) { throw "This step did not do what it must: $Expectation" }
}

$isRoot = [Environment]::IsPrivilegedProcess
# What an ordinary user adds: a user namespace in which they are root.
$asRoot = $isRoot ? @{} : @{ MapRootUser = $true }
$user = $isRoot ? @() : @('User')
$buda = $cgroup = $null
$bridge = "br-$PID"
$budaRoot, $pestRoot, $shared = "$Path/buda", "$Path/pest", "$Path/shared-configs"
$listProcesses = 'for d in /proc/[0-9]*; do read -r name < $d/comm && echo "${d#/proc/} $name"; done'

try {
    $null = [IO.Directory]::CreateDirectory($Path)

    Show-Heading "Two root filesystems in $Path"
    if ($RootFileSystem) {
        $budaRoot, $pestRoot | ForEach-Object { Expand-RootFileSystem -Path $RootFileSystem -Destination $_ } | Out-Host
    }
    else {
        New-RootFileSystem -Path $budaRoot, $pestRoot -FromHost | Out-Host
    }
    Assert-That ([IO.Directory]::Exists($budaRoot) -and [IO.Directory]::Exists($pestRoot)) 'both directories exist'

    Show-Heading 'chroot: a program sees buda as its root'
    $release = Invoke-Chroot $budaRoot -FilePath cat -ArgumentList /etc/os-release @asRoot
    $release | Out-Host
    Assert-That ($release -match '^ID=') '/etc/os-release of buda was read'
    Invoke-Chroot $budaRoot -Command 'echo "this is buda" > /tmp/motd' @asRoot
    Assert-That ((Invoke-Chroot $pestRoot -Command 'cat /tmp/motd 2>/dev/null; true' @asRoot) -notcontains 'this is buda') 'what is written in buda does not show in pest'

    Show-Heading 'unshare: a Pid and a Mount namespace with buda as root, held by process 1 of its own'
    $buda = New-Namespace -Name "buda-$PID" -Type ($user + 'Pid', 'Mount') -Root $budaRoot @asRoot
    $buda | Out-Host

    Show-Heading 'Only its own processes are there, PID 1 first'
    $processes = @(Invoke-Namespace $buda -Command $listProcesses)
    $processes | Out-Host
    Assert-That ($processes[0] -match '^1 ' -and $processes.Count -lt 5) 'the process list begins with 1 and has only what runs in buda'

    Show-Heading 'lsns: the namespaces of the holder'
    Get-Namespace -ProcessId $buda.ProcessId | Out-Host

    Show-Heading 'What it shares with this process, and what not'
    $comparison = @(Compare-Namespace $buda $PID)
    $comparison | Out-Host
    $same = @($comparison | Where-Object Same | ForEach-Object { "$($_.Type)" })
    Assert-That ($same -contains 'Network' -and $same -notcontains 'Pid' -and $same -notcontains 'Mount') 'Pid and Mount differ, Network is the same'

    Show-Heading 'nsenter: the Pid namespace of buda with pest as root'
    if ($isRoot) {
        $processes = @(Invoke-Namespace $buda -Type Pid -Root $pestRoot -Command "mount -t proc proc /proc && $listProcesses")
    }
    else {
        # The kernel lets a user namespace mount proc only where a whole one is in sight, which a new root has not.
        $processes = @(Invoke-Namespace $buda -Type User, Pid -Root $pestRoot -Command 'echo "$$ sh"')
    }
    $processes | Out-Host
    Assert-That ($processes[0] -match '^\d{1,2} ' -and $processes.Count -lt 6) 'the process numbers are those of buda'

    Show-Heading 'mount --bind -o ro: configuration shared with pest, which pest cannot change'
    if ($isRoot) {
        $null = [IO.Directory]::CreateDirectory($shared)
        [IO.File]::WriteAllText("$shared/app-config", "test1`ntest2`n")
        $target = "$pestRoot/etc/myconfigs"
        $null = [IO.Directory]::CreateDirectory($target)
        Mount-FileSystem -Bind -ReadOnly -Source $shared -Target $target | Out-Host
        Invoke-Chroot $pestRoot -FilePath cat -ArgumentList /etc/myconfigs/app-config | Out-Host
        $write = Invoke-Chroot $pestRoot -Command 'echo test3 >> /etc/myconfigs/app-config' -PassThru
        $write | Out-Host
        Assert-That ($write.ExitCode -ne 0 -and "$($write.StandardError)" -match 'Read-only file system') 'the write fails: Read-only file system'
        Dismount-FileSystem $target
        Assert-That (-not [IO.File]::Exists("$target/app-config")) 'nothing is mounted there any more'
    }
    else {
        'Left out: mounting on the host needs root.'
    }

    Show-Heading 'ip and bridge: two network namespaces, two virtual cables, a bridge, pings across'
    if ($isRoot) {
        $budaNet, $pestNet = 'buda', 'pest' | ForEach-Object { New-Namespace -Name "$_-net-$PID" -Type Pid, Mount, Network -Root "$Path/$_" }
        New-NetBridge $bridge | Set-NetLink -Up | Out-Host
        # In one call: the cable, an end in buda with an address, the other one on the bridge, both switched on.
        New-VethPair "vb-$PID" veth-buda-ns -PeerNamespace $budaNet -Bridge $bridge -PeerAddress 192.168.0.55/24 -Up | Out-Host
        # The same step by step.
        $null = New-VethPair "vp-$PID" "vq-$PID"
        Move-NetLink "vq-$PID" -Destination $pestNet -NewName veth-pest-ns
        $null = New-NetIPAddress 192.168.0.56/24 veth-pest-ns -Namespace $pestNet
        $null = Set-NetLink veth-pest-ns -Namespace $pestNet -Up
        $null = Set-NetLink "vp-$PID" -Up
        Add-NetBridgePort $bridge "vp-$PID" | Out-Host
        Get-NetLink -Namespace $budaNet | Out-Host
        $across = Test-NetConnection 192.168.0.56 -Namespace $budaNet -Count 3
        $back = Test-NetConnection 192.168.0.55 -Namespace $pestNet -Count 3
        $across, $back | Out-Host
        Assert-That ($across.PingSucceeded -and $back.PingSucceeded) 'buda reaches pest and pest buda (a firewall may forbid it where /proc/sys/net/bridge/bridge-nf-call-iptables is 1)'
        $budaNet, $pestNet | Remove-Namespace
        Remove-NetLink $bridge
        # The kernel clears up after a network namespace in its own time.
        for ($wait = 0; $wait -lt 500 -and @(Get-NetLink "v?-$PID").Count -gt 0; $wait++) { [Threading.Thread]::Sleep(10) }
        Assert-That (@(Get-NetLink "v?-$PID", "$bridge*").Count -eq 0) 'the cables went with the namespaces, the bridge by itself'
    }
    else {
        # A cable leads from one network to another only for who is root of both: here both ends are in one of the user's own.
        $lab = New-Namespace -Name "lab-net-$PID" -Type User, Network @asRoot
        New-NetBridge bridge-chain -Namespace $lab -Up | Out-Host
        New-VethPair veth-host veth-ns -Namespace $lab -Bridge bridge-chain -PeerAddress 192.168.0.55/24 -Up | Out-Host
        $null = Set-NetLink lo -Namespace $lab -Up
        $ping = Test-NetConnection 192.168.0.55 -Namespace $lab
        $ping | Out-Host
        Assert-That $ping.PingSucceeded 'the address answers, inside the network namespace only'
        Remove-Namespace $lab.Name
    }

    Show-Heading 'Control groups: 200 MB for buda, and what happens to who wants more'
    $controllers = @((Get-Cgroup /).Controllers)
    if ($isRoot -and $controllers -contains 'memory') {
        $cgroup = New-Cgroup "silvinux-workshop-$PID"
        $cgroup | Set-CgroupLimit -Memory 200MB -Swap 0 | Out-Host
        $buda | Add-CgroupProcess -Cgroup $cgroup
        # tail keeps a line until its end, which does not come.
        $eater = Invoke-Namespace $buda -FilePath tail -ArgumentList /dev/zero -PassThru
        $eater | Out-Host
        Assert-That ($eater.Signal -eq 'KILL' -and $eater.OutOfMemory) 'what eats more than 200 MB is killed, and the result says why'
        $statistic = Get-CgroupStatistic $cgroup
        $statistic | Out-Host
        Assert-That ($statistic.MemoryPeak -le 200MB -and $statistic.OomKillCount -eq 1) 'the kernel has counted it, and buda never had more'
        Watch-Cgroup -Name $cgroup.Name -Count 3 -Interval 0.2 -AsObject | Out-Host
        Show-CgroupTree $cgroup | Out-Host
        Remove-Cgroup $cgroup -MoveTo /
        $cgroup = $null
        Assert-That (@(Get-Cgroup "silvinux-workshop-$PID*").Count -eq 0) 'the cgroup is gone, and buda goes on outside of it'
    }
    else {
        'Nothing was delegated to this user, or this kernel has no memory controller: the limits of the own cgroup instead.' | Out-Host
        Get-Cgroup -Process $PID | Get-CgroupStatistic | Select-Object -First 1 Path, MemoryUsage, PidsUsage | Out-Host
    }

    Show-Heading 'The end: no holder, no mount, no directory'
    $name = $buda.Name
    Get-Namespace -Name $name | Remove-Namespace
    $buda = $null
    Assert-That (@(Get-Namespace -Name "$name*").Count -eq 0) 'the set is gone'
    Remove-RootFileSystem $budaRoot, $pestRoot
    Assert-That (-not [IO.Directory]::Exists($budaRoot)) 'the root filesystems are gone'
    'All steps did what they must.'
}
finally {
    if ($buda) {
        Remove-Namespace $buda.Name -Force -ErrorAction Continue
    }
    if ($cgroup) {
        Remove-Cgroup $cgroup -Force -ErrorAction Continue
    }
    Remove-Namespace "*-net-$PID" -Force -ErrorAction Continue
    if ($isRoot) {
        Remove-NetLink "$bridge*", "v?-$PID" -ErrorAction Continue
    }
    $left = @($budaRoot, $pestRoot | Where-Object { [IO.Directory]::Exists($_) })
    if ($left) {
        Remove-RootFileSystem $left -Force -ErrorAction Continue
    }
    # Not through what may still be mounted below it.
    if ([IO.Directory]::Exists($Path) -and [IO.File]::ReadAllText('/proc/self/mountinfo') -notmatch [regex]::Escape(" $Path/")) {
        [IO.Directory]::Delete($Path, $true)
    }
}
