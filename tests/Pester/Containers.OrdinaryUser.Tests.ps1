BeforeDiscovery {
    $script:isRoot = (id -u) -eq '0'
    $script:canRun = $isRoot -and (Test-Path /bin/busybox) -and (Get-Command newuidmap, useradd, setpriv -ErrorAction Ignore).Count -eq 3
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    Import-Module "$PSScriptRoot/Support/Images.psm1" -Force
    $script:module = (Resolve-Path "$PSScriptRoot/../../out/NsTools/NsTools.psd1").Path
    if ((id -u) -ne '0' -or -not (Get-Command useradd -ErrorAction Ignore)) { return }
    # With subordinate IDs, and without.
    $script:users = foreach ($kind in 'a', 'b') {
        $name = "nsct$kind$(Get-Random -Maximum 99999)"
        useradd --create-home --home-dir "/var/tmp/$name" $name
        $null = New-Item -ItemType Directory "/var/tmp/$name/run"
        chown "${name}:" "/var/tmp/$name/run"
        $name
    }
    if (-not (Select-String -Quiet "^$($users[0]):" /etc/subuid)) { usermod --add-subuids 5000000-5065535 --add-subgids 5000000-5065535 $users[0] }
    foreach ($table in '/etc/subuid', '/etc/subgid') { sed -i "/^$($users[1]):/d" $table }
    $script:firstId = [long](Select-String "^$($users[0]):" /etc/subuid).Line.Split(':')[1]
    $script:shared = "/var/tmp/nstools-co-$(Get-Random -Maximum 999999)"
    $null = New-Item -ItemType Directory $shared
    New-BusyBoxRoot "$shared/root"
    Set-Content "$shared/root/data/seed" 'from the image'
    $script:image = New-TestImage "$shared/layout" "$shared/root" @{ Cmd = @('echo', 'from the image'); Volumes = @{ '/data' = @{} } }
    chmod -R a+rX $shared
    # Runs a script as one of them, and gives what it returns. Their networks have a suite of their own.
    function Invoke-AsUser([string] $User, [string] $Script) {
        $prefix = "`$ProgressPreference = 'SilentlyContinue'; Import-Module '$module'; Set-Location /; `$PSDefaultParameterValues['Invoke-Image:Network'] = 'none'; "
        $lines = setpriv --reuid $User --regid $User --init-groups env -i PATH=$env:PATH HOME=/var/tmp/$User XDG_RUNTIME_DIR=/var/tmp/$User/run POWERSHELL_TELEMETRY_OPTOUT=1 pwsh -NoProfile -c "$prefix$Script" 2>&1
        @($lines | ForEach-Object { "$_" })
    }
}

AfterAll {
    foreach ($name in @($users)) {
        # Whatever is left belongs to its IDs.
        if ($name) {
            $left = Invoke-AsUser $name 'Get-Container -All | Remove-Container -Force'
            userdel --remove $name 2> $null
            rm -rf "/var/tmp/$name"
            foreach ($table in '/etc/subuid', '/etc/subgid') { sed -i "/^${name}:/d" $table }
        }
    }
    if ($shared) { rm -rf $shared }
}

