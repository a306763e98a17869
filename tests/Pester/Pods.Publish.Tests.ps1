BeforeDiscovery {
    # kube-apiserver is in no package of Debian's: whoever has one puts it in PATH.
    $script:missing = 'etcd', 'kube-apiserver', 'kubectl', 'openssl', 'curl' | Where-Object { -not (Get-Command $_ -ErrorAction Ignore) }
    $script:clusterName = $missing ? "a real API server (SKIPPED: this machine has no $($missing -join ', '))" : 'a real API server'
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    . "$PSScriptRoot/Support/Clusters.ps1"
    $script:work = Join-Path ([IO.Path]::GetTempPath()) "nstools-publish-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
    $null = New-Item -ItemType Directory $work
    $script:before = $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT, $env:KUBECONFIG
    $env:NSTOOLS_RUNROOT = "$work/run"
    $env:NSTOOLS_ROOT = "$work/data"
    $script:port = 31000 + 4 * ($PID % 200)
    $script:yaml = @'
apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data: { color: blue }
---
apiVersion: v1
kind: Pod
metadata: { name: web }
spec:
  containers:
    - name: main
      image: registry.example/web:1
      env: [ { name: MODE, value: "0644" } ]
      volumeMounts: [ { name: files, mountPath: /files } ]
  volumes: [ { name: files, configMap: { name: settings, defaultMode: 0400 } } ]
'@
    function Get-Problem([scriptblock] $Do) { @(& $Do 2>&1 | Where-Object { $_ -is [Management.Automation.ErrorRecord] }) }
}

AfterAll {
    $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT, $env:KUBECONFIG = $before
    Remove-Item -Recurse -Force $work
}

