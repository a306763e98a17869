BeforeAll {
    $manifestPath = (Resolve-Path "$PSScriptRoot/../../out/NsTools/NsTools.psd1").Path
    $module = Import-Module $manifestPath -PassThru
}

Describe 'The module' {
    It 'has a clean manifest' {
        $checked = Test-ModuleManifest $manifestPath -WarningVariable warnings -ErrorVariable errors
        $warnings | Should -BeNullOrEmpty
        $errors | Should -BeNullOrEmpty
        $checked.PowerShellVersion | Should -Be '7.6'
        $checked.CompatiblePSEditions | Should -Be 'Core'
        $checked.ProjectUri, $checked.LicenseUri, $checked.ReleaseNotes, $checked.Tags | Should -Not -BeNullOrEmpty
    }

    It 'exports cmdlets only, those that the manifest lists' {
        Get-Command -Module NsTools -CommandType Function, Alias | Should -BeNullOrEmpty
        (Get-Command -Module NsTools).Name | Should -BeIn $module.ExportedCmdlets.Keys
    }

    It 'uses approved verbs' {
        $approved = (Get-Verb).Verb
        (Get-Command -Module NsTools).Verb | Should -BeIn $approved
    }

    It 'lists no wildcard in its exports' {
        $data = Import-PowerShellDataFile $manifestPath
        foreach ($key in 'CmdletsToExport', 'FunctionsToExport', 'AliasesToExport', 'VariablesToExport') {
            $data[$key] | Where-Object { $_ -match '[*?]' } | Should -BeNullOrEmpty
        }
    }

    It 'imports in a fresh pwsh without a word, and again with -Force' {
        $said = & (Get-Process -Id $PID).Path -NoProfile -Command "Import-Module '$manifestPath'; Import-Module '$manifestPath' -Force; Remove-Module NsTools; Import-Module '$manifestPath'" 2>&1
        $said | Should -BeNullOrEmpty
        $LASTEXITCODE | Should -Be 0
    }
}
