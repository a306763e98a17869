BeforeDiscovery {
    $missing = 'podman', 'buildah', 'umoci', 'skopeo', 'busybox', 'setfattr' | Where-Object { -not (Get-Command $_ -CommandType Application -ErrorAction Ignore) }
    $why = (id -u) -ne '0' ? ' (SKIPPED: needs root)' : $missing ? " (SKIPPED: $($missing -join ', ') is not installed)" : ''
}

Describe "Build-Image -Squash$why" -Skip:([bool]$why) {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
        $work = (New-Item "/var/tmp/nstools-squash-$([guid]::NewGuid().ToString('N').Substring(0, 8))" -ItemType Directory).FullName
        $saved = $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT
        $env:NSTOOLS_ROOT = "$work/root"
        $env:NSTOOLS_RUNROOT = "$work/run"
        $storage = '--root', "$work/storage", '--runroot', "$work/storage-run", '--storage-driver', 'vfs'
        $null = New-Item -ItemType Directory "$work/base/bin", "$work/base/etc", "$work/base/old/deep", "$work/base/kept", "$work/context"
        Copy-Item (Get-Command busybox).Source "$work/base/bin/busybox"
        foreach ($name in 'sh', 'rm', 'mkdir', 'chmod', 'chown', 'touch', 'ln', 'echo') { & ln -s busybox "$work/base/bin/$name" }
        foreach ($name in 'etc/gone', 'etc/mode', 'etc/again', 'old/deep/file', 'kept/file') { Set-Content "$work/base/$name" $name }
        & ln "$work/base/bin/busybox" "$work/base/etc/hard"
        Set-Content "$work/base.Dockerfile" "FROM scratch`nCOPY base /`nLABEL base=1"
        buildah @storage bud -q --layers --isolation chroot -t localhost/squash-base:1 -f "$work/base.Dockerfile" $work | Out-Null
        buildah @storage push -q localhost/squash-base:1 "oci-archive:$work/base.tar:localhost/squash-base:1" | Out-Null
        $null = Import-Image "$work/base.tar" localhost/squash-base:1
        Set-Content "$work/context/file" 'content'
        & setfattr -n user.note -v kept "$work/context/file"
        Set-Content "$work/context/Dockerfile" @'
FROM localhost/squash-base:1
ENV A=1
COPY file /file
RUN rm /etc/gone /etc/again && touch /fleeting && mkdir /d && echo 1 > /d/one && ln /d/one /d/two && chmod 600 /etc/mode
RUN rm /fleeting && rm -r /old && mkdir /old && touch /old/new && echo 2 > /etc/again && chown -R 7:8 /d && rm -r /kept
LABEL l=1
'@
        function Get-Tree([string] $Layout, [string] $Name) {
            $into = "$work/tree-$([guid]::NewGuid().ToString('N'))"
            skopeo copy -q "oci:$($Layout):$Name" "oci:$into-layout:x" | Out-Null
            umoci unpack --image "$into-layout:x" $into 2>$null
            bash -c 'cd "$1/rootfs" && find . -printf "%p %M %U:%G %l " \( -type f -exec sh -c "md5sum < \"\$1\"" _ {} \; -o -printf "\n" \)' _ $into | Sort-Object
        }
        function Get-Config([string] $Layout, [string] $Name) { skopeo inspect --config "oci:$($Layout):$Name" | ConvertFrom-Json }
        function Get-Step($Config) { $Config.history | ForEach-Object { "$($_.created_by -replace '(file|dir|multi):\w+', '$1') $([bool]$_.empty_layer)" } }
    }

    AfterAll {
        $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT = $saved
        Remove-Item $work -Recurse -Force
    }

    It 'makes what podman build <Theirs> makes' -ForEach @(
        @{ Theirs = '--squash'; Ours = @{ Squash = $true }; Layers = 2 }
        @{ Theirs = '--squash-all'; Ours = @{ SquashAll = $true }; Layers = 1 }
    ) {
        $id = $Theirs.TrimStart('-')
        podman @storage build -q $Theirs --isolation chroot -t "localhost/$id" "$work/context" | Out-Null
        buildah @storage push -q "localhost/$id" "oci:$work/theirs-$($id):v1" | Out-Null
        $image = Build-Image "$work/context" "$($id):v1" @Ours 6>$null
        Test-Image "$($id):v1" | Where-Object Severity -EQ Error | Should -BeNullOrEmpty
        $image.LayerCount | Should -Be $Layers

        # Buildah leaves the places of its mounts.
        Compare-Object (Get-Tree "$work/theirs-$id" v1) (Get-Tree "$work/root/images" "$($id):v1") |
            Where-Object InputObject -NotMatch '^\./(dev|proc|sys|run|etc)?(/hosts|/hostname|/resolv.conf)? ' | Should -BeNullOrEmpty
        $theirs = Get-Config "$work/theirs-$id" v1
        $ours = Get-Config "$work/root/images" "$($id):v1"
        $ours.rootfs.diff_ids.Count | Should -Be $theirs.rootfs.diff_ids.Count
        Get-Step $ours | Should -Be (Get-Step $theirs)
        $ours.config.Env | Should -Be $theirs.config.Env
        # The base's own layer is the base's still.
        if ($Layers -eq 2) { $ours.rootfs.diff_ids[0] | Should -Be $theirs.rootfs.diff_ids[0] }
    }

    It 'has in its one layer what hides the base''s files, and nothing that came and went' {
        $image = Build-Image "$work/context" layer:v1 -Squash 6>$null
        $manifest = skopeo inspect --raw "oci:$work/root/images:layer:v1" | ConvertFrom-Json
        $blob = "$work/root/images/blobs/$($manifest.layers[-1].digest -replace ':', '/')"
        $names = & tar -tf $blob
        $names | Should -Contain 'etc/.wh.gone'
        $names | Should -Contain '.wh.kept'
        $names -match '^old/\.wh\.(\.wh\.\.opq|deep)$' | Should -HaveCount 1
        $names -match 'fleeting' | Should -BeNullOrEmpty
        $names -match 'etc/(.wh.)?again' | Should -Be 'etc/again'
        & tar -tvf $blob | Where-Object { $_ -match 'd/(one|two)' } | Should -Match '^[-h]rw-r--r-- 7/8 '
        & tar --xattrs -tvvf $blob file 2>&1 | Out-String | Should -Match 'user.note'
        # What each step made is kept for the next build, and so is this.
        $again = Build-Image "$work/context" layer:v2 -Squash 6>$null
        $again.Digest | Should -Be $image.Digest
        $again.Steps.IsCached[2..4] | Should -Be $true, $true, $true
    }

    It 'squashes stages together, and leaves a single layer as it is' {
        $file = "$work/stages"
        Set-Content $file "FROM localhost/squash-base:1 AS one`nCOPY file /a`nFROM one`nCOPY file /b"
        (Build-Image "$work/context" stages:v1 -File $file 6>$null).LayerCount | Should -Be 3
        (Build-Image "$work/context" stages:v1 -File $file -Squash 6>$null).LayerCount | Should -Be 2
        Set-Content $file "FROM scratch`nCOPY file /a`nLABEL x=y"
        $plain = Build-Image "$work/context" single:v1 -File $file 6>$null
        (Build-Image "$work/context" single:v2 -File $file -Squash 6>$null).Digest | Should -Be $plain.Digest
    }
}