Describe 'Publish-Pod and <clusterName>' -ForEach @{ clusterName = $clusterName } -Skip:([bool] $missing) {
    BeforeAll {
        $script:cluster = Open-Cluster $work $port
        Wait-ClusterReady $cluster
        $script:admin = @{ KubeConfig = "$work/admin.conf" }
        function Get-Object([string[]] $What) { kubectl --kubeconfig "$work/admin.conf" get @What -o json 2>$null | ConvertFrom-Json }
    }

    AfterAll { Close-Cluster $cluster }

    AfterEach { kubectl --kubeconfig "$work/admin.conf" delete 'pod,configmap,deployment' --all --force --grace-period=0 2>&1 | Out-Null }

    It 'makes what is not there, and applies again what is, as kubectl sees it' {
        $made = $yaml | Publish-Pod @admin
        $made.Kind | Should -Be 'ConfigMap', 'Pod'
        $made.Action | Should -Be 'Created', 'Created'
        $made[1].Namespace, $made[1].Phase, $made[1].Server | Should -Be 'default', 'Pending', "https://127.0.0.1:$port/"
        $pod = Get-Object pod, web
        $pod.metadata.uid | Should -Be $made[1].Uid
        $fields = (kubectl --kubeconfig "$work/admin.conf" get --raw /api/v1/namespaces/default/pods/web | ConvertFrom-Json).metadata.managedFields
        $fields.manager, $fields.operation | Should -Be 'nstools', 'Apply'
        $pod.spec.containers[0].env[0].value | Should -BeExactly '0644'
        # A plain 0400 of YAML 1.1, as kubectl reads it.
        $pod.spec.volumes[0].configMap.defaultMode | Should -Be 256
        $again = $yaml | Publish-Pod @admin
        $again.Action | Should -Be 'Applied', 'Applied'
        $again.ResourceVersion | Should -Be $made.ResourceVersion
        ($yaml.Replace('blue', 'red') | Publish-Pod @admin)[0].ResourceVersion | Should -Not -Be $made[0].ResourceVersion
        (Get-Object configmap, settings).data.color | Should -Be 'red'
    }

    It 'takes a file, another namespace and another context' {
        kubectl --kubeconfig "$work/admin.conf" create namespace team 2>&1 | Out-Null
        $yaml | Set-Content "$work/web.yaml"
        (Publish-Pod -Path "$work/web.yaml" -Namespace team @admin).Namespace | Should -Be 'team', 'team'
        (Publish-Pod -Path "$work/web.yaml" -Context other @admin).Action | Should -Be 'Applied', 'Applied'
        $env:KUBECONFIG = "$work/none.conf:$work/admin.conf"
        try { (Publish-Pod -Path "$work/web.yaml").Action | Should -Be 'Created', 'Created' }
        finally { $env:KUBECONFIG = $before[2] }
        (Get-Problem { Publish-Pod -Path "$work/web.yaml" -Namespace nowhere @admin }).FullyQualifiedErrorId | Should -BeLike 'ClusterNotFound,*'
    }

    It 'tells of a conflict with its owner and field, and takes over with -Force' {
        $null = $yaml | Publish-Pod @admin
        $problem = Get-Problem { $yaml.Replace('blue', 'red') | Publish-Pod -FieldManager other @admin | Out-Null }
        $problem | Should -HaveCount 1
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'ClusterConflict,*'
        "$($problem[0])" | Should -BeLike '*"nstools"*.data.color*'
        (Get-Object configmap, settings).data.color | Should -Be 'blue'
        $null = $yaml.Replace('blue', 'red') | Publish-Pod -FieldManager other -Force @admin
        (Get-Object configmap, settings).data.color | Should -Be 'red'
    }

    It 'changes nothing with -DryRun, which the server has looked at all the same' {
        $asked = $yaml | Publish-Pod -DryRun @admin
        $asked.IsDryRun | Should -Be $true, $true
        $asked.Action | Should -Be 'Created', 'Created'
        Get-Object pod, web | Should -BeNullOrEmpty
        $problem = Get-Problem { $yaml.Replace('name: main', 'name: NOT_A_LABEL') | Publish-Pod -DryRun @admin | Out-Null }
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'ClusterRejected,*'
        "$($problem[0])" | Should -BeLike '*NOT_A_LABEL*'
    }

    It 'says what RBAC forbids, an error for each object, and goes on' {
        kubectl --kubeconfig "$work/admin.conf" create role maps --verb=patch --verb=create --verb=get --resource=configmaps 2>&1 | Out-Null
        kubectl --kubeconfig "$work/admin.conf" create rolebinding maps --role=maps --user=bob 2>&1 | Out-Null
        $result = @($yaml | Publish-Pod -KubeConfig "$work/bob.conf" -ErrorVariable problem -ErrorAction SilentlyContinue)
        $result.Kind | Should -Be 'ConfigMap'
        $problem | Should -HaveCount 1
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'ClusterForbidden,*'
        $problem[0].CategoryInfo.Category | Should -Be 'PermissionDenied'
        "$($problem[0])" | Should -BeLike '*"bob"*pods*'
    }

    It 'says what of a pod cannot be changed, and which kinds there are not' {
        $null = $yaml | Publish-Pod @admin
        (Get-Problem { $yaml.Replace('0644', '0755') | Publish-Pod @admin | Out-Null })[0].FullyQualifiedErrorId | Should -BeLike 'ClusterRejected,*'
        $route = "apiVersion: route.openshift.io/v1`nkind: Route`nmetadata: { name: web }"
        (Get-Problem { $route | Publish-Pod @admin }).FullyQualifiedErrorId | Should -BeLike 'ClusterKindUnknown,*'
    }

    It 'waits for a pod and for a deployment, and says what keeps them' {
        $null = $yaml | Publish-Pod @admin
        $problem = Get-Problem { $yaml | Publish-Pod -Wait -TimeoutSec 0 @admin | Out-Null }
        $problem.FullyQualifiedErrorId | Should -BeLike 'ClusterWaitTimeout,*'
        Write-ClusterStatus $cluster /api/v1/namespaces/default/pods/web '{"phase":"Pending","containerStatuses":[{"name":"main","image":"x","imageID":"","ready":false,"restartCount":0,"state":{"waiting":{"reason":"ImagePullBackOff","message":"no such image"}}}]}'
        "$(Get-Problem { $yaml | Publish-Pod -Wait -TimeoutSec 0 @admin | Out-Null })" | Should -BeLike '*ImagePullBackOff: no such image*'
        Write-ClusterStatus $cluster /api/v1/namespaces/default/pods/web '{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}'
        ($yaml | Publish-Pod -Wait -TimeoutSec 30 @admin)[1].Phase | Should -Be 'Running'
        Write-ClusterStatus $cluster /api/v1/namespaces/default/pods/web '{"phase":"Failed","conditions":[{"type":"Ready","status":"False"}]}'
        (Get-Problem { $yaml | Publish-Pod -Wait @admin | Out-Null }).FullyQualifiedErrorId | Should -BeLike 'ClusterPodFailed,*'
        $deployment = "apiVersion: apps/v1`nkind: Deployment`nmetadata: { name: web }`nspec: { replicas: 2, selector: { matchLabels: { a: b } }, template: { metadata: { labels: { a: b } }, spec: { containers: [ { name: a, image: b } ] } } }"
        "$(Get-Problem { $deployment | Publish-Pod -Wait -TimeoutSec 0 @admin })" | Should -BeLike '*0 of 2 replicas*'
        Write-ClusterStatus $cluster /apis/apps/v1/namespaces/default/deployments/web '{"observedGeneration":1,"replicas":2,"updatedReplicas":2,"readyReplicas":2,"availableReplicas":2}'
        ($deployment | Publish-Pod -Wait -TimeoutSec 30 @admin).Action | Should -Be 'Applied'
    }
}

