#requires -Version 7.6

BeforeDiscovery {
    $isRoot = (id -u) -eq '0'
    $needsRoot = if ($isRoot) { '' } else { ' (skipped: needs root)' }
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    $savedRunRoot = $env:NSTOOLS_RUNROOT
    $savedRoot = $env:NSTOOLS_ROOT
    $scratch = (New-Item -ItemType Directory "/tmp/nstools-discovery-$PID-$(Get-Random)").FullName
    $env:NSTOOLS_RUNROOT = "$scratch/run"
    $env:NSTOOLS_ROOT = "$scratch/data"
    $started = [System.Collections.Generic.List[System.Diagnostics.Process]]::new()

    # Starts a program that says "ready" once it is where the test wants it; standard input stays open.
    function StartReady {
        param([string] $File, [string[]] $Arguments)
        $info = [System.Diagnostics.ProcessStartInfo]::new($File)
        $Arguments | ForEach-Object { $info.ArgumentList.Add($_) }
        $info.RedirectStandardInput = $true
        $info.RedirectStandardOutput = $true
        $process = [System.Diagnostics.Process]::Start($info)
        $started.Add($process)
        $line = $process.StandardOutput.ReadLineAsync()
        if (-not $line.Wait(20000) -or $line.Result -notlike 'ready*') { throw "$File $Arguments is not ready: $($line.Result)" }
        $process
    }

    # The ID of a namespace as the kernel writes it.
    function IdOf { param([string] $Path) [long]((Get-Item $Path).LinkTarget -replace '\D+(\d+)\]', '$1') }

    function StopStarted {
        foreach ($process in $started) {
            if (-not $process.HasExited) { $process.Kill($true) }
            $process.WaitForExit()
            $process.Dispose()
        }
        $started.Clear()
    }
}

AfterAll {
    StopStarted
    $env:NSTOOLS_RUNROOT = $savedRunRoot
    $env:NSTOOLS_ROOT = $savedRoot
    Remove-Item -Recurse -Force $scratch
}

