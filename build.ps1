#!/usr/bin/env pwsh
#requires -Version 7.6
<#
.SYNOPSIS
    Runs the repository's tasks: what `dotnet` does not do by itself needs pwsh, and is here.
.EXAMPLE
    ./build.ps1
    Builds everything; the module is then in out/NsTools.
.EXAMPLE
    ./build.ps1 Docs, Build, Test
    Makes the help from docs/, builds it into the module, and tests all of it.
.EXAMPLE
    ./build.ps1 Bench -Name Import
    Runs one measurement of bench/.
#>
[CmdletBinding()]
# The tasks below use them, as blocks of this script's scope.
[Diagnostics.CodeAnalysis.SuppressMessage('PSReviewUnusedParameter', '')]
param(
    # What to do, in this order. Build is `dotnet build`; Test is `dotnet test` (units and Pester suites); Pester runs
    # the suites alone, in pwsh processes of their own; Docs makes the help that the module ships from docs/; Format
    # and Analyze check C# and scripts; Bench measures; Pack leaves a Gallery package in out/; Clean removes what was built;
    # TestV2 runs the cgroup suites in a virtual machine with cgroup v2 only, TestSystemd those of scopes in one that systemd has booted; Fuzz gives nsrun's reader a million broken configs, and layers likewise;
    # TestMany makes 2,000 cgroups and moves 10,000 processes; Soak makes, starts, kills and deletes 1,000 containers, and 50 at once;
    # SoakContainers does so by cmdlets: 100 at once, 1,000 run in a row, 1,000 started, stopped and removed;
    # TestKill kills 100 copies of an image at random bytes.
    [Parameter(Position = 0)]
    [ValidateSet('Build', 'Test', 'Pester', 'Docs', 'Format', 'Analyze', 'Bench', 'Pack', 'Clean', 'TestV2', 'TestSystemd', 'TestMany', 'Fuzz', 'Soak', 'SoakContainers', 'TestKill')]
    [string[]] $Task = 'Build',

    # For Pester and Bench: only the files with these names (wildcards allowed, without extension).
    [SupportsWildcards()]
    [string[]] $Name = '*',

    # For Build: leaves native and ReadyToRun compilation out. Quicker to build, slower to run.
    [switch] $Quick
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true
$module = Join-Path $PSScriptRoot out/NsTools

function Select-ByName([string] $Folder, [string] $Filter) {
    Get-ChildItem -LiteralPath (Join-Path $PSScriptRoot $Folder) -Filter $Filter -Recurse -File | Where-Object {
        $file = $_.Name
        $Name.Where({ $file -like "$_.*" }, 'First').Count -gt 0
    }
}

$tasks = @{
    Build   = { dotnet build $PSScriptRoot/NsTools.slnx "-p:Quick=$([bool] $Quick)" }
    Test    = { dotnet test $PSScriptRoot/NsTools.slnx }
    Pester  = {
        $failed = foreach ($suite in Select-ByName tests/Pester *.Tests.ps1) {
            # Out of this process, so that assemblies are those of the last build and no state is carried over.
            & (Get-Process -Id $PID).Path -NoProfile -Command "exit (Invoke-Pester '$($suite.FullName)' -Output Detailed -PassThru).FailedCount" || $suite.Name
        }
        if ($failed) { throw "Failed: $failed" }
    }
    Docs    = { & $PSScriptRoot/docs/ConvertTo-Help.ps1 -Destination $PSScriptRoot/src/NsTools.Module/Help/en-US }
    Format  = { dotnet format $PSScriptRoot/NsTools.slnx --verify-no-changes }
    Analyze = {
        # The manifest where the files that it names are.
        $scripts = Get-ChildItem $PSScriptRoot -Recurse -File -Include *.ps1, *.psm1 | Where-Object FullName -NotMatch '/(out|bin|obj)/'
        $files = @($scripts.FullName) + (Join-Path $module NsTools.psd1)
        $findings = @($files | Invoke-ScriptAnalyzer -Settings $PSScriptRoot/PSScriptAnalyzerSettings.psd1)
        foreach ($finding in $findings) { "$($finding.ScriptPath):$($finding.Line): $($finding.RuleName): $($finding.Message)" }
        if ($findings) { throw "PSScriptAnalyzer: $($findings.Count) findings in $($files.Count) files." }
        "PSScriptAnalyzer: no finding in $($files.Count) files."
    }
    Bench   = { foreach ($bench in Select-ByName bench *.ps1) { & $bench.FullName | Format-Table @{ Name = 'Work'; Expression = 'Work'; Width = 52 }, Ours, Peer, PeerName, Ratio, Target } }
    TestMany = {
        $env:NSTOOLS_LONG_TESTS = '1'
        $suite = Join-Path $PSScriptRoot tests/Pester/Cgroups.Processes.Tests.ps1
        try { & (Get-Process -Id $PID).Path -NoProfile -Command "exit (Invoke-Pester '$suite' -FullNameFilter 'Many.*' -Output Detailed -PassThru).FailedCount" }
        finally { $env:NSTOOLS_LONG_TESTS = $null }
    }
    Soak    = {
        $env:NSTOOLS_LONG_TESTS = '1'
        $suite = Join-Path $PSScriptRoot tests/Pester/Runtime.Soak.Tests.ps1
        try { & (Get-Process -Id $PID).Path -NoProfile -Command "exit (Invoke-Pester '$suite' -Output Detailed -PassThru).FailedCount" }
        finally { $env:NSTOOLS_LONG_TESTS = $null }
    }
    SoakContainers = {
        $env:NSTOOLS_LONG_TESTS = '1'
        $suite = Join-Path $PSScriptRoot tests/Pester/Containers.Faults.Tests.ps1
        try { & (Get-Process -Id $PID).Path -NoProfile -Command "exit (Invoke-Pester '$suite' -FullNameFilter 'Many containers*' -Output Detailed -PassThru).FailedCount" }
        finally { $env:NSTOOLS_LONG_TESTS = $null }
    }
    TestKill = {
        $env:NSTOOLS_LONG_TESTS = '1'
        $suite = Join-Path $PSScriptRoot tests/Pester/Images.Kill.Tests.ps1
        try { & (Get-Process -Id $PID).Path -NoProfile -Command "exit (Invoke-Pester '$suite' -Output Detailed -PassThru).FailedCount" }
        finally { $env:NSTOOLS_LONG_TESTS = $null }
    }
    # In a virtual machine: the cgroup suites on a pure v2 kernel, and scopes with a systemd that is PID 1.
    TestV2  = { & $PSScriptRoot/tests/VirtualMachine/Invoke-UnifiedTest.ps1 }
    TestSystemd = { & $PSScriptRoot/tests/VirtualMachine/Invoke-SystemdTest.ps1 }
    # As many as $env:NSTOOLS_FUZZ_COUNT says, a million without it.
    Fuzz    = {
        $env:NSTOOLS_FUZZ_COUNT ??= 1000000
        dotnet test $PSScriptRoot/tests/NsTools.Tests --filter 'FullyQualifiedName~RuntimeSpecFuzz|FullyQualifiedName~LayerFuzz'
    }
    Pack    = {
        $package = Join-Path $PSScriptRoot out/package
        Compress-PSResource -Path $module -DestinationPath (New-Item $package -ItemType Directory -Force) -PassThru
    }
    Clean   = {
        Get-ChildItem $PSScriptRoot/src, $PSScriptRoot/tests -Directory -Recurse -Include bin, obj, TestResults | Remove-Item -Recurse -Force
        Remove-Item $PSScriptRoot/out -Recurse -Force -ErrorAction Ignore
    }
}

foreach ($item in $Task) {
    & $tasks[$item]
}
