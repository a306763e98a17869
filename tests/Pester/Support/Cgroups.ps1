# What the cgroup suites share; dot-sourced in BeforeAll.
$prefix = "nstest-cg-$PID"
$isV2 = Test-Path /sys/fs/cgroup/cgroup.controllers
$work = (New-Item (Join-Path ([IO.Path]::GetTempPath()) $prefix) -ItemType Directory).FullName
$script:number = 0

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
        if ($watch.Elapsed.TotalSeconds -gt $Seconds) { throw "Not within $Seconds s: $Condition" }
        Start-Sleep -Milliseconds 20
    }
}
function Get-Failure([scriptblock] $Command) {
    & $Command 2>&1 | Where-Object { $_ -is [Management.Automation.ErrorRecord] } | Select-Object -First 1
}
