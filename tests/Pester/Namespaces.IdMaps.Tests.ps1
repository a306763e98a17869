BeforeDiscovery { $script:isRoot = (id -u) -eq '0' }

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    $script:work = Join-Path ([IO.Path]::GetTempPath()) "nstools-maps-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
    $null = New-Item -ItemType Directory $work
    $script:before = $env:NSTOOLS_RUNROOT
    $env:NSTOOLS_RUNROOT = "$work/run"
}

AfterAll {
    Remove-Namespace * -Force
    $env:NSTOOLS_RUNROOT = $before
    Remove-Item -Recurse -Force $work
}

Describe 'Maps and offsets that the kernel refuses, as root' -Skip:(-not $isRoot) {
    It 'says what to do about <Case>' -ForEach @(
        @{ Case = 'ranges that overlap'; Id = 'EINVAL,write*'; Says = '*must not overlap*'; Parameters = @{ Type = 'User'; UidMap = '0:1000:10', '5:2000:10' } }
        @{ Case = 'a clock before the start of time'; Id = 'ERANGE,write*'; Says = '*/proc/uptime*'; Parameters = @{ Type = 'Time'; BootTimeOffset = [timespan]::FromDays(-36500) } }
    ) {
        New-Namespace refused @Parameters -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure[0].FullyQualifiedErrorId | Should -BeLike $Id
        $failure[0].ErrorDetails.RecommendedAction | Should -BeLike $Says
        Get-Namespace -Name refused* | Should -BeNullOrEmpty
    }

    It 'returns a set with ID ranges only when its holder lives' {
        $set = New-Namespace ranges User, Mount, Pid -UidMap 0:300000:65536 -GidMap 0:300000:65536
        $set.State | Should -Be 'Running'
        Invoke-Namespace ranges id '-u' | Should -Be '0'
        (Get-Content "/proc/$($set.ProcessId)/uid_map").Trim() -replace '\s+', ' ' | Should -Be '0 300000 65536'
    }
}
