BeforeDiscovery {
    $missing = 'docker-registry', 'skopeo', 'umoci' | Where-Object { -not (Get-Command $_ -CommandType Application -ErrorAction Ignore) }
    $why = $missing ? " (SKIPPED: $($missing -join ', ') is not installed)" : ''
}

Describe "A copy that is killed$why" -Skip:([bool]$missing) {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
        Import-Module "$PSScriptRoot/Support/Registries.psm1" -Force
        $saved = $env:NSTOOLS_ROOT, $env:XDG_CONFIG_HOME, $env:REGISTRY_AUTH_FILE
        $env:NSTOOLS_ROOT = "$TestDrive/root"
        $env:XDG_CONFIG_HOME = "$TestDrive/config"
        $env:REGISTRY_AUTH_FILE = "$TestDrive/auth.json"
        $null = New-Item "$env:XDG_CONFIG_HOME/containers" -ItemType Directory
        Set-Content "$env:XDG_CONFIG_HOME/containers/registries.conf" ''
        $registry = Open-TestRegistry "$TestDrive/registry"
        $address = $registry.Address
        $images = "$env:NSTOOLS_ROOT/images"
        # One small image that stays in the store all the time, and one that is long enough on its way.
        Build-TestImage "$TestDrive/small"
        $null = Copy-Image "oci:$TestDrive/small:base" stays:v1
        Build-TestImage "$TestDrive/large" -Layers 4 -Size 10mb
        skopeo copy -q --dest-tls-verify=false "oci:$TestDrive/large:base" docker://$address/large:v1
        $layers = @((skopeo inspect --raw "oci:$TestDrive/large:base" | ConvertFrom-Json).layers)
        $length = ($layers.size | Measure-Object -Sum).Sum
        $script = "Import-Module '$PSScriptRoot/../../out/NsTools/NsTools.psd1'; 'ready'; `$null = [Console]::In.ReadLine(); `$null = Copy-Image docker://$address/large:v1 killed:v1 -AllowHttp; 'done'; `$null = [Console]::In.ReadLine()"

        function Open-Copy {
            $start = [Diagnostics.ProcessStartInfo]::new((Get-Process -Id $PID).Path)
            '-NoProfile', '-NonInteractive', '-Command', $script | ForEach-Object { $start.ArgumentList.Add($_) }
            $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
            [Diagnostics.Process]::Start($start)
        }
        # Bytes of the large image that are in the store, whole blobs and parts.
        function Measure-Present {
            $parts = Get-ChildItem "$images/.nstools" -File -ErrorAction Ignore
            $whole = $layers.digest | ForEach-Object { Get-Item "$images/blobs/sha256/$($_.Substring(7))" -ErrorAction Ignore }
            [long](@($parts) + @($whole) | Measure-Object Length -Sum).Sum
        }
    }

    AfterAll {
        Close-TestRegistry $registry
        $env:NSTOOLS_ROOT, $env:XDG_CONFIG_HOME, $env:REGISTRY_AUTH_FILE = $saved
    }

    # The long form is build.ps1 TestKill.
    It 'leaves a whole store, goes on where it stopped, and nothing stays behind' {
        $count = $env:NSTOOLS_LONG_TESTS ? 100 : 5
        $random = [Random]::new(4)
        $resumed = 0
        $next = Open-Copy
        foreach ($round in 1..$count) {
            $process = $next
            $process.StandardOutput.ReadLine() | Should -Be ready
            # The next one starts while this one copies.
            if ($round -lt $count) { $next = Open-Copy }
            $wanted = [long]($random.NextDouble() * $length)
            $process.StandardInput.WriteLine()
            # As many bytes are there, or the copy is done: then it is killed.
            $done = $process.StandardOutput.ReadLineAsync()
            while ((Measure-Present) -lt $wanted -and -not $done.IsCompleted) { Start-Sleep -Milliseconds 1 }
            $process.Kill()
            $process.WaitForExit()
            Find-WrongBlob $images | Should -BeNullOrEmpty
            { Get-Content "$images/index.json" -Raw | ConvertFrom-Json } | Should -Not -Throw
            Get-Image | Where-Object Problem | Should -BeNullOrEmpty
            Test-Image stays:v1 -Quiet | Should -BeTrue
            $present = Measure-Present
            if ($round % 3 -eq 0) {
                # Now and then to the end: what was there does not come again.
                $copied = Copy-Image docker://$address/large:v1 killed:v1 -AllowHttp -ErrorAction Stop
                $copied.BytesMoved | Should -BeLessOrEqual ($length - $present + 100kb)
                if ($present -gt 0) { $resumed++ }
                Test-Image killed:v1 -Quiet | Should -BeTrue
                Remove-Image killed:v1 -Confirm:$false
                $null = Optimize-ImageStore -Confirm:$false
                Measure-Present | Should -Be 0
            }
        }
        $resumed | Should -BeGreaterThan 0
        $null = Copy-Image docker://$address/large:v1 killed:v1 -AllowHttp -ErrorAction Stop
        skopeo copy -q "oci:$($images):killed:v1" "dir:$TestDrive/killed"
        $LASTEXITCODE | Should -Be 0
        $null = Optimize-ImageStore -Confirm:$false
        Test-Path "$images/.nstools" | Should -BeFalse
        # Two images: a manifest, a configuration and the layers each.
        Get-ChildItem "$images/blobs/sha256" -File | Should -HaveCount (2 + 2 + 2 + 4)
    }
}
