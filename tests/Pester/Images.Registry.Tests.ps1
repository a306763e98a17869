BeforeDiscovery {
    $missing = 'docker-registry', 'skopeo', 'umoci' | Where-Object { -not (Get-Command $_ -CommandType Application -ErrorAction Ignore) }
    $why = $missing ? " (SKIPPED: $($missing -join ', ') is not installed)" : ''
}

Describe "Registries$why" -Skip:([bool]$missing) {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
        Import-Module "$PSScriptRoot/Support/Registries.psm1" -Force
        $saved = $env:NSTOOLS_ROOT, $env:XDG_CONFIG_HOME, $env:REGISTRY_AUTH_FILE, $env:PATH, $env:HOME
        $env:NSTOOLS_ROOT = "$TestDrive/root"
        $env:HOME = $TestDrive
        $env:XDG_CONFIG_HOME = "$TestDrive/config"
        $env:REGISTRY_AUTH_FILE = "$TestDrive/auth/auth.json"
        $configuration = (New-Item "$env:XDG_CONFIG_HOME/containers" -ItemType Directory).FullName
        Set-Content "$configuration/registries.conf" ''
        $plain = Open-TestRegistry "$TestDrive/plain"
        $secure = Open-TestRegistry "$TestDrive/secure" -Secure
        $null = New-Item "$configuration/certs.d/$($secure.Address)" -ItemType Directory
        Copy-Item $secure.Authority "$configuration/certs.d/$($secure.Address)/ca.crt"
        $ann = [pscredential]::new('ann', [Net.NetworkCredential]::new('', 'geheim-1').SecurePassword)
        $wrong = [pscredential]::new('ann', [Net.NetworkCredential]::new('', 'nope').SecurePassword)
        Build-TestImage "$TestDrive/made"
        $null = Copy-Image "oci:$TestDrive/made:base" "docker://$($plain.Address)/team/app:v1" -AllowHttp
    }

    AfterAll {
        $plain, $secure | ForEach-Object { Close-TestRegistry $_ }
        $env:NSTOOLS_ROOT, $env:XDG_CONFIG_HOME, $env:REGISTRY_AUTH_FILE, $env:PATH, $env:HOME = $saved
    }

    AfterEach {
        Remove-Item $env:REGISTRY_AUTH_FILE, "$configuration/policy.json" -ErrorAction Ignore
        Set-Content "$configuration/registries.conf" ''
    }

    It 'copies from registry to registry with a log-in, as in the seed, and skopeo takes the log-in' {
        $connection = Connect-Registry $secure.Address -Credential $ann
        $connection.UserName | Should -Be ann
        (Get-Item $env:REGISTRY_AUTH_FILE).UnixStat.Mode.ToString() | Should -Not -Match 'Group|Other'
        $copy = Copy-Image "docker://$($plain.Address)/team/app:v1" "docker://$($secure.Address)/team/app:v1" -AllowHttp -ErrorAction Stop
        $theirs = skopeo inspect --tls-verify=false "docker://$($secure.Address)/team/app:v1" | ConvertFrom-Json
        $theirs.Digest | Should -Be $copy.Digest
        (skopeo inspect --tls-verify=false "docker://$($plain.Address)/team/app:v1" | ConvertFrom-Json).Digest | Should -Be $copy.Digest
        Get-RegistryConnection | Out-String | Should -Not -Match 'geheim|YW5u'
        Disconnect-Registry $secure.Address
        Get-RegistryConnection | Should -BeNullOrEmpty
        Get-ImageTag "$($secure.Address)/team/app" -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'RegistryUnauthorized,*'
    }

    It 'speaks HTTP/2 where TLS offers it, for all of a copy' {
        $log = Get-Item "$TestDrive/secure/out"
        $before = @(Get-Content $log).Count
        $null = Copy-Image "docker://$($plain.Address)/team/app:v1" "docker://$($secure.Address)/http2/app:v1" -AllowHttp -DestinationCredential $ann -ErrorAction Stop
        $null = Copy-Image "docker://$($secure.Address)/http2/app:v1" "oci:$TestDrive/http2:x" -Credential $ann -ErrorAction Stop
        $requests = @(Get-Content $log | Select-Object -Skip $before | Select-String '"(\w+) (/v2/http2/\S+) (HTTP/[\d.]+)"')
        $requests.Where({ $_.Matches[0].Groups[1].Value -eq 'PUT' -and $_ -match '/blobs/' }).Count | Should -BeGreaterOrEqual 3
        $requests.Where({ $_.Matches[0].Groups[1].Value -eq 'GET' -and $_ -match '/blobs/' }).Count | Should -BeGreaterOrEqual 3
        $requests.ForEach({ $_.Matches[0].Groups[3].Value }) | Sort-Object -Unique | Should -Be 'HTTP/2.0'
    }

    It 'takes a log-in of skopeo''s, and not a wrong one' {
        'geheim-1' | skopeo login --tls-verify=false --username ann --password-stdin $secure.Address *> $null
        (Get-RegistryConnection $secure.Address).UserName | Should -Be ann
        { Get-ImageTag "$($secure.Address)/team/app" -ErrorAction Stop } | Should -Not -Throw
        Connect-Registry $secure.Address -Credential $wrong -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'RegistryUnauthorized,*'
        "$($failure[0])$($failure[0].ErrorDetails)" | Should -Not -Match nope
    }

    It 'does not trust a certificate that nothing vouches for' {
        Rename-Item "$configuration/certs.d/$($secure.Address)/ca.crt" ca.off
        try {
            Get-ImageTag "$($secure.Address)/team/app" -Credential $ann -ErrorAction SilentlyContinue -ErrorVariable failure
            $failure[0].FullyQualifiedErrorId | Should -BeLike 'RegistryCertificateInvalid,*'
            # -AllowHttp does not stand for it.
            Get-ImageTag "$($secure.Address)/team/app" -Credential $ann -AllowHttp -ErrorAction SilentlyContinue -ErrorVariable failure
            $failure[0].FullyQualifiedErrorId | Should -BeLike 'RegistryCertificateInvalid,*'
            { Get-ImageTag "$($secure.Address)/team/app" -Credential $ann -SkipCertificateCheck -ErrorAction Stop } | Should -Not -Throw
        }
        finally {
            Rename-Item "$configuration/certs.d/$($secure.Address)/ca.off" ca.crt
        }
    }

    It 'speaks without TLS only where that is allowed' {
        Get-ImageTag "$($plain.Address)/team/app" -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'RegistryNotTls,*'
        Set-Content "$configuration/registries.conf" "[[registry]]`nlocation = `"$($plain.Address)`"`ninsecure = true"
        (Get-ImageTag "$($plain.Address)/team/app").Tag | Should -Contain v1
    }

    It 'tries a short name''s registries in order, and says which it tried' {
        Set-Content "$configuration/registries.conf" @"
unqualified-search-registries = ["$($secure.Address)", "$($plain.Address)"]
[aliases]
"known" = "$($plain.Address)/team/app"
[[registry]]
location = "$($plain.Address)"
insecure = true
"@
        $null = Connect-Registry $secure.Address -Credential $ann
        (Copy-Image docker://team/app:v1 short:one -ErrorAction Stop).Source.Registry | Should -BeIn $plain.Address, $secure.Address
        (Copy-Image docker://known:v1 short:two -ErrorAction Stop).Source.Repository | Should -Be team/app
        Copy-Image docker://no/such:v1 -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure[0].Exception.Message | Should -Match "Tried: $($secure.Address)/no/such .*; $($plain.Address)/no/such"
    }

    It 'goes to the mirror, past one that does not answer, and is blocked' {
        $dead = Get-FreePort
        Set-Content "$configuration/registries.conf" @"
[[registry]]
prefix = "registry.example.com/mirrored"
[[registry.mirror]]
location = "127.0.0.1:$dead/x"
insecure = true
[[registry.mirror]]
location = "$($plain.Address)/team"
insecure = true
[[registry]]
prefix = "registry.example.com/blocked"
blocked = true
"@
        $copy = Copy-Image docker://registry.example.com/mirrored/app:v1 -ErrorAction Stop
        $copy.Destination.Name | Should -Be registry.example.com/mirrored/app:v1
        Copy-Image docker://registry.example.com/blocked/app:v1 -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'RegistryBlocked,*'
    }

    It 'obeys policy.json, and refuses what it cannot verify' {
        foreach ($case in @{ Type = 'reject'; Id = 'PolicyRejects'; Do = 'Whoever keeps that file' }, @{ Type = 'signedBy'; Id = 'PolicyNeedsSignature'; Do = 'skopeo' }, @{ Type = 'sigstoreSigned'; Id = 'PolicyNeedsSignature'; Do = 'skopeo' }) {
            @{ default = @(@{ type = 'insecureAcceptAnything' }); transports = @{ docker = @{ $plain.Address = @(@{ type = $case.Type }) } } } | ConvertTo-Json -Depth 6 | Set-Content "$configuration/policy.json"
            Copy-Image "docker://$($plain.Address)/team/app:v1" policy:x -AllowHttp -ErrorAction SilentlyContinue -ErrorVariable failure
            $failure[0].FullyQualifiedErrorId | Should -BeLike "$($case.Id),*"
            $failure[0].ErrorDetails.RecommendedAction | Should -Match $case.Do
            { Copy-Image "oci:$TestDrive/made:base" policy:y -ErrorAction Stop } | Should -Not -Throw
        }
    }

    It 'asks a credential helper, and gives it new log-ins to keep' {
        $tools = New-Item "$TestDrive/tools" -ItemType Directory
        Set-Content "$tools/docker-credential-test" @"
#!/bin/sh
case "`$1" in
    store) cat > $TestDrive/kept.json;;
    get) read server; grep -q "\"`$server\"" $TestDrive/kept.json 2>/dev/null && cat $TestDrive/kept.json || { echo 'credentials not found in native keychain'; exit 1; };;
    erase) rm -f $TestDrive/kept.json;;
