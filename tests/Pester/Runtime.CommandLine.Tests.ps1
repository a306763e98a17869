BeforeDiscovery {
    $isRoot = (id -u) -eq 0
}

Describe "nsrun's command line" -Skip:(-not $isRoot) {
    BeforeAll {
        Import-Module "$PSScriptRoot/Support/Bundles.psm1" -Force
        $nsrun = Get-Runtime
        $work = "/tmp/nstools-rtcl-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
        $root = "$work/state"
        New-TestBundle "$work/bundle"
        Use-RuntimeRoot $root
    }

    AfterAll {
        & $nsrun --root $root delete --force --regex '.*'
        Remove-Item $work -Recurse -Force -ErrorAction Ignore
    }

    Context 'What is wrong is one line and exit code 1: <name>' -ForEach @(
        @{ name = 'no command'; words = @(); like = '*no command*' }
        @{ name = 'unknown command'; words = @('frobnicate'); like = "*unknown command 'frobnicate'*" }
        @{ name = 'unknown global option'; words = @('--frob', 'list'); like = "*unknown option '--frob'*" }
        @{ name = 'unknown option'; words = @('create', '--frob', 'x'); like = "*unknown option '--frob'*" }
        @{ name = 'unknown letter'; words = @('create', '-z', 'x'); like = "*unknown option '-z'*" }
        @{ name = 'value missing'; words = @('create', 'x', '--bundle'); like = "*'--bundle' needs a value*" }
        @{ name = 'value for a switch'; words = @('run', '--detach=maybe', 'x'); like = "*'--detach' is true or false*" }
        @{ name = 'no number'; words = @('run', '--preserve-fds=many', 'x'); like = "*'--preserve-fds' is a number*" }
        @{ name = 'no ID'; words = @('create'); like = '*too few operands*' }
        @{ name = 'too many'; words = @('state', 'a', 'b'); like = '*too many operands*' }
        @{ name = 'bad log format'; words = @('--log-format', 'xml', 'list'); like = "*'--log-format' is text or json*" }
        @{ name = 'bad cgroup manager'; words = @('--cgroup-manager=magic', 'list'); like = "*'--cgroup-manager' is*" }
        @{ name = 'bad list format'; words = @('list', '-f', 'xml'); like = "*'--format' is table or json*" }
        @{ name = 'bad signal'; words = @('kill', 'x', 'WHAT'); like = "*'WHAT' is no signal*" }
        @{ name = 'slash in the ID'; words = @('create', 'a/b'); like = "*cannot be a container's ID*" }
        @{ name = 'dots as ID'; words = @('create', '..'); like = "*cannot be a container's ID*" }
        @{ name = 'blank in the ID'; words = @('state', 'a b'); like = "*cannot be a container's ID*" }
        @{ name = 'no such container'; words = @('state', 'nobody'); like = "*'nobody' does not exist*" }
        @{ name = 'no bundle'; words = @('run', '-b', '/nonexistent', 'x'); like = "*chdir '/nonexistent'*ENOENT*" }
        @{ name = 'bundle without config'; words = @('run', '-b', '/tmp', 'x'); like = "*open '/tmp/config.json'*ENOENT*" }
    ) {
        It 'is told' {
            $result = Invoke-Nsrun @words
            $result.ExitCode | Should -Be 1
            $result.Output | Should -BeNullOrEmpty
            $result.Error | Should -BeLike $like
            @($result.Error -split "`n").Count | Should -Be 1
            Get-ChildItem $root -ErrorAction Ignore | Should -BeNullOrEmpty
        }
    }

    It 'writes errors to --log, too, as JSON of level, msg and time' {
        (Invoke-Nsrun --log "$work/log" --log-format json state nobody).ExitCode | Should -Be 1
        $entry = Get-Content "$work/log" | ConvertFrom-Json
        $entry.level | Should -Be 'error'
        $entry.msg | Should -BeLike "*'nobody' does not exist*"
        ($entry.time -as [DateTimeOffset]) | Should -BeGreaterThan ([DateTimeOffset]::UtcNow.AddMinutes(-5))
    }

    It 'writes them as text without --log-format' {
        $null = Invoke-Nsrun --log "$work/log.txt" state nobody
        Get-Content "$work/log.txt" | Should -Match '^time="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ" level=error msg=".*nobody.*"$'
    }

    It 'takes options as --name value, --name=value, -n value and -nvalue' {
        foreach ($words in @('--bundle', "$work/bundle"), @("--bundle=$work/bundle"), @('-b', "$work/bundle"), @("-b$work/bundle")) {
            (Invoke-Nsrun run @words forms).ExitCode | Should -Be 0
            (Invoke-Nsrun run forms @words).ExitCode | Should -Be 0
        }
    }

    It 'prints its version as runc and crun do' {
        $lines = @(& $nsrun --version)
        $lines[0] | Should -Match '^nsrun version \d+\.\d+\.\d+$'
        $lines[1] | Should -Be 'spec: 1.2.0'
        & $nsrun -v | Should -Be $lines
    }

    It 'has the options that the engines use' {
        foreach ($pair in @{
                create = 'bundle config console-socket pid-file preserve-fds no-pivot no-new-keyring'
                run = 'bundle config console-socket pid-file preserve-fds no-pivot no-new-keyring detach keep'
                exec = 'process tty cwd env user cap no-new-privs cgroup console-socket pid-file detach preserve-fds'
                kill = 'all regex'; delete = 'force regex'; list = 'format quiet'; ps = 'format'; spec = 'bundle rootless'
                update = 'resources memory cpu-quota cpu-period cpu-share pids-limit blkio-weight cpuset-cpus cpuset-mems memory-swap memory-reservation'
            }.GetEnumerator()) {
            $help = & $nsrun $pair.Key --help | Out-String
            foreach ($option in $pair.Value -split ' ') { $help | Should -Match "--$option\b" }
        }
    }

    It 'writes a config that the other runtimes run, and never over one that is there' {
        $null = New-Item -ItemType Directory "$work/spec" -Force
        (Invoke-Nsrun spec -b "$work/spec").ExitCode | Should -Be 0
        $config = Get-Content "$work/spec/config.json" -Raw | ConvertFrom-Json
        $config.process.args | Should -Be 'sh'
        $config.linux.namespaces.type | Sort-Object | Should -Be 'cgroup', 'ipc', 'mount', 'network', 'pid', 'uts'
        (Invoke-Nsrun spec -b "$work/spec").Error | Should -BeLike '*exists already*'
        Remove-Item "$work/spec/config.json"
        (Invoke-Nsrun spec --rootless -b "$work/spec").ExitCode | Should -Be 0
        (Get-Content "$work/spec/config.json" -Raw | ConvertFrom-Json).linux.namespaces.type | Should -Contain 'user'
    }

    It 'says in features what runc says, and more' -Skip:(-not (Get-Command runc -ErrorAction Ignore)) {
        $ours = & $nsrun features | ConvertFrom-Json
        $theirs = runc features | ConvertFrom-Json
        $ours.hooks | Sort-Object | Should -Be ($theirs.hooks | Sort-Object)
        $theirs.linux.namespaces | Where-Object { $_ -notin $ours.linux.namespaces } | Should -BeNullOrEmpty
        $theirs.linux.capabilities | Where-Object { $_ -notin $ours.linux.capabilities } | Should -BeNullOrEmpty
        $theirs.linux.seccomp.actions | Where-Object { $_ -notin $ours.linux.seccomp.actions } | Should -BeNullOrEmpty
        $ours.linux.cgroup.v1, $ours.linux.cgroup.v2, $ours.linux.intelRdt.enabled | Should -Be $true, $true, $false
        $ours.mountOptions | Should -Contain 'rro'
    }
}
