BeforeDiscovery {
    $missing = 'buildah', 'umoci', 'skopeo', 'busybox' | Where-Object { -not (Get-Command $_ -CommandType Application -ErrorAction Ignore) }
    $isRoot = (id -u) -eq '0'
    $why = -not $isRoot ? ' (SKIPPED: needs root)' : $missing ? " (SKIPPED: $($missing -join ', ') is not installed)" : ''
    $cases = @(
        @{
            What = 'files in every way'
            Dockerfile = @'
FROM localhost/base:1
WORKDIR /app
COPY tree dest
COPY tree/one.txt b.cfg many/
COPY --chown=5:6 *.cfg /etc/made/
COPY --chmod=0600 tree/one.txt renamed
COPY --chown=daemon tree/one.txt /named
ADD archive.tar.gz /unpacked/
ADD tree/one.txt /added/
COPY . /all
'@
            Ignore = "*.log`n!keep.log`nsecret`n**/two.txt"
        }
        @{
            What = 'commands'
            Dockerfile = @'
FROM localhost/base:1
ARG WHO=world
ENV GREETING="hello $WHO" OTHER=x
RUN echo $GREETING $WHO > /greeting && rm /etc/gone && rm -r /srv && mkdir /srv && echo new > /srv/new
RUN ["/bin/sh", "-c", "chmod 700 /var && ln -s greeting /link && mknod /fifo p"]
USER daemon
WORKDIR /tmp
RUN id -u > mine; pwd > where
'@
            Arguments = @{ WHO = 'you' }
        }
        @{
            What = 'stages'
            Dockerfile = @'
ARG BASE=localhost/base:1
FROM ${BASE} AS first
RUN echo one > /one
FROM ${BASE} AS unused
RUN false
FROM first AS second
RUN echo two > /two && touch /owned && chown 5:6 /owned && mkdir /dir && touch /dir/file && chown -R 7:8 /dir
FROM scratch
COPY --from=second /one /two /
COPY --from=0 /one /again
COPY --from=second /owned /kept/
COPY --from=second --chown=9 /owned /given/
COPY --from=second /dir /dir
COPY --from=localhost/base:1 /etc/passwd /passwd
'@
        }
    )
}

