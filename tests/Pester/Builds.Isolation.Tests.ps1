BeforeDiscovery {
    $missing = 'busybox' | Where-Object { -not (Get-Command $_ -CommandType Application -ErrorAction Ignore) }
    $why = (id -u) -ne '0' ? ' (SKIPPED: needs root)' : $missing ? " (SKIPPED: $($missing -join ', ') is not installed)" : ''
}

Describe "Build-Image -Isolation$why" -Skip:([bool]$why) {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
        $work = (New-Item "/var/tmp/nstools-isolation-$([guid]::NewGuid().ToString('N').Substring(0, 8))" -ItemType Directory).FullName
        $saved = $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT
        $env:NSTOOLS_ROOT = "$work/root"
        $env:NSTOOLS_RUNROOT = "$work/run"
        $null = New-Item -ItemType Directory "$work/context/bin"
        Copy-Item (Get-Command busybox).Source "$work/context/bin/busybox"
        & ln -s busybox "$work/context/bin/sh"
        $seconds = Get-Random -Minimum 10000 -Maximum 99999
        Set-Content "$work/context/Dockerfile" (@'
FROM scratch
COPY bin /bin/
RUN for n in ipc cgroup net uts pid mnt; do echo $n $(busybox readlink /proc/self/ns/$n); done; echo cgroup-of $(busybox cat /proc/self/cgroup); echo pid $$; busybox ls /sys/class/net; (echo x > /sys/x) 2>&1; busybox mount -t tmpfs none /bin 2>&1; (busybox sleep 300 &) ; echo made > /made
'@ -replace 'sleep 300', "sleep $seconds")
        function Get-Sleeping { Get-Process busybox, sleep -ErrorAction Ignore | Where-Object CommandLine -Match "sleep $seconds" }
        function Build([hashtable] $More) { Build-Image "$work/context" isolated:v1 -NoCache 6>&1 @More | ForEach-Object { "$_" } }
        function Get-NamespaceLink($Name) { "$Name $((Get-Item "/proc/$PID/ns/$Name").LinkTarget)" }
    }

    AfterAll {
        $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT = $saved
        Remove-Item $work -Recurse -Force
    }

    It 'Chroot has the host''s network, IPC and control group, and processes, mounts and name of its own' {
        $said = Build @{ Isolation = 'Chroot' }
        foreach ($name in 'ipc', 'cgroup', 'net') { $said | Should -Contain (Get-NamespaceLink $name) }
        foreach ($name in 'uts', 'pid', 'mnt') { $said | Should -Not -Contain (Get-NamespaceLink $name) }
        $said | Should -Contain 'pid 1'
        ($said -match '^cgroup-of ') | Should -Be "cgroup-of $((Get-Content /proc/self/cgroup) -join ' ')"
        # What it sees of the host is not to be written to, and it is not privileged.
        $said -match 'x: Read-only file system' | Should -HaveCount 1
        $said -match 'mount: .*(permission denied|Operation not permitted)' | Should -HaveCount 1
        @(Get-Container -All) | Should -HaveCount 0
        # What it left in the background ended with it.
        $limit = [datetime]::UtcNow.AddSeconds(10)
        while ((Get-Sleeping) -and [datetime]::UtcNow -lt $limit) { Start-Sleep -Milliseconds 50 }
        Get-Sleeping | Should -BeNullOrEmpty
    }

    It 'Oci has its own of all but the network, and makes the same image' {
        $said = Build @{ Isolation = 'Oci' }
        $said | Should -Contain (Get-NamespaceLink net)
        foreach ($name in 'ipc', 'cgroup', 'uts', 'pid', 'mnt') { $said | Should -Not -Contain (Get-NamespaceLink $name) }
        $epoch = @{ SourceDateEpoch = [DateTimeOffset]::FromUnixTimeSeconds(1); NoCache = $true }
        $container = Build-Image "$work/context" same:v1 @epoch 6>$null
        (Build-Image "$work/context" same:v2 -Isolation Chroot @epoch 6>$null).Digest | Should -Be $container.Digest
    }

    It 'Chroot works without a network, too' {
        Set-Content "$work/none" "FROM scratch`nCOPY bin /bin/`nRUN --network=none busybox ls /sys/class/net; busybox cat /proc/net/dev"
        $said = Build-Image "$work/context" none:v1 -File "$work/none" -Isolation Chroot 6>&1 | ForEach-Object { "$_" }
        $said -match '^\s*\w+:\s+\d' | Should -HaveCount 1
    }

    It 'is <Id> for <What>' -ForEach @(
        @{ What = 'Rootless as root'; More = @{ Isolation = 'Rootless' }; Id = 'RootlessForUsers' }
        @{ What = 'limits in a chroot'; More = @{ Isolation = 'Chroot'; Memory = 64MB }; Id = 'BuildLimitNotSupported' }
    ) {
        { Build-Image "$work/context" no:v1 @More -ErrorAction Stop 6>$null } | Should -Throw -ErrorId "$Id,*"
    }

    It 'names what Buildah would be told' {
        Set-Content "$work/empty" "FROM scratch`nLABEL a=b"
        $said = Build-Image "$work/context" told:v1 -File "$work/empty" -Isolation Chroot -Verbose 4>&1 6>$null | Out-String -Width 1000
        $said | Should -BeLike "*buildah build --isolation chroot -t told:v1 -f $work/empty $work/context*"
    }
}
