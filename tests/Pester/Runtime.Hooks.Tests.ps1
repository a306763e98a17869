BeforeDiscovery {
    $isRoot = (id -u) -eq 0
}

Describe 'Hooks' -Skip:(-not $isRoot) {
    BeforeAll {
        Import-Module "$PSScriptRoot/Support/Bundles.psm1" -Force
        $nsrun = Get-Runtime
        $mark = "t$([guid]::NewGuid().ToString('N').Substring(0, 8))"
        $work = "/tmp/nstools-rthk-$mark"
        $root = "$work/state"
        New-TestBundle "$work/b" -Command sh, '-c', 'echo program' -Change { $_.annotations = @{ key = 'value' } }
        Set-Content "$work/hook" "#!/bin/sh`necho `"`$1|`$(readlink /proc/self/ns/mnt)|`$(test -e $work && echo host)|`$ASKED|`$(cat)`" >> `$2"
        chmod +x "$work/hook"
        # Inside the container the log is another file.
        Set-Content "$work/b/rootfs/bin/hook" "#!/bin/sh`necho `"`$1|`$(readlink /proc/self/ns/mnt)||`$ASKED|`$(cat)`" >> /inner.log"
        chmod +x "$work/b/rootfs/bin/hook"
        Use-RuntimeRoot $root
    }

    BeforeEach {
        Remove-Item "$work/log", "$work/b/rootfs/inner.log" -ErrorAction Ignore
    }

    AfterEach {
        & $nsrun --root $root delete --force --regex '.*'
    }

    AfterAll {
        Remove-Item $work -Recurse -Force -ErrorAction Ignore
    }

    It 'run in order, each in its namespaces, with the state on standard input and the environment that is asked' {
        Set-TestBundle "$work/b" {
            $env = @('PATH=/usr/bin:/bin', 'ASKED=yes')
            $_.hooks = @{}
            foreach ($name in 'prestart', 'createRuntime', 'createContainer', 'poststart', 'poststop') {
                $_.hooks[$name] = @(@{ path = "$work/hook"; args = @('hook', $name, "$work/log"); env = $env })
            }
            $_.hooks.startContainer = @(@{ path = '/bin/hook'; args = @('hook', 'startContainer'); env = $env })
        } -File all.json
        $id = "$mark-a"
        (Invoke-Nsrun create -b "$work/b" -f all.json $id).ExitCode | Should -Be 0
        Get-Content "$work/log" | ForEach-Object { $_.Split('|')[0] } | Should -Be 'prestart', 'createRuntime', 'createContainer'
        Test-Path "$work/b/rootfs/inner.log" | Should -BeFalse
        $process = (& $nsrun --root $root state $id | ConvertFrom-Json).pid
        $inside = readlink "/proc/$process/ns/mnt"
        (Invoke-Nsrun start $id).ExitCode | Should -Be 0
        Wait-Until { (& $nsrun --root $root state $id | ConvertFrom-Json).status -eq 'stopped' }
        (Invoke-Nsrun delete $id).ExitCode | Should -Be 0
        $outside = readlink /proc/self/ns/mnt
        $expected = @(
            @('prestart', $outside, 'host', 'creating'), @('createRuntime', $outside, 'host', 'creating'), @('createContainer', $inside, 'host', 'creating'),
            @('poststart', $outside, 'host', 'running'), @('poststop', $outside, 'host', 'stopped'), @('startContainer', $inside, '', 'created'))
        $lines = @(Get-Content "$work/log") + @(Get-Content "$work/b/rootfs/inner.log")
        $lines.Count | Should -Be 6
        for ($i = 0; $i -lt 6; $i++) {
            $fields = $lines[$i].Split('|', 5)
            $fields[0, 1, 2] | Should -Be $expected[$i][0, 1, 2]
            $fields[3] | Should -Be 'yes'
            $state = $fields[4] | ConvertFrom-Json
            $state.id, $state.status, $state.bundle, $state.annotations.key | Should -Be $id, $expected[$i][3], "$work/b", 'value'
            if ($state.status -eq 'stopped') { $state.PSObject.Properties.Name | Should -Not -Contain 'pid' } else { $state.pid | Should -Be $process }
        }
    }

    It 'that fail end the container: <name>' -ForEach @(
        @{ name = 'prestart'; runs = $false }, @{ name = 'createRuntime'; runs = $false }, @{ name = 'createContainer'; runs = $false }
        @{ name = 'startContainer'; runs = $false }, @{ name = 'poststart'; runs = $true }
    ) {
        Set-TestBundle "$work/b" {
            $_.hooks = @{ $name = @(@{ path = '/bin/sh'; args = 'sh', '-c', 'echo why; exit 4' }); poststop = @(@{ path = "$work/hook"; args = @('hook', 'poststop', "$work/log"); env = @('PATH=/usr/bin:/bin') }) }
        } -File bad.json
        $result = Invoke-Nsrun run -b "$work/b" -f bad.json "$mark-b"
        $result.ExitCode | Should -Be 1
        $result.Error | Should -BeLike "*hooks.$name?0?*'/bin/sh': exit code 4: why*"
        if (-not $runs) { $result.Output | Should -BeNullOrEmpty }
        Get-HostState $root "$mark-b" | Should -Be '{"Processes":0,"Mounts":0,"Cgroups":0,"Files":0}'
        Get-Content "$work/log" | Should -BeLike 'poststop|*'
    }

    It 'of poststop that fail are told, and do not matter' {
        Set-TestBundle "$work/b" { $_.hooks = @{ poststop = @(@{ path = '/bin/false' }, @{ path = "$work/hook"; args = @('hook', 'second', "$work/log"); env = @('PATH=/usr/bin:/bin') }) } } -File bad.json
        $result = Invoke-Nsrun run -b "$work/b" -f bad.json "$mark-c"
        $result.ExitCode, $result.Output | Should -Be 0, 'program'
        $result.Error | Should -BeLike '*warning*hooks.poststop*exit code 1*'
        Get-Content "$work/log" | Should -BeLike 'second|*'
    }

    It 'are killed when their timeout is over' {
        Set-TestBundle "$work/b" { $_.hooks = @{ createRuntime = @(@{ path = '/bin/sleep'; args = 'sleep', '77'; timeout = 1 }) } } -File slow.json
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        (Invoke-Nsrun run -b "$work/b" -f slow.json "$mark-d").Error | Should -BeLike '*not done within its timeout of 1 s*'
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 20
        Find-TestProcess 'sleep 77' | Should -BeNullOrEmpty
    }

    It 'that are not there are told by their path' {
        Set-TestBundle "$work/b" { $_.hooks = @{ createRuntime = @(@{ path = '/no/such/hook' }) } } -File none.json
        (Invoke-Nsrun run -b "$work/b" -f none.json "$mark-e").Error | Should -BeLike "*hooks.createRuntime?0?*'/no/such/hook'*ENOENT*"
    }
}
