BeforeDiscovery {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    $cmdlets = (Import-PowerShellDataFile "$PSScriptRoot/../../NsTools.psd1").CmdletsToExport
    $parameters = foreach ($command in Get-Command -Module NsTools) {
        foreach ($parameter in $command.Parameters.Values) {
            if ($parameter.Name -notin [Management.Automation.Cmdlet]::CommonParameters -and $parameter.Name -notin [Management.Automation.Cmdlet]::OptionalCommonParameters) {
                @{ Cmdlet = $command.Name; Parameter = $parameter.Name }
            }
        }
    }
    $noPlatyPS = -not (Get-Module -ListAvailable Microsoft.PowerShell.PlatyPS)
    $why = $noPlatyPS ? ' (SKIPPED: the module Microsoft.PowerShell.PlatyPS is not installed)' : ''
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    $repository = (Resolve-Path "$PSScriptRoot/../..").Path
    $pages = Join-Path $repository docs/cmdlets
    $helpFile = Join-Path $repository out/NsTools/en-US/NsTools.Module.dll-Help.xml
}

Describe 'The page of <_>' -ForEach $cmdlets {
    BeforeAll {
        $text = Get-Content "$pages/$_.md" -Raw -ErrorAction Ignore
    }

    It 'exists' {
        $text | Should -Not -BeNullOrEmpty
    }

    It 'has no placeholder left' {
        $text | Should -Not -Match '\{\{'
    }

    It 'has two examples or more, each with code' {
        $examples = [regex]::Match($text, '(?ms)^## EXAMPLES\s(.*?)^## ').Groups[1].Value
        [regex]::Matches($examples, '(?m)^### ').Count | Should -BeGreaterOrEqual 2
        [regex]::Matches($examples, '(?m)^```powershell').Count | Should -BeGreaterOrEqual ([regex]::Matches($examples, '(?m)^### ').Count)
    }
}

Describe 'The help of <_>' -ForEach $cmdlets {
    BeforeAll {
        $help = Get-Help $_ -Full
    }

    It 'has a synopsis and a description of its own' {
        # Without a help file the synopsis is the syntax, made up by Get-Help.
        $help.Synopsis.Trim() | Should -Not -Match "^$_\b"
        ($help.description.Text -join '').Trim() | Should -Not -BeNullOrEmpty
    }

    It 'shows two examples or more' {
        @($help.examples.example).Count | Should -BeGreaterOrEqual 2
    }
}

Describe 'The help of <Cmdlet> -<Parameter>' -ForEach $parameters {
    It 'describes it' {
        ((Get-Help $Cmdlet -Parameter $Parameter).description.Text -join '').Trim() | Should -Not -BeNullOrEmpty
    }
}

Describe 'The pages as a whole' {
    It 'are of exported cmdlets only' {
        (Get-ChildItem $pages -Filter *.md).BaseName | Should -BeIn (Import-PowerShellDataFile "$repository/NsTools.psd1").CmdletsToExport
    }

    It 'name just the parameters that the cmdlets have' {
        $common = [Management.Automation.Cmdlet]::CommonParameters + [Management.Automation.Cmdlet]::OptionalCommonParameters
        foreach ($page in Get-ChildItem $pages -Filter *.md) {
            $section = [regex]::Match((Get-Content $page -Raw), '(?ms)^## PARAMETERS\s(.*?)^## ').Groups[1].Value
            $documented = [regex]::Matches($section, '(?m)^### -(\w+)').ForEach{ $_.Groups[1].Value } | Where-Object { $_ -notin $common } | Sort-Object
            $actual = (Get-Command $page.BaseName -Module NsTools).Parameters.Keys | Where-Object { $_ -notin $common } | Sort-Object
            $documented -join ', ' | Should -Be ($actual -join ', ') -Because $page.Name
        }
    }

    It "give the help file that the module ships$why" -Skip:$noPlatyPS {
        $made = & "$repository/docs/ConvertTo-Help.ps1" -Destination "$TestDrive/help"
        (Get-FileHash $helpFile -ErrorAction Ignore).Hash | Should -Be (Get-FileHash $made).Hash -Because '`./build.ps1 Docs, Build` makes it anew'
    }

    It 'have the concepts beside them: <_>' -ForEach 'about_NsTools' {
        (Get-Help $_) -join "`n" | Should -Match 'NsTools'
    }
}
