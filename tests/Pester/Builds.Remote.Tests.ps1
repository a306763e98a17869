BeforeDiscovery {
    $missing = 'buildah', 'umoci', 'skopeo', 'python3', 'git' | Where-Object { -not (Get-Command $_ -CommandType Application -ErrorAction Ignore) }
    $why = (id -u) -ne '0' ? ' (SKIPPED: needs root)' : $missing ? " (SKIPPED: $($missing -join ', ') is not installed)" : ''
}

Describe "ADD from other machines$why" -Skip:([bool]$why) {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
        $work = (New-Item "/var/tmp/nstools-add-$([guid]::NewGuid().ToString('N').Substring(0, 8))" -ItemType Directory).FullName
        $saved = $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT
        $env:NSTOOLS_ROOT = "$work/root"
        $env:NSTOOLS_RUNROOT = "$work/run"
        $buildah = '--root', "$work/buildah", '--runroot', "$work/buildah-run", '--storage-driver', 'vfs'
        $context = (New-Item "$work/context" -ItemType Directory).FullName
        Set-Content "$context/local.txt" local

        $served = (New-Item "$work/served/tree" -ItemType Directory).Parent.FullName
        Set-Content "$served/file.txt" 'from afar'
        Set-Content "$served/tree/inside" inside
        touch -d '2020-01-02 03:04:05Z' "$served/file.txt"
        tar -C $served -czf "$served/archive.tar.gz" tree
        touch -d '2021-01-02 03:04:05Z' "$served/archive.tar.gz"

        # A repository of two commits, a tag and a link that would lead out of it.
        $upstream = "$work/upstream"
        $env:GIT_AUTHOR_NAME = $env:GIT_COMMITTER_NAME = 'a'
        $env:GIT_AUTHOR_EMAIL = $env:GIT_COMMITTER_EMAIL = 'a@host.invalid'
        git init -q -b main $upstream
        $null = New-Item "$upstream/sub/deep" -ItemType Directory
        Set-Content "$upstream/one" one
        Set-Content "$upstream/sub/deep/run" '#!/bin/sh'
        chmod 755 "$upstream/sub/deep/run"
        ln -s /etc/passwd "$upstream/sub/link"
        ln -s /etc "$upstream/out"
        git -C $upstream add -A
        git -C $upstream commit -qm first
        git -C $upstream tag -a v1 -m v1
        $first = git -C $upstream rev-parse HEAD
        Set-Content "$upstream/two" two
        git -C $upstream add -A
        git -C $upstream commit -qm second
        $second = git -C $upstream rev-parse HEAD
        git clone -q --bare $upstream "$served/project.git"
        git -C "$served/project.git" update-server-info
        git -C "$served/project.git" config http.receivepack false

        # Says its port, and notes each request.
        Set-Content "$work/server.py" @'
import http.server, os, sys, functools
log = open(sys.argv[2], "a", buffering=1)
class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        log.write(f"{self.path} {self.headers.get('If-Modified-Since', '-')}\n")
        if self.path.startswith("/moved"):
            self.send_response(301); self.send_header("Location", "/file.txt"); self.send_header("Content-Length", "0"); self.end_headers(); return
        if self.path.startswith("/slow"):
            self.send_response(200); self.end_headers(); self.wfile.write(b"x"); self.wfile.flush(); self.rfile.read(1); return
        super().do_GET()
    def log_message(self, *a): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=sys.argv[1]))
