#requires -Version 7.6
# Watch-NetEvent.

BeforeDiscovery {
    $missing = 'ip', 'bridge' | Where-Object { -not (Get-Command $_ -CommandType Application -ErrorAction Ignore) }
    $why = if ((id -u) -ne '0') { ' (SKIPPED: needs root)' } elseif ($missing) { " (SKIPPED: not installed, and iproute2 is the oracle: $missing)" }
    $canRun = -not $why
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    Import-Module "$PSScriptRoot/Support/Networks.psm1" -Force
}

AfterAll { Clear-TestNetwork }

Describe "Watch-NetEvent$why" -Skip:(-not $canRun) {
    AfterEach { Clear-TestNetwork }

    It 'tells of links, addresses, routes and neighbours as they change' {
        $a = Add-TestNetwork
        $null = New-VethPair v0 w0 -Namespace $a -Up
        # It listens before its first output: events are made until it has seen one of each kind.
        $listener = [powershell]::Create().AddScript('param($module, $name) Import-Module $module; Watch-NetEvent -Namespace $name -Timeout 20').AddArgument((Get-Module NsTools).Path).AddArgument($a)
        $seen = [System.Management.Automation.PSDataCollection[psobject]]::new()
        $running = $listener.BeginInvoke([System.Management.Automation.PSDataCollection[psobject]]::new(), $seen)
        try {
            $events = [System.Collections.Generic.List[psobject]]::new()
            $limit = [DateTime]::Now.AddSeconds(15)
            # ReadAll, because enumerating the collection waits for its end.
            while (@($events | ForEach-Object { "$($_.Kind) $($_.Action)" } | Sort-Object -Unique).Count -lt 8 -and [DateTime]::Now -lt $limit) {
                ip -n $a link add ifb0 type ifb
                ip -n $a addr add 10.0.0.1/24 dev v0
                ip -n $a neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev v0
                ip -n $a neigh del 10.0.0.9 dev v0
                ip -n $a addr del 10.0.0.1/24 dev v0
                ip -n $a link del ifb0
                $seen.ReadAll() | ForEach-Object { $events.Add($_) }
            }
            $kinds = $events | ForEach-Object { "$($_.Kind) $($_.Action)" } | Sort-Object -Unique
            foreach ($kind in 'Link', 'Address', 'Route', 'Neighbor') { $kinds | Should -Contain "$kind Changed"; $kinds | Should -Contain "$kind Removed" }
            ($events | Where-Object { $_.Kind -eq 'Address' -and "$($_.Value)" -eq '10.0.0.1/24' })[0].InterfaceName | Should -Be 'v0'
            # Ctrl+C
            $watch = [System.Diagnostics.Stopwatch]::StartNew()
            $listener.Stop()
            $watch.Elapsed.TotalSeconds | Should -BeLessThan 1
        } finally {
            $listener.Dispose()
        }
    }

    It 'ends when its time is over' {
        $a = Add-TestNetwork
        (Measure-Command { Watch-NetEvent -Namespace $a -Timeout 0.3 }).TotalSeconds | Should -BeLessThan 3
    }
}