Describe 'Get-Namespace' {
    AfterEach { StopStarted }

    Context "with namespaces that unshare made$needsRoot" -Skip:(-not $isRoot) {
        BeforeEach {
            $shell = 'echo ready; read -r line'
            $held = StartReady unshare @('--mount', '--uts', '--ipc', '--net', '--cgroup', '--time', '--pid', '--fork', 'sh', '-c', $shell)
            $inner = [int]((Get-Content "/proc/$($held.Id)/task/$($held.Id)/children") -split ' ')[0]
        }

        It 'finds what lsns finds' {
            # Others make and end namespaces meanwhile: only those of our processes are compared, and the host's own.
            $listed = (lsns --json --list --output 'NS,TYPE,NPROCS,PID,USER,COMMAND,PATH' | ConvertFrom-Json).namespaces
            $ours = Get-Namespace
            $ids = Get-ChildItem "/proc/$inner/ns" | Where-Object Name -NotMatch 'for_children' | ForEach-Object { IdOf $_.FullName }
            $ids.Count | Should -Be 8
            foreach ($id in $ids) {
                $theirs = $listed | Where-Object ns -EQ $id
                $mine = $ours | Where-Object Id -EQ $id
                $mine | Should -HaveCount 1
                @{ Mount = 'mnt'; Network = 'net' }[[string] $mine.Type] ?? $mine.Type | Should -Be $theirs.type
                $mine.ProcessId | Should -Be $theirs.pid
                $mine.Path | Should -Be $theirs.path
                $mine.OwnerUserId | Should -Be (id -u $theirs.user)
                if ($id -ne (IdOf "/proc/self/ns/$($theirs.type)")) {
                    $mine.ProcessCount | Should -Be $theirs.nprocs
                    $mine.Command | Should -Be $theirs.command
                }
            }
        }

        It 'finds no fewer and no more than lsns of each kind that nobody else touches' {
            # Time namespaces are ours alone on this machine.
            $listed = (lsns --json --list --type time | ConvertFrom-Json).namespaces.ns | Sort-Object
            (Get-Namespace -Type Time).Id | Sort-Object | Should -Be $listed
        }

        It 'tells the parent of a PID namespace' {
            (Get-Namespace -ProcessId $inner -Type Pid).ParentId | Should -Be (IdOf /proc/self/ns/pid)
            (Get-Namespace -ProcessId $PID -Type Pid).ParentId | Should -BeNullOrEmpty
        }

        It 'gives the namespaces of a process, one of each kind, in order' {
            $found = Get-Namespace -ProcessId $inner
            $found.Type | Should -Be 'Cgroup', 'Ipc', 'Mount', 'Network', 'Pid', 'Time', 'User', 'Uts'
            ($found | Where-Object Type -EQ Network).Id | Should -Be (IdOf "/proc/$inner/ns/net")
            ($found | Where-Object Type -EQ Network).ProcessCount | Should -Be 2
            ($found | Where-Object Type -EQ Pid).ProcessCount | Should -Be 1
        }

        It 'takes processes from the pipeline, by parameter, by alias and by ID' {
            $expected = IdOf "/proc/$inner/ns/uts"
            (Get-Process -Id $inner | Get-Namespace -Type Uts).Id | Should -Be $expected
            (Get-Namespace -Process (Get-Process -Id $inner) -Type Uts).Id | Should -Be $expected
            (Get-Namespace -Id $inner -Type Uts).Id | Should -Be $expected
            ([pscustomobject]@{ ProcessId = $inner } | Get-Namespace -Type Uts).Id | Should -Be $expected
            ((Get-Process -Id $inner), (Get-Process -Id $PID) | Get-Namespace -Type Uts).Id | Should -Be $expected, (IdOf /proc/self/ns/uts)
        }

        It 'shows only the wanted kinds' {
            (Get-Namespace -Type Network, Uts).Type | Sort-Object -Unique | Should -Be 'Network', 'Uts'
            (Get-Namespace -Type User).Type | Sort-Object -Unique | Should -Be 'User'
        }
    }

    Context "with namespaces that no process is in$needsRoot" -Skip:(-not $isRoot) {
        It 'finds one that is only bind-mounted, by the name that ip netns gave it' {
            $name = "nsd$PID"
            ip netns add $name
            try {
                $found = Get-Namespace -Type Network | Where-Object Name -EQ $name
                $found.Path | Should -Be "/run/netns/$name"
                $found.Id | Should -Be (stat -L -c %i "/run/netns/$name")
                $found.ProcessId | Should -BeNullOrEmpty
                $found.ProcessCount | Should -Be 0
                $found.OwnerUserId | Should -Be 0
                (Get-Namespace -Name $name).Id | Should -Be $found.Id
                (Get-Namespace -Name "$name*").Id | Should -Be $found.Id
            } finally {
                ip netns delete $name
            }
            (Get-Namespace).Name | Should -Not -Contain $name
        }

        It 'finds one mounted where only another mount namespace sees it, by a path that opens it' {
            $script = 'touch "$1/pin" && unshare --uts="$1/pin" true && echo ready && read -r line'
            $holder = StartReady unshare @('--mount', '--propagation', 'private', 'sh', '-c', "mount -t tmpfs tmpfs `$1 && $script", 'sh', $scratch)
            $path = "/proc/$($holder.Id)/root$scratch/pin"
            $id = [long](stat -L -c %i $path)
            $found = Get-Namespace -Type Uts | Where-Object Id -EQ $id
            $found.ProcessCount | Should -Be 0
            stat -L -c %i $found.Path | Should -Be $id
            Test-Path "$scratch/pin" | Should -BeFalse
        }

        It 'finds one that only a descriptor holds' {
            $maker = StartReady unshare @('--net', 'sh', '-c', 'echo ready; read -r line')
            $holder = StartReady sh @('-c', 'exec 7<"/proc/$0/ns/net"; echo ready; read -r line', "$($maker.Id)")
            $maker.Kill()
            $maker.WaitForExit()
            $id = [long](stat -L -c %i "/proc/$($holder.Id)/fd/7")
            $id | Should -Not -Be (IdOf "/proc/$($holder.Id)/ns/net")
            $found = Get-Namespace -Type Network | Where-Object Id -EQ $id
            $found.ProcessCount | Should -Be 0
            $found.Path | Should -BeLike '/proc/*/fd/*'
            stat -L -c %i $found.Path | Should -Be $id
        }

        It 'finds the user namespace that only a descendant leads to' {
            # The outer process replaces itself by one in a user namespace below; nothing stays in the one between.
            $holder = StartReady unshare @('--user', '--map-root-user', 'sh', '-c', 'readlink /proc/self/ns/user >"$0/between"; exec unshare --user --map-root-user sh -c "echo ready; read -r line"', $scratch)
            $between = [long]((Get-Content "$scratch/between") -replace '\D+(\d+)\]', '$1')
            (Get-Namespace -ProcessId $holder.Id -Type User).ParentId | Should -Be $between
            $found = Get-Namespace -Type User | Where-Object Id -EQ $between
            $found.ProcessCount | Should -Be 0
            $found.ParentId | Should -Be (IdOf /proc/self/ns/user)
            $found.OwnerUserId | Should -Be 0
            $found.Path | Should -BeNullOrEmpty
        }
    }

    Context 'by name' {
        It 'says that a literal name is not there' {
            Get-Namespace -Name nsd-absent -ErrorVariable failure -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
            $failure | Should -HaveCount 1
            $failure[0].FullyQualifiedErrorId | Should -BeLike 'NamespaceNotFound,*'
            $failure[0].CategoryInfo.Category | Should -Be ObjectNotFound
            $failure[0].TargetObject | Should -Be 'nsd-absent'
            $failure[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        }

        It 'is silent about a wildcard that nothing matches' {
            Get-Namespace -Name nsd-absent* -ErrorAction Stop | Should -BeNullOrEmpty
        }

        It 'goes on after a name that is not there' {
            'nsd-absent', 'nsd-absent2' | Get-Namespace -ErrorVariable failure -ErrorAction SilentlyContinue
            $failure | Should -HaveCount 2
        }
    }

    Context 'while processes come and go' {
        It 'says in one error that a process is not there' {
            $gone = Start-Process true -PassThru -Wait
            Get-Namespace -ProcessId $gone.Id -ErrorVariable failure -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
            $failure | Should -HaveCount 1
            $failure[0].FullyQualifiedErrorId | Should -BeLike 'ProcessNotFound,*'
            $failure[0].CategoryInfo.Category | Should -Be ObjectNotFound
        }

        It 'never fails' {
            $churn = StartReady sh @('-c', 'echo ready; while :; do true & sh -c : & wait; done')
            1..50 | ForEach-Object { Get-Namespace -ErrorAction Stop | Should -Not -BeNullOrEmpty }
            $churn.HasExited | Should -BeFalse
        }
    }

    Context "as an ordinary user$needsRoot" -Skip:(-not $isRoot) {
        BeforeAll {
            $asNobody = {
                param([string] $Command)
                $module = (Resolve-Path "$PSScriptRoot/../../out/NsTools/NsTools.psd1").Path
                $text = "Import-Module '$module'; $Command"
                setpriv --reuid 65534 --regid 65534 --clear-groups env -u XDG_RUNTIME_DIR HOME=$scratch "NSTOOLS_RUNROOT=$scratch/nobody" pwsh -NoProfile -NonInteractive -Command $text 2>&1
            }
        }

        It 'shows what it may see, without an error' {
            $answer = & $asNobody '(Get-Namespace -ErrorAction Stop | Where-Object ProcessCount -GT 0 | Select-Object Id, ProcessCount, OwnerUserId | ConvertTo-Json)' | Out-String | ConvertFrom-Json
            # Those of other users that are only mounted can be seen by anybody; no process but its own can.
            $answer | Should -HaveCount 8
            $answer.Id | Should -Contain (IdOf /proc/self/ns/net)
            $answer.OwnerUserId | Sort-Object -Unique | Should -Be 65534
        }

        It 'says whose namespaces it may not look at' {
            & $asNobody "Get-Namespace -ProcessId $PID -ErrorVariable e -ErrorAction SilentlyContinue; `$e.Count; `$e[0].FullyQualifiedErrorId; `$e[0].CategoryInfo.Category" |
                Should -Be '1', 'NamespaceAccessDenied,NsTools.Module.Namespaces.GetNamespaceCommand', 'PermissionDenied'
        }
    }

    It 'keeps its properties through remoting' {
        $sent = Get-Namespace -ProcessId $PID -Type Pid
        $received = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($sent))
        foreach ($property in 'Id', 'Path', 'ProcessId', 'ProcessCount', 'Command', 'OwnerUserId', 'ParentId', 'Name') {
            $received.$property | Should -Be $sent.$property
        }
        [string] $received.Type | Should -Be 'Pid'
    }
}

