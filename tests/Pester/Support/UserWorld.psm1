# A temporary ordinary user with subordinate IDs, in mount and network namespaces of its own: there /dev/net/tun has the
# mode that udev gives it, there is a default route, and nothing of the host is changed.

function New-UserWorld {
    <#
    .SYNOPSIS
    Makes a temporary ordinary user with a world of their own.
    #>
    [Diagnostics.CodeAnalysis.SuppressMessage('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'a test''s own user')]
    param([string] $Prefix = 'nsuw')
    $name = "$Prefix$(Get-Random -Maximum 99999)"
    useradd --create-home --home-dir "/var/tmp/$name" $name
    $null = New-Item -ItemType Directory "/var/tmp/$name/run"
    chown "${name}:" "/var/tmp/$name/run"
    foreach ($table in '/etc/subuid', '/etc/subgid') { sed -i "/^${name}:/d" $table }
    usermod --add-subuids 7000000-7065535 --add-subgids 7000000-7065535 $name
    $holder = Start-Process unshare '--mount --net --propagation private sleep infinity' -PassThru
    while ((Get-Item "/proc/$($holder.Id)/ns/net").LinkTarget -eq (Get-Item /proc/self/ns/net).LinkTarget) { Start-Sleep -Milliseconds 20 }
    $world = [pscustomobject]@{ User = $name; Home = "/var/tmp/$name"; Holder = $holder; Id = [int](id -u $name); FirstId = 7000000 }
    Set-Content "$($world.Home)/resolv.conf" 'nameserver 127.0.0.1'
    Invoke-InWorld $world sh -c "
        mount -t tmpfs tmpfs /dev/net && mknod -m 666 /dev/net/tun c 10 200 && mount --bind $($world.Home)/resolv.conf /etc/resolv.conf
        ip link set lo up && ip link add d0 type veth peer name d1 && ip link set d1 up && ip link set d0 up
        ip addr add 10.77.0.2/24 dev d0 && ip addr add fd77::2/64 dev d0 nodad
        ip route add default via 10.77.0.1 && ip -6 route add default via fd77::1 dev d0"
    $world
}

function Invoke-InWorld {
    <#
    .SYNOPSIS
    Runs a program there, as root.
    #>
    param($World)
    $program, [string[]] $arguments = $args
    nsenter --target $World.Holder.Id --mount --net $program @arguments
}

function Invoke-AsWorldUser {
    <#
    .SYNOPSIS
    Runs a script of PowerShell there, as the user, and gives what it returns, its errors' text too.
    #>
    param($World, [string] $Script)
    $module = (Resolve-Path "$PSScriptRoot/../../../out/NsTools/NsTools.psd1").Path
    $prefix = "`$ProgressPreference = 'SilentlyContinue'; Import-Module '$module'; Set-Location /; "
    $lines = nsenter --target $World.Holder.Id --mount --net setpriv --reuid $World.User --regid $World.User --init-groups env -i PATH=$env:PATH DOTNET_ROOT=$env:DOTNET_ROOT HOME=$($World.Home) XDG_RUNTIME_DIR=$($World.Home)/run POWERSHELL_TELEMETRY_OPTOUT=1 pwsh -NoProfile -c "$prefix$Script" 2>&1
    @($lines | ForEach-Object { "$_" })
}

function Remove-UserWorld {
    <#
    .SYNOPSIS
    Takes the user away, and all that is theirs.
    #>
    [Diagnostics.CodeAnalysis.SuppressMessage('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'a test''s own user')]
    param($World)
    if (-not $World) { return }
    $null = Invoke-AsWorldUser $World 'Get-Pod | Remove-Pod -Force; Get-Container -All | Remove-Container -Force'
    $World.Holder.Kill()
    $World.Holder.WaitForExit()
    userdel --remove $World.User 2> $null
    rm -rf $World.Home
    foreach ($table in '/etc/subuid', '/etc/subgid') { sed -i "/^$($World.User):/d" $table }
}

Export-ModuleMember -Function New-UserWorld, Invoke-InWorld, Invoke-AsWorldUser, Remove-UserWorld
