#requires -Version 7.6
<#
.SYNOPSIS
Cgroups made, limited, filled and removed, against the same system calls from C and against mkdir and tee; samples of 500, against systemd-cgtop.
.DESCRIPTION
As root. The C program is compiled here with cc and makes the calls that the cmdlets make, as strace shows them: the same files opened,
read and written. All sides run from this one session, in turns; the figures are medians in milliseconds. Prints a row for each
work: Work, Ours, Peer, PeerName, Ratio (ours/peer), Target. Asserts nothing.
.EXAMPLE
pwsh -NoProfile bench/Cgroups.ps1
#>
[CmdletBinding()]
param(
    # How often each side runs.
    [ValidateRange(1, 100)]
    [int] $Count = 9,

    # How many cgroups.
    [ValidateRange(1, 10000)]
    [int] $Number = 500
)

$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../out/NsTools/NsTools.psd1"
Import-Module "$PSScriptRoot/Measure.psm1"
$prefix = "nsbench-$PID"
$isV2 = Test-Path /sys/fs/cgroup/cgroup.controllers
$base = if ($isV2) { '/sys/fs/cgroup' } else { '/sys/fs/cgroup/pids' }
$folder = (New-Item (Join-Path ([IO.Path]::GetTempPath()) $prefix) -ItemType Directory).FullName

# What strace shows of the cmdlets, in their order: made, opened, its processes read; opened, limit written and read back; opened,
# process written; removed.
Set-Content "$folder/loop.c" @'
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
static int root;
static int enter(const char *dir) {
    struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
    int d = syscall(SYS_openat2, root, dir, &how, sizeof how);
    if (d < 0) { perror(dir); exit(1); }
    return d;
}
static void put(int d, const char *file, const char *value) {
    int f = openat(d, file, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    if (write(f, value, strlen(value)) < 0) { perror(file); exit(1); }
    close(f);
}
static void get(int d, const char *file) {
    char text[4096];
    int f = openat(d, file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (read(f, text, sizeof text) < 0) { perror(file); exit(1); }
    close(f);
}
int main(int argc, char **argv) {
    int n = atoi(argv[2]), d;
    char name[64];
    root = open(argv[1], O_PATH | O_DIRECTORY);
    for (int i = 0; i < n; i++) {
        snprintf(name, sizeof name, "%s-%d", argv[3], i);
        if (mkdirat(root, name, 0755)) { perror(name); return 1; }
        d = enter(name); get(d, "cgroup.procs"); close(d);
    }
    for (int i = 0; i < n; i++) { snprintf(name, sizeof name, "%s-%d", argv[3], i); d = enter(name); put(d, "pids.max", "100"); get(d, "pids.max"); close(d); }
    for (int i = 0; i < n; i++) { snprintf(name, sizeof name, "%s-%d", argv[3], i); d = enter(name); put(d, "cgroup.procs", argv[4]); close(d); }
    d = enter("."); put(d, "cgroup.procs", argv[4]); close(d);
    for (int i = 0; i < n; i++) { snprintf(name, sizeof name, "%s-%d", argv[3], i); if (unlinkat(root, name, AT_REMOVEDIR)) { perror(name); return 1; } }
    return 0;
}
'@
cc -O2 -w -o "$folder/loop" "$folder/loop.c"
if ($LASTEXITCODE -ne 0) { throw 'The loop in C needs a C compiler: apt-get install gcc.' }

$names = 0..($Number - 1) | ForEach-Object { "$prefix-$_" }
$sleeper = Start-Process sleep -ArgumentList infinity -PassThru
$id = $sleeper.Id
$ours = {
    $made = $names | New-Cgroup -Controller pids
    $null = $made | Set-CgroupLimit -Pids 100
    $made | Add-CgroupProcess -ProcessId $id
    Add-CgroupProcess / $id
    $made | Remove-Cgroup
}
try {
    # Warm: what C's compiler did before, .NET's does for code that has run often (tiered compilation), and meanwhile takes a CPU.
    Measure-Pair -Work "$Number cgroups: make, limit, add, remove" -Ours $ours -PeerName 'the same calls from C' -Peer { & "$folder/loop" $base $Number $prefix $id } -Target 1.2 -Count $Count -WarmUp 20
    # The same steps by a shell that starts no process for them: zsh has mkdir and rmdir among its own commands.
    if (Get-Command zsh -CommandType Application -ErrorAction Ignore) {
        Set-Content "$folder/loop.zsh" @'
zmodload zsh/files
cd $1
for ((i = 0; i < $2; i++)) { zf_mkdir $3-$i; read x < $3-$i/cgroup.procs }
for ((i = 0; i < $2; i++)) { print 100 > $3-$i/pids.max; read x < $3-$i/pids.max }
for ((i = 0; i < $2; i++)) { print $4 > $3-$i/cgroup.procs }
print $4 > cgroup.procs
for ((i = 0; i < $2; i++)) { zf_rmdir $3-$i }
'@
        Measure-Pair -Work "$Number cgroups: make, limit, add, remove" -Ours $ours -PeerName 'a loop of shell builtins (zsh)' -Peer { zsh -f "$folder/loop.zsh" $base $Number $prefix $id } -Target 1.2 -Count $Count
    }
    $shell = {
        foreach ($name in $names) {
            mkdir "$base/$name"
            100 | tee "$base/$name/pids.max" > /dev/null
            $id | tee "$base/$name/cgroup.procs" > /dev/null
        }
        $id | tee "$base/cgroup.procs" > /dev/null
        foreach ($name in $names) { rmdir "$base/$name" }
    }
    Measure-Pair -Work "$Number cgroups: make, limit, add, remove" -Ours $ours -PeerName 'mkdir, tee, rmdir processes' -Peer $shell -Target 0.1 -Count 1 -WarmUp 0
    $made = $names | New-Cgroup
    Measure-Pair -Work "$Number cgroups: one sample of each" -Ours { $made | Get-CgroupStatistic } -PeerName 'systemd-cgtop -b -n 2 -d 1ms' -Peer { systemd-cgtop --batch --iterations=2 --delay=1ms --depth=3 } -Target 1.0 -Count $Count
} finally {
    $sleeper.Kill()
    Remove-Cgroup "$prefix-*" -Force
    Remove-Item $folder -Recurse
}
