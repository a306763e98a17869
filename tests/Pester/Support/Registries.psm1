# Debian's docker-registry on loopback, and images to put into it.

# The bcrypt digest of 'geheim-1', as htpasswd -B writes it.
$script:HtPasswd = 'ann:$2y$05$pQjFdJS7dqnn73bjqiPq2u2uUHQSTb/kqZdiXX7S2sEOSQzVXEnNS'

<#
.SYNOPSIS
A port of loopback that is free now.
#>
function Get-FreePort {
    $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
    $listener.Start()
    $listener.LocalEndpoint.Port
    $listener.Stop()
}

<#
.SYNOPSIS
Starts a registry; with -Secure it has TLS by an authority of its own, wants to know who asks (ann, geheim-1), and
writes each request to the file 'out'.
#>
function Open-TestRegistry([string] $Directory, [switch] $Secure) {
    $null = New-Item $Directory -ItemType Directory -Force
    $port = Get-FreePort
    $http = "{addr: '127.0.0.1:$port'}"
    $auth = ''
    if ($Secure) {
        Build-TestCertificate $Directory
        Set-Content "$Directory/htpasswd" $script:HtPasswd
        $http = "{addr: '127.0.0.1:$port', tls: {certificate: $Directory/server.crt, key: $Directory/server.key}}"
        $auth = "auth: {htpasswd: {realm: test, path: $Directory/htpasswd}}"
    }
    Set-Content "$Directory/config.yml" @"
version: 0.1
log: {level: error, accesslog: {disabled: $($Secure ? 'false' : 'true')}}
storage: {filesystem: {rootdirectory: $Directory/storage}, delete: {enabled: true}}
http: $http
$auth
"@
    # It takes every variable that begins with REGISTRY_ for a part of its configuration.
    $process = Start-Process -Environment @{ REGISTRY_AUTH_FILE = $null } /usr/bin/docker-registry serve, "$Directory/config.yml" -PassThru -RedirectStandardOutput "$Directory/out" -RedirectStandardError "$Directory/err"
    foreach ($try in 1..200) {
        try {
            [Net.Sockets.TcpClient]::new('127.0.0.1', $port).Dispose()
            break
        }
        catch {
            Start-Sleep -Milliseconds 25
        }
    }
    [pscustomobject]@{ Process = $process; Port = $port; Address = $Secure ? "localhost:$port" : "127.0.0.1:$port"; Authority = "$Directory/ca.crt" }
}

<#
.SYNOPSIS
Ends a registry.
#>
function Close-TestRegistry($Registry) {
    if ($Registry) { $Registry.Process.Kill(); $Registry.Process.WaitForExit() }
}

function Build-TestCertificate([string] $Directory) {
    $now = [DateTimeOffset]::Now
    $hash = [Security.Cryptography.HashAlgorithmName]::SHA256
    $curve = [Security.Cryptography.ECCurve]::CreateFromFriendlyName('nistP256')
    $caKey = [Security.Cryptography.ECDsa]::Create($curve)
    $request = [Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=Test authority', $caKey, $hash)
    $request.CertificateExtensions.Add([Security.Cryptography.X509Certificates.X509BasicConstraintsExtension]::new($true, $false, 0, $true))
    $ca = $request.CreateSelfSigned($now.AddDays(-1), $now.AddDays(2))
    $key = [Security.Cryptography.ECDsa]::Create($curve)
    $request = [Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=localhost', $key, $hash)
    $names = [Security.Cryptography.X509Certificates.SubjectAlternativeNameBuilder]::new()
    $names.AddDnsName('localhost')
    $request.CertificateExtensions.Add($names.Build())
    $server = $request.Create($ca, $now.AddDays(-1), $now.AddDays(1), [byte[]](1, 2, 3, 4))
    Set-Content "$Directory/ca.crt" $ca.ExportCertificatePem()
    Set-Content "$Directory/server.crt" $server.ExportCertificatePem()
    Set-Content "$Directory/server.key" $key.ExportPkcs8PrivateKeyPem()
}

<#
.SYNOPSIS
An image of umoci's with as many layers, each with a file of random bytes, under the name 'base' of a layout.
#>
function Build-TestImage([string] $Directory, [int] $Layers = 2, [int] $Size = 100kb) {
    umoci init --layout $Directory 2>$null
    umoci new --image "${Directory}:base" 2>$null
    foreach ($number in 1..$Layers) {
        $content = New-Item "$Directory.$number" -ItemType Directory
        $bytes = [byte[]]::new($Size)
        [Random]::new($number).NextBytes($bytes)
        [IO.File]::WriteAllBytes("$content/file$number", $bytes)
        tar -C $content -cf "$Directory.tar" .
        umoci raw add-layer --image "${Directory}:base" "$Directory.tar" 2>$null
        Remove-Item $content, "$Directory.tar" -Recurse
    }
    umoci config --image "${Directory}:base" --config.cmd /bin/true --config.label 'a=b' 2>$null
}

<#
.SYNOPSIS
The blobs of a layout whose content is not what their name says.
#>
function Find-WrongBlob([string] $Layout) {
    Get-ChildItem "$Layout/blobs/sha256" -File | Where-Object { (Get-FileHash $_ -Algorithm SHA256).Hash -ne $_.Name }
}

Export-ModuleMember Open-TestRegistry, Close-TestRegistry, Build-TestImage, Find-WrongBlob, Get-FreePort
