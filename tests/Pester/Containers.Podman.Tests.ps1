BeforeDiscovery {
    $script:hasUsers = @('newuidmap', 'useradd', 'setpriv', 'nsenter' | Where-Object { -not (Get-Command $_ -CommandType Application -ErrorAction Ignore) }).Count -eq 0
    $script:canRun = (id -u) -eq '0' -and (Test-Path /bin/busybox) -and [bool](Get-Command podman -ErrorAction Ignore) -and [bool](Get-Command runc -ErrorAction Ignore) -and (Test-Path /usr/share/containers/containers.conf)
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    Import-Module "$PSScriptRoot/Support/Images.psm1", "$PSScriptRoot/Support/UserWorld.psm1" -Force
    $script:work = Join-Path ([IO.Path]::GetTempPath()) "nstools-cp-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
    $null = New-Item -ItemType Directory $work
    $script:before = $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT, $env:CONTAINERS_CONF
    $env:NSTOOLS_RUNROOT = "$work/run"
    $env:NSTOOLS_ROOT = "$work/data"
    $script:probe = Get-Content "$PSScriptRoot/Support/container-probe.sh" -Raw
    # What is not the same, and why.
    $script:explained = @(
        @{ Pattern = '^environment container='; Because = 'https://systemd.io/CONTAINER_INTERFACE has each engine say its own name' }
        @{ Pattern = '^mount /run/\.containerenv: '; Because = 'a file that tells that Podman has made the container' }
        @{ Pattern = '^mount /etc/(hosts|hostname|resolv\.conf): '; Because = 'nothing in these files is a program or a device: ours are mounted so' }
        @{ Pattern = '^mount /dev/shm: '; Because = 'ours has 64 MiB; Podman reads its 65536k in powers of ten' }
        @{ Pattern = '^mount /(proc/(acpi|keys|timer_list)|sys/(dev/block|firmware)): '; Because = 'hidden by an empty tmpfs and by /dev/null in both; ours has room for no file and is nosuid, nodev, noexec' }
        @{ Pattern = '^(mount|hidden) /proc/interrupts: '; Because = 'Podman hides it only in later versions' }
        @{ Pattern = '^(mount|closed) /sys/fs/cgroup(/unified)?: '; Because = 'on a host with cgroup v1 runc leaves the directory of the hierarchies writable, and v2 beside them out' }
        @{ Pattern = '^status Groups: '; Because = 'Podman has the primary group among the supplementary ones, too' }
        @{ Pattern = '^process directory: '; Because = 'id tells the supplementary groups, see above' }
        @{ Pattern = '^file hosts: '; Because = 'Podman adds the host''s own names, and the container''s beside its host name' }
        @{ Pattern = '^file hostname: '; Because = 'Podman ends it without a newline' }
        @{ Pattern = '^file resolv\.conf: '; Because = 'Podman makes none without a network; ours is empty' }
    )
    $script:seen = @()
    $script:hostNamespaces = @{}
    foreach ($name in 'mnt', 'uts', 'ipc', 'pid', 'net', 'cgroup', 'user', 'time') { $hostNamespaces["HOST_$name"] = (Get-Item "/proc/$PID/ns/$name").LinkTarget }
    $inStore = '--root', "$work/ps", '--runroot', "$work/pr", '--cgroup-manager', 'cgroupfs', '--runtime', 'runc'
    # Both, described in the same words; gives what is not the same, a line each.
    function Compare-Probe([string[]] $Podman = @(), [hashtable] $Ours = @{}, [string[]] $Image = @('localhost/probe:1')) {
        $options = $hostNamespaces.GetEnumerator() | ForEach-Object { '--env', "$($_.Key)=$($_.Value)" }
        $there = podman @inStore run --rm --network none --cgroupns private --security-opt no-new-privileges --ulimit nofile=512:1024 --ulimit nproc=900:1000 @options @Podman @Image sh -c $probe
        $here = Invoke-Image probe:1 -Remove -Ulimit nofile=512:1024, nproc=900:1000 -Environment $hostNamespaces -Network none -ArgumentList sh, -c, $probe @Ours
        $there.Count | Should -BeGreaterThan 100 -Because 'the probe asks for that much'
        Compare-Object @($there) @($here) | ForEach-Object { [pscustomobject]@{ Line = $_.InputObject; Side = $_.SideIndicator -eq '<=' ? 'Podman' : 'NsTools' } }
    }
    function Get-Unexplained($Differences) { $Differences | Where-Object { $line = $_.Line; -not ($explained | Where-Object { $line -match $_.Pattern }) } | ForEach-Object { "$($_.Side): $($_.Line)" } }
    if ((id -u) -eq '0' -and (Get-Command podman -ErrorAction Ignore)) {
        New-BusyBoxRoot "$work/root"
        $config = @{ Env = @('COLOR=blue', 'PATH=/bin'); WorkingDir = '/data'; Entrypoint = @(); Cmd = @('sh') }
        $null = Copy-Image (New-TestImage "$work/layout" "$work/root" $config) probe:1
        # What distributions ship, and nothing that this machine's owner has changed. It stands in for all other files.
        Copy-Item /usr/share/containers/containers.conf "$work/containers.conf"
        $env:CONTAINERS_CONF = "$work/containers.conf"
        tar -C "$work/root" -cf "$work/root.tar" .
        podman @inStore import --change 'ENV COLOR=blue' --change 'ENV PATH=/bin' --change 'WORKDIR /data' "$work/root.tar" probe:1 *> $null
    }
}