server.daemon_threads = True
open(sys.argv[3] + ".new", "w").write(str(server.server_port)); os.rename(sys.argv[3] + ".new", sys.argv[3])
server.serve_forever()
'@
        $web = Start-Process python3 "$work/server.py", $served, "$work/requests", "$work/port" -PassThru -RedirectStandardError "$work/web.log" -RedirectStandardOutput "$work/web.out"
        $limit = [datetime]::UtcNow.AddSeconds(20)
        while (-not (Test-Path "$work/port") -and [datetime]::UtcNow -lt $limit) { Start-Sleep -Milliseconds 50 }
        $url = "http://127.0.0.1:$(Get-Content "$work/port")"
        # The git daemon takes no port of its own choice.
        $listener = [System.Net.Sockets.TcpListener]::new([ipaddress]::Loopback, 0)
        $listener.Start()
        $port = $listener.LocalEndpoint.Port
        $listener.Stop()
        $daemon = Start-Process git 'daemon', '--listen=127.0.0.1', "--port=$port", '--export-all', "--base-path=$served", '--reuseaddr' -PassThru -RedirectStandardError "$work/git.log" -RedirectStandardOutput "$work/git.out"
        $repository = "git://127.0.0.1:$port/project.git"
        while (-not (git ls-remote $repository 2>$null) -and [datetime]::UtcNow -lt $limit) { Start-Sleep -Milliseconds 50 }

        function Write-Dockerfile([string] $Text) {
            Set-Content "$context/Dockerfile" $Text -NoNewline
            $context
        }
        # Buildah gives a local file the time of the build.
        function Get-Tree([string] $Layout, [string] $Name, [string] $Into) {
            skopeo copy -q "oci:$($Layout):$Name" "oci:$Into-layout:x" | Out-Null
            umoci unpack --image "$Into-layout:x" $Into 2>$null
            bash -c 'cd "$1/rootfs" && find . -mindepth 1 \( -type d -printf "%p %M %U:%G\n" -o -name local.txt -printf "%p %M %U:%G\n" -o -printf "%p %M %U:%G %l %T@ " \( -type f -exec sh -c "md5sum < \"\$1\"" _ {} \; -o -printf "\n" \) \)' _ $Into | Sort-Object
        }
        function Get-Leftover {
            Get-ChildItem "$env:NSTOOLS_ROOT/layers" -Force | Where-Object Name -Like '.*'
            findmnt --list --noheadings --output TARGET | Where-Object { $_.StartsWith($work) }
        }
        function Get-Request { Get-Content "$work/requests" -ErrorAction Ignore }
        function Get-BuildFailure([string] $Text) {
            $null = Write-Dockerfile $Text
            Build-Image $context -ErrorVariable failure -ErrorAction SilentlyContinue 6>$null 3>$null | Should -BeNullOrEmpty
            Get-Leftover | Should -BeNullOrEmpty
            $failure[0]
        }
    }

    AfterAll {
        foreach ($process in $web, $daemon) {
            # git daemon has a child of its own.
            if (-not $process) { continue }
            ps -o pid= --ppid $process.Id | ForEach-Object { Stop-Process -Id ([int] $_.Trim()) -ErrorAction Ignore }
            $process | Stop-Process -ErrorAction Ignore
        }
        $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT = $saved
        Remove-Item Env:GIT_AUTHOR_NAME, Env:GIT_COMMITTER_NAME, Env:GIT_AUTHOR_EMAIL, Env:GIT_COMMITTER_EMAIL
        Remove-Item $work -Recurse -Force
    }

    It 'makes what Buildah makes of URLs' {
        $null = Write-Dockerfile @"
FROM scratch
ARG NAME=file
ADD $url/`${NAME}.txt /renamed
ADD $url/file.txt $url/archive.tar.gz local.txt /into/
ADD --chown=5:6 --chmod=0644 $url/moved.txt /moved/
"@
        buildah @buildah bud -q -t theirs:1 $context | Out-Null
        $LASTEXITCODE | Should -Be 0
        buildah @buildah push -q theirs:1 "oci:$work/theirs:1" | Out-Null
        $image = Build-Image $context -Tag ours:1 6>$null
        Test-Image ours:1 | Where-Object Severity -EQ Error | Should -BeNullOrEmpty
        $ours = Get-Tree -Layout "$env:NSTOOLS_ROOT/images" -Name ours:1 -Into "$work/tree-ours"
        $ours.Count | Should -Be 7
        Compare-Object (Get-Tree -Layout "$work/theirs" -Name 1 -Into "$work/tree-theirs") $ours | Should -BeNullOrEmpty
        $image.Steps[2].Size | Should -BeGreaterThan 0
        Get-Leftover | Should -BeNullOrEmpty
    }

    It 'unpacks what it is told to, and nothing else' {
        $null = Build-Image (Write-Dockerfile "FROM scratch`nADD --unpack $url/archive.tar.gz /a/`nADD --unpack=false $url/archive.tar.gz /b/`nADD $url/archive.tar.gz /c/`n") -Tag unpacked:1 6>$null
        $null = Expand-Image unpacked:1 "$work/unpacked"
        Get-Content "$work/unpacked/a/tree/inside" | Should -Be inside
        (Get-FileHash "$work/unpacked/b/archive.tar.gz").Hash | Should -Be (Get-FileHash "$served/archive.tar.gz").Hash
        (Get-FileHash "$work/unpacked/c/archive.tar.gz").Hash | Should -Be (Get-FileHash "$served/archive.tar.gz").Hash
    }

    It 'asks whether a file is the same, brings it again when it is not, and does what a digest says without asking' {
        Set-Content "$served/changing" one
        touch -d '2022-01-01Z' "$served/changing"
        $null = Write-Dockerfile "FROM scratch`nADD $url/changing /x`n"
        $one = Build-Image $context 6>$null
        $again = Build-Image $context 6>$null
        $again.Steps[1].IsCached | Should -BeTrue
        $again.Digest | Should -Be $one.Digest
        (Get-Request | Where-Object { $_ -like '/changing*' })[-1] | Should -Be '/changing Sat, 01 Jan 2022 00:00:00 GMT'
        # Touched, it is brought, and is the same content: the same layer.
        touch -d '2023-01-01Z' "$served/changing"
        (Build-Image $context 6>$null).Steps[1].IsCached | Should -BeTrue
        Set-Content "$served/changing" other
        touch -d '2024-01-01Z' "$served/changing"
        $changed = Build-Image $context 6>$null
        $changed.Steps[1].IsCached | Should -BeFalse
        $changed.Digest | Should -Not -Be $one.Digest
        # What it was made into is gone: it is brought though the server says that it is as it was.
        Remove-Item "$env:NSTOOLS_ROOT/builds/cache" -Recurse
        (Build-Image $context 6>$null).Steps[1].IsCached | Should -BeFalse
        $digest = 'sha256:' + (Get-FileHash "$served/changing").Hash.ToLower()
        $null = Write-Dockerfile "FROM scratch`nARG SUM=$digest`nADD --checksum=`$SUM $url/changing /x`n"
        $before = @(Get-Request).Count
        (Build-Image $context 6>$null).Steps[2].Layer | Should -Not -BeNullOrEmpty
        $between = @(Get-Request).Count
        (Build-Image $context 6>$null).Steps[2].IsCached | Should -BeTrue
        @(Get-Request).Count | Should -Be $between
        $before | Should -BeLessThan $between
        (Build-Image $context -NoCache 6>$null).Steps[2].IsCached | Should -BeFalse
        @(Get-Request).Count | Should -Be ($between + 1)
    }

    It 'is <Id> for <Text>' -ForEach @(
        @{ Text = 'ADD {0}/none /'; Id = 'DownloadNotFound' }
        @{ Text = 'ADD --checksum=sha256:0000000000000000000000000000000000000000000000000000000000000000 {0}/file.txt /'; Id = 'ChecksumMismatch' }
        @{ Text = 'ADD --checksum=sha1:00 {0}/file.txt /'; Id = 'InvalidChecksum' }
        @{ Text = 'ADD --checksum=sha256:0000000000000000000000000000000000000000000000000000000000000000 local.txt /'; Id = 'InvalidChecksum' }
        @{ Text = 'ADD {0}/file.txt {0}/archive.tar.gz /x'; Id = 'DestinationNotADirectory' }
        @{ Text = 'COPY {0}/file.txt /'; Id = 'RemoteSourceNotAllowed' }
        @{ Text = 'ADD ftp://127.0.0.1/x /'; Id = 'InvalidRemoteSource' }
        @{ Text = 'ADD http://127.0.0.1:1/project.git /'; Id = 'GitFailed' }
        @{ Text = 'ADD git@127.0.0.1:none/none.git /'; Id = 'GitFailed' }
        @{ Text = 'ADD {1}#none /'; Id = 'GitReferenceNotFound' }
        @{ Text = 'ADD {1}#main:none /'; Id = 'SourceNotFound' }
        @{ Text = 'ADD {1}#main:out/hostname /'; Id = 'SourceNotFound' }
        @{ Text = 'ADD --checksum=0000000 {1}#main /'; Id = 'ChecksumMismatch' }
    ) {
        $failure = Get-BuildFailure ("FROM scratch`n" + ($Text -f $url, $repository))
        $failure.FullyQualifiedErrorId | Should -BeLike "$Id,*"
        $failure.Exception.Message | Should -BeLike '*Dockerfile, line 2*'
    }

    It 'brings the tree of a repository: <What>' -ForEach @(
        @{ What = 'its HEAD'; Fragment = ''; Reference = 'main'; Directory = '' }
        @{ What = 'a branch'; Fragment = '#main'; Reference = 'main'; Directory = '' }
        @{ What = 'a tag'; Fragment = '#v1'; Reference = 'v1'; Directory = '' }
        @{ What = 'a directory of a tag'; Fragment = '#v1:sub'; Reference = 'v1'; Directory = 'sub' }
        @{ What = 'a commit that no reference names'; Commit = 'first'; Reference = 'v1'; Directory = '' }
        @{ What = 'a shortened commit'; Commit = 'short'; Reference = 'v1'; Directory = '' }
    ) {
        if ($Commit) { $Fragment = '#' + ($Commit -eq 'short' ? $first.Substring(0, 8) : $first) }

        $null = Build-Image (Write-Dockerfile "FROM scratch`nADD $repository$Fragment /src`n") -Tag git:1 6>$null
        $id = [guid]::NewGuid().ToString('N')
        $null = Expand-Image git:1 "$work/git-$id"
        git clone -q $upstream "$work/clone-$id"
        git -C "$work/clone-$id" checkout -q $Reference
        Remove-Item "$work/clone-$id/.git" -Recurse -Force
        $list = 'cd "$1" && find . -mindepth 1 -printf "%p %M %l " \( -type f -exec sh -c "md5sum < \"\$1\"" _ {} \; -o -printf "\n" \) | sort'
        bash -c $list _ "$work/git-$id/src" | Should -Be @(bash -c $list _ "$work/clone-$id/$Directory")
        Get-Leftover | Should -BeNullOrEmpty
    }

    It 'knows a repository by its commit, keeps .git when told to, and leaves out what --exclude says' {
        $null = Write-Dockerfile "FROM scratch`nADD $repository#main /src`n"
        (Build-Image $context -NoCache 6>$null).Steps[1].IsCached | Should -BeFalse
        (Build-Image $context 6>$null).Steps[1].IsCached | Should -BeTrue
        $null = Write-Dockerfile "FROM scratch`nADD --checksum=$($second.Substring(0, 10)) --exclude=tw* $repository#main /src`nADD --keep-git-dir $repository#v1 /kept`n"
        $image = Build-Image $context -Tag git:2 6>$null
        $image.Steps[1].IsCached | Should -BeFalse
        $null = Expand-Image git:2 "$work/git-kept"
        "$work/git-kept/src/one" | Should -Exist
        "$work/git-kept/src/two" | Should -Not -Exist
        git -c safe.directory=* -C "$work/git-kept/kept" rev-parse HEAD | Should -Be $first
        git -c safe.directory=* -C "$work/git-kept/kept" status --porcelain | Should -BeNullOrEmpty
    }

    It 'brings a repository from a web server' {
        $null = Build-Image (Write-Dockerfile "FROM scratch`nADD $url/project.git#main:sub /src`n") -Tag git:3 6>$null
        $null = Expand-Image git:3 "$work/git-web"
        "$work/git-web/src/deep/run" | Should -Exist
    }

    It 'takes <What> for a context' -ForEach @(
        @{ What = 'an archive'; Path = { "$work/context.tar.gz" }; File = $null }
        @{ What = 'an archive on a web server'; Path = { "$url/context.tar.gz" }; File = 'other/Named' }
        @{ What = 'a repository'; Path = { "$repository#context" }; File = $null }
        @{ What = 'a directory of a repository on a web server'; Path = { "$url/project.git#context:other" }; File = 'Named' }
    ) {
        $tree = "$work/context-tree"
        if (-not (Test-Path $tree)) {
            git clone -q $upstream $tree
            git -C $tree checkout -q -b context
            $null = New-Item "$tree/other" -ItemType Directory
            Set-Content "$tree/Dockerfile" "FROM scratch`nCOPY one /x"
            Set-Content "$tree/other/Named" "FROM scratch`nCOPY . /x"
            Set-Content "$tree/other/one" one
            Set-Content "$tree/.dockerignore" 'two'
            ln -s /etc/passwd "$tree/out-of-it"
            git -C $tree add -A
            git -C $tree commit -qm context
            git -C $tree push -q "$served/project.git" context
            git -C "$served/project.git" update-server-info
            tar -C $tree --exclude=.git -czf "$work/context.tar.gz" .
            Copy-Item "$work/context.tar.gz" $served
        }
        $given = $File ? @{ File = $File } : @{}
        (Build-Image (& $Path) @given 6>$null).Steps[1].Layer | Should -Not -BeNullOrEmpty
        Get-Leftover | Should -BeNullOrEmpty
        # A link out of it is none.
        Build-Image (& $Path) -File out-of-it -ErrorVariable failure -ErrorAction SilentlyContinue 6>$null | Should -BeNullOrEmpty
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'DockerfileNotFound,*'
        Build-Image (& $Path) -WhatIf | Should -BeNullOrEmpty
        Get-Leftover | Should -BeNullOrEmpty
    }

    It 'is ContextNotFound for a context that is none' {
        foreach ($none in "$work/none", "$repository#main:none") {
            Build-Image $none -ErrorVariable failure -ErrorAction SilentlyContinue 6>$null | Should -BeNullOrEmpty
            $failure[0].FullyQualifiedErrorId | Should -BeLike 'ContextNotFound,*'
        }
        Build-Image "$context/local.txt" -ErrorVariable failure -ErrorAction SilentlyContinue 6>$null | Should -BeNullOrEmpty
        $failure | Should -HaveCount 1
        Get-Leftover | Should -BeNullOrEmpty
    }

    It 'says that git is missing where it is' {
        $path = $env:PATH
        try {
            $env:PATH = "$work/empty"
            $null = Write-Dockerfile "FROM scratch`nADD $repository /x"
            Build-Image $context -ErrorVariable failure -ErrorAction SilentlyContinue 6>$null | Should -BeNullOrEmpty
        }
        finally { $env:PATH = $path }
        Get-Leftover | Should -BeNullOrEmpty
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'GitNotFound,*'
    }

    It 'is over within a second of Ctrl+C in the middle of a download, and leaves nothing' {
        $null = Write-Dockerfile "FROM scratch`nADD $url/slow /x`n"
        $shell = [powershell]::Create()
        $null = $shell.AddScript("Import-Module '$PSScriptRoot/../../out/NsTools/NsTools.psd1'; Build-Image '$context' -Tag stopped:v1")
        $running = $shell.BeginInvoke()
        $limit = [datetime]::UtcNow.AddSeconds(60)
        while (-not ((Get-Request) -like '/slow*') -and [datetime]::UtcNow -lt $limit) { Start-Sleep -Milliseconds 50 }
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        $shell.Stop()
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 5
        $running.IsCompleted | Should -BeTrue
        $shell.Dispose()
        Get-Leftover | Should -BeNullOrEmpty
    }
}
