# The seed's Dockerfile, as its Buildah chapter has it. No network is here: the base brings the packages, and an apk that installs them.

BeforeDiscovery {
    $missing = 'buildah', 'podman', 'runc', 'busybox' | Where-Object { -not (Get-Command $_ -CommandType Application -ErrorAction Ignore) }
    $isRoot = (id -u) -eq '0'
    $why = -not $isRoot ? ' (SKIPPED: needs root)' : $missing ? " (SKIPPED: $($missing -join ', ') is not installed)" : ''
}

Describe "The seed's image$why" -Skip:([bool]$why) {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
        Import-Module "$PSScriptRoot/Support/Images.psm1" -Force
        $work = (New-Item "/var/tmp/nstools-seed-$([guid]::NewGuid().ToString('N').Substring(0, 8))" -ItemType Directory).FullName
        $saved = $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT
        $env:NSTOOLS_ROOT = "$work/root"
        $env:NSTOOLS_RUNROOT = "$work/run"
        $inStore = '--root', "$work/storage", '--runroot', "$work/storage-run", '--storage-driver', 'vfs'

        $packages = -split 'bash conntrack-tools coreutils curl drill iperf3 iproute2 iptables iputils ip6tables keepalived net-tools nftables socat ethtool mtr tcpdump busybox-extras'
        New-BusyBoxRoot "$work/alpine"
        $null = New-Item "$work/alpine/sbin", "$work/alpine/root", "$work/alpine/usr/bin", "$work/alpine/var/cache/apk", "$work/alpine/packages" -ItemType Directory
        # Places that engines mount on: they are in the base, so that neither builder makes them.
        $null = New-Item "$work/alpine/etc/hosts", "$work/alpine/etc/hostname", "$work/alpine/etc/resolv.conf"
        $null = New-Item "$work/alpine/run" -ItemType Directory
        foreach ($package in $packages) { Set-Content "$work/alpine/packages/$package" "#!/bin/sh`necho this is $package" }
        Set-Content "$work/alpine/sbin/apk" @'
#!/bin/sh
touch /var/cache/apk/APKINDEX
for package; do
    case $package in -*|add) continue;; esac
    [ -e "/packages/$package" ] || { echo "ERROR: unable to select packages: $package (no such package)" >&2; exit 1; }
    echo "Installing $package"
    cp "/packages/$package" "/usr/bin/$package"
done
'@
        Set-Content "$work/alpine/sbin/adduser" @'
#!/bin/sh
# adduser -D -u UID NAME
echo "$4:x:$3:$3::/home/$4:/bin/sh" >> /etc/passwd
echo "$4:x:$3:" >> /etc/group
mkdir "/home/$4" && chown "$3:$3" "/home/$4"
'@
        foreach ($program in (Get-ChildItem "$work/alpine/packages", "$work/alpine/sbin" -File)) { chmod 755 $program.FullName }
        $base = New-TestImage "$work/layout" "$work/alpine" @{ Cmd = @('/bin/sh'); Env = @('PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin') } @(
            @{ created = '2021-04-14T19:19:39.267885491Z'; created_by = '/bin/sh -c #(nop) ADD file:8ec69d882e7f29f0652d537557160e638168550f738d0d49f90a7ef96bf31787 in / ' }
            @{ created = '2021-04-14T19:19:39.643236135Z'; created_by = '/bin/sh -c #(nop)  CMD ["/bin/sh"]'; empty_layer = $true }
        )
        $null = Copy-Image $base alpine:latest
        podman @inStore pull --quiet $base *> $null
        podman @inStore tag (podman @inStore images --quiet) localhost/alpine:latest

        $context = (New-Item "$work/context" -ItemType Directory).FullName
        Set-Content "$context/Dockerfile" @'
# Alpine-net
# Alpine image with network tools
FROM alpine:latest
MAINTAINER silvinux <silvinux7@gmail.com>

