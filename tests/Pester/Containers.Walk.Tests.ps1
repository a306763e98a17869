# The walk of a container's life as the seed's Podman chapter has it: a registry that runs in a container, used by us and
# by its peers, and two containers in a pod that goes to Kubernetes YAML and back. No network is here: the images are made
# of this host's docker-registry and busybox, and lie in a registry that short names are looked up in.

BeforeDiscovery {
    $missing = 'docker-registry', 'busybox', 'skopeo', 'curl' | Where-Object { -not (Get-Command $_ -CommandType Application -ErrorAction Ignore) }
    $why = (id -u) -ne '0' ? ' (SKIPPED: needs root)' : $missing ? " (SKIPPED: $($missing -join ', ') is not installed)" : ''
}

Describe "The walk$why" -Skip:([bool]$why) {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
        Import-Module "$PSScriptRoot/Support/Images.psm1", "$PSScriptRoot/Support/Registries.psm1" -Force
        $id = [guid]::NewGuid().ToString('N').Substring(0, 8)
        $work = (New-Item "/var/tmp/nstools-walk-$id" -ItemType Directory).FullName
        $saved = $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT, $env:CONTAINERS_REGISTRIES_CONF
        $env:NSTOOLS_ROOT = "$work/data"
        $env:NSTOOLS_RUNROOT = "$work/run"

        $hub = Open-TestRegistry "$work/hub"
        Set-Content "$work/registries.conf" "unqualified-search-registries = [`"$($hub.Address)`"]`n[[registry]]`nlocation = `"$($hub.Address)`"`ninsecure = true"
        $env:CONTAINERS_REGISTRIES_CONF = "$work/registries.conf"
        $program = (Get-Command docker-registry -CommandType Application)[0].Source
        New-BusyBoxRoot "$work/root"
        & cp -a "$work/root" "$work/registry"
        & mkdir -p "$work/registry/var/lib/registry"
        & cp $program "$work/registry/bin/"
        # What it is linked with, at the same places.
        foreach ($library in & ldd $program | Select-String '(/\S+) \(0x' | ForEach-Object { $_.Matches[0].Groups[1].Value }) {
            & mkdir -p "$work/registry$(Split-Path $library)"
            & cp -L $library "$work/registry$library"
        }
        Set-Content "$work/registry/etc/registry.yml" "version: 0.1`nstorage: {filesystem: {rootdirectory: /var/lib/registry}}`nhttp: {addr: ':5000'}"
        $images = @{
            registry = New-TestImage "$work/layout-registry" "$work/registry" @{ Cmd = @('docker-registry', 'serve', '/etc/registry.yml'); ExposedPorts = @{ '5000/tcp' = @{} } }
            server   = New-TestImage "$work/layout-server" "$work/root" @{ Cmd = @('httpd', '-f', '-p', '80', '-h', '/etc') }
            client   = New-TestImage "$work/layout-client" "$work/root" @{ Cmd = @('sh') }
        }
        foreach ($name in $images.Keys) { $null = Copy-Image $images[$name] "docker://$($hub.Address)/$name" -AllowHttp }
        $null = Copy-Image $images.client "alpine-net-$id"
    }

    AfterAll {
        Get-Pod | Remove-Pod -Force
        Get-Container -All | Remove-Container -Force
        Close-TestRegistry $hub
        $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT, $env:CONTAINERS_REGISTRIES_CONF = $saved
        Remove-Item $work -Recurse -Force
    }

    It 'runs a registry by a short name, and copies an image into it that skopeo sees' {
        $port = Get-FreePort
        $container = Invoke-Image registry -Name "registry-$id" -Detach -Publish "${port}:5000"
        $container.Image | Should -Be "$($hub.Address)/registry:latest"
        $shown = Get-Container "registry-$id"
        $shown.State, $shown.PublishedPorts[0].HostPort, $shown.PublishedPorts[0].Port | Should -Be 'Running', $port, 5000

        $there = "docker://localhost:$port/silvinux/alpine-net"
        & curl -s --retry 10 --retry-connrefused --retry-delay 1 "http://localhost:$port/v2/" | Should -Be '{}'
        $copied = Copy-Image "alpine-net-$id" $there -AllowHttp
        $copied.BytesMoved | Should -BeGreaterThan 1mb
        $theirs = & skopeo inspect --tls-verify=false $there | ConvertFrom-Json
        "$((Get-ImageManifest $there -AllowHttp).Digest)" | Should -Be $theirs.Digest
        (Get-ImageTag $there -AllowHttp).Tag | Should -Be $theirs.RepoTags
        # What it was asked is in its log, and what it has is in its layer.
        Get-ContainerLog "registry-$id" | Where-Object Text -Like '*PUT /v2/silvinux/alpine-net/manifests/latest*' | Should -Not -BeNullOrEmpty
        (Get-ContainerChange "registry-$id").Path | Should -Contain /var/lib/registry/docker/registry/v2/repositories/silvinux/alpine-net

        # From here to another registry, and back into a store.
        $null = Copy-Image $there "docker://$($hub.Address)/silvinux/alpine-net" -AllowHttp
        (& skopeo inspect --tls-verify=false "docker://$($hub.Address)/silvinux/alpine-net" | ConvertFrom-Json).Digest | Should -Be $theirs.Digest
    }

    It 'has two containers in a pod, and the same again from what Export-Pod wrote' {
        $port = Get-FreePort
        $pod = New-Pod "web-$id" -Publish "${port}:80"
        $null = Invoke-Image server -Pod $pod -Detach
        Invoke-Image client -Pod $pod -Remove -Command 'wget -qO- http://127.0.0.1/hostname' | Should -Be "web-$id"
        & curl -s --retry 5 --retry-connrefused "http://127.0.0.1:$port/hostname" | Should -Be "web-$id"

        $pod | Export-Pod | Set-Content "$work/web.yaml"
        $pod | Remove-Pod -Force
        Get-Pod "web-$id" -ErrorAction Ignore | Should -BeNullOrEmpty
        & curl -s -m 2 "http://127.0.0.1:$port/hostname" | Should -BeNullOrEmpty
        $again = Import-Pod "$work/web.yaml"
        $again.Name, $again.State | Should -Be "web-$id", 'Running'
        & curl -s --retry 5 --retry-connrefused "http://127.0.0.1:$port/hostname" | Should -Be "web-$id"
    }
}
