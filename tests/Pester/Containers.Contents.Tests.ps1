BeforeDiscovery {
    $script:canRun = (id -u) -eq '0' -and (Test-Path /bin/busybox)
    $script:hasPodman = [bool](Get-Command podman -ErrorAction Ignore) -and [bool](Get-Command runc -ErrorAction Ignore)
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
    Import-Module "$PSScriptRoot/Support/Images.psm1" -Force
    $script:work = Join-Path ([IO.Path]::GetTempPath()) "nstools-cc-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
    $null = New-Item -ItemType Directory $work, "$work/host/tree/below"
    $script:before = $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT
    $env:NSTOOLS_RUNROOT = "$work/run"
    $env:NSTOOLS_ROOT = "$work/data"
    if ((id -u) -eq '0' -and (Test-Path /bin/busybox)) {
        New-BusyBoxRoot "$work/root"
        # Places of mounts that Podman's images have, too: what is there changes nothing by being mounted on.
        $null = New-Item "$work/root/etc/hosts", "$work/root/etc/hostname", "$work/root/etc/resolv.conf"
        $null = New-Item -ItemType Directory "$work/root/opaque/old", "$work/root/run"
        Set-Content "$work/root/opaque/gone", "$work/root/data/kept", "$work/root/data/gone", "$work/root/data/mode" 'x'
        chmod 777 "$work/root/data"
        $script:image = New-TestImage "$work/layout" "$work/root" @{ Cmd = @('sh'); Env = @('COLOR=blue') }
        $null = Copy-Image $image base:1
        # The same in a container of ours and of Podman's.
        $script:changes = 'rm /data/gone; chmod 600 /data/mode; echo new > /data/new; ln /data/new /data/hard; ln -s new /data/soft; mkfifo /data/pipe; rm -r /opaque; mkdir /opaque; touch /opaque/fresh; mkdir -p /deep/er; echo y > /deep/er/file; chown 12:34 /deep/er/file; chmod 4755 /deep/er/file'
    }
    Set-Content "$work/host/file", "$work/host/tree/one", "$work/host/tree/below/two" 'content'
    chmod 640 "$work/host/file"
    chown -R 1234:1234 "$work/host"
    ln -s file "$work/host/link"
    $inStore = '--root', "$work/ps", '--runroot', "$work/pr", '--cgroup-manager', 'cgroupfs', '--runtime', 'runc'
}

AfterAll {
    if ((id -u) -eq '0') {
        Get-Container -All | Remove-Container -Force
        if (Test-Path "$work/ps") { podman @inStore rm --all --force --time 0 *> $null; podman @inStore rmi --all --force *> $null }
        findmnt -rno TARGET | Where-Object { $_ -like "$work/*" } | Sort-Object -Descending | ForEach-Object { umount $_ }
    }
    $env:NSTOOLS_RUNROOT, $env:NSTOOLS_ROOT = $before
    rm -rf $work
}

