BeforeDiscovery {
    $script:canRun = (id -u) -eq '0' -and (Test-Path /bin/busybox)
    # Podman's pods have catatonit for their first process.
    $script:hasPodman = -not ('podman', 'skopeo', 'catatonit' | Where-Object { -not (Get-Command $_ -ErrorAction Ignore) })
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    Import-Module "$PSScriptRoot/Support/Images.psm1" -Force
    $script:work = Join-Path ([IO.Path]::GetTempPath()) "nstools-kube-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
    $null = New-Item -ItemType Directory $work
    $script:before = $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT
    $env:NSTOOLS_RUNROOT = "$work/run"
    $env:NSTOOLS_ROOT = "$work/data"
    if ((id -u) -eq '0' -and (Test-Path /bin/busybox)) {
        New-BusyBoxRoot "$work/root"
        $script:image = New-TestImage "$work/layout" "$work/root" @{ Cmd = @('httpd', '-f', '-p', '80', '-h', '/etc') }
    }
    $script:name = "k$PID"
    $script:port = 27000 + $PID % 4000
}

AfterAll {
    if ((id -u) -eq '0') { Get-Pod | Remove-Pod -Force }
    $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT = $before
    Remove-Item -Recurse -Force $work
}

Describe 'Kubernetes YAML of pods' -Skip:(-not $canRun) {
    AfterEach { Get-Pod | Remove-Pod -Force }

    It 'goes out and comes in again as it was' {
        $null = New-Pod $name -Publish "${port}:80" -Label @{ tier = 'test' }
        $null = Invoke-Image $image -Pod $name -Name "$name-server" -Environment @{ COLOR = 'red' } -Memory 64MB -Cpu 0.5 -DropCapability CHOWN -Volume "${name}vol:/data2" -Detach
        $null = Invoke-Image $image -Pod $name -Name "$name-client" -Detach -ArgumentList sleep, 1000 -User 1000
        $yaml = Get-Pod $name | Export-Pod
        $yaml | Set-Content "$work/pod.yaml"
        Remove-Pod $name -Force
        $pod = Import-Pod "$work/pod.yaml"
        $pod.Name, $pod.State, $pod.Labels['tier'], $pod.PublishedPorts[0].HostPort | Should -Be $name, 'Running', 'test', $port
        $pod.Containers | Should -Be "$name-server", "$name-client"
        Invoke-Container "$name-server" -Command 'echo $COLOR; grep " /data2 " /proc/mounts | wc -l' | Should -Be 'red', '1'
        Invoke-Container "$name-client" -Command 'id -u' | Should -Be '1000'
        curl -s -m 5 --retry 5 --retry-connrefused --retry-delay 1 "http://127.0.0.1:$port/hostname" | Should -Be $name
        Export-Pod $name | Should -Be $yaml
    }

    It 'has ConfigMaps, Secrets, emptyDir, init containers and a Deployment' {
        $pod = @"
apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data: { color: blue, motd: hello }
---
apiVersion: v1
kind: Secret
metadata: { name: key }
stringData: { token: s3cret }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: $name }
spec:
  replicas: 1
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      initContainers:
        - { name: first, image: '$image', command: [sh, -c, 'echo made > /shared/file'], volumeMounts: [ { name: shared, mountPath: /shared } ] }
      containers:
        - name: main
          image: '$image'
          command: [sleep, '1000']
          env:
            - { name: COLOR, valueFrom: { configMapKeyRef: { name: settings, key: color } } }
            - { name: TOKEN, valueFrom: { secretKeyRef: { name: key, key: token } } }
          resources: { limits: { memory: 64Mi, cpu: 500m } }
          securityContext: { readOnlyRootFilesystem: true, capabilities: { drop: [CHOWN] } }
          volumeMounts:
            - { name: shared, mountPath: /shared }
            - { name: config, mountPath: /config }
            - { name: secret, mountPath: /secret }
      volumes:
        - { name: shared, emptyDir: {} }
        - { name: config, configMap: { name: settings } }
        - { name: secret, secret: { secretName: key } }
"@ | Import-Pod
        $pod.Name, $pod.State, $pod.Labels['app'] | Should -Be "$name-pod", 'Running', 'web'
        $pod.Containers | Should -Be "$name-pod-main"
        Invoke-Container "$name-pod-main" -Command 'echo $COLOR $TOKEN; cat /shared/file /config/motd /secret/token; echo; touch /x 2>&1 | sed "s/.*: //"' |
            Should -Be 'blue s3cret', 'made', 'hellos3cret', 'Read-only file system'
        $limit = Invoke-Container "$name-pod-main" -Command 'cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null'
        $limit | Should -Be '67108864'
    }

    It 'goes through podman play kube and podman generate kube, and comes in again' -Skip:(-not $hasPodman) {
        $null = New-Pod $name -Publish "${port}:80" -Label @{ tier = 'test' }
        $null = New-Container $image -Pod $name -Name "$name-one" -Environment @{ COLOR = 'red' } -ArgumentList sleep, 1000
        $local = "localhost/$name`:v1"
        skopeo copy -q $image "containers-storage:$local"
        try {
            (Export-Pod $name).Replace($image, $local) | Set-Content "$work/podman.yaml"
            Remove-Pod $name -Force
            podman --cgroup-manager cgroupfs --runtime runc play kube --start=false "$work/podman.yaml" 2>&1 | Out-String | Should -Match 'Pod:'
            $generated = podman generate kube $name 2>$null
        }
        finally {
            podman pod rm -f $name 2>&1 | Out-Null
            podman rmi -f $local 2>&1 | Out-Null
        }
        $pod = ($generated -join "`n").Replace($local, $image) | Import-Pod
        # Podman does not write a pod's own labels out again.
        $pod.State, $pod.PublishedPorts[0].HostPort | Should -Be 'Running', $port
        $pod.Containers | Should -Be "$name-one"
        Invoke-Container "$name-one" -Command 'echo $COLOR' | Should -Be 'red'
    }

    It 'refuses <Because>, and leaves nothing' -ForEach @(
        @{ Because = 'what is no YAML'; Id = 'PodManifestInvalid'; Yaml = 'a: [' }
        @{ Because = 'a text without a pod'; Id = 'PodManifestEmpty'; Yaml = "apiVersion: v1`nkind: ConfigMap`nmetadata: { name: x }" }
        @{ Because = 'a ConfigMap that is not there'; Id = 'PodManifestIncomplete'; Yaml = "apiVersion: v1`nkind: Pod`nmetadata: { name: x }`nspec: { containers: [ { name: a, image: b, envFrom: [ { configMapRef: { name: none } } ] } ] }" }
        @{ Because = 'a volume that is not there'; Id = 'PodManifestIncomplete'; Yaml = "apiVersion: v1`nkind: Pod`nmetadata: { name: x }`nspec: { containers: [ { name: a, image: b, volumeMounts: [ { name: none, mountPath: /x } ] } ] }" }
        @{ Because = 'a part of a volume'; Id = 'PodVolumeNotSupported'; Yaml = "apiVersion: v1`nkind: Pod`nmetadata: { name: x }`nspec: { containers: [ { name: a, image: b, volumeMounts: [ { name: v, mountPath: /x, subPath: y } ] } ], volumes: [ { name: v, emptyDir: {} } ] }" }
        @{ Because = 'a restart policy that there is not'; Id = 'PodManifestInvalid'; Yaml = "apiVersion: v1`nkind: Pod`nmetadata: { name: x }`nspec: { restartPolicy: Often, containers: [ { name: a, image: b } ] }" }
        @{ Because = 'a port of SCTP'; Id = 'PodPortNotSupported'; Yaml = "apiVersion: v1`nkind: Pod`nmetadata: { name: x }`nspec: { containers: [ { name: a, image: b, ports: [ { containerPort: 1, hostPort: 1, protocol: SCTP } ] } ] }" }
        @{ Because = 'a file that leads out of its volume'; Id = 'PodManifestInvalid'; Yaml = "apiVersion: v1`nkind: ConfigMap`nmetadata: { name: c }`ndata: { k: v }`n---`napiVersion: v1`nkind: Pod`nmetadata: { name: x }`nspec: { containers: [ { name: a, image: b, volumeMounts: [ { name: v, mountPath: /x } ] } ], volumes: [ { name: v, configMap: { name: c, items: [ { key: k, path: ../../out } ] } } ] }" }
    ) {
        $problems = @($Yaml | Import-Pod 2>&1 | Where-Object { $_ -is [Management.Automation.ErrorRecord] })
        $problems | Should -HaveCount 1
        $problems[0].FullyQualifiedErrorId | Should -BeLike "$Id,*"
        Get-Pod | Should -BeNullOrEmpty
    }

    It 'starts containers again as restartPolicy says, and writes it out again' {
        foreach ($case in @{ Policy = 'Always'; Ours = 'always' }, @{ Policy = 'OnFailure'; Ours = 'on-failure' }, @{ Policy = 'Never'; Ours = $null }) {
            $yaml = "apiVersion: v1`nkind: Pod`nmetadata: { name: $name }`nspec:`n  restartPolicy: $($case.Policy)`n  containers: [ { name: a, image: '$image', command: [sh, -c, 'sleep 0.2; exit 3'] } ]"
            $null = $yaml | Import-Pod
            (Get-Container "$name-a").RestartPolicy | Should -Be $case.Ours
            Export-Pod $name | Should -BeLike "*restartPolicy: $($case.Policy)*"
            if ($case.Ours) {
                $end = [DateTime]::UtcNow.AddSeconds(20)
                while ((Get-Container "$name-a").RestartCount -lt 1 -and [DateTime]::UtcNow -lt $end) { Start-Sleep -Milliseconds 50 }
                (Get-Container "$name-a").RestartCount | Should -BeGreaterThan 0
            }
            else {
                (Wait-Container "$name-a" -TimeoutSec 20).ExitCode | Should -Be 3
            }
            Remove-Pod $name -Force
        }
    }

    It 'has emptyDir in memory with its limit, both ways' {
        $yaml = "apiVersion: v1`nkind: Pod`nmetadata: { name: $name }`nspec:`n  containers: [ { name: a, image: '$image', imagePullPolicy: Never, volumeMounts: [ { name: m, mountPath: /m } ] } ]`n  volumes: [ { name: m, emptyDir: { medium: Memory, sizeLimit: 8Mi } } ]"
        $null = $yaml | Import-Pod
        Invoke-Container "$name-a" -Command 'grep " /m " /proc/mounts' | Should -BeLike 'tmpfs /m tmpfs *size=8192k*'
        $text = Export-Pod $name | Out-String
        $text | Should -BeLike '*medium: Memory*'
        $text | Should -Match 'sizeLimit: "?(8Mi|8388608)'
    }

    It 'names each field that it does nothing with' {
        $yaml = @"
apiVersion: v1
kind: Pod
metadata: { name: $name }
spec:
  hostNetwork: true
  nodeSelector: { disk: ssd }
  containers:
    - name: a
      image: '$image'
      livenessProbe: { exec: { command: [ 'true' ] }, terminationGracePeriodSeconds: 5 }
      readinessProbe: { grpc: { port: 80 } }
      lifecycle: { preStop: { exec: { command: [ 'true' ] } } }
      resources: { requests: { cpu: 100m }, limits: { memory: 64Mi, ephemeral-storage: 1Gi } }
      securityContext: { privileged: true }
"@
        $null = $yaml | Import-Pod -WarningVariable warning -WarningAction SilentlyContinue
        foreach ($field in 'spec.hostNetwork', 'spec.nodeSelector', 'spec.containers[a].livenessProbe.terminationGracePeriodSeconds', 'spec.containers[a].readinessProbe.grpc', 'spec.containers[a].lifecycle',
            'spec.containers[a].resources.requests', 'spec.containers[a].resources.limits.ephemeral-storage', 'spec.containers[a].securityContext.privileged') {
            $warning.Message | Should -Contain "The pod '$name': nothing is done with $field."
        }
        $warning | Should -HaveCount 8
    }

    It 'says when an init container fails, and leaves nothing' {
        $yaml = "apiVersion: v1`nkind: Pod`nmetadata: { name: $name }`nspec:`n  initContainers: [ { name: bad, image: '$image', command: [sh, -c, 'exit 3'] } ]`n  containers: [ { name: a, image: '$image' } ]"
        $yaml | Import-Pod -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'InitContainerFailed,*'
        Get-Pod | Should -BeNullOrEmpty
        Get-Container -All | Should -BeNullOrEmpty
    }
}