esac
"@
        chmod +x "$tools/docker-credential-test"
        $env:PATH = "${tools}:$env:PATH"
        $null = New-Item (Split-Path $env:REGISTRY_AUTH_FILE) -ItemType Directory -Force
        @{ credHelpers = @{ $secure.Address = 'test' } } | ConvertTo-Json | Set-Content $env:REGISTRY_AUTH_FILE
        (Connect-Registry $secure.Address -Credential $ann).Source | Should -Be docker-credential-test
        Get-Content $env:REGISTRY_AUTH_FILE -Raw | Should -Not -Match 'auth"'
        { Get-ImageTag "$($secure.Address)/team/app" -ErrorAction Stop } | Should -Not -Throw
        (Get-RegistryConnection).Source | Should -Be docker-credential-test
        Disconnect-Registry $secure.Address
        Test-Path "$TestDrive/kept.json" | Should -BeFalse
    }

    It 'lists tags and repositories through all pages' {
        $tags = 1..3 | ForEach-Object { "t$_" }
        Set-ImageTag "docker://$($plain.Address)/team/app:v1" $tags -AllowHttp | ForEach-Object Tag | Should -Be $tags
        # This registrys order is another one each time.
        $listed = (skopeo list-tags --tls-verify=false "docker://$($plain.Address)/team/app" | ConvertFrom-Json).Tags | Sort-Object
        (Get-ImageTag "$($plain.Address)/team/app" -AllowHttp).Tag | Sort-Object | Should -Be $listed
        (Get-ImageTag "docker://$($plain.Address)/team/app" t* -AllowHttp).Tag | Sort-Object | Should -Be $tags
        (Find-Image team -Registry $plain.Address -AllowHttp).Repository | Should -Be team/app
        # A registry in the name itself, as with skopeo and podman.
        (Find-Image $plain.Address -AllowHttp).Repository | Should -Be team/app
        (Find-Image "$($plain.Address)/te" -AllowHttp).Repository | Should -Be team/app
        Find-Image "$($plain.Address)/app" -AllowHttp | Should -BeNullOrEmpty
        Find-Image 'x*' -Registry $plain.Address -AllowHttp | Should -BeNullOrEmpty
        Get-ImageTag "$($plain.Address)/team/app" none -AllowHttp -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'TagNotFound,*'
        Get-ImageTag "$($plain.Address)/no/such" -AllowHttp -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'RepositoryNotFound,*'
    }

    It 'synchronises as skopeo sync does, and a second time moves nothing' {
        skopeo sync --src docker --dest dir --src-tls-verify=false --scoped "$($plain.Address)/team/app" "$TestDrive/theirs" *> $null
        $first = Sync-Image "docker://$($plain.Address)/team/app" "dir:$TestDrive/ours" -Scoped -AllowHttp
        $names = Get-ChildItem "$TestDrive/theirs" -Recurse -Filter manifest.json | ForEach-Object { $_.DirectoryName.Substring("$TestDrive/theirs".Length) } | Sort-Object
        Get-ChildItem "$TestDrive/ours" -Recurse -Filter manifest.json | ForEach-Object { $_.DirectoryName.Substring("$TestDrive/ours".Length) } | Sort-Object | Should -Be $names
        $first | Should -HaveCount $names.Count

        $null = Sync-Image "docker://$($plain.Address)/team/app" "docker://$($secure.Address)/mirror" -DestinationCredential $ann -Tag 'v*' -AllowHttp
        $again = Sync-Image "docker://$($plain.Address)/team/app" "docker://$($secure.Address)/mirror" -DestinationCredential $ann -Tag 'v*' -AllowHttp
        ($again | Measure-Object BytesMoved -Sum).Sum | Should -Be 0
        Set-Content "$TestDrive/rules.yaml" "$($plain.Address):`n  images:`n    team/app: [v1, none]`n  images-by-tag-regex:`n    team/app: ^t[12]$"
        $ruled = Sync-Image -RuleFile "$TestDrive/rules.yaml" -Destination "oci:$TestDrive/ruled" -AllowHttp -ErrorAction SilentlyContinue -ErrorVariable failure
        $ruled.Destination.Name | Sort-Object | Should -Be app:t1, app:t2, app:v1
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'ImageNotFound,*'
    }

    It 'names images of the store' {
        $null = Copy-Image "oci:$TestDrive/made:base" localhost/named:v1
        (Set-ImageTag localhost/named:v1 v2).Name | Should -Be localhost/named:v2
        (Set-ImageTag named:v1 -Name other).Name | Should -Be other:latest
        (Get-Image localhost/named*).Tag | Should -Be v1, v2
        (Get-Image named:v2).Digest | Should -Be (Get-Image other).Digest
        Get-Image other | Copy-Image -Destination "oci:$TestDrive/piped:x" | ForEach-Object BlobsCopied | Should -Be 3
        Get-Image none -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'ImageNotFound,*'
        Get-Image none* | Should -BeNullOrEmpty
        { Set-ImageTag other 'a b' -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidTag,*'
    }

    It 'goes through the proxy that the variables name' {
        $proxy = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $proxy.Start()
        $asked = $proxy.AcceptTcpClientAsync()
        # The variables are read once a process.
        $start = "`$env:HTTPS_PROXY = 'http://127.0.0.1:$($proxy.LocalEndpoint.Port)'; `$env:NO_PROXY = ''; Import-Module '$PSScriptRoot/../../out/NsTools/NsTools.psd1'; Get-ImageTag registry.example.com/a"
        $job = Start-Process (Get-Process -Id $PID).Path -ArgumentList '-NoProfile', '-EncodedCommand', ([Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($start))) -PassThru -RedirectStandardError "$TestDrive/proxy.err" -RedirectStandardOutput "$TestDrive/proxy.out"
        try {
            $asked.Wait(20000) | Should -BeTrue
            $buffer = [byte[]]::new(200)
            $length = $asked.Result.GetStream().Read($buffer, 0, 200)
            [Text.Encoding]::ASCII.GetString($buffer, 0, $length) | Should -BeLike 'CONNECT registry.example.com:443 *'
        }
        finally {
            $job.Kill()
            $proxy.Stop()
        }
    }
}