Describe 'Copy-ContainerItem' -Skip:(-not $canRun) {
    BeforeAll {
        $null = Invoke-Image base:1 -Name live -User bob -Detach -Volume kept:/volume, "$work/host:/bound" sleep 600
        $null = New-Container base:1 -Name idle -User bob -Volume kept:/volume sleep 600
    }
    AfterAll { Get-Container -All | Remove-Container -Force; Remove-ContainerVolume kept }

    It 'copies to and from a container that is <_>, by cp''s rules' -ForEach 'live', 'idle' {
        Copy-ContainerItem "$work/host/file" "${_}:/data/named"
        Copy-ContainerItem "$work/host/file" "${_}:/data/"
        Copy-ContainerItem "$work/host/link" "${_}:/data"
        Copy-ContainerItem "$work/host/tree" "${_}:/data/copy"
        Copy-ContainerItem "$work/host/tree" "${_}:/data/copy"
        Copy-ContainerItem "$work/host/tree/." "${_}:/data/inside"
        Copy-ContainerItem "${_}:/data" "$work/out-$_"
        $found = (find "$work/out-$_" -printf '%P %y\n' | Sort-Object) -join ' '
        $found | Should -BeLike '*copy d copy/below d copy/below/two f copy/one f copy/tree d copy/tree/below d copy/tree/below/two f copy/tree/one f file f gone f inside d inside/below d inside/below/two f inside/one f kept f link f mode f named f*'
        (stat -c '%u:%g %a' "$work/out-$_/named") | Should -Be '0:0 640' -Because 'copies on the host are the caller''s'
        Copy-ContainerItem -Path /data/named -FromContainer $_ -Destination "$work/kept-$_" -KeepOwner
        (stat -c '%u:%g %a' "$work/kept-$_") | Should -Be '1000:1000 640' -Because 'copies in the container are its user''s'
    }

    It 'has the modes, links and times of the source' {
        $null = New-Item -ItemType Directory "$work/meta"
        Set-Content "$work/meta/a" 'x'
        chmod 2751 "$work/meta/a"
        touch -d '2001-02-03 04:05:06' "$work/meta/a"
        ln -s /nowhere/at/all "$work/meta/dangling"
        ln "$work/meta/a" "$work/meta/twin"
        Copy-ContainerItem "$work/meta" live:/data
        Invoke-Container live -Command 'cd /data/meta; stat -c "%a %Y %h" a; readlink dangling; [ a -ef twin ] && echo same' |
            Should -Be @("2751 $(stat -c %Y "$work/meta/a") 2", '/nowhere/at/all', 'same')
    }

    It 'finds volumes and mounts of a container that does not run' {
        Copy-ContainerItem "$work/host/file" idle:/volume/in
        Invoke-Container live cat /volume/in | Should -Be 'content'
        Copy-ContainerItem idle:/volume/in "$work/from-volume"
        Get-Content "$work/from-volume" | Should -Be 'content'
        Copy-ContainerItem live:/bound/tree/one "$work/from-bind"
        Get-Content "$work/from-bind" | Should -Be 'content'
    }

    It 'copies from one container to another, and within one' {
        Copy-ContainerItem "$work/host/file" live:/data/travels
        Copy-ContainerItem live:/data/travels idle:/data/arrived
        Copy-ContainerItem idle:/data/arrived idle:/data/again
        Copy-ContainerItem idle:/data/again "$work/again"
        Get-Content "$work/again" | Should -Be 'content'
    }

    It 'never leaves the container''s root, whatever its links say' {
        Set-Content "$work/secret" 'of the host'
        $null = New-Item -ItemType Directory "$work/target"
        $inside = $work.TrimStart('/')
        Invoke-Container live -User 0 -Command "mkdir -p /trap; ln -s $work/secret /trap/read; ln -s $work/target /trap/write; ln -s ../../../../../../../../$inside/target /trap/up; ln -s loop /trap/loop; mkdir -p $work/target"
        { Copy-ContainerItem live:/trap/read "$work/stolen" -ErrorAction Stop } | Should -Throw -ErrorId 'SourceNotFound,*'
        foreach ($name in 'write', 'up') { Copy-ContainerItem "$work/host/file" "live:/trap/$name" }
        Copy-ContainerItem "$work/host/file" 'live:/../../../../tmp/climbed'
        Get-ChildItem "$work/target" | Should -BeNullOrEmpty
        Test-Path /tmp/climbed | Should -BeFalse
        Invoke-Container live -Command "ls $work/target; cat /tmp/climbed" | Should -Be 'file', 'content'
        { Copy-ContainerItem live:/trap/loop "$work/stolen" -ErrorAction Stop } | Should -Throw -ErrorId 'SourceNotFound,*'
        { Copy-ContainerItem "$work/host/file" live:/trap/loop -ErrorAction Stop } | Should -Throw -ErrorId 'DestinationNotADirectory,*'
        # A link in a tree is copied as a link, and what is copied over one does not go through it.
        $null = New-Item -ItemType Directory "$work/host2/write"
        Set-Content "$work/host2/write/evil" 'x'
        Copy-ContainerItem "$work/host2/." live:/trap
        Get-ChildItem "$work/target" | Should -BeNullOrEmpty
    }

    It 'refuses <What>' -ForEach @(
        @{ What = 'a source that is not there'; From = 'live:/none'; To = '/tmp/x'; Id = 'SourceNotFound' }
        @{ What = 'a parent that is not there'; From = '/etc/passwd'; To = 'live:/none/x'; Id = 'DestinationParentNotFound' }
        @{ What = 'a file to a directory that is not there'; From = '/etc/passwd'; To = 'live:/none/'; Id = 'DestinationParentNotFound' }
        @{ What = 'a directory over a file'; From = '/etc'; To = 'live:/etc/passwd'; Id = 'DestinationNotADirectory' }
        @{ What = 'two paths of the host'; From = '/etc/passwd'; To = '/tmp/x'; Id = 'NoContainer' }
        @{ What = 'a container that is not there'; From = 'nobody:/etc/passwd'; To = '/tmp/x'; Id = 'ContainerNotFound' }
    ) {
        { Copy-ContainerItem $From $To -ErrorAction Stop } | Should -Throw -ErrorId "$Id,*"
    }

    It 'says what Podman would be told, and completes containers' {
        pwsh -NoProfile -c "Import-Module '$PSScriptRoot/../../out/NsTools/NsTools.psd1'; Copy-ContainerItem /etc/passwd live:/tmp/ -WhatIf" | Should -BeLike '*podman cp /etc/passwd live:/tmp/*'
        (TabExpansion2 'Copy-ContainerItem liv' 22).CompletionMatches.ListItemText | Should -Contain 'live:/'
    }
}