Describe 'Publish-Pod without a cluster' {
    It 'sends a request of server-side apply' {
        # Only what goes out: what an API server makes of it is proved above, where there is one.
        $address = "http://127.0.0.1:$($port + 3)/"
        $listener = [Net.HttpListener]::new()
        $listener.Prefixes.Add($address)
        $listener.Start()
        $job = Start-ThreadJob {
            $listener = $using:listener
            foreach ($answer in '{"resources":[{"name":"pods/status","kind":"Pod","namespaced":true},{"name":"pods","kind":"Pod","namespaced":true}]}', '{"metadata":{"name":"web","namespace":"team","uid":"1"},"status":{"phase":"Pending"}}') {
                $context = $listener.GetContext()
                $body = [IO.StreamReader]::new($context.Request.InputStream).ReadToEnd()
                [pscustomobject]@{ Method = $context.Request.HttpMethod; Url = $context.Request.RawUrl; Type = $context.Request.ContentType; Body = $body }
                $bytes = [Text.Encoding]::UTF8.GetBytes($answer)
                $context.Response.ContentType = 'application/json'
                if ($body) { $context.Response.Headers['Warning'] = '299 - "old kind"' }
                $context.Response.Close($bytes, $true)
            }
        }
        try {
            Write-KubeConfig "$work/plain.conf" $address
            $result = $yaml.Substring($yaml.IndexOf('---')) | Publish-Pod -KubeConfig "$work/plain.conf" -Context other -Force -FieldManager 'a b' -WarningVariable warning -WarningAction SilentlyContinue
            $requests = $job | Wait-Job -Timeout 10 | Receive-Job
        }
        finally {
            $listener.Stop()
            $job | Remove-Job -Force
        }
        $result.Name, $result.Action, "$warning" | Should -Be 'web', 'Applied', 'old kind'
        $requests.Method | Should -Be 'GET', 'PATCH'
        $requests.Url | Should -Be '/api/v1', '/api/v1/namespaces/team/pods/web?fieldManager=a%20b&force=true'
        $requests[1].Type | Should -Be 'application/apply-patch+yaml'
        $body = $requests[1].Body | ConvertFrom-Json
        $body.kind, $body.spec.volumes[0].configMap.defaultMode, $body.spec.containers[0].env[0].value | Should -Be 'Pod', 256, '0644'
    }

    It 'says once that <Because>' -ForEach @(
        @{ Because = 'nobody is there'; Id = 'ClusterUnreachable'; Config = { Write-KubeConfig "$work/bad.conf" 'https://127.0.0.1:1' } }
        @{ Because = 'the kubeconfig is not there'; Id = 'KubeConfigNotFound'; Config = { } }
        @{ Because = 'the kubeconfig is no YAML'; Id = 'KubeConfigInvalid'; Config = { 'a: [' | Set-Content "$work/bad.conf" } }
        @{ Because = 'the kubeconfig is something else'; Id = 'KubeConfigInvalid'; Config = { 'a: b' | Set-Content "$work/bad.conf" } }
        @{ Because = 'the context is not in it'; Id = 'KubeConfigInvalid'; Config = { Write-KubeConfig "$work/bad.conf" 'https://127.0.0.1:1'; $context['Context'] = 'nowhere' } }
    ) {
        Remove-Item "$work/bad.conf" -ErrorAction Ignore
        $context = @{}
        . $Config
        $problem = Get-Problem { $yaml | Publish-Pod -KubeConfig "$work/bad.conf" @context }
        $problem | Should -HaveCount 1
        $problem[0].FullyQualifiedErrorId | Should -BeLike "$Id,*"
    }

    It 'trusts no certificate that the kubeconfig does not name' -Skip:(-not (Get-Command openssl -ErrorAction Ignore)) {
        $null = New-Item -ItemType Directory "$work/tls"
        Write-Certificate ca /CN=ca "$work/tls"
        Write-Certificate server /CN=server "$work/tls"
        $server = Start-Process openssl -PassThru -RedirectStandardOutput "$work/tls/out" -RedirectStandardError "$work/tls/err" -ArgumentList s_server, -accept, "127.0.0.1:$($port + 3)", -cert, "$work/tls/server.crt", -key, "$work/tls/server.key", -quiet, -www
        try {
            for ($i = 0; $i -lt 100 -and -not (curl -sk "https://127.0.0.1:$($port + 3)"); $i++) { Start-Sleep -Milliseconds 50 }
            Write-KubeConfig "$work/tls.conf" "https://127.0.0.1:$($port + 3)"
            (Get-Problem { $yaml | Publish-Pod -KubeConfig "$work/tls.conf" }).FullyQualifiedErrorId | Should -BeLike 'ClusterCertificateInvalid,*'
        }
        finally { $server.Kill() }
    }

    It 'refuses <Because>' -ForEach @(
        @{ Because = 'what is no YAML'; Id = 'PodManifestInvalid'; Text = 'a: [' }
        @{ Because = 'an object without a name'; Id = 'PodManifestInvalid'; Text = "apiVersion: v1`nkind: Pod`nspec: {}" }
        @{ Because = 'an object without a kind'; Id = 'PodManifestInvalid'; Text = 'a: b' }
        @{ Because = 'nothing'; Id = 'PodManifestEmpty'; Text = "---`n---" }
        @{ Because = 'aliases that grow without end'; Id = 'PodManifestInvalid'; Text = "apiVersion: v1`nkind: Pod`nmetadata: { name: x }`na0: &a0 [$('long,' * 100)]`n$((1..6 | ForEach-Object { "a${_}: &a$_ [$("*a$($_ - 1)," * 20)]" }) -join "`n")" }
    ) {
        (Get-Problem { $Text | Publish-Pod -KubeConfig "$work/none.conf" }).FullyQualifiedErrorId | Should -BeLike "$Id,*"
    }

    It 'says with -WhatIf what it would do, without asking anybody' {
        Write-KubeConfig "$work/away.conf" 'https://127.0.0.1:1'
        $text = pwsh -NoProfile -c "Import-Module '$PSScriptRoot/../../out/NsTools/NsTools.psd1'; '$yaml' | Publish-Pod -KubeConfig '$work/away.conf' -Namespace team -Force -WhatIf" | Out-String
        $text.Replace("`n", ' ') | Should -BeLike '*kubectl apply -f - --server-side --field-manager=nstools --kubeconfig*--namespace team --force-conflicts*Pod/web*'
        $line = "Publish-Pod x -KubeConfig $work/away.conf -Context o"
        (TabExpansion2 -inputScript $line -cursorColumn $line.Length).CompletionMatches.CompletionText | Should -Be 'other'
    }
}
