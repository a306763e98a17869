BeforeDiscovery {
    $missing = 'buildah', 'umoci', 'skopeo', 'busybox', 'getfattr', 'setcap', 'pwsh' | Where-Object { -not (Get-Command $_ -CommandType Application -ErrorAction Ignore) }
    $why = (id -u) -ne '0' ? ' (SKIPPED: needs root)' : $missing ? " (SKIPPED: $($missing -join ', ') is not installed)" : ''
    $cases = @(
        @{ What = 'ARG in its scopes'; Arguments = @{ ONE = 'given'; THREE = 'c' }; Dockerfile = @'
ARG ONE=1
ARG TWO=2
FROM localhost/base:1
RUN echo "before: $ONE $TWO $THREE" > /before
ARG ONE
ARG TWO=two
ARG THREE
ARG FOUR=${TWO}-${ONE:-none}
RUN echo "$ONE $TWO $THREE $FOUR" > /after
ENV TWO=env
FROM localhost/base:1
ARG ONE
RUN echo "$ONE ${TWO:-unset}" > /other
COPY --from=0 /before /after /
'@ }
        @{ What = 'variables with their modifiers'; Dockerfile = @'
FROM localhost/base:1
ENV A=a B= S="x y"
ENV P=${A:-no} Q=${NONE:-def} R=${A:+set} T=${NONE:+set} U=${B:-empty} V=pre${A}post W=\$A X='$A' Y="$A$S" Z=$A$A
ENV A=changed OLD=$A
LABEL l=${A} m="${S} \"quoted\"" n='single $A'
WORKDIR /${A}/dir
COPY a.cfg ${A}.cfg
EXPOSE ${PORT:-8080} 90-92/udp
VOLUME /v/$A
USER ${WHO:-daemon}
STOPSIGNAL ${SIG:-SIGINT}
'@ }
        @{ What = 'SHELL'; Format = 'docker'; Dockerfile = @'
FROM localhost/base:1
SHELL ["/bin/sh", "-ec"]
RUN false || echo e > /e; echo $0 > /zero
CMD echo hi
ENTRYPOINT exec cat
FROM localhost/base:1
SHELL ["/bin/busybox", "sh", "-c"]
RUN echo with busybox > /b
COPY --from=0 /e /zero /
CMD ["echo", "exec form"]
'@ }
        @{ What = 'HEALTHCHECK by a shell'; Format = 'docker'; Dockerfile = "FROM localhost/base:1`nHEALTHCHECK --interval=1m30s --timeout=5s --start-period=3s --retries=4 CMD test -f /x || exit 1" }
        @{ What = 'HEALTHCHECK in exec form'; Format = 'docker'; Dockerfile = "FROM localhost/base:1`nHEALTHCHECK CMD [""/bin/cat"", ""/x""]" }
        @{ What = 'HEALTHCHECK NONE, whose base has one'; Format = 'docker'; Dockerfile = "FROM localhost/base:1 AS checked`nHEALTHCHECK CMD true`nFROM checked`nHEALTHCHECK NONE" }
        @{ What = 'CMD and ENTRYPOINT in turn'; Dockerfile = "FROM localhost/base:1`nCMD [""a""]`nENTRYPOINT [""b""]`nCMD c d`nENTRYPOINT e`nLABEL a=1 b=2`nLABEL a=3`nENV old value with blanks`nMAINTAINER some body <x@host.invalid>" }
        @{ What = 'what the ignore file takes back in'; Ignore = "*`n!tree`ntree/sub`n!tree/sub/two.txt`n!*.cfg`nb.cfg`n**/*.log`n!tree/deep/keep.log`n# comment`n/hidden"; Dockerfile = "FROM scratch`nCOPY . /all/`nCOPY tree /tree/" }
        @{ What = 'owners and modes'; Dockerfile = @'
FROM localhost/base:1
COPY --chown=daemon:daemon tree /a/b/
COPY --chown=7 tree/suid /suid
COPY --chown=7:8 --chmod=4711 tree/suid /suid2
COPY --chmod=700 tree /moded/
COPY tree/capable /capable
RUN chown -R 9:10 /srv && chmod 2775 /srv
COPY a.cfg /srv/
COPY --chown=3:4 a.cfg /srv/new/dir/
'@ }
        @{ What = 'links in the way'; Dockerfile = @'
FROM localhost/base:1
COPY a.cfg /to-srv/
COPY tree /to-srv/tree
COPY a.cfg /to-file
COPY tree/link /copied-link
COPY tree/sub /srv
ADD tree/sub /to-srv
'@ }
        @{ What = 'between stages'; Dockerfile = @'
FROM localhost/base:1 AS make
RUN mkdir -p /out/x /out/y && echo 1 > /out/x/1 && echo 2 > /out/y/2 && ln -s x /out/l && ln /out/x/1 /out/y/hard && chown -R 5:6 /out && chmod 750 /out/x
FROM make AS more
RUN echo 3 > /out/x/3 && rm /out/y/2
FROM scratch
COPY --from=make /out /plain
COPY --from=more /out/x/* /flat/
COPY --from=more --chown=1:2 /out/y /owned
COPY --from=1 /out/l /followed
COPY --from=localhost/base:1 /etc/pass* /etc/group /etc/
'@ }
        @{ What = 'what a layer takes away and replaces'; Dockerfile = @'
FROM localhost/base:1
RUN rm -r /srv/old && mkdir /srv/old && echo n > /srv/old/new && rm /etc/gone && mkdir /etc/gone && echo x > /etc/gone/x
RUN rm -r /etc/gone && ln -s passwd /etc/gone && chmod 711 /var && touch -d @86400 /tmp/old-time && ln /etc/passwd /etc/second && mknod /fifo p && mkdir /empty && rm /bin/ls
COPY tree /srv/old
'@ }
        @{ What = 'archives'; Dockerfile = @'
FROM localhost/base:1
ADD plain.tar /a
ADD packed.tar.bz2 packed.tar.xz /b/
ADD plain.tar tree/one.txt /c/
COPY plain.tar /d/
ADD fake.tar.gz /e/
WORKDIR /f
ADD plain.tar .
'@ }
        @{ What = 'another escape character'; Dockerfile = @'
# escape=`
FROM localhost/base:1
RUN echo one `
 # between
  two > /out
COPY a.cfg `
  /x/y.cfg
'@ }
        @{ What = 'users and directories'; Dockerfile = @'
FROM localhost/base:1
WORKDIR /root-made
COPY b.cfg .
USER daemon
WORKDIR /by/daemon
WORKDIR relative
RUN id -u > /tmp/u; id -g > /tmp/g; pwd > /tmp/pwd
COPY a.cfg .
USER 12:34
RUN id -u > /tmp/u2; id -g > /tmp/g2
USER root
'@ }
    )
}

Describe "Build-Image beside Buildah$why" -Skip:([bool]$why) {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
        $work = (New-Item "/var/tmp/nstools-peer-$([guid]::NewGuid().ToString('N').Substring(0, 8))" -ItemType Directory).FullName
        $saved = $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT
        $env:NSTOOLS_ROOT = "$work/root"
        $env:NSTOOLS_RUNROOT = "$work/run"
        $buildah = '--root', "$work/buildah", '--runroot', "$work/buildah-run", '--storage-driver', 'overlay'

        $context = (New-Item "$work/context" -ItemType Directory).FullName
        $null = New-Item "$context/tree/sub", "$context/tree/deep", "$context/hidden" -ItemType Directory
        foreach ($name in 'a.cfg', 'b.cfg', 'x.log', 'hidden/h', 'tree/one.txt', 'tree/sub/two.txt', 'tree/sub/three.txt', 'tree/deep/keep.log', 'tree/deep/drop.log', 'tree/suid', 'tree/capable', 'fake.tar.gz') { Set-Content "$context/$name" $name }
        ln -s one.txt "$context/tree/link"
        ln "$context/tree/one.txt" "$context/tree/hard"
        chmod 6755 "$context/tree/suid"
        chmod 1777 "$context/tree/deep"
        setcap cap_net_raw+ep "$context/tree/capable"
        setfattr -n user.note -v noted "$context/tree/one.txt"
        tar -C $context --owner=21 --group=22 -cf "$context/plain.tar" tree/sub a.cfg
        tar -C $context -cjf "$context/packed.tar.bz2" tree/one.txt tree/link
        tar -C $context -cJf "$context/packed.tar.xz" b.cfg

        $base = "$work/base"
        $null = New-Item "$base/bin", "$base/etc", "$base/srv/old", "$base/var", "$base/dev", "$base/proc", "$base/sys", "$base/run", "$base/tmp" -ItemType Directory
        Copy-Item (Get-Command busybox).Source "$base/bin/busybox"
        foreach ($name in 'sh', 'id', 'rm', 'mkdir', 'chmod', 'chown', 'ln', 'mknod', 'cat', 'ls', 'touch', 'test', 'echo') { ln -s busybox "$base/bin/$name" }
        Set-Content "$base/etc/passwd" "root:x:0:0::/root:/bin/sh`ndaemon:x:2:3::/:/bin/sh"
        Set-Content "$base/etc/group" "root:x:0:`ndaemon:x:3:"
        Set-Content "$base/etc/hosts", "$base/etc/hostname", "$base/etc/resolv.conf" ''
        Set-Content "$base/etc/gone", "$base/srv/old/file", "$base/file" old
        ln -s srv "$base/to-srv"
        ln -s file "$base/to-file"
        chmod 1777 "$base/tmp"
        Set-Content "$work/base.Dockerfile" "FROM scratch`nCOPY base /`nLABEL made=here`n"
        buildah @buildah bud -q --layers --isolation chroot -t localhost/base:1 -f "$work/base.Dockerfile" $work | Out-Null
        buildah @buildah push -q localhost/base:1 "oci-archive:$work/base.tar:localhost/base:1" | Out-Null
        $null = Import-Image "$work/base.tar" localhost/base:1

        function Write-Dockerfile([string] $Text) {
            Set-Content "$context/Dockerfile" $Text -NoNewline
            $context
        }
        # Buildah leaves the places of its mounts.
        $places = '(^|  )\./(dev|proc|sys|run|etc)?(/hosts|/hostname|/resolv.conf|/\.containerenv)?( |$)'
        # Names, modes, owners, links, content, extended attributes; times are each builder's own.
        function Get-Tree([string] $Layout, [string] $Name, [string] $Into) {
            skopeo copy -q "oci:$($Layout):$Name" "oci:$Into-layout:x" | Out-Null
            umoci unpack --image "$Into-layout:x" $Into 2>$null
            bash -c 'cd "$1/rootfs" && { find . -printf "%p %M %U:%G %l\n" | sort; find . -type f -exec md5sum {} + | sort; getfattr -R -h -d -m - . 2>/dev/null | grep -v "^$\|user.umoci"; }' _ $Into
        }
        # What both make of a Dockerfile.
        function Get-Both([string] $Format, $Given, [string] $Tag) {
            $id = [guid]::NewGuid().ToString('N').Substring(0, 8)
            $arguments = $Given ? @($Given.Keys | ForEach-Object { '--build-arg'; "$_=$($Given[$_])" }) : @()
            buildah @buildah bud -q --isolation chroot --format $Format @arguments -t "localhost/$($Tag ? $Tag : $id)" $context 2>"$work/err" | Out-Null
            $LASTEXITCODE | Should -Be 0 -Because (Get-Content "$work/err" -Raw)
            $image = Build-Image $context -Tag "localhost/$($Tag ? $Tag : $id)", "$($id):v1" -Format $Format -BuildArgument ($Given ?? @{}) 6>$null
            Test-Image "$($id):v1" | Where-Object Severity -EQ Error | Should -BeNullOrEmpty
            foreach ($who in 'theirs', 'ours') {
                # The layout keeps what Docker's format has in the configuration.
                $from = "docker-archive:$work/$who-$id.tar"
                if ($who -eq 'theirs') { buildah @buildah push -q "localhost/$($Tag ? $Tag : $id)" $from | Out-Null }
                else { Export-Image "$($id):v1" "$work/$who-$id.tar" | Out-Null }
                skopeo copy -q $from "oci:$work/$who-$($id):$id" | Out-Null
                @{
                    Tree = Get-Tree -Layout "$work/$who-$id" -Name $id -Into "$work/tree-$who-$id"
                    Config = skopeo inspect --config --raw $from | ConvertFrom-Json -AsHashtable
                    Image = $image
                }
            }
        }
        function ConvertTo-Comparable($Config) {
            $Config.config.GetEnumerator() | Where-Object { $_.Key -notin 'Hostname', 'Domainname', 'Image' -and "$($_.Value)" -notin '', 'False' } | Sort-Object Key | ForEach-Object {
                # Buildah names itself in a label.
                $value = $_.Value -is [hashtable] ? @($_.Value.GetEnumerator() | Where-Object Key -NE 'io.buildah.version' | Sort-Object Key | ForEach-Object { "$($_.Key):$($_.Value -join ' ')" }) : $_.Value
                if ($value) { "$($_.Key)=$($value | ConvertTo-Json -Compress)" }
            }
            "author=$($Config.author)"
        }
    }

    AfterAll {
        Get-Container -All | Remove-Container -Force
        $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT = $saved
        Remove-Item $work -Recurse -Force
    }

    It 'makes the same of <What>' -ForEach $cases {
        if ($Ignore) { Set-Content "$context/.dockerignore" $Ignore }
        $null = Write-Dockerfile $Dockerfile
        try { $theirs, $ours = Get-Both -Format ($Format ?? 'oci') -Given $Arguments }
        finally { Remove-Item "$context/.dockerignore" -Force -ErrorAction Ignore }
        Compare-Object $theirs.Tree $ours.Tree | Where-Object InputObject -NotMatch $places | Should -BeNullOrEmpty
        ConvertTo-Comparable $ours.Config | Should -Be @(ConvertTo-Comparable $theirs.Config)
        # Each takes the digest of what it copies in its own way, and Buildah tells of /bin/sh whatever SHELL there is.
        $steps = { param($Config) $Config.history.created_by -replace '(file|dir|multi):\w+', '$1' -replace '/bin/sh -c \["(.*?)"\]$', { $_.Groups[1].Value -replace '", "', ' ' } -replace '^/bin/(busybox sh -c|sh -ec)', '/bin/sh -c' }
        & $steps $ours.Config | Should -Be @(& $steps $theirs.Config)
    }

    It 'runs what the base left for those who build on it, as Buildah does' {
        $null = Write-Dockerfile "FROM localhost/base:1`nONBUILD ENV FROM_BASE=yes`nONBUILD COPY *.cfg /onbuild/`nONBUILD WORKDIR /onbuild`nONBUILD RUN echo `$FROM_BASE > ran`n"
        $null = Get-Both -Format docker -Tag onbuild:1
        $null = Write-Dockerfile "FROM localhost/onbuild:1`nRUN echo after >> ran`nFROM localhost/onbuild:1`nCOPY --from=0 /onbuild/ran /onbuild/other`n"
        $theirs, $ours = Get-Both -Format docker
        Compare-Object $theirs.Tree $ours.Tree | Where-Object InputObject -NotMatch $places | Should -BeNullOrEmpty
        $ours.Tree -match 'onbuild/(ran|other|a.cfg) -' | Should -HaveCount 3
        ConvertTo-Comparable $ours.Config | Should -Be @(ConvertTo-Comparable $theirs.Config)
    }

    It 'does what the reference says where Debian''s Buildah does not know it: --parents, --exclude, patterns in variables, texts; what is written to a volume stays' {
        $null = Write-Dockerfile @'
FROM localhost/base:1
COPY --parents tree/sub/*.txt a.cfg /p/
COPY --parents tree/./sub/two.txt ./tree/./deep /pivot/
COPY --exclude=**/t*.txt --exclude=deep/drop* tree /x/
ARG V=/usr/local/bin/name.tar.gz
ENV A=${V#*/} B=${V##*/} C=${V%.*} D=${V%%.*} E=${V/local/share} F=${V//a/o}
COPY <<-"RAW" <<EXPANDED /texts/
	raw $V
	RAW
$V
EXPANDED
VOLUME /data
RUN mkdir -p /data && echo kept > /data/file
'@
        $null = Build-Image $context -Tag reference:1 6>$null
        $null = Expand-Image reference:1 "$work/reference"
        $list = { param($Top) (Get-ChildItem "$work/reference/$Top" -Recurse -File -Force).FullName.Replace("$work/reference/$Top/", '') | Sort-Object }
        & $list p | Should -Be 'a.cfg', 'tree/sub/three.txt', 'tree/sub/two.txt'
        & $list pivot | Should -Be 'deep/drop.log', 'deep/keep.log', 'sub/two.txt'
        & $list x | Should -Be 'capable', 'deep/keep.log', 'hard', 'link', 'one.txt', 'suid'
        (Get-ImageConfig reference:1).Config.Env | Select-Object -Skip 1 |
            Should -Be 'A=usr/local/bin/name.tar.gz', 'B=name.tar.gz', 'C=/usr/local/bin/name.tar', 'D=/usr/local/bin/name', 'E=/usr/share/bin/name.tar.gz', 'F=/usr/locol/bin/nome.tor.gz'
        Get-Content "$work/reference/texts/RAW", "$work/reference/texts/EXPANDED" | Should -Be 'raw $V', '/usr/local/bin/name.tar.gz'
        Get-Content "$work/reference/data/file" | Should -Be kept
    }

    It 'makes the same digest of the same sources with -SourceDateEpoch: another umask, another order, other times, another data directory' {
        $text = "FROM scratch`nWORKDIR /made/here`nCOPY . /all/`nCOPY --chown=3:4 tree/sub new/dir/`nADD plain.tar /unpacked/`nCOPY <<EOF text`nx`nEOF`n"
        $null = Write-Dockerfile $text
        # The same files, made in another order, at another time, with another inode each.
        $twin = (New-Item "$work/twin" -ItemType Directory).FullName
        bash -c 'umask 077; cd "$1" && find . -depth -print0 | sort -zr | tar --null --no-recursion -T - --xattrs --xattrs-include="*" -c | tar --xattrs --xattrs-include="*" -xpC "$2" && find "$2" -exec touch -h -d 2024-05-06 {} +' _ $context $twin
        $first = (Build-Image $context -SourceDateEpoch '2020-01-02T03:04:05Z' -NoCache 6>$null).Digest
        $env:NSTOOLS_ROOT = "$work/other-root"
        try {
            $script = "Import-Module '$PSScriptRoot/../../out/NsTools/NsTools.psd1'; (Build-Image '$twin' -SourceDateEpoch '2020-01-02T03:04:05Z' 6>`$null).Digest.ToString()"
            bash -c 'umask 077; pwsh -NoProfile -Command "$1"' _ $script | Should -Be "$first"
        }
        finally { $env:NSTOOLS_ROOT = "$work/root" }
    }
}