# non-root tools
RUN apk --update add bash conntrack-tools coreutils curl drill \
iperf3 iproute2 iptables iputils ip6tables keepalived net-tools \
nftables socat ethtool mtr tcpdump busybox-extras && rm -rf /var/cache/apk/*

RUN adduser -D -u 1000 container

USER container

WORKDIR /home/container
'@
        $image = Build-Image $context -Tag alpine-net -InformationVariable told 6>$null
        $output = buildah @inStore bud --layers --isolation chroot --tag alpine-net $context 2>&1
        if ($LASTEXITCODE) { throw "buildah: $output" }
        $theirs = (buildah @inStore inspect localhost/alpine-net | ConvertFrom-Json).OCIv1
        # Ours among theirs, for their own tables.
        Copy-Image alpine-net "oci-archive:$work/ours.tar:localhost/ours:latest"
        podman @inStore load --quiet --input "$work/ours.tar" *> $null
    }
    AfterAll {
        if ($work) {
            Get-Container -All | Remove-Container -Force
            podman @inStore rm --all --force --time 0 *> $null
            findmnt --list --noheadings --output TARGET | Where-Object { $_.StartsWith("$work/") } | Sort-Object -Descending | ForEach-Object { umount $_ }
            $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT = $saved
            rm -rf $work
        }
    }

    It 'is built with the steps that Buildah tells' {
        $steps = $told.MessageData | ForEach-Object { "$_" } | Where-Object { $_ -like 'STEP *' }
        # Buildah tells the text of a continued line without its breaks, and COMMIT as a step of its own.
        $steps | Should -Be ($output.ForEach{ "$_" } | Where-Object { $_ -like 'STEP */*: *' })
        @($told.MessageData | ForEach-Object { "$_" }) -like 'Installing *' | Should -HaveCount 18
    }

    It 'is what buildah images shows' {
        $table = buildah @inStore images --no-trunc --json | ConvertFrom-Json
        $row = $table | Where-Object names -Contains 'localhost/ours:latest'
        $image.Id.ToString() | Should -Be $row.id
        (Get-Image alpine-net).Id | Should -Be $image.Id
        # The name that Buildah's users give it.
        (Get-ImageManifest localhost/alpine-net).Digest | Should -Be $image.Digest
        { Get-ImageManifest localhost/alpine-none -ErrorAction Stop } | Should -Throw -ErrorId 'ImageNotFound,*'
    }

    It 'is what buildah inspect shows' {
        $ours = (buildah @inStore inspect localhost/ours | ConvertFrom-Json).OCIv1
        $ours.author | Should -Be 'silvinux <silvinux7@gmail.com>'
        $ours.author | Should -Be $theirs.author
        # The label with which Buildah signs its work is not ours to set.
        $theirs.config.Labels.PSObject.Properties.Remove('io.buildah.version')
        if (-not $theirs.config.Labels.PSObject.Properties.Count) { $theirs.config.PSObject.Properties.Remove('Labels') }
        ($ours.config | ConvertTo-Json) | Should -Be ($theirs.config | ConvertTo-Json)
        $ours.rootfs.diff_ids | Should -HaveCount $theirs.rootfs.diff_ids.Count
        $ours.rootfs.diff_ids[0] | Should -Be $theirs.rootfs.diff_ids[0]
        $ours.history.ForEach{ "$($_.created_by) $($_.empty_layer)" } | Should -Be $theirs.history.ForEach{ "$($_.created_by) $($_.empty_layer)" }
    }

    It 'is what podman history shows' {
        $table = podman @inStore history --no-trunc --format json localhost/ours | ConvertFrom-Json -AsHashtable
        $buildahs = podman @inStore history --no-trunc --format json localhost/alpine-net | ConvertFrom-Json -AsHashtable
        $table.CreatedBy | Should -Be $buildahs.CreatedBy
        $table.ForEach{ $_.size -gt 0 } | Should -Be $buildahs.ForEach{ $_.size -gt 0 }
        $history = Get-ImageHistory alpine-net
        $history.CreatedBy | Should -Be $table.CreatedBy
        $history.ForEach{ $null -ne $_.Layer } | Should -Be $table.ForEach{ $_.size -gt 0 }
    }

    It 'has the same history where its base tells none: the layer beneath stays the base''s' {
        # Buildah cannot build on such a base ("history lists 1 non-empty layers, but we have 2 layers on disk").
        $bare = New-TestImage "$work/bare" "$work/alpine" @{ Cmd = @('/bin/sh') }
        $null = Copy-Image $bare bare:1
        Set-Content "$work/on-bare.Dockerfile" "FROM bare:1`nRUN touch /new`nUSER bob"
        $onBare = Build-Image $context -File "$work/on-bare.Dockerfile" -Tag on-bare 6>$null
        $onBare.LayerCount | Should -Be 2
        $history = Get-ImageHistory on-bare
        $history.CreatedBy[1] | Should -Be '/bin/sh -c touch /new'
        $history[2].Layer.Digest | Should -Be (Get-ImageManifest bare:1).Layers[0].Digest
        Copy-Image on-bare "oci:$work/on-bare:x"
        buildah @inStore pull --quiet "oci:$work/on-bare:x" | Should -Not -BeNullOrEmpty -Because 'it counts the layers by the history'
    }

    It 'runs as the user and in the directory that it says, here and in Podman' {
        $script = 'id -u; pwd; socat; ls /var/cache/apk'
        $expected = '1000', '/home/container', 'this is socat'
        Invoke-Image alpine-net -Remove -Command $script | Should -Be $expected
        # Limits above the caller's own need a capability that not every root has.
        Set-Content "$work/containers.conf" "[containers]`ndefault_ulimits = [`"nofile=1024:1024`", `"nproc=1024:1024`"]"
        $env:CONTAINERS_CONF = "$work/containers.conf"
        try {
            podman @inStore --runtime runc --cgroup-manager cgroupfs run --rm --network none localhost/ours sh -c $script | Should -Be $expected
        }
        finally { Remove-Item Env:CONTAINERS_CONF }
    }
}