Describe 'Compare-Namespace' {
    AfterEach { StopStarted }

    It 'finds a process to share everything with itself' {
        $rows = Compare-Namespace $PID $PID
        $rows.Type | Should -Be 'Cgroup', 'Ipc', 'Mount', 'Network', 'Pid', 'Time', 'User', 'Uts'
        $rows.Same | Should -Not -Contain $false
        ($rows | Where-Object Type -EQ Network).ReferenceId | Should -Be (IdOf /proc/self/ns/net)
    }

    It "tells which kinds differ$needsRoot" -Skip:(-not $isRoot) {
        $held = StartReady unshare @('--uts', '--net', 'sh', '-c', 'echo ready; read -r line')
        $rows = Compare-Namespace $PID (Get-Process -Id $held.Id)
        ($rows | Where-Object -Not Same).Type | Should -Be Network, Uts
        ($rows | Where-Object Type -EQ Uts).DifferenceId | Should -Be (IdOf "/proc/$($held.Id)/ns/uts")
        $held.Id, $PID | Compare-Namespace $held.Id | Where-Object Type -EQ Uts | ForEach-Object Same | Should -Be $true, $false
    }

    It 'takes <Form>' -ForEach @(
        @{ Form = 'a process ID as text'; Make = { "$PID" } }
        @{ Form = 'a process'; Make = { Get-Process -Id $PID } }
        @{ Form = 'a path'; Make = { '/proc/self/ns/net' } }
        @{ Form = 'a file'; Make = { Get-Item "/proc/$PID/ns/net" } }
        @{ Form = 'a namespace'; Make = { Get-Namespace -ProcessId $PID -Type Network } }
        @{ Form = 'a process that came through remoting'; Make = { [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize((Get-Process -Id $PID))) } }
        @{ Form = 'a namespace that came through remoting'; Make = { [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize((Get-Namespace -ProcessId $PID -Type Network))) } }
    ) {
        $rows = Compare-Namespace $PID (& $Make)
        ($rows | Where-Object Type -EQ Network).Same | Should -BeTrue
    }

    It 'takes a path relative to the location' {
        Push-Location /proc/self
        try { (Compare-Namespace ./ns/uts $PID).Type | Should -Be Uts } finally { Pop-Location }
    }

    It 'fails with <Id> for <Given>' -ForEach @(
        @{ Given = 'nsd-absent'; Id = 'NamespaceNotFound'; Category = 'ObjectNotFound' }
        @{ Given = 2147483647; Id = 'ProcessNotFound'; Category = 'ObjectNotFound' }
        @{ Given = '/etc/passwd'; Id = 'NotANamespace'; Category = 'InvalidArgument' }
        @{ Given = '/proc/self/ns/absent'; Id = 'NamespaceNotFound'; Category = 'ObjectNotFound' }
    ) {
        Compare-Namespace $PID $Given -ErrorVariable failure -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failure | Should -HaveCount 1
        $failure[0].FullyQualifiedErrorId | Should -BeLike "$Id,*"
        $failure[0].CategoryInfo.Category | Should -Be $Category
    }

    It 'refuses <Given> at once' -ForEach @(@{ Given = 0 }, @{ Given = ' ' }, @{ Given = 1.5 }, @{ Given = @{} }) {
        { Compare-Namespace $PID $Given } | Should -Throw -ErrorId 'ParameterArgumentTransformationError,*'
    }

    It 'refuses two namespaces of different kinds' {
        Compare-Namespace /proc/self/ns/net /proc/self/ns/uts -ErrorVariable failure -ErrorAction SilentlyContinue
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'NamespaceTypeMismatch,*'
        "$($failure[0])" | Should -Match 'Network.*Uts'
    }

    It 'compares no process that died and left its ID' {
        $gone = Start-Process true -PassThru -Wait
        Compare-Namespace $PID $gone.Id -ErrorVariable failure -ErrorAction SilentlyContinue
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'ProcessNotFound,*'
    }
}

