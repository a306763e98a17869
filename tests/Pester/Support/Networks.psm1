# What the networking suites share: network namespaces of a test's own, what ip(8) says, and errors as objects.

$script:made = [System.Collections.Generic.List[string]]::new()

function Add-TestNetwork {
    <#
    .SYNOPSIS
    Makes a network namespace of this test's own and gives its name; Clear-TestNetwork takes it away with everything in it.
    #>
    $name = "nt$PID-$([guid]::NewGuid().ToString('n').Substring(0, 6))"
    ip netns add $name
    if ($LASTEXITCODE -ne 0) { throw "ip netns add $name" }
    $made.Add($name)
    $name
}

function Clear-TestNetwork {
    <#
    .SYNOPSIS
    Takes away what Add-TestNetwork made.
    #>
    $made | Where-Object { Test-Path "/run/netns/$_" } | ForEach-Object { ip netns del $_ }
    $made.Clear()
}

function Read-Ip {
    <#
    .SYNOPSIS
    What ip -j -d says in a network namespace, as objects.
    #>
    param([Parameter(Mandatory)][string] $Namespace, [Parameter(Mandatory)][string] $Arguments)
    $words = $Arguments.Split(' ')
    $text = ip -n $Namespace -j -d @words
    if ($LASTEXITCODE -ne 0) { throw "ip -n $Namespace $Arguments" }
    # ip pads its lists with empty objects for what it filters out.
    if ($text) { $text | ConvertFrom-Json | Where-Object { $_.PSObject.Properties.Name.Count -gt 0 } }
}

function Get-ErrorOf {
    <#
    .SYNOPSIS
    The errors of a script block that writes them with -ErrorAction Continue.
    #>
    param([Parameter(Mandatory)][scriptblock] $Do)
    $out = & $Do 2>&1
    @($out | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] })
}

function ConvertTo-MacText {
    <#
    .SYNOPSIS
    A hardware address as ip(8) writes it; nothing for null.
    #>
    param($Address)
    if ($null -ne $Address) { [BitConverter]::ToString($Address.GetAddressBytes()).Replace('-', ':').ToLowerInvariant() }
}

Export-ModuleMember -Function Add-TestNetwork, Clear-TestNetwork, Read-Ip, Get-ErrorOf, ConvertTo-MacText
