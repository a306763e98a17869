<#
.SYNOPSIS
Build-Image against buildah build: ten steps on a base of 100 MB, the same again from the cache, and a COPY of a gigabyte, with
and without a RUN after it.
.DESCRIPTION
Both build the same Dockerfiles in turn, Buildah with --layers (which is what keeps its steps) and chroot isolation, its images
in an overlay store of its own. Prints medians, and how much memory the build of the gigabyte added. Nothing is asserted.
Needs root, buildah and busybox.
#>
[CmdletBinding()]
param(
    # How often each builds.
    [ValidateRange(1, 100)] [int] $Run = 3,
    # Bytes that the last one copies.
    [ValidateRange(1MB, 100GB)] [long] $Size = 1GB,
    # Where to work.
    [string] $Directory = '/var/tmp'
)

Import-Module "$PSScriptRoot/../out/NsTools/NsTools.psd1", "$PSScriptRoot/Measure.psm1"
$work = Join-Path $Directory "nstools-bench-builds-$PID"
$null = New-Item -ItemType Directory "$work/ten", "$work/big", "$work/base/bin"
$saved = $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT
$env:NSTOOLS_ROOT = "$work/root"
$env:NSTOOLS_RUNROOT = "$work/run"
$buildah = '--root', "$work/buildah", '--runroot', "$work/buildah-run", '--storage-driver', 'overlay'
try {
    Copy-Item (Get-Command busybox).Source "$work/base/bin/busybox"
    foreach ($name in 'sh', 'echo', 'cat', 'mkdir', 'cp', 'rm') { & ln -s busybox "$work/base/bin/$name" }
    foreach ($i in 1..100) { & head -c 1000000 /dev/urandom > "$work/base/file$i" }
    Set-Content "$work/base.Dockerfile" "FROM scratch`nCOPY base /"
    & buildah @buildah bud -q --isolation chroot -t localhost/base:1 -f "$work/base.Dockerfile" $work | Out-Null
    & buildah @buildah push -q localhost/base:1 "oci-archive:$work/base.tar:localhost/base:1" | Out-Null
    $null = Import-Image "$work/base.tar" localhost/base:1
    Set-Content "$work/ten/file" 'content'
    Set-Content "$work/ten/Dockerfile" @'
FROM localhost/base:1
ENV A=1
RUN echo one > /one
COPY file /a/
RUN mkdir /d && cp /one /d
WORKDIR /d
RUN cat one > two
LABEL l=1
RUN rm /one
CMD ["sh"]
'@
    & head -c $Size /dev/urandom > "$work/big/file"
    Set-Content "$work/big/Dockerfile" "FROM localhost/base:1`nCOPY file /file"
    # Here the tree of the COPY is needed, too, and not its layer alone.
    $null = New-Item -ItemType Directory "$work/used"
    Set-Content "$work/used/Dockerfile" "FROM localhost/base:1`nCOPY file /file`nRUN echo used > /used"
    New-Item -ItemType HardLink "$work/used/file" -Target "$work/big/file" | Out-Null

    # A warm start for both.
    $null = Build-Image "$work/ten" warm 6>$null
    & buildah @buildah bud -q --layers --isolation chroot -t warm "$work/ten" | Out-Null

    foreach ($case in @(
            @{ What = 'Ten steps on 100 MB'; Context = 'ten'; Target = 0.5; Fresh = $true }
            @{ What = 'The same, all cached'; Context = 'ten'; Target = 0.2; Fresh = $false }
            @{ What = ('COPY of {0:0.0} GB, and a RUN' -f ($Size / 1e9)); Context = 'used'; Target = 0.6; Fresh = $true }
            @{ What = ('COPY of {0:0.0} GB' -f ($Size / 1e9)); Context = 'big'; Target = 0.6; Fresh = $true })) {
        $context = "$work/$($case.Context)"
        $name = $case.Context
        $fresh = $case.Fresh
        $flags = $fresh ? @('--no-cache') : @()
        $before = (Get-Process -Id $PID).WorkingSet64
        Measure-Pair -Work $case.What -Target $case.Target -Count $Run -WarmUp 0 -PeerName 'buildah build --layers' -Ours {
            $null = Build-Image $context "ours$name" -NoCache:$fresh 6>$null
            & sync
        } -Peer {
            & buildah @buildah bud -q --layers @flags --isolation chroot -t "theirs$name" $context | Out-Null
            & sync
        }
        $added = (Get-Process -Id $PID).WorkingSet64 - $before
    }
    [pscustomobject]@{ Work = 'Memory that the large COPY added, MiB'; Ours = [math]::Round($added / 1MB); Peer = $null; PeerName = ''; Ratio = $null; Target = $null }
}
finally {
    $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT = $saved
    & sh -c "findmnt -rno TARGET | grep '^$work/' | sort -r | xargs -r umount; rm -rf $work"
}
