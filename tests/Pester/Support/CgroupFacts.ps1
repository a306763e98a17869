# What this machine has that the cgroup suites ask for; dot-sourced in BeforeDiscovery, for -Skip, and by Cgroups.ps1.
$isRoot = (id -u) -eq 0
$isV2 = Test-Path /sys/fs/cgroup/cgroup.controllers
$hasV1Memory = Test-Path /sys/fs/cgroup/memory/memory.limit_in_bytes
$hasV2Memory = $isV2 -and (Get-Content /sys/fs/cgroup/cgroup.controllers) -match '\bmemory\b'
$hasMemory = $hasV1Memory -or $hasV2Memory
$hasBusybox = [bool] (Get-Command busybox -ErrorAction Ignore)