Describe "Build-Image$why" -Skip:([bool]$why) {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
        # The write layers of overlays lie here, which no overlay may do: a container's own root is one.
        $work = (New-Item "/var/tmp/nstools-build-$([guid]::NewGuid().ToString('N').Substring(0, 8))" -ItemType Directory).FullName
        $saved = $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT
        $env:NSTOOLS_ROOT = "$work/root"
        $env:NSTOOLS_RUNROOT = "$work/run"
        $buildah = '--root', "$work/buildah", '--runroot', "$work/buildah-run", '--storage-driver', 'vfs'

        $context = (New-Item "$work/context" -ItemType Directory).FullName
        $null = New-Item "$context/tree/sub", "$context/secret" -ItemType Directory
        Set-Content "$context/tree/one.txt" one
        Set-Content "$context/tree/sub/two.txt" two
        Set-Content "$context/a.cfg" a
        Set-Content "$context/b.cfg" b
        Set-Content "$context/x.log" x
        Set-Content "$context/keep.log" keep
        Set-Content "$context/secret/key" key
        ln -s one.txt "$context/tree/link"
        ln "$context/tree/one.txt" "$context/tree/hard"
        chmod 4755 "$context/tree/sub/two.txt"
        tar -C $context -czf "$context/archive.tar.gz" tree

        $base = (New-Item "$work/base/bin", "$work/base/etc", "$work/base/srv/old", "$work/base/var", "$work/base/dev", "$work/base/proc", "$work/base/sys", "$work/base/run", "$work/base/tmp" -ItemType Directory)[0].Parent.FullName
        Copy-Item (Get-Command busybox).Source "$base/bin/busybox"
        foreach ($name in 'sh', 'id', 'rm', 'mkdir', 'chmod', 'ln', 'mknod', 'cat', 'ls', 'sleep', 'touch', 'test', 'head', 'stat', 'grep') { ln -s busybox "$base/bin/$name" }
        Set-Content "$base/etc/passwd" "root:x:0:0::/root:/bin/sh`ndaemon:x:2:2::/:/bin/sh"
        Set-Content "$base/etc/gone" gone
        Set-Content "$base/etc/group" "root:x:0:`ndaemon:x:2:"
        Set-Content "$base/etc/hosts", "$base/etc/hostname", "$base/etc/resolv.conf" ''
        Set-Content "$base/srv/old/file" old
        chmod 1777 "$base/tmp"
        Set-Content "$work/base.Dockerfile" "FROM scratch`nCOPY base /`nLABEL made=here`n"
        buildah @buildah bud -q --layers --isolation chroot -t localhost/base:1 -f "$work/base.Dockerfile" $work | Out-Null
        buildah @buildah push -q localhost/base:1 "oci-archive:$work/base.tar:localhost/base:1" | Out-Null
        $null = Import-Image "$work/base.tar" localhost/base:1

        function Write-Dockerfile([string] $Text) {
            Set-Content "$context/Dockerfile" $Text -NoNewline
            $context
        }
        function Get-Tree([string] $Layout, [string] $Name, [string] $Into) {
            skopeo copy -q "oci:$($Layout):$Name" "oci:$Into-layout:x" | Out-Null
            umoci unpack --image "$Into-layout:x" $Into 2>$null
            # Times are each builder's own; how many names a file has is where overlays and copies differ.
            bash -c 'cd "$1/rootfs" && find . -path ./dev -prune -o -printf "%p %M %U:%G %l " \( -type f -exec sh -c "md5sum < \"\$1\"" _ {} \; -o -printf "\n" \)' _ $Into | Sort-Object
        }
        function Get-Leftover {
            Get-Container -All
            Get-ChildItem "$env:NSTOOLS_ROOT/layers" -Force | Where-Object Name -Like '.*'
            Get-ChildItem "$env:NSTOOLS_RUNROOT/builds" -ErrorAction Ignore
            findmnt --list --noheadings --output TARGET | Where-Object { $_ -like '*nstools-build*' -or $_.StartsWith($work) }
        }
    }

    AfterAll {
        Get-Container -All | Remove-Container -Force
        $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT = $saved
        Remove-Item $work -Recurse -Force
    }

    It 'makes what Buildah makes: <What>' -ForEach $cases {
        if ($Ignore) { Set-Content "$context/.dockerignore" $Ignore }
        $null = Write-Dockerfile $Dockerfile
        $given = $Arguments ? @($Arguments.Keys | ForEach-Object { '--build-arg'; "$_=$($Arguments[$_])" }) : @()
        $id = [guid]::NewGuid().ToString('N').Substring(0, 8)
        buildah @buildah bud -q --layers --isolation chroot @given -t "localhost/$id" $context | Out-Null
        $LASTEXITCODE | Should -Be 0
        buildah @buildah push -q "localhost/$id" "oci:$work/theirs-$($id):$id" | Out-Null
        $image = Build-Image $context -Tag "$($id):v1" -BuildArgument ($Arguments ?? @{}) 6>$null
        Remove-Item "$context/.dockerignore" -ErrorAction Ignore
        Test-Image $image.Name | Where-Object Severity -EQ Error | Should -BeNullOrEmpty

        $theirs = Get-Tree -Layout "$work/theirs-$id" -Name $id -Into "$work/tree-theirs-$id"
        $ours = Get-Tree -Layout "$env:NSTOOLS_ROOT/images" -Name "$($id):v1" -Into "$work/tree-ours-$id"
        # Buildah leaves the places of its mounts.
        Compare-Object $theirs $ours | Where-Object InputObject -NotMatch '^\./(dev|proc|sys|run|etc)?(/hosts|/hostname|/resolv.conf)? ' | Should -BeNullOrEmpty
        $ours.Count | Should -BeGreaterThan 3

        $config = skopeo inspect --config "oci:$work/theirs-$($id):$id" | ConvertFrom-Json
        $mine = skopeo inspect --config "oci:$env:NSTOOLS_ROOT/images:$($id):v1" | ConvertFrom-Json
        $mine.config.Env | Should -Be $config.config.Env
        $mine.config.User | Should -Be $config.config.User
        $mine.config.WorkingDir | Should -Be $config.config.WorkingDir
        $steps = $mine.history.created_by -replace '(file|dir|multi):\w+', '$1'
        $steps | Should -Be ($config.history.created_by -replace '(file|dir|multi):\w+', '$1' -replace '/bin/sh -c \["(.*?)"\]$', { $_.Groups[1].Value -replace '", "', ' ' })
        Get-Leftover | Should -BeNullOrEmpty
    }

    It 'sets all that a configuration has' {
        $image = Build-Image (Write-Dockerfile @'
FROM localhost/base:1
EXPOSE 80 443/tcp 53/udp
VOLUME /data ["/x"]
VOLUME ["/a b"]
LABEL a=1 "b c"='d e'
STOPSIGNAL SIGINT
SHELL ["/bin/sh", "-ec"]
CMD echo hi
ENTRYPOINT ["/bin/sh"]
HEALTHCHECK --interval=90s --retries=2 CMD true
ONBUILD RUN echo later > /later
MAINTAINER me
'@) -Tag config:v1 -Label @{ c = 'f' } -Annotation @{ note = 'n' } 6>$null
        $config = (Get-ImageConfig config:v1)
        $config.Author | Should -Be me
        $config = $config.Config
        $config.ExposedPorts | Should -Be '443/tcp', '53/udp', '80/tcp'
        $config.Volumes | Should -Contain '/a b'
        $config.Labels['made'], $config.Labels['a'], $config.Labels['b c'], $config.Labels['c'] | Should -Be 'here', '1', 'd e', 'f'
        $config.StopSignal | Should -Be SIGINT
        $config.Cmd | Should -Be '/bin/sh', '-ec', 'echo hi'
        $config.Entrypoint | Should -Be '/bin/sh'
        $config.Healthcheck.Interval, $config.Healthcheck.Retries | Should -Be 90000000000, 2
        (Get-ImageManifest config:v1).Annotations['note'] | Should -Be n
        $image.Steps.Instruction | Should -Be 'FROM', 'EXPOSE', 'VOLUME', 'VOLUME', 'LABEL', 'STOPSIGNAL', 'SHELL', 'CMD', 'ENTRYPOINT', 'HEALTHCHECK', 'ONBUILD', 'MAINTAINER'

        # Who builds on it runs its trigger.
        $null = Build-Image (Write-Dockerfile "FROM config:v1`nRUN test -f /later") -Tag triggered:v1 6>$null
        (Get-ImageConfig triggered:v1).Config.OnBuild | Should -BeNullOrEmpty
    }

    It 'takes texts below an instruction' {
        $null = Build-Image (Write-Dockerfile @'
FROM localhost/base:1
ARG NAME=you
RUN <<EOF
echo "hello $NAME" > /script
test -f /script
EOF
RUN <<-'SCRIPT'
	#!/bin/cat
	never read
	SCRIPT
RUN cat <<A >/both && cat <<B >>/both
a
A
b
B
COPY <<HELLO <<"RAW" /texts/
hello ${NAME} "quoted"
HELLO
raw ${NAME}
RAW
'@) -Tag texts:v1 6>$null
        Expand-Image texts:v1 "$work/texts" | Out-Null
        Get-Content "$work/texts/script" | Should -Be 'hello you'
        Get-Content "$work/texts/both" | Should -Be 'a', 'b'
        Get-Content "$work/texts/texts/HELLO" | Should -Be 'hello you "quoted"'
        Get-Content "$work/texts/texts/RAW" | Should -Be 'raw ${NAME}'
    }

    It 'mounts secrets, caches, memory and other trees for a command alone' {
        Set-Content "$work/token" 'very secret' -NoNewline
        $null = Build-Image (Write-Dockerfile @'
FROM localhost/base:1 AS other
RUN echo other > /from-other
FROM localhost/base:1
RUN --mount=type=secret,id=token,required=true --mount=type=secret,id=token,env=TOKEN test -s /run/secrets/token && test "$TOKEN" = "$(cat /run/secrets/token)" && stat -c %a /run/secrets/token > /mode
RUN --mount=type=cache,target=/cache echo kept > /cache/kept
RUN --mount=type=cache,target=/cache cat /cache/kept > /was-kept
RUN --mount=type=tmpfs,target=/memory echo x > /memory/x
RUN --mount=type=bind,source=tree,target=/bound cat /bound/one.txt > /was-bound
RUN --mount=type=bind,from=other,source=/,target=/o cat /o/from-other >> /was-bound
'@) -Tag mounts:v1 -Secret @{ token = "$work/token" } 6>$null
        Expand-Image mounts:v1 "$work/mounts" | Out-Null
        Get-Content "$work/mounts/was-kept" | Should -Be kept
        Get-Content "$work/mounts/was-bound" | Should -Be 'one', 'other'
        Get-Content "$work/mounts/mode" | Should -Be 400
        'cache', 'memory', 'bound', 'o', 'run/secrets' | ForEach-Object { "$work/mounts/$_" | Should -Not -Exist }
        grep -rl 'very secret' "$env:NSTOOLS_ROOT" | Should -BeNullOrEmpty
        Get-Leftover | Should -BeNullOrEmpty
    }

    It 'does again only what has changed' {
        $text = "FROM localhost/base:1`nCOPY a.cfg /a`nRUN cat /a > /b`nCOPY b.cfg /c`n"
        $first = Build-Image (Write-Dockerfile $text) -Tag cached:v1 6>$null
        $first.Steps.IsCached | Should -Not -Contain $true
        $again = Build-Image $context -Tag cached:v2 6>$null
        $again.Digest | Should -Be $first.Digest
        ($again.Steps | Select-Object -Skip 1).IsCached | Should -Be $true, $true, $true
        Set-Content "$context/b.cfg" changed
        $changed = Build-Image $context -Tag cached:v3 6>$null
        ($changed.Steps | Select-Object -Skip 1).IsCached | Should -Be $true, $true, $false
        $anew = Build-Image $context -Tag cached:v4 -NoCache 6>$null
        $anew.Steps.IsCached | Should -Not -Contain $true
        # A touched file is the same file.
        (Get-Item "$context/a.cfg").LastWriteTime = [datetime]::Now.AddDays(-1)
        (Build-Image $context -Tag cached:v5 6>$null).Digest | Should -Be $anew.Digest
    }

    It 'makes the same image of the same sources with -SourceDateEpoch' {
        $null = Write-Dockerfile "FROM localhost/base:1`nCOPY tree /tree`nRUN echo x > /x`n"
        $digests = foreach ($i in 1, 2) { (Build-Image $context -Tag epoch:v1 -NoCache -SourceDateEpoch '2026-01-02T03:04:05Z' 6>$null).Digest; Start-Sleep -Milliseconds 1100 }
        $digests[0] | Should -Be $digests[1]
        (Get-ImageConfig epoch:v1).Created | Should -Be ([datetimeoffset]'2026-01-02T03:04:05Z')
    }

    It 'builds independent stages side by side, and only those that are needed' {
        # Each waits for the other.
        $wait = 'RUN --mount=type=cache,id=meeting,target=/m touch /m/{0}; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do test -f /m/{1} && exit 0; sleep 1; done; exit 1'
        $null = Write-Dockerfile ("FROM localhost/base:1 AS a`n$($wait -f 'a', 'b')`nFROM localhost/base:1 AS b`n$($wait -f 'b', 'a')`nFROM localhost/base:1 AS c`nRUN false`nFROM scratch`nCOPY --from=a /etc/group /a`nCOPY --from=b /etc/group /b`n")
        $image = Build-Image $context -Tag meeting:v1 6>$null
        $image.Steps.Stage | Sort-Object -Unique | Should -Be '3', 'a', 'b'
        (Build-Image $context -Tag target:v1 -Target a 6>$null).Steps.Stage | Sort-Object -Unique | Should -Be 'a'
    }

    It 'streams what commands write, and steps, as information' {
        $null = Write-Dockerfile "FROM localhost/base:1`nRUN echo out; echo err >&2`n"
        $null = Build-Image $context -Tag streams:v1 -NoCache -InformationVariable said 6>$null
        "$said" | Should -BeLike '*STEP 2/2: RUN echo out*'
        $said.MessageData.Message | Should -Contain 'out'
        $said.MessageData.Message | Should -Contain 'err'
    }

    Context 'failing' {
        It 'names the line of a command that fails, leaves nothing, and keeps the steps before it' {
            $null = Write-Dockerfile "FROM localhost/base:1`nRUN echo fine > /fine`n`nRUN sleep 100 & exit 3`n"
            Build-Image $context -Tag failed:v1 -ErrorVariable failure -ErrorAction SilentlyContinue 6>$null | Should -BeNullOrEmpty
            $failure.FullyQualifiedErrorId | Should -BeLike 'BuildStepFailed,*'
            $failure.Exception.Message | Should -BeLike "*Dockerfile, line 4: 'RUN sleep 100 & exit 3' ended with exit code 3."
            Get-Leftover | Should -BeNullOrEmpty
            Get-Image failed:v1 -ErrorAction Ignore | Should -BeNullOrEmpty
            $null = Write-Dockerfile "FROM localhost/base:1`nRUN echo fine > /fine`n`nRUN true`n"
            (Build-Image $context -Tag failed:v1 6>$null).Steps[1].IsCached | Should -BeTrue
        }

        It 'leaves the container with -KeepFailed' {
            $null = Write-Dockerfile "FROM localhost/base:1`nRUN echo trace > /trace; exit 1`n"
            Build-Image $context -KeepFailed -ErrorVariable failure -ErrorAction SilentlyContinue 6>$null | Should -BeNullOrEmpty
            $container = Get-Container -All
            $container | Should -HaveCount 1
            $failure.ErrorDetails.RecommendedAction | Should -BeLike "*$($container.Name)*"
            (Get-ContainerChange $container.Name).Path | Should -Contain '/trace'
            $container | Remove-Container
        }

        It 'is <Id> for <Text>' -ForEach @(
            @{ Text = "FROM localhost/base:1`nCOPY nothing /"; Id = 'SourceNotFound'; Line = 2 }
            @{ Text = "FROM localhost/base:1`nCOPY *.cfg /one"; Id = 'DestinationNotADirectory'; Line = 2 }
            @{ Text = "FROM localhost/base:1`nCOPY ../../etc/shadow /"; Id = 'SourceNotFound'; Line = 2 }
            @{ Text = "FROM localhost/base:1`nCOPY --chown=nobody-there a.cfg /"; Id = 'UserNotFound'; Line = 2 }
            @{ Text = "FROM localhost/base:1`nCOPY --chmod=u+x a.cfg /"; Id = 'InvalidMode'; Line = 2 }
            @{ Text = "FROM localhost/base:1`nRUN --mount=type=secret,id=none,required=true true"; Id = 'SecretNotFound'; Line = 2 }
            @{ Text = "FROM localhost/base:1`nRUN --mount=type=bnid,target=/x true"; Id = 'InvalidMount'; Line = 2 }
            @{ Text = "FROM localhost/base:1`nRUN [""/no/such""]"; Id = 'ContainerProgramNotFound'; Line = 2 }
            @{ Text = "FROM localhost/base:1`nENV a=`${none:?must be set}"; Id = 'DockerfileSyntaxError'; Line = 2 }
            @{ Text = "FROM localhost/base:1`nEXPOSE 99999"; Id = 'InvalidPort'; Line = 2 }
            @{ Text = 'FROM localhost/none:1'; Id = '*'; Line = 1 }
            @{ Text = "FROM localhost/base:1`nRNU true"; Id = 'DockerfileSyntaxError'; Line = 2 }
        ) {
            $null = Write-Dockerfile $Text
            Build-Image $context -Pull Never -ErrorVariable failure -ErrorAction SilentlyContinue 6>$null | Should -BeNullOrEmpty
            $failure[0].FullyQualifiedErrorId | Should -BeLike "$Id,*"
            $failure[0].Exception.Message | Should -BeLike "*Dockerfile, line $Line*"
            Get-Leftover | Should -BeNullOrEmpty
        }

        It 'never reads outside the context, whatever links are in it' {
            Set-Content "$work/outside" outside
            ln -s "$work/outside" "$context/absolute"
            ln -s ../outside "$context/relative"
            try {
                foreach ($name in 'absolute', 'relative') {
                    $null = Write-Dockerfile "FROM scratch`nCOPY $name /x"
                    Build-Image $context -ErrorVariable failure -ErrorAction SilentlyContinue 6>$null | Should -BeNullOrEmpty
                    $failure.FullyQualifiedErrorId | Should -BeLike 'SourceNotFound,*'
                }
            }
            finally {
                Remove-Item "$context/absolute", "$context/relative"
            }
        }

        It 'is over within seconds of Ctrl+C, and leaves nothing' {
            $null = Write-Dockerfile "FROM localhost/base:1`nRUN touch /started; sleep 300`n"
            $shell = [powershell]::Create()
            $null = $shell.AddScript("Import-Module '$PSScriptRoot/../../out/NsTools/NsTools.psd1'; Build-Image '$context' -Tag stopped:v1")
            $running = $shell.BeginInvoke()
            $limit = [datetime]::UtcNow.AddSeconds(60)
            while (-not (Get-Container | Where-Object State -EQ Running) -and [datetime]::UtcNow -lt $limit) { Start-Sleep -Milliseconds 100 }
            $watch = [System.Diagnostics.Stopwatch]::StartNew()
            $shell.Stop()
            $watch.Elapsed.TotalSeconds | Should -BeLessThan 10
            $running.IsCompleted | Should -BeTrue
            $shell.Dispose()
            Get-Leftover | Should -BeNullOrEmpty
            Get-Image stopped:v1 -ErrorAction Ignore | Should -BeNullOrEmpty
        }

        It 'does nothing with -WhatIf, and says what Buildah would be told' {
            $null = Write-Dockerfile "FROM localhost/base:1`nRUN true`n"
            Build-Image $context -Tag nothing:v1 -WhatIf 6>$null | Should -BeNullOrEmpty
            Get-Image nothing:v1 -ErrorAction Ignore | Should -BeNullOrEmpty
        }
    }
}