AfterAll {
    if ((id -u) -eq '0') { Get-Container -All | Remove-Container -Force }
    if (Test-Path "$work/ps") { podman @inStore rm --all --force --time 0 *> $null; podman @inStore rmi --all --force *> $null }
    $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT, $env:CONTAINERS_CONF = $before
    findmnt -rno TARGET | Where-Object { $_ -like "$work/*" } | Sort-Object -Descending | ForEach-Object { umount $_ }
    rm -rf $work
}

Describe 'The same container, described to Podman and to us' -Skip:(-not $canRun) {
    It 'is the same to a process in it, but for what is explained: <What>' -ForEach @(
        @{ What = 'by default'; Podman = @(); Ours = @{} }
        @{ What = 'read-only, another user and directory, a host name, memory in places'; Podman = @('--read-only', '--user', 'bob', '--workdir', '/home/bob', '--hostname', 'inside', '--tmpfs', '/scratch:size=1m'); Ours = @{ ReadOnly = $true; User = 'bob'; WorkingDirectory = '/home/bob'; HostName = 'inside'; TmpFs = '/scratch:size=1m' } }
        @{ What = 'other capabilities, no filter'; Podman = @('--cap-add', 'SYS_ADMIN', '--cap-add', 'NET_ADMIN', '--cap-drop', 'CHOWN', '--security-opt', 'seccomp=unconfined'); Ours = @{ Capability = 'SYS_ADMIN', 'NET_ADMIN'; DropCapability = 'CHOWN'; SecurityOption = 'seccomp=unconfined' } }
        @{ What = 'all capabilities dropped'; Podman = @('--cap-drop', 'ALL'); Ours = @{ DropCapability = 'ALL' } }
    ) {
        $differences = @(Compare-Probe $Podman $Ours)
        $script:seen += $differences
        Get-Unexplained $differences | Should -BeNullOrEmpty
    }

    It 'is the same to a process of an ordinary user''s container' -Skip:(-not $hasUsers) {
        $world = New-UserWorld
        try {
            $environment = @{}
            foreach ($name in $hostNamespaces.Keys) { $environment[$name] = Invoke-InWorld $world readlink "/proc/self/ns/$($name.Substring(5))" }
            Copy-Item "$work/containers.conf", "$work/root.tar", "$PSScriptRoot/Support/container-probe.sh" $world.Home
            & cp -a "$work/layout" $world.Home
            # No cgroup is an ordinary user's here; runc does without.
            Set-Content "$($world.Home)/podman.sh" @"
cd ~
podman="podman --root `$HOME/ps --runroot `$XDG_RUNTIME_DIR/pr --storage-driver vfs --cgroup-manager cgroupfs --runtime runc"
`$podman import --change 'ENV COLOR=blue' --change 'ENV PATH=/bin' --change 'WORKDIR /data' root.tar probe:1 > /dev/null 2>&1
`$podman run --rm --network none --cgroupns private --security-opt no-new-privileges --ulimit nofile=512:1024 --ulimit nproc=900:1000 \
    $(($environment.GetEnumerator() | ForEach-Object { "--env $($_.Key)=$($_.Value)" }) -join ' ') localhost/probe:1 sh -c "`$(cat container-probe.sh)"
"@
            & chmod -R a+rX "$($world.Home)/podman.sh" "$($world.Home)/layout" "$($world.Home)/root.tar" "$($world.Home)/containers.conf" "$($world.Home)/container-probe.sh"
            $there = Invoke-InWorld $world setpriv --reuid $world.User --regid $world.User --init-groups env -i HOME=$($world.Home) XDG_RUNTIME_DIR=$($world.Home)/run CONTAINERS_CONF=$($world.Home)/containers.conf PATH=$env:PATH sh "$($world.Home)/podman.sh"
            $variables = ($environment.GetEnumerator() | ForEach-Object { "$($_.Key) = '$($_.Value)'" }) -join '; '
            $here = Invoke-AsWorldUser $world "`$null = Copy-Image oci:$($world.Home)/layout probe:1; Invoke-Image probe:1 -Remove -Ulimit nofile=512:1024, nproc=900:1000 -Environment @{ $variables } -Network none -ArgumentList sh, -c, (Get-Content '$($world.Home)/container-probe.sh' -Raw)"
            $there.Count | Should -BeGreaterThan 100 -Because 'the probe asks for that much'
            $differences = @(Compare-Object @($there) @($here) | ForEach-Object { [pscustomobject]@{ Line = $_.InputObject; Side = $_.SideIndicator -eq '<=' ? 'Podman' : 'NsTools' } })
            $script:explained += @{ Pattern = '^mount /: '; Because = 'the user''s Podman keeps trees here (vfs), we layers' }
            $script:seen += $differences
            Get-Unexplained $differences | Should -BeNullOrEmpty
        }
        finally { Remove-UserWorld $world }
    }

    It 'has no explanation for what is not different any more' {
        $seen | Should -Not -BeNullOrEmpty
        $explained | Where-Object { $pattern = $_.Pattern; -not ($seen | Where-Object { $_.Line -match $pattern }) } | ForEach-Object { $_.Pattern } | Where-Object {
            # Where there is no cgroup v1 there is nothing to explain.
            $_ -notmatch 'cgroup' -or (Test-Path /sys/fs/cgroup/pids) } | Should -BeNullOrEmpty
    }
}