Describe "A namespace set, found and compared$needsRoot" -Skip:(-not $isRoot) {
    BeforeAll {
        function Resend { param($Object) [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($Object)) }
    }

    BeforeEach {
        $name = "nsd-$PID-$(Get-Random)"
        $set = New-Namespace -Name $name -Type Uts, Network
    }

    AfterEach {
        Get-Namespace -Name "$name*" | Remove-Namespace -Confirm:$false
    }

    It 'is found by its name and by a wildcard' {
        foreach ($found in (Get-Namespace -Name $name), (Get-Namespace "nsd-$PID-*"), ($name | Get-Namespace)) {
            $found.pstypenames | Should -Contain 'NsTools.NamespaceSet'
            $found.Name | Should -Be $name
            $found.State | Should -Be 'Running'
            $found.ProcessId | Should -Be $set.ProcessId
        }
    }

    It 'gives the namespaces that are its own' {
        $own = $set | Get-Namespace
        $own.Type | Should -Be 'Network', 'Uts'
        $own.Name | Should -Be $name, $name
        $own.Id | Should -Be (IdOf "/proc/$($set.ProcessId)/ns/net"), (IdOf "/proc/$($set.ProcessId)/ns/uts")
        $own.ProcessCount | Should -Be 1, 1
        (Get-Namespace -InputObject $set -Type Uts).Type | Should -Be 'Uts'
    }

    It 'names its namespaces among all others' {
        Get-Namespace | Where-Object Name -EQ $name | ForEach-Object { [string] $_.Type } | Should -Be 'Network', 'Uts'
    }

    It 'is compared through its holder, by object, name and what remoting made of it' {
        foreach ($form in $set, $name, (Resend $set), ([psobject] $set)) {
            $rows = Compare-Namespace $form $PID
            $rows | Should -HaveCount 8
            ($rows | Where-Object -Not Same).Type | Should -Be 'Network', 'Uts'
            $rows[0].Reference | Should -Be $name
        }
        (Compare-Namespace $set $set.Network).Same | Should -Be $true
    }

    It 'is told to be dead once its holder was killed, and is not compared' {
        Stop-Process -Id $set.ProcessId -Force
        $deadline = [datetime]::UtcNow.AddSeconds(20)
        do { $state = (Get-Namespace -Name $name).State } until ([string] $state -eq 'Dead' -or [datetime]::UtcNow -gt $deadline)
        $state | Should -Be 'Dead'
        foreach ($form in $set, $name, (Resend $set)) {
            Compare-Namespace $PID $form -ErrorVariable failure -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
            $failure | Should -HaveCount 1
            $failure[0].FullyQualifiedErrorId | Should -BeLike 'NamespaceSetDead,*'
            $failure[0].ErrorDetails.RecommendedAction | Should -BeLike "*Remove-Namespace $name*"
        }
    }

    It 'is completed' {
        foreach ($line in "Get-Namespace nsd-$PID", "Compare-Namespace 1 nsd-$PID") {
            (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Contain $name
        }
    }
}

Describe 'Completion' {
    It "offers the names of ip netns$needsRoot" -Skip:(-not $isRoot) {
        $name = "nsd-complete-$PID"
        ip netns add $name
        try {
            foreach ($line in 'Get-Namespace -Name nsd-comp', 'Compare-Namespace nsd-comp', 'Compare-Namespace 1 nsd-comp') {
                (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Contain $name
            }
        } finally {
            ip netns delete $name
        }
    }

    It 'offers processes by ID and by program' {
        foreach ($line in "Get-Namespace -ProcessId $PID", "Compare-Namespace $PID", 'Get-Namespace -Id pwsh', 'Get-Namespace -Id dotnet') {
            if ($line -match '(pwsh|dotnet)$' -and (Get-Process -Id $PID).ProcessName -ne $Matches[1]) { continue }
            (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Contain "$PID"
        }
    }
}

Describe 'Views' {
    It 'fit 100 columns' {
        $text = Get-Namespace | Out-String -Width 100
        $text | Should -Match 'Type\s+Id\s+Processes\s+PID\s+User\s+Name\s+Command'
        ($text -split "`n" | Measure-Object -Property Length -Maximum).Maximum | Should -BeLessOrEqual 100
        Compare-Namespace $PID $PID | Out-String -Width 100 | Should -Match 'Type\s+Same\s+ReferenceId\s+DifferenceId'
    }
}
