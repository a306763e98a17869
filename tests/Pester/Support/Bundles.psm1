# What the suites of nsrun share: bundles, and a runtime's output with its exit code.

Import-Module "$PSScriptRoot/Roots.psm1"

$runtime = (Resolve-Path "$PSScriptRoot/../../../out/NsTools/runtimes/linux-$(if ((uname -m) -eq 'aarch64') { 'arm64' } else { 'x64' })/native/nsrun").Path

function Get-Runtime {
    <#
    .SYNOPSIS
    Path of the nsrun that was built.
    #>
    $runtime
}

function New-TestBundle {
    <#
    .SYNOPSIS
    A bundle of a busybox root and the config that `nsrun spec` writes, without a terminal, with this program.
    #>
    [CmdletBinding(SupportsShouldProcess)]
    param([Parameter(Mandatory)][string] $Path, [string[]] $Command = @('true'), [scriptblock] $Change)
    if (-not $PSCmdlet.ShouldProcess($Path)) { return }
    $program = $Command
    $null = New-Item -ItemType Directory $Path -Force
    New-TestRoot "$Path/rootfs"
    & $runtime spec --bundle $Path
    Set-TestBundle $Path {
        $_.process.args = $program
        $_.process.terminal = $false
        $_.process.rlimits = @()
        $_.root.readonly = $false
    }
    if ($Change) { Set-TestBundle $Path $Change }
}

function Set-TestBundle {
    <#
    .SYNOPSIS
    Changes a bundle's config, a hashtable in $_.
    #>
    [CmdletBinding(SupportsShouldProcess)]
    param([Parameter(Mandatory)][string] $Path, [Parameter(Mandatory)][scriptblock] $Change, [string] $File = 'config.json')
    if (-not $PSCmdlet.ShouldProcess($Path)) { return }
    $config = Get-Content "$Path/config.json" -Raw | ConvertFrom-Json -AsHashtable -Depth 20
    $config | ForEach-Object $Change
    ConvertTo-Json $config -Depth 20 | Set-Content "$Path/$File"
}

function Invoke-Runtime {
    <#
    .SYNOPSIS
    Runs a program to its end: an object with its exit code and what it has written to either stream.
    .NOTES
    Without parameters of its own: -d and the like are the program's.
    #>
    $program, $arguments = $args
    $directory = [System.IO.Path]::GetTempFileName()
    try {
        # Standard input from /dev/null, and files rather than pipes: a container that lives on would keep a pipe open.
        sh -c 'out=$1; shift; exec "$@" >"$out.out" 2>"$out.err" </dev/null' sh $directory $program @arguments
        [pscustomobject]@{
            ExitCode = $LASTEXITCODE
            Output = [System.IO.File]::ReadAllText("$directory.out").TrimEnd("`n")
            Error = [System.IO.File]::ReadAllText("$directory.err").TrimEnd("`n")
        }
    } finally {
        Remove-Item $directory, "$directory.out", "$directory.err" -ErrorAction Ignore
    }
}

function Use-RuntimeRoot {
    <#
    .SYNOPSIS
    Where the nsrun of Invoke-Nsrun keeps its state.
    #>
    param([Parameter(Mandatory)][string] $Path)
    $script:root = $Path
}

function Invoke-Nsrun {
    <#
    .SYNOPSIS
    Runs the nsrun that was built, with the state of Use-RuntimeRoot.
    #>
    $words = @($runtime, '--root', $script:root) + $args
    Invoke-Runtime @words
}

function Get-HostState {
    <#
    .SYNOPSIS
    What is there of containers whose IDs or bundles have the text: processes, mounts, cgroups, files of their state.
    #>
    param([Parameter(Mandatory)][string] $Root, [Parameter(Mandatory)][string] $Text)
    [ordered]@{
        Processes = @(Find-TestProcess $Text).Count
        Mounts = @(Get-HostMount | Where-Object { $_.Contains($Text) }).Count
        Cgroups = @(Get-ChildItem /sys/fs/cgroup -Directory -Depth 1 | Where-Object Name -Like "*$Text*").Count
        Files = @(Get-ChildItem $Root -Force -ErrorAction Ignore).Count
    } | ConvertTo-Json -Compress
}

Export-ModuleMember -Function *
