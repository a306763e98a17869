BeforeDiscovery {
    $script:canRun = (id -u) -eq '0' -and (Test-Path /bin/busybox)
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    Import-Module "$PSScriptRoot/Support/Images.psm1" -Force
    $script:work = "/var/tmp/nstools-cm-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
    $null = New-Item -ItemType Directory $work
    $script:before = $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT
    $env:NSTOOLS_RUNROOT = "$work/run"
    $env:NSTOOLS_ROOT = "$work/data"
    if ((id -u) -eq '0' -and (Test-Path /bin/busybox)) { New-BusyBoxRoot "$work/root" }
}

AfterAll {
    if ((id -u) -eq '0') { Get-Container -All | Remove-Container -Force -Volume }
    $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT = $before
    rm -rf $work
}

Describe 'Several containers at once' -Skip:(-not $canRun) {
    AfterEach { Get-Container -All | Remove-Container -Force }

    It 'are stopped side by side: all have their time together' {
        $deaf = 1..3 | ForEach-Object { Invoke-Image -Root "$work/root" -Network none -Detach -Command 'trap "" TERM; echo ready; while true; do sleep 1; done' }
        $end = [DateTime]::UtcNow.AddSeconds(30)
        while (($deaf | Where-Object { -not (Get-ContainerLog $_) }) -and [DateTime]::UtcNow -lt $end) { Start-Sleep -Milliseconds 50 }
        $watch = [Diagnostics.Stopwatch]::StartNew()
        $stopped = $deaf | Stop-Container -TimeoutSec 4 -PassThru
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 11 -Because 'one after the other takes 12'
        $stopped.Id | Should -Be $deaf.Id
        $stopped.Signal | Should -Be 'KILL', 'KILL', 'KILL'
    }

    It 'are started and removed side by side, and one that fails keeps no other' {
        $made = 1..3 | ForEach-Object { New-Container -Root "$work/root" -Network none -Name "many-$_" sleep 600 }
        $made[1] | Start-Container
        $started = $made | Start-Container -PassThru -ErrorAction SilentlyContinue -ErrorVariable running
        $running.FullyQualifiedErrorId | Should -BeLike 'ContainerRunning,*'
        $started.Name | Should -Be 'many-1', 'many-3'
        $made[0] | Stop-Container -TimeoutSec 0
        $made | Remove-Container -ErrorAction SilentlyContinue -ErrorVariable running
        $running.TargetObject.Name | Should -Be 'many-2', 'many-3'
        (Get-Container -All).Name | Sort-Object | Should -Be 'many-2', 'many-3'
        $made[1, 2] | Remove-Container -Force -ThrottleLimit 1
        Get-Container -All | Should -BeNullOrEmpty
    }

    It 'one in the network of another is started after it' {
        $first = New-Container -Root "$work/root" -Network none -Name first sleep 600
        $second = New-Container -Root "$work/root" -Network container:first -Name second sleep 600
        ($second, $first | Start-Container -PassThru).Name | Should -Be 'first', 'second'
    }
}

Describe 'After a reboot' -Skip:(-not $canRun) {
    AfterEach { Get-Container -All | Remove-Container -Force }

    # A run directory on a disk is still there after a reboot: what an earlier boot has written, with its boot ID.
    It 'nothing is said to run, what is left goes with the next command, and what is to run always can be started' {
        $kept = Invoke-Image -Root "$work/root" -Network none -Detach -Name kept -RestartPolicy always sleep 600
        $fleeting = Invoke-Image -Root "$work/root" -Network none -Detach -Name fleeting -Remove sleep 600
        foreach ($one in $kept, $fleeting) {
            $parent = [int](Select-String '^PPid:\s+(\d+)' "/proc/$($one.ProcessId)/status").Matches.Groups[1].Value
            Get-Content "/proc/$parent/cmdline" -Raw | Should -BeLike 'nsrun*'
            kill -KILL $parent
            kill -KILL $one.ProcessId
            $file = "$work/run/containers/$($one.Id)/state.json"
            $state = Get-Content $file -Raw | ConvertFrom-Json
            $state.process.bootId = [guid]::NewGuid().ToString()
            $state | ConvertTo-Json -Depth 9 -Compress | Set-Content -NoNewline $file
        }
        $end = [DateTime]::UtcNow.AddSeconds(20)
        do { $left = @(Get-Container -All); Start-Sleep -Milliseconds 200 } while ($left.Count -ne 1 -and [DateTime]::UtcNow -lt $end)
        $left.Name, $left.State, $left.ProcessId | Should -Be 'kept', 'Exited', $null
        Test-Path "$work/run/containers/$($kept.Id)" | Should -BeFalse
        Test-Path "$work/run/containers/$($fleeting.Id)" | Should -BeFalse
        (Get-Container -State Exited | Where-Object RestartPolicy -EQ always | Start-Container -PassThru).State | Should -Be 'Running'
    }
}