Describe 'Changes of a container' -Skip:(-not $canRun) {
    BeforeAll { Invoke-Image base:1 -Name changed -Environment @{ SIZE = 'big' } -Command $changes }
    AfterAll { Get-Container -All | Remove-Container -Force }

    It 'are what podman diff tells' -Skip:(-not $hasPodman) {
        tar -C "$work/root" -c . | podman --root "$work/ps" --runroot "$work/pr" import --change 'ENV COLOR=blue' - base:1 *> $null
        Set-Content "$work/containers.conf" "[containers]`ndefault_ulimits = [`"nofile=1024:1024`", `"nproc=1024:1024`"]"
        $env:CONTAINERS_CONF = "$work/containers.conf"
        try {
            podman @inStore run --name changed --network none --env SIZE=big localhost/base:1 sh -c $changes
            $theirs = podman @inStore diff changed | Sort-Object
        } finally { Remove-Item Env:CONTAINERS_CONF }
        # Podman makes these in every root; and a directory that was replaced it calls deleted, where we tell what of it is gone.
        $theirs = $theirs -replace '^D /opaque$', 'C /opaque' | Where-Object { $_ -notmatch '^. /(run|etc|etc/mtab)$' } | Sort-Object
        $ours = Get-ContainerChange changed | ForEach-Object { "$_" } | Where-Object { $_ -notmatch '^D /opaque/|^. /(run|etc|etc/mtab)$' } | Sort-Object
        $ours -join ', ' | Should -Be ($theirs -join ', ')
        (Get-ContainerChange changed | Where-Object Path -Like '/opaque/*').ForEach{ "$_" } | Should -Be 'A /opaque/fresh', 'D /opaque/gone', 'D /opaque/old'
    }

    It 'become the layer of an image that is the container''s tree, and the same one twice' {
        $first = Get-Container changed | ConvertTo-Image -ImageName made:1 -SourceDateEpoch 2020-01-01 -Change 'CMD ["cat", "/data/new"]', 'ENV A="b c" D=e', 'LABEL x=y', 'EXPOSE 80', 'USER bob' -Author me -Message done
        $second = ConvertTo-Image changed made:2 -SourceDateEpoch 2020-01-01 -Change 'CMD ["cat", "/data/new"]', 'ENV A="b c" D=e', 'LABEL x=y', 'EXPOSE 80', 'USER bob' -Author me -Message done
        $second.Digest | Should -Be $first.Digest
        $first.LayerCount | Should -Be 2
        (Test-Image made:1).Status | Select-Object -Unique | Should -Be 'Ok'
        $config = Get-ImageConfig made:1
        $config.Config.Cmd | Should -Be 'cat', '/data/new'
        $config.Config.Env | Should -Be 'COLOR=blue', 'SIZE=big', 'A=b c', 'D=e'
        $config.Config.User, $config.Config.ExposedPorts, $config.Config.Labels['x'], $config.Author | Should -Be 'bob', '80/tcp', 'y', 'me'
        $config.History[-1].Comment | Should -Be 'done'
        $config.Created.Year | Should -Be 2020
        Invoke-Image made:1 -Remove | Should -Be 'new'
        # The tree that comes of it is the container's.
        Export-Container changed "$work/changed.tar"
        $null = New-Item -ItemType Directory "$work/expected"
        tar -C "$work/expected" --xattrs -xpf "$work/changed.tar"
        Expand-Image made:1 "$work/actual"
        function Get-Tree([string] $Path) { find $Path -printf '%P %y %m %U:%G %s %l %n\n' | Where-Object { $_ -notmatch '^(\S*) d |^etc/(hosts|hostname|resolv.conf) ' } | Sort-Object }
        Get-Tree "$work/actual" | Should -Be (Get-Tree "$work/expected")
        (Get-Item "$work/actual/data/new").LastWriteTimeUtc.Year | Should -Be 2020
    }

    It 'have in their layer the whiteouts, opaque directories and links that other tools understand' -Skip:(-not $hasPodman) {
        $null = ConvertTo-Image changed made:3
        Copy-Image made:3 "oci:$work/exported:x"
        $pulled = podman @inStore pull --quiet "oci:$work/exported:x" 2>&1
        $LASTEXITCODE | Should -Be 0 -Because "podman pulls it: $pulled"
        $id = $pulled | Select-Object -Last 1
        $mount = podman @inStore image mount $id
        try {
            (find $mount/data $mount/opaque $mount/deep -printf '%p %y %m %U:%G %n\n' | ForEach-Object { $_.Substring($mount.Length) } | Sort-Object) |
                Where-Object { $_ -notmatch ' d ' } |
                Should -Be '/data/hard f 644 0:0 2', '/data/kept f 644 0:0 1', '/data/mode f 600 0:0 1', '/data/new f 644 0:0 2', '/data/pipe p 644 0:0 1', '/data/soft l 777 0:0 1', '/deep/er/file f 4755 12:34 1', '/opaque/fresh f 644 0:0 1'
        } finally { podman @inStore image umount $id *> $null }
    }

    It 'are refused for <What>' -ForEach @(
        @{ What = 'an unknown instruction'; Change = 'RUN true'; Id = 'InvalidInstruction' }
        @{ What = 'an instruction without argument'; Change = 'CMD'; Id = 'InvalidInstruction' }
        @{ What = 'an array that is none'; Change = 'CMD ["a'; Id = 'InvalidInstruction' }
        @{ What = 'an open quote'; Change = 'ENV A="b'; Id = 'InvalidInstruction' }
    ) {
        { ConvertTo-Image changed refused:1 -Change $Change -ErrorAction Stop } | Should -Throw -ErrorId "$Id,*"
        { Get-Image refused:1 -ErrorAction Stop } | Should -Throw -ErrorId 'ImageNotFound,*'
    }

    It 'cannot become an image of another place' {
        { ConvertTo-Image changed "oci:$work/x:y" -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidImageReference,*'
    }
}

