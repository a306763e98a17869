#requires -Version 7.6
#requires -Modules Microsoft.PowerShell.PlatyPS
<#
.SYNOPSIS
    Makes the help file that the module ships from the pages in docs/cmdlets; the same pages always give the same bytes.
#>
[CmdletBinding()]
param(
    # The folder that gets NsTools.Module.dll-Help.xml.
    [Parameter(Mandatory)]
    [string] $Destination
)

$ErrorActionPreference = 'Stop'
$work = Join-Path ([IO.Path]::GetTempPath()) "nstools-help-$PID"
try {
    $pages = Get-ChildItem $PSScriptRoot/cmdlets -Filter *.md | Sort-Object Name
    $help = @(Import-MarkdownCommandHelp -LiteralPath $pages.FullName)
    $file = Export-MamlCommandHelp -CommandHelp $help -OutputFolder $work -Force
    $null = New-Item $Destination -ItemType Directory -Force
    $text = [IO.File]::ReadAllText($file.FullName).ReplaceLineEndings("`n").TrimEnd() + "`n"
    [IO.File]::WriteAllText((Join-Path $Destination $file.Name), $text)
    Get-Item (Join-Path $Destination $file.Name)
}
finally {
    Remove-Item $work -Recurse -Force -ErrorAction Ignore
}
