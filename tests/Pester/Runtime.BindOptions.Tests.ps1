BeforeDiscovery {
    $isRoot = (id -u) -eq 0
}

# crun(1), "mount options": those that Podman and Buildah pass and that the runtime-spec has not.
Describe 'Options of bind mounts that are crun''s' -Skip:(-not $isRoot) {
    BeforeAll {
        Import-Module "$PSScriptRoot/Support/Bundles.psm1" -Force
        $mark = "t$([guid]::NewGuid().ToString('N').Substring(0, 8))"
        $work = "/tmp/nstools-rtbo-$mark"
        New-TestBundle "$work/b"
        Use-RuntimeRoot "$work/state"
        $null = New-Item -ItemType Directory "$work/host/directory" -Force
        Set-Content "$work/host/file" 'of the host' -NoNewline
        $null = New-Item -ItemType SymbolicLink "$work/host/link" -Target file
        $null = New-Item -ItemType SymbolicLink "$work/host/dangling" -Target /nowhere/at/all
        chown 1000:1001 "$work/host/file"

        # The container's output, or its message.
        function Invoke-Mount([string] $Source, [string] $Destination, [string[]] $Option, [string] $Script) {
            Set-TestBundle "$work/b" {
                $_.mounts = @($_.mounts | Where-Object destination -NotIn '/data', '/sub/data', '/link', '/bin/data') + @{ destination = $Destination; source = $Source; type = 'bind'; options = @('bind') + $Option }
                $_.process.args = 'sh', '-c', $Script
            }
            $result = Invoke-Nsrun run -b "$work/b" $mark
            $result.ExitCode ? $result.Error : $result.Output
        }
    }

    AfterEach {
        Remove-Item "$work/b/rootfs/data", "$work/b/rootfs/sub", "$work/b/rootfs/link", "$work/b/rootfs/aim" -Recurse -Force -ErrorAction Ignore
    }

    AfterAll {
        Remove-Item $work -Recurse -Force -ErrorAction Ignore
    }

    It 'copy-symlink makes the link anew, mounts anything else, and takes a link that is there already' {
        Invoke-Mount -Source "$work/host/link" -Destination /sub/data -Option copy-symlink -Script 'readlink /sub/data; mount | grep -c /sub/data; true' | Should -Be "file`n0"
        Invoke-Mount -Source "$work/host/dangling" -Destination /data -Option copy-symlink -Script 'readlink /data' | Should -Be '/nowhere/at/all'
        Invoke-Mount -Source "$work/host/file" -Destination /link -Option copy-symlink -Script 'cat /link' | Should -Be 'of the host'
    }

    It 'copy-symlink refuses a place where something else is' {
        Set-Content "$work/b/rootfs/data" 'mine'
        Invoke-Mount -Source "$work/host/link" -Destination /data -Option copy-symlink -Script 'true' | Should -BeLike "*symlink '/data'*EEXIST*mounts[[]*"
        Get-Content "$work/b/rootfs/data" | Should -Be 'mine'
    }

    It 'src-nofollow mounts the link itself' {
        Invoke-Mount -Source "$work/host/dangling" -Destination /data -Option @() -Script 'true' | Should -BeLike '*ENOENT*'
        Invoke-Mount -Source "$work/host/dangling" -Destination /data -Option src-nofollow -Script 'readlink /data' | Should -Be '/nowhere/at/all'
        Invoke-Mount -Source "$work/host/link" -Destination /data -Option @() -Script 'cat /data' | Should -Be 'of the host'
    }

    It 'dest-nofollow mounts over the link, which leads on where it led without' {
        Set-Content "$work/b/rootfs/aim" 'aimed at' -NoNewline
        $null = New-Item -ItemType SymbolicLink "$work/b/rootfs/link" -Target aim
        Invoke-Mount -Source "$work/host/file" -Destination /link -Option @() -Script 'cat /aim' | Should -Be 'of the host'
        Invoke-Mount -Source "$work/host/file" -Destination /link -Option dest-nofollow -Script 'cat /link; echo; cat /aim' | Should -Be "of the host`naimed at"
    }

    It '<option> shows the files of others' -ForEach @(
        @{ option = 'idmap=uids=1000-5-1;gids=1001-6-1'; ids = '5 6' }
        @{ option = 'ridmap=uids=0-0-1#1000-70-10;gids=1001-80-1'; ids = '70 80' }
    ) {
        Invoke-Mount -Source "$work/host" -Destination /data -Option $option -Script 'ls -ln /data/file | tr -s " " | { read mode links user group rest; echo $user $group; }' | Should -Be $ids
    }

    It 'idmap counts with @ in the container''s IDs' {
        Set-TestBundle "$work/b" {
            $_.linux.namespaces += @{ type = 'user' }
            $_.linux.uidMappings = @(@{ containerID = 0; hostID = 100000; size = 1000 })
            $_.linux.gidMappings = @(@{ containerID = 0; hostID = 100000; size = 1000 })
        }
        $null = New-Item -ItemType Directory "$work/b/rootfs/data"
        try {
            Invoke-Mount -Source "$work/host" -Destination /data -Option 'idmap=uids=@1000-5-1;gids=@1001-6-1' -Script 'ls -ln /data/file | tr -s " " | { read mode links user group rest; echo $user $group; }' | Should -Be '5 6'
            Invoke-Mount -Source "$work/host" -Destination /data -Option 'idmap=uids=@1000-5000-1;gids=@1001-6-1' -Script 'true' | Should -BeLike '*mounts[[]*options*has no ID 5000*'
        } finally {
            Set-TestBundle "$work/b" {
                $_.linux.namespaces = @($_.linux.namespaces | Where-Object type -NE user)
                $_.linux.Remove('uidMappings')
                $_.linux.Remove('gidMappings')
            }
        }
    }

    It 'refuses <option>' -ForEach @(
        @{ option = 'idmap=uids=1-2'; message = '*$.mounts[[]*.options*idmap=uids=1-2*' }
        @{ option = 'idmap=uids=0-0-1'; message = '*$.mounts[[]*.options*' }
        @{ option = 'idmap=frob=0-0-1'; message = '*$.mounts[[]*.options*' }
        @{ option = 'copy-symlinks'; message = "*$.mounts[[]*.options*'copy-symlinks' is no option of a bind mount*" }
    ) {
        Invoke-Mount -Source "$work/host" -Destination /data -Option $option -Script 'true' | Should -BeLike $message
    }
}