Describe 'A container of a root file system' -Skip:(-not $canRun) {
    AfterAll { Get-Container -All | Remove-Container -Force }

    It 'has no changes to tell, and becomes an image of one layer' {
        $container = New-Container -Root "$work/root" -Name rooted true
        { $container | Get-ContainerChange -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerHasNoImage,*'
        ($container | ConvertTo-Image -ImageName rooted:1).LayerCount | Should -Be 1
        Invoke-Image rooted:1 -Remove cat /data/kept | Should -Be 'x'
    }
}

Describe 'Export-Container' -Skip:(-not $canRun) {
    AfterAll { Get-Container -All | Remove-Container -Force }

    It 'writes what podman export would, of a container that goes on after' {
        $null = Invoke-Image base:1 -Name running -Detach -Command "$changes; sleep 600"
        $end = [DateTime]::UtcNow.AddSeconds(20)
        while (-not (Get-ContainerChange running | Where-Object Path -EQ /deep/er/file) -and [DateTime]::UtcNow -lt $end) { Start-Sleep -Milliseconds 50 }
        Export-Container running "$work/running.tar" -PassThru | Should -BeOfType IO.FileInfo
        $names = tar -tf "$work/running.tar"
        $names | Should -Contain 'deep/er/file'
        $names | Should -Not -Contain 'data/gone'
        $names | Where-Object { $_ -like 'proc/?*' } | Should -BeNullOrEmpty -Because 'what is mounted is not the container''s'
        (Get-Container running).State | Should -Be 'Running'
    }

    It 'makes a bundle that <_> runs as it is' -ForEach 'runc', 'crun' {
        if (-not (Get-Command $_ -ErrorAction Ignore)) { Set-ItResult -Skipped -Because "$_ is not installed"; return }
        $null = New-Container base:1 -Name "bundle-$_" -Environment @{ WHO = $_ } -TmpFs /scratch -Command 'echo $WHO; id -u; cat /data/kept /etc/hostname; grep -c " /scratch " /proc/mounts' -HostName inside
        Export-Container "bundle-$_" "$work/bundle-$_" -Bundle
        $options = $_ -eq 'crun' ? @('--cgroup-manager', 'disabled') : @()
        # The container of ours is gone: nothing of it is needed.
        Remove-Container "bundle-$_"
        $said = $null | & $_ --root "$work/state-$_" @options run --bundle "$work/bundle-$_" "nstools-$PID-$_" 2> "$work/problem"
        $problem = Get-Content "$work/problem"
        if ("$problem" -match 'hybrid mode not supported') { Set-ItResult -Skipped -Because "$_ runs nothing on a host with cgroups of both versions"; return }
        $said | Should -Be $_, '0', 'x', 'inside', '1'
    }

    It 'leaves nothing where it cannot' {
        $null = New-Container base:1 -Name stuck true
        { Export-Container stuck "$work/none/x.tar" -ErrorAction Stop } | Should -Throw -ErrorId 'DestinationParentNotFound,*'
        { Export-Container stuck $work -ErrorAction Stop } | Should -Throw -ErrorId 'DestinationIsDirectory,*'
        { Export-Container stuck $work -Bundle -ErrorAction Stop } | Should -Throw -ErrorId 'DestinationNotEmpty,*'
        Get-ChildItem $work -Force -Filter '*.partial' | Should -BeNullOrEmpty
    }
}
