BeforeDiscovery {
    $script:canRun = (id -u) -eq '0' -and (Test-Path /bin/busybox)
    $script:canRunAsUser = $canRun -and [bool](Get-Command useradd, usermod, nsenter, setpriv, newuidmap -ErrorAction Ignore) -and [bool](Get-Command pasta, slirp4netns -ErrorAction Ignore)
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    Import-Module "$PSScriptRoot/Support/Images.psm1" -Force
    Import-Module "$PSScriptRoot/Support/UserWorld.psm1" -Force
    $script:work = Join-Path ([IO.Path]::GetTempPath()) "nstools-probe-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
    $null = New-Item -ItemType Directory $work
    $script:before = $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT
    $env:NSTOOLS_RUNROOT = "$work/run"
    $env:NSTOOLS_ROOT = "$work/data"
    if ((id -u) -eq '0' -and (Test-Path /bin/busybox)) {
        New-BusyBoxRoot "$work/root"
        Set-Content "$work/root/data/well" 'yes'
        $script:image = New-TestImage "$work/layout" "$work/root" @{ Cmd = @('httpd', '-f', '-p', '80', '-h', '/data'); Env = @('PATH=/bin') }
    }
    $script:name = "p$PID"
    function Wait-Until([scriptblock] $Condition) {
        $end = [DateTime]::UtcNow.AddSeconds(30)
        while (-not (& $Condition)) {
            if ([DateTime]::UtcNow -gt $end) { throw "It never happened: $Condition" }
            Start-Sleep -Milliseconds 50
        }
    }
    # A pod of one container with these probes.
    function Get-Manifest([string] $Probes, [string] $Command = '', [string] $Policy = 'Always', [string] $Of = $image) {
        "apiVersion: v1`nkind: Pod`nmetadata: { name: $name }`nspec:`n  restartPolicy: $Policy`n  terminationGracePeriodSeconds: 1`n  containers:`n    - name: a`n      image: '$Of'`n" +
        "      ports: [ { name: web, containerPort: 80 } ]`n$(if ($Command) { "      command: [ sh, -c, '$Command' ]`n" })" + (($Probes -split "`n" | ForEach-Object { "      $($_.Trim())" }) -join "`n")
    }
}

AfterAll {
    if ((id -u) -eq '0') { Get-Pod | Remove-Pod -Force }
    $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT = $before
    Remove-Item -Recurse -Force $work
}

Describe 'Probes of Kubernetes YAML' -Skip:(-not $canRun) {
    AfterEach { Get-Pod | Remove-Pod -Force }

    It 'asks <What> in the network of the pod, without a tool in it' -ForEach @(
        @{ What = 'a TCP port'; Probe = 'tcpSocket: { port: 80 }'; Bad = 'tcpSocket: { port: 81 }'; Says = '*80 takes connections'; Refuses = '*81: Connection refused' }
        @{ What = 'an HTTP path by the name of a port'; Probe = 'httpGet: { port: web, path: /well }'; Bad = 'httpGet: { port: web, path: /ill }'; Says = 'HTTP/1.? 200 OK'; Refuses = 'HTTP/1.? 404 Not Found' }
        @{ What = 'a program'; Probe = 'exec: { command: [ cat, /data/well ] }'; Bad = 'exec: { command: [ cat, /nope ] }'; Says = 'yes'; Refuses = '*No such file*' }
    ) {
        $null = Get-Manifest "readinessProbe: { $Probe, periodSeconds: 1 }" | Import-Pod -WarningVariable warning
        $warning | Should -BeNullOrEmpty
        $container = Wait-Container "$name-a" -Condition Healthy -TimeoutSec 30
        $container.Health.Checks[0].Role | Should -Be 'Readiness'
        $container.Health.Results[-1].Output.Trim() | Should -BeLike $Says
        Remove-Pod $name -Force
        $null = Get-Manifest "readinessProbe: { $Bad, periodSeconds: 1, failureThreshold: 1 }" | Import-Pod
        $container = Wait-Container "$name-a" -Condition Unhealthy -TimeoutSec 30
        $container.Health.Results[-1].Output.Trim() | Should -BeLike $Refuses
        # It is not ready; it lives.
        $container.State, $container.RestartCount | Should -Be 'Running', 0
    }

    It 'ends a container that fails its liveness probe, and starts it again as restartPolicy says' {
        $null = Get-Manifest 'livenessProbe: { exec: { command: [ test, -e, /tmp/well ] }, periodSeconds: 1, failureThreshold: 1 }' 'touch /tmp/well; trap "exit 4" TERM; while true; do sleep 0.1; done' | Import-Pod
        $first = (Wait-Container "$name-a" -Condition Healthy -TimeoutSec 30).ProcessId
        Invoke-Container "$name-a" rm /tmp/well
        Wait-Until { $now = Get-Container "$name-a"; $now.RestartCount -eq 1 -and $now.Health.State -eq 'Healthy' }
        (Get-Container "$name-a").ProcessId | Should -Not -Be $first
    }

    It 'kills one that does not end by itself, and lets it be with restartPolicy Never' {
        $null = Get-Manifest 'livenessProbe: { tcpSocket: { port: 81 }, periodSeconds: 1, failureThreshold: 1 }' 'trap "" TERM; while true; do sleep 0.1; done' -Policy Never | Import-Pod
        $container = Wait-Container "$name-a" -TimeoutSec 30
        $container.ExitCode, $container.Signal, $container.RestartCount | Should -Be 137, 'KILL', 0
    }

    It 'asks nothing else before the startup probe has succeeded' {
        $null = Get-Manifest "startupProbe: { exec: { command: [ test, -e, /tmp/up ] }, periodSeconds: 1, failureThreshold: 100 }`nlivenessProbe: { exec: { command: [ test, -e, /tmp/up ] }, periodSeconds: 1, failureThreshold: 1 }" | Import-Pod
        Wait-Until { (Get-Container "$name-a").Health.Results.Count -ge 2 }
        $container = Get-Container "$name-a"
        $container.Health.State, $container.RestartCount | Should -Be 'Starting', 0
        $container.Health.Results.Role | Select-Object -Unique | Should -Be 'Startup'
        Invoke-Container "$name-a" touch /tmp/up
        $null = Wait-Container "$name-a" -Condition Healthy -TimeoutSec 30
        (Get-Container "$name-a").Health.Results[-1].Role | Should -Be 'Liveness'
    }

    It 'writes them out as they came in' {
        $probes = @'
            livenessProbe: { exec: { command: [ test, -e, /bin/sh ] }, initialDelaySeconds: 7, periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 4 }
            readinessProbe: { httpGet: { port: 80, path: /well?a=b, host: 127.0.0.1, httpHeaders: [ { name: X-Who, value: "me: too" } ] }, successThreshold: 2 }
            startupProbe: { tcpSocket: { port: 80 }, failureThreshold: 30 }
'@
        $null = Get-Manifest $probes.Trim() | Import-Pod
        $yaml = Export-Pod $name | Out-String
        $first = Export-Pod $name
        foreach ($line in 'initialDelaySeconds: 7', 'periodSeconds: 5', 'timeoutSeconds: 2', 'failureThreshold: 4', 'path: /well?a=b', 'host: 127.0.0.1', 'name: X-Who', "value: 'me: too'", 'successThreshold: 2', 'tcpSocket:', 'failureThreshold: 30') {
            $yaml.Replace('"', "'") | Should -Match ([regex]::Escape($line))
        }
        Remove-Pod $name -Force
        $null = $first | Import-Pod
        Export-Pod $name | Should -Be $first
    }

    It 'has a health command out as a liveness probe' {
        $null = New-Pod $name
        $null = New-Container $image -Pod $name -Name "$name-a" -HealthCommand 'test -e /tmp' -HealthIntervalSec 1.5 -HealthTimeoutSec 2 -HealthRetryCount 4 -HealthStartPeriodSec 3
        $yaml = Export-Pod $name
        $yaml | Out-String | Should -Match '(?s)livenessProbe:.*command:.*- /bin/sh.*- -c.*- test -e /tmp'
        $yaml | Out-String | Should -Match '(?s)(?=.*failureThreshold: 4)(?=.*initialDelaySeconds: 3)(?=.*periodSeconds: 2)(?=.*timeoutSeconds: 2)'
    }

    It 'refuses <Because>' -ForEach @(
        @{ Because = 'a probe of nothing'; Probe = 'livenessProbe: { periodSeconds: 5 }' }
        @{ Because = 'a port that has no such name'; Probe = 'livenessProbe: { tcpSocket: { port: nope } }' }
        @{ Because = 'a port beyond all'; Probe = 'livenessProbe: { tcpSocket: { port: 65536 } }' }
        @{ Because = 'a host by its name'; Probe = 'readinessProbe: { httpGet: { port: 80, host: elsewhere } }' }
        @{ Because = 'a header with a line break'; Probe = 'readinessProbe: { httpGet: { port: 80, httpHeaders: [ { name: A, value: "b\r\nC: d" } ] } }' }
        @{ Because = 'a time below nothing'; Probe = 'startupProbe: { tcpSocket: { port: 80 }, periodSeconds: -1 }' }
    ) {
        { Get-Manifest $Probe | Import-Pod -ErrorAction Stop } | Should -Throw -ErrorId 'PodManifestInvalid,*'
        Get-Pod | Should -BeNullOrEmpty
    }

    It 'says that HTTPS is not asked' {
        $null = Get-Manifest 'readinessProbe: { httpGet: { port: 443, scheme: HTTPS } }' | Import-Pod -WarningVariable warning -WarningAction SilentlyContinue
        $warning.Message | Should -Be 'Nothing is done with spec.containers[a].readinessProbe: only plain HTTP is asked.'
        (Get-Container "$name-a").Health | Should -BeNullOrEmpty
    }
}

Describe 'Probes of an ordinary user''s pods' -Skip:(-not $canRunAsUser) {
    BeforeAll { $script:world = New-UserWorld nspb }
    AfterAll { Remove-UserWorld $world }

    It 'asks in the user''s own network namespace' {
        chmod -R a+rX $work/layout; chmod a+rx $work
        Get-Manifest "readinessProbe: { httpGet: { port: web, path: /well }, periodSeconds: 1 }`nlivenessProbe: { exec: { command: [ sh, -c, 'id -u' ] }, periodSeconds: 1 }" | Set-Content "$work/user.yaml"
        chmod a+r "$work/user.yaml"
        $said = Invoke-AsWorldUser $world "`$null = Import-Pod $work/user.yaml; `$c = Wait-Container $name-a -Condition Healthy -TimeoutSec 30; `$c.Health.State; Test-ContainerHealth $name-a | ForEach-Object { `"`$(`$_.Role) `$(`$_.ExitCode) `$(`$_.Output.Trim())`" }; Remove-Pod $name -Force"
        $said | Should -Be 'Healthy', 'Liveness 0 0', 'Readiness 0 HTTP/1.1 200 OK'
    }
}
