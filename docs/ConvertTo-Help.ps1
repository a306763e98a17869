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

# The export copies Markdown as it is. A terminal shows help as plain text and breaks lines itself: fences, stars and the
# pages' own line ends have no place in it, nor have links to pages that the module does not ship.
function ConvertTo-PlainHelp([xml] $Help) {
    foreach ($link in @($Help.GetElementsByTagName('maml:navigationLink'))) {
        $uri = $link['maml:uri']
        if (-not $link['maml:linkText'].InnerText.Trim() -or ($link['maml:linkText'].InnerText -eq 'Online Version' -and -not $uri.InnerText)) {
            $null = $link.ParentNode.RemoveChild($link)
        }
        elseif ($uri.InnerText -like '*.md') { $uri.InnerText = '' }
    }
    $isCode = $false
    foreach ($paragraph in $Help.GetElementsByTagName('maml:para')) {
        # Blank lines end a paragraph inside a fence too: whether one is in it is known only from those before.
        $begins = $paragraph.InnerText -match '^```'
        if ($begins -or $isCode) {
            $isCode = $paragraph.InnerText -notmatch '\n```$'
            $paragraph.InnerText = $paragraph.InnerText -replace '^```powershell\n(PS> )?', 'PS> ' -replace '^```\w*\n' -replace '\n```$'
        }
        else {
            $paragraph.InnerText = $paragraph.InnerText -replace '\*\*(.+?)\*\*', '$1' -replace '(?<=\S)\n(?![-*] |\d+\. )', ' '
        }
    }
    $Help
}

$work = Join-Path ([IO.Path]::GetTempPath()) "nstools-help-$PID"
try {
    $pages = Get-ChildItem $PSScriptRoot/cmdlets -Filter *.md | Sort-Object Name
    $help = @(Import-MarkdownCommandHelp -LiteralPath $pages.FullName)
    $file = Export-MamlCommandHelp -CommandHelp $help -OutputFolder $work -Force
    $null = New-Item $Destination -ItemType Directory -Force
    $plain = ConvertTo-PlainHelp ([IO.File]::ReadAllText($file.FullName).ReplaceLineEndings("`n"))
    $plain.Save($file.FullName)
    $text = [IO.File]::ReadAllText($file.FullName).ReplaceLineEndings("`n").TrimEnd() + "`n"
    [IO.File]::WriteAllText((Join-Path $Destination $file.Name), $text)
    Get-Item (Join-Path $Destination $file.Name)
}
finally {
    Remove-Item $work -Recurse -Force -ErrorAction Ignore
}
