BeforeDiscovery {
    $missing = 'buildah', 'umoci', 'skopeo', 'busybox', 'newuidmap', 'useradd', 'setpriv', 'nsenter', 'unshare', 'ip' | Where-Object { -not (Get-Command $_ -CommandType Application -ErrorAction Ignore) }
    $why = (id -u) -ne '0' ? ' (SKIPPED: needs root, to make the user)' : $missing ? " (SKIPPED: $($missing -join ', ') is not installed)" : ''
}

Describe "Build-Image of an ordinary user$why" -Skip:([bool]$why) {
    BeforeAll {
        Import-Module "$PSScriptRoot/Support/UserWorld.psm1" -Force
        $world = New-UserWorld nsbu
        $directory = $world.Home
        $store = "$directory/.local/share/nstools"
        $null = New-Item -ItemType Directory "$directory/context/bin"
        Copy-Item (Get-Command busybox).Source "$directory/context/bin/busybox"
        foreach ($name in 'sh', 'id', 'rm', 'mkdir', 'chown', 'chmod', 'cat', 'touch', 'sleep', 'ls', 'wc') { & ln -s busybox "$directory/context/bin/$name" }
        Set-Content "$directory/context/file" 'content'

        function Write-Dockerfile([string] $Text) {
            Set-Content "$directory/context/Dockerfile" $Text
            & chown -R "$($world.User):" "$directory/context"
        }
        function Invoke-AsUser([string] $Script) { Invoke-AsWorldUser $world $Script }
        function Get-Tree([string] $Layout, [string] $Name, [string] $Into) {
            skopeo copy -q "oci:$($Layout):$Name" "oci:$Into-layout:x" | Out-Null
            umoci unpack --image "$Into-layout:x" $Into 2>$null
            bash -c 'cd "$1/rootfs" && find . -printf "%p %M %U:%G %l " \( -type f -exec sh -c "md5sum < \"\$1\"" _ {} \; -o -printf "\n" \)' _ $Into | Sort-Object
        }
    }

    AfterAll { Remove-UserWorld $world }

    It 'makes what rootless Buildah makes: owners, modes, whiteouts, hidden directories' {
        Write-Dockerfile @'
FROM scratch AS base
COPY bin /bin/
COPY --chown=5:6 file /owned/
RUN mkdir -p /old/deep /gone && touch /old/deep/file /gone/file /mine && chown 70:80 /mine && chmod 4750 /mine
FROM base
RUN id -u > /who && rm -r /gone && rm -r /old && mkdir /old && touch /old/new && chown -R 7:8 /owned && cat /proc/self/uid_map | wc -l > /maps
COPY --from=base --chmod=0600 /mine /copied
RUN mkdir /tmp && chmod 1777 /tmp
USER 7
RUN id -u > /tmp/who
'@
        Invoke-AsUser '$image = Build-Image ~/context mine:v1 6>$null; $image.Name; (Test-Image mine:v1 | Where-Object Severity -EQ Error).Count; @(Get-Container -All).Count' | Should -Be 'mine:v1', '0', '0'
        # Of the user's own, and given away to its subordinate IDs.
        (Get-ChildItem "$store/layers" -Recurse -Filter owned | ForEach-Object { & stat -c '%u:%g' "$_/file" } | Sort-Object -Unique) | Should -Be "$($world.FirstId + 4):$($world.FirstId + 5)", "$($world.FirstId + 6):$($world.FirstId + 7)"
        $null = Invoke-AsUser 'Set-Location ~; buildah bud -q --layers --isolation chroot -t theirs ~/context; buildah push -q theirs oci:theirs:v1; buildah rmi -af'
        $ours = Get-Tree -Layout "$store/images" -Name 'mine:v1' -Into "$directory/tree-ours"
        $theirs = Get-Tree -Layout "$directory/theirs" -Name 'v1' -Into "$directory/tree-theirs"
        # Buildah leaves the places of its mounts.
        Compare-Object $theirs $ours | Where-Object InputObject -NotMatch '^\./(dev|proc|sys|run|etc)?(/\S*)? ' | Should -BeNullOrEmpty
        $ours -match '^\./mine ' | Should -BeLike './mine -rwsr-x--- 70:80 *'
        $ours -match '^\./copied ' | Should -BeLike './copied -rw------- 70:80 *'
        $ours -match '^\./tmp/who ' | Should -BeLike '* 7:0 *'
        $ours -match '^\./(gone|old/deep)' | Should -BeNullOrEmpty
    }

    It 'is known to the next build, and runs' {
        Write-Dockerfile "FROM scratch`nCOPY bin /bin/`nCOPY --chown=9 file /file`nRUN echo made > /made"
        $null = Invoke-AsUser 'Build-Image ~/context again:v1 6>$null'
        $said = Invoke-AsUser '(Build-Image ~/context again:v1 6>$null).Steps[1..3].IsCached; Invoke-Image again:v1 -Remove -Network none -Command "cat /made; ls -ln /file"'
        $said[0..3] | Should -Be 'True', 'True', 'True', 'made'
        $said[4] | Should -Match '^-rw-r--r-- +1 9 +9 '
    }

    It 'streams what commands write, and mounts secrets, caches and the context' {
        Write-Dockerfile @'
FROM scratch
COPY bin /bin/
RUN --mount=type=secret,id=key,required --mount=type=cache,target=/cache --mount=type=bind,target=/context cat /run/secrets/key /context/file; echo kept >> /cache/kept; wc -l < /cache/kept
RUN --network=none ls /sys/class/net
'@
        Set-Content "$directory/key" 'a secret'
        & chown "$($world.User):" "$directory/key"
        $said = Invoke-AsUser 'Build-Image ~/context mounts:v1 -Secret @{ key = "$HOME/key" } 6>&1 | ForEach-Object { "$_" }'
        $said | Should -Contain 'STEP 4/4: RUN --network=none ls /sys/class/net'
        $said | Should -Contain 'a secret'
        $said | Should -Contain 'content'
        $said | Should -Contain 'lo'
        Invoke-AsUser 'Expand-Image mounts:v1 ~/mounts | Out-Null; Test-Path ~/mounts/cache/kept; Test-Path ~/mounts/run/secrets/key' | Should -Be 'False', 'False'
    }

    It 'builds with -Isolation Chroot: the host''s IPC and control group, and processes of its own' {
        Write-Dockerfile "FROM scratch`nCOPY bin /bin/`nRUN busybox readlink /proc/self/ns/ipc; busybox readlink /proc/self/ns/cgroup; echo pid `$`$; ls /sys/class/net"
        $said = Invoke-AsUser 'Build-Image ~/context rooted:v1 -Isolation Chroot 6>&1 | ForEach-Object { "$_" }'
        foreach ($name in 'ipc', 'cgroup') { $said | Should -Contain (Get-Item "/proc/$PID/ns/$name").LinkTarget }
        $said | Should -Contain 'pid 1'
        $said | Should -Contain 'lo'
    }

    It 'names the line of a command that fails, keeps the steps before it, and leaves nothing' {
        Write-Dockerfile "FROM scratch`nCOPY bin /bin/`nRUN exit 3"
        $said = Invoke-AsUser '$null = Build-Image ~/context failing:v1 -ErrorVariable failure -ErrorAction SilentlyContinue 6>$null; $failure.FullyQualifiedErrorId; $failure.Exception.Message; @(Get-Container -All).Count; @(Get-Image failing* -ErrorAction Ignore).Count; @(Get-ChildItem $env:XDG_RUNTIME_DIR/nstools/builds).Count'
        $said | Should -Be 'BuildStepFailed,NsTools.Module.Builds.BuildImageCommand', "$directory/context/Dockerfile, line 3: 'RUN exit 3' ended with exit code 3.", '0', '0', '0'
    }

    It 'is over within seconds of Ctrl+C, and leaves nothing' {
        Write-Dockerfile "FROM scratch`nCOPY bin /bin/`nRUN echo begun; sleep 300"
        $said = Invoke-AsUser @'
            $shell = [powershell]::Create()
            $null = $shell.AddScript("Import-Module '$((Get-Module NsTools).Path)'; Build-Image ~/context stopped:v1")
            $running = $shell.BeginInvoke()
            $limit = [datetime]::UtcNow.AddSeconds(60)
            while ("$($shell.Streams.Information)" -notmatch 'begun$' -and [datetime]::UtcNow -lt $limit) { Start-Sleep -Milliseconds 50 }
            $watch = [Diagnostics.Stopwatch]::StartNew()
            $shell.Stop()
            $running.IsCompleted
            $watch.Elapsed.TotalSeconds -lt 8
            @(Get-Container -All).Count
            @(Get-Image stopped* -ErrorAction Ignore).Count
            @(Get-ChildItem $env:XDG_RUNTIME_DIR/nstools/builds).Count
            @(Get-ChildItem ~/.local/share/nstools/layers -Force -Filter '.*').Count
            @(Get-Process sleep -ErrorAction Ignore | Where-Object UserName -EQ (id -un)).Count
'@
        $said | Should -Be 'True', 'True', '0', '0', '0', '0', '0'
    }

    It 'is <Id> for what is not possible: <Parameters>' -ForEach @(
        @{ Parameters = '-Network pasta'; Id = 'BuildNetworkNotSupported' }
        @{ Parameters = '-KeepFailed'; Id = 'KeepFailedNotSupported' }
        @{ Parameters = '-Memory 64MB'; Id = 'BuildLimitNotSupported' }
    ) {
        Write-Dockerfile "FROM scratch`nCOPY bin /bin/"
        Invoke-AsUser "`$null = Build-Image ~/context none:v1 $Parameters -ErrorVariable failure -ErrorAction SilentlyContinue 6>`$null; `$failure.FullyQualifiedErrorId" | Should -Be "$Id,NsTools.Module.Builds.BuildImageCommand"
    }

    It 'needs subordinate IDs, and says how to get some' {
        foreach ($table in '/etc/subuid', '/etc/subgid') { sed -i "/^$($world.User):/d" $table }
        try {
            $said = Invoke-AsUser '$null = Build-Image ~/context none:v1 -ErrorVariable failure -ErrorAction SilentlyContinue 6>$null; $failure.FullyQualifiedErrorId; $failure.ErrorDetails.RecommendedAction'
            $said[0] | Should -BeLike 'SubordinateIdsMissing,*'
            $said[1] | Should -BeLike "As root: usermod --add-subuids *$($world.User)"
        }
        finally { usermod --add-subuids "$($world.FirstId)-$($world.FirstId + 65535)" --add-subgids "$($world.FirstId)-$($world.FirstId + 65535)" $world.User }
    }
}
