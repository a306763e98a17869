# A real API server of Kubernetes with its etcd, on loopback and alone: nothing runs on its nodes, for it has none.

function Wait-Cluster([scriptblock] $Condition) {
    $end = [DateTime]::UtcNow.AddSeconds(60)
    while (-not (& $Condition)) {
        if ([DateTime]::UtcNow -gt $end) { throw "Not within 60 s: $Condition" }
        Start-Sleep -Milliseconds 100
    }
}

# Keys and a certificate of an authority that signs its own, or of one that it has signed.
function Write-Certificate([string] $Name, [string] $Subject, [string] $Directory) {
    if ($Name -eq 'ca') {
        openssl req -x509 -newkey rsa:2048 -nodes -keyout "$Directory/ca.key" -out "$Directory/ca.crt" -subj $Subject -days 2 2>$null
        return
    }
    'subjectAltName=IP:127.0.0.1' | Set-Content "$Directory/$Name.ext"
    openssl req -newkey rsa:2048 -nodes -keyout "$Directory/$Name.key" -out "$Directory/$Name.csr" -subj $Subject 2>$null
    openssl x509 -req -in "$Directory/$Name.csr" -CA "$Directory/ca.crt" -CAkey "$Directory/ca.key" -CAcreateserial -days 2 -out "$Directory/$Name.crt" -extfile "$Directory/$Name.ext" 2>$null
}

function Write-KubeConfig([string] $Path, [string] $Server, [string] $Authority, [string] $User) {
    $directory = Split-Path $Path
    @"
apiVersion: v1
kind: Config
clusters: [ { name: test, cluster: { server: '$Server'$($Authority ? ", certificate-authority: '$Authority'" : '') } } ]
users: [ { name: user, user: { $($User ? "client-certificate: '$directory/$User.crt', client-key: '$directory/$User.key'" : 'token: none') } } ]
contexts: [ { name: usual, context: { cluster: test, user: user, namespace: default } }, { name: other, context: { cluster: test, user: user, namespace: team } } ]
current-context: usual
"@ | Set-Content $Path
}

function Open-Cluster([string] $Directory, [int] $Port) {
    Write-Certificate -Name ca -Subject /CN=ca -Directory $Directory
    Write-Certificate -Name server -Subject /CN=server -Directory $Directory
    Write-Certificate -Name admin -Subject /O=system:masters/CN=admin -Directory $Directory
    Write-Certificate -Name bob -Subject /CN=bob -Directory $Directory
    openssl genrsa -out "$Directory/sa.key" 2048 2>$null
    $etcd = "http://127.0.0.1:$($Port + 1)"
    $peer = "http://127.0.0.1:$($Port + 2)"
    $log = @{ RedirectStandardError = "$Directory/etcd.err"; RedirectStandardOutput = "$Directory/etcd.out" }
    $first = Start-Process etcd -PassThru @log -ArgumentList @(
        '--data-dir', "$Directory/etcd", '--listen-client-urls', $etcd, '--advertise-client-urls', $etcd,
        '--listen-peer-urls', $peer, '--initial-advertise-peer-urls', $peer, '--initial-cluster', "default=$peer", '--unsafe-no-fsync'
    )
    $log = @{ RedirectStandardError = "$Directory/api.err"; RedirectStandardOutput = "$Directory/api.out" }
    $second = Start-Process kube-apiserver -PassThru @log -ArgumentList @(
        '--etcd-servers', $etcd, '--bind-address', '127.0.0.1', '--advertise-address', '127.0.0.1', '--secure-port', $Port
        '--tls-cert-file', "$Directory/server.crt", '--tls-private-key-file', "$Directory/server.key", '--client-ca-file', "$Directory/ca.crt"
        '--service-account-key-file', "$Directory/sa.key", '--service-account-signing-key-file', "$Directory/sa.key", '--service-account-issuer', 'https://nstools'
        '--service-cluster-ip-range', '10.96.0.0/16', '--authorization-mode', 'RBAC', '--disable-admission-plugins', 'ServiceAccount', '--endpoint-reconciler-type', 'none'
    )
    foreach ($user in 'admin', 'bob') { Write-KubeConfig -Path "$Directory/$user.conf" -Server "https://127.0.0.1:$Port" -Authority "$Directory/ca.crt" -User $user }
    [pscustomobject]@{ Port = $Port; Directory = $Directory; Etcd = $first; Server = $second }
}

function Wait-ClusterReady($Cluster) {
    $d = $Cluster.Directory
    Wait-Cluster { (curl -s --cacert "$d/ca.crt" --cert "$d/admin.crt" --key "$d/admin.key" "https://127.0.0.1:$($Cluster.Port)/readyz") -eq 'ok' }
    Wait-Cluster { kubectl --kubeconfig "$d/admin.conf" get namespace default -o name 2>$null }
}

# What only the node or a controller would say.
function Write-ClusterStatus($Cluster, [string] $Path, [string] $Status) {
    $d = $Cluster.Directory
    $object = kubectl --kubeconfig "$d/admin.conf" get --raw $Path | ConvertFrom-Json -AsHashtable
    $object['status'] = $Status | ConvertFrom-Json -AsHashtable
    $null = $object | ConvertTo-Json -Depth 30 | kubectl --kubeconfig "$d/admin.conf" replace --raw "$Path/status" -f -
    if ($LASTEXITCODE -ne 0) { throw "The status of $Path could not be set." }
}

function Close-Cluster($Cluster) {
    foreach ($process in $Cluster.Server, $Cluster.Etcd) {
        if ($process -and -not $process.HasExited) {
            $process.Kill()
            $process.WaitForExit()
        }
    }
}