Describe 'Containers of an ordinary user' -Skip:(-not $canRun) {
    It 'run attached, as root inside and as the user outside, with its subordinate IDs' {
        $said = Invoke-AsUser $users[0] "Invoke-Image $image -Remove -Command 'id -u; cat /proc/self/uid_map | tr -s `" `"; stat -c %u /home/bob; touch /made; chown 12 /made; cat /data/seed; ls /sys/class/net'; `$LASTEXITCODE; (Get-Container -All).Count; (Get-ContainerVolume).Count"
        $said | Should -Be '0', " 0 $(id -u $users[0]) 1", " 1 $firstId 65536", '1000', 'from the image', 'lo', '0', '0', '0'
    }

    It 'run as another user of the image, with the host''s network when asked, and tell how they ended' {
        $said = Invoke-AsUser $users[0] "Invoke-Image $image -Remove -User bob -Network Host -Command 'id -un; touch /home/bob/x && echo wrote; readlink /proc/self/ns/net; exit 7'; `$LASTEXITCODE"
        $said | Should -Be 'bob', 'wrote', (Get-Item "/proc/$PID/ns/net").LinkTarget, '7'
    }

    It 'keep what root may not have: no capability over the host' {
        $said = Invoke-AsUser $users[0] "Invoke-Image $image -Remove -Command 'mount -t tmpfs x /tmp 2>&1 | sed `"s/.*: //`"; (echo 1 > /proc/sys/kernel/printk) 2>&1 | sed `"s/.*: //`"; grep -E `"^(NoNewPrivs|Seccomp):`" /proc/self/status'"
        $said | Should -Be 'permission denied (are you root?)', 'Read-only file system', "NoNewPrivs:`t1", "Seccomp:`t2"
    }

    It 'run detached, outlive the pwsh that started them, and are seen, entered, read and stopped by the next' {
        Invoke-AsUser $users[0] "(Invoke-Image $image -Detach -Name later -Command 'echo out; echo err >&2; trap `"exit 3`" TERM; while true; do sleep 0.1; done').State" | Should -Be 'Running'
        $said = Invoke-AsUser $users[0] '(Get-Container later).State; Invoke-Container later -Command "id -u; hostname"; Invoke-Container later -User bob id -un; (Get-ContainerLog later | Sort-Object Text).Text; (Get-ContainerProcess later | Where-Object InnerProcessId -EQ 1).UserId'
        $said[0], $said[1] | Should -Be 'Running', '0'
        $said[3..5] | Should -Be 'bob', 'err', 'out'
        $said[6] | Should -Be (id -u $users[0])
        # Nobody else's: root's own store does not have it.
        { Get-Container later -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerNotFound,*'
        Invoke-AsUser $users[0] 'Stop-Container later; $it = Get-Container later; $it.State; $it.ExitCode; Start-Container later; (Get-Container later).State; Remove-Container later -Force; @(Get-Container -All).Count' |
            Should -Be 'Exited', '3', 'Running', '0'
    }

    It 'tell what has changed, are copied to and from, and become images' {
        $said = Invoke-AsUser $users[0] "
            `$null = Invoke-Image $image -Detach -Name changing -Command 'rm /etc/group; echo x > /new; chown 5 /new; sleep 600'
            while (-not (Get-ContainerChange changing | Where-Object Path -EQ /new)) { Start-Sleep -Milliseconds 50 }
            Get-ContainerChange changing | Where-Object Path -In /new, /etc/group | ForEach-Object { `"`$_`" }
            Set-Content ~/file 'of the host'; Copy-ContainerItem ~/file changing:/tmp/file; Invoke-Container changing cat /tmp/file
            Copy-ContainerItem changing:/new ~/back; Get-Content ~/back
            (ConvertTo-Image changing made:1 -Change 'CMD [`"stat`", `"-c`", `"%u`", `"/new`"]').LayerCount
            Remove-Container changing -Force -Volume; Invoke-Image made:1 -Remove"
        $said | Should -Be 'D /etc/group', 'A /new', 'of the host', 'x', '2', '5'
    }

    It 'have their mounts, and keep them from the outside' {
        $said = Invoke-AsUser $users[0] "Set-Content ~/here 'mine'; Invoke-Image $image -Remove -Volume ~/here:/here:ro, named:/v -TmpFs /t -Command 'cat /here; echo kept > /v/x; (echo x > /here) 2>&1 | grep -c Read-only; stat -f -c %T /t'; Get-Content (Join-Path (Get-ContainerVolume named).Path x); Remove-ContainerVolume named"
        $said | Should -Be 'mine', '1', 'tmpfs', 'kept'
    }

    It 'say so where something is not to be had' {
        $said = Invoke-AsUser $users[0] "foreach (`$parameters in @{ User = '70000' }, @{ Volume = '~/run:/x:U' }, @{ Entrypoint = 'no-such-program' }, @{ Memory = 16MB }) { try { Invoke-Image $image -Remove @parameters true -ErrorAction Stop } catch { `$_.FullyQualifiedErrorId } }; @(Get-Container -All).Count"
        $said | Should -Be 'UserNotMapped,NsTools.Module.Containers.InvokeImageCommand', 'OwnerNotPermitted,NsTools.Module.Containers.InvokeImageCommand', 'ContainerProgramNotFound,NsTools.Module.Containers.InvokeImageCommand', 'ContainerNotStarted,NsTools.Module.Containers.InvokeImageCommand', '0'
    }

    It 'leave nothing behind' {
        Invoke-AsUser $users[0] 'Get-Container -All | Remove-Container -Force; Get-Image | Remove-Image; Optimize-ImageStore *> $null' | Should -BeNullOrEmpty
        Get-ChildItem "/var/tmp/$($users[0])/.local/share/nstools/containers" -Directory -Exclude names | Should -BeNullOrEmpty
        Get-ChildItem "/var/tmp/$($users[0])/.local/share/nstools/layers" -Directory -Filter 'whole-*' | Should -BeNullOrEmpty
        Get-ChildItem "/var/tmp/$($users[0])/run/nstools/containers" -Directory | Where-Object Name -NotLike ',*' | Should -BeNullOrEmpty
    }
}

Describe 'Containers of an ordinary user without subordinate IDs' -Skip:(-not $canRun) {
    It 'run as root inside, which is the user, and know nobody else' {
        $said = Invoke-AsUser $users[1] "`$WarningPreference = 'Ignore'; Invoke-Image $image -Remove -Command 'id -u; cat /proc/self/uid_map | tr -s `" `"; touch /made && echo wrote'; try { Invoke-Image $image -Remove -User bob true -ErrorAction Stop } catch { `$_.FullyQualifiedErrorId }"
        $said | Should -Be '0', " 0 $(id -u $users[1]) 1", 'wrote', 'UserNotMapped,NsTools.Module.Containers.InvokeImageCommand'
    }
}
