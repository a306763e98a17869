# What the cgroup suites share; dot-sourced in BeforeAll.
Import-Module "$PSScriptRoot/../../../out/NsTools/NsTools.psd1"
. "$PSScriptRoot/CgroupFacts.ps1"
$prefix = "nstest-cg-$PID"
$work = (New-Item (Join-Path ([IO.Path]::GetTempPath()) $prefix) -ItemType Directory).FullName
$script:number = 0
# An emulated machine (build.ps1 TestV2, TestSystemd) takes its time.
$patience = $env:NSTOOLS_SLOW_MACHINE ? 8 : 1

# A cgroup of its own for a test, and the path of one of its control files by v1's and v2's names.
function Get-TestCgroup([string[]] $Controller) {
    $script:number++
    if ($Controller) { New-Cgroup "$prefix-$number" -Controller $Controller } else { New-Cgroup "$prefix-$number" }
}
function Read-File($Cgroup, [string] $V1, [string] $V2) {
    if ($isV2) { Get-Content "/sys/fs/cgroup$($Cgroup.Path)/$V2" } else { Get-Content "/sys/fs/cgroup/$($V1.Split('.')[0])$($Cgroup.Path)/$V1" }
}
# A shell that waits for a word before it does what it shall do, so that it can be put into a cgroup first.
function Invoke-Waiting([string] $Command) {
    $script:number++
    $gate = "$work/gate-$number"
    Set-Content "$work/command-$number" "while [ ! -e $gate ]; do sleep 0.02; done; $Command"
    $process = Start-Process sh -ArgumentList "$work/command-$number" -RedirectStandardOutput "$work/out-$number" -RedirectStandardError "$work/err-$number" -PassThru
    $process | Add-Member Gate $gate -PassThru | Add-Member Output "$work/out-$number" -PassThru | Add-Member Failure "$work/err-$number" -PassThru
}
function Open-Gate($Process) { $null = New-Item $Process.Gate }
function Wait-Until([scriptblock] $Condition, [int] $Seconds = 20) {
    $watch = [Diagnostics.Stopwatch]::StartNew()
    while (-not (& $Condition)) {
        if ($watch.Elapsed.TotalSeconds -gt $Seconds * $patience) { throw "Not within $($Seconds * $patience) s: $Condition" }
        Start-Sleep -Milliseconds 20
    }
}
function Get-Failure([scriptblock] $Command) {
    & $Command 2>&1 | Where-Object { $_ -is [Management.Automation.ErrorRecord] } | Select-Object -First 1
}
# For AfterAll: nothing of the suite stays, also where a test has failed.
function Clear-TestCgroup {
    Remove-Cgroup "$prefix-*" -Recurse -Force
    # The named hierarchy, which Get-Cgroup does not show: the parents that nsrun leaves there as it found them missing.
    foreach ($directory in Get-Item "/sys/fs/cgroup/systemd/$prefix-*" -ErrorAction Ignore) { rmdir $directory.FullName }
    Remove-Item $work -Recurse -Force
    Get-Cgroup "$prefix-*" | Should -BeNullOrEmpty
}
