BeforeDiscovery {
    $isRoot = (id -u) -eq '0'
    $missing = 'busybox', 'tar' | Where-Object { -not (Get-Command $_ -CommandType Application -ErrorAction Ignore) }
    $why = -not $isRoot ? ' (SKIPPED: needs root)' : $missing ? " (SKIPPED: $($missing -join ', ') is not installed)" : ''
}

Describe "Build-Image of large files$why" -Skip:([bool]$why) {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
        $work = (New-Item "/var/tmp/nstools-large-$([guid]::NewGuid().ToString('N').Substring(0, 8))" -ItemType Directory).FullName
        $saved = $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT
        $env:NSTOOLS_ROOT = "$work/root"
        $env:NSTOOLS_RUNROOT = "$work/run"

        # Times of long ago: what was changed only just now is not remembered.
        $null = New-Item -ItemType Directory "$work/context/tree", "$work/context/bin"
        Copy-Item (Get-Command busybox).Source "$work/context/bin/busybox"
        & ln -s busybox "$work/context/bin/sh"
        & sh -c "cd '$work/context/tree' && head -c 40000000 /dev/urandom > large && ln large second && echo small > small && truncate -s 3M hole"
        & head -c 2000000 /dev/urandom > "$work/context/other"

        function Build([string] $Dockerfile, [hashtable] $More = @{}) {
            Set-Content "$work/Dockerfile" $Dockerfile
            Build-Image "$work/context" large:v1 -File "$work/Dockerfile" @More 6>$null
        }
        function Blob($Digest) { "$work/root/images/blobs/sha256/$($Digest.Hex)" }
        function Sum($Blob, $Name) { ((& tar -xOf $Blob $Name | & sha256sum) -split ' ')[0] }
        function SumOf($Path) { (Get-FileHash $Path -Algorithm SHA256).Hash.ToLowerInvariant() }
        $unpacked = { @(Get-ChildItem "$work/root/layers" -Directory -Filter 'sha256-*').Count }
    }

    AfterAll {
        $env:NSTOOLS_ROOT, $env:NSTOOLS_RUNROOT = $saved
        & sh -c "findmnt -rno TARGET | grep '^$work/' | sort -r | xargs -r umount; rm -rf '$work'"
    }

    It 'takes them from where they are into the last layer, whole, with owner, mode, links and holes' {
        $image = Build "FROM scratch`nCOPY --chown=7:8 --chmod=0640 tree /d/`nWORKDIR /d"
        $blob = Blob $image.Steps[1].Layer
        $listed = & tar -tvf $blob --numeric-owner
        $listed -match '^-.* d/large$' | Should -Match '^-rw-r----- 7/8 +40000000 '
        $listed -match 'd/second' | Should -Match '^hrw-r----- 7/8 .* d/second link to d/large$'
        $listed -match 'd/hole$' | Should -Match '^-rw-r----- 7/8 +3145728 '
        Sum $blob d/large | Should -Be (SumOf "$work/context/tree/large")
        Sum $blob d/hole | Should -Be (SumOf "$work/context/tree/hole")
        & tar -xOf $blob d/small | Should -Be 'small'
        # Nothing was written beside the layer.
        & $unpacked | Should -Be 0
        Get-ChildItem "$work/root/layers" -Filter '*build-*' -Force | Should -BeNullOrEmpty
    }

    It 'is the same image where another step needs the tree, which is made then' {
        $left = Build "FROM scratch`nCOPY tree /d/"
        $cached = Build "FROM scratch`nCOPY tree /d/"
        $cached.Steps[1].IsCached | Should -BeTrue
        $cached.Digest | Should -Be $left.Digest
        & $unpacked | Should -Be 0
        $more = Build "FROM scratch`nCOPY tree /d/`nCOPY bin /bin/`nRUN sha=`$(busybox sha256sum /d/second) && echo `$sha > /sum"
        $more.Steps[1].IsCached | Should -BeTrue
        & $unpacked | Should -BeGreaterThan 0
        (& tar -xOf (Blob $more.Steps[3].Layer) sum) | Should -Be "$(SumOf "$work/context/tree/large") /d/second"
        # With the same times of its directories, byte by byte.
        $same = @{ NoCache = $true; SourceDateEpoch = [DateTimeOffset]::FromUnixTimeSeconds(1) }
        $whole = Build "FROM scratch`nCOPY tree /d/`nCOPY bin /bin/" $same
        (Build "FROM scratch`nCOPY tree /d/" $same).Steps[1].Layer | Should -Be $whole.Steps[1].Layer
        (Get-ImageHistory large:v1)[-1].CreatedBy | Should -BeLike "*COPY dir:$('[0-9a-f]' * 64) in /d/*"
    }

    It 'has of two files for one place the last' {
        $image = Build "FROM scratch`nCOPY tree/large other /d/`nCOPY tree/large tree/hole tree/small other /e/`nCOPY other tree/large tree/hole tree/small /f/"
        $blob = Blob $image.Steps[3].Layer
        Copy-Item "$work/context/tree/large" "$work/context/bin/large"
        Set-Content "$work/context/bin/large" 'small' -NoNewline
        $image = Build "FROM scratch`nCOPY tree/large bin/large other /f/"
        & tar -xOf (Blob $image.Steps[1].Layer) f/large | Should -Be 'small'
        Sum (Blob $image.Steps[1].Layer) f/other | Should -Be (SumOf "$work/context/other")
        Sum $blob f/large | Should -Be (SumOf "$work/context/tree/large")
        Remove-Item "$work/context/bin/large"
    }

    It 'sees that a content has changed, even where size and time of modification are as before' {
        # Remembered only once it was left alone for a while.
        $deadline = [datetime]::UtcNow.AddSeconds(20)
        do {
            $first = Build "FROM scratch`nCOPY tree/large /l`nCOPY other /o"
            Start-Sleep -Milliseconds 300
        } until ((Test-Path "$work/root/builds/contents/*") -or [datetime]::UtcNow -gt $deadline)
        "$work/root/builds/contents/*" | Should -Exist
        (Build "FROM scratch`nCOPY tree/large /l").Steps[1].IsCached | Should -BeTrue
        & touch -r "$work/context/tree/large" "$work/time"
        & sh -c "printf changed | dd of='$work/context/tree/large' bs=1 seek=5000000 conv=notrunc status=none"
        & touch -r "$work/time" "$work/context/tree/large"
        $second = Build "FROM scratch`nCOPY tree/large /l"
        $second.Steps[1].IsCached | Should -BeFalse
        $second.Steps[1].Layer | Should -Not -Be $first.Steps[1].Layer
        Sum (Blob $second.Steps[1].Layer) l | Should -Be (SumOf "$work/context/tree/large")
    }

    It 'names a file that becomes shorter meanwhile, and leaves nothing' {
        # Of a terabyte, most of which is a hole, so that there is time to.
        & truncate -s 1T "$work/context/tree/growing"
        try {
            Set-Content "$work/Dockerfile" "FROM scratch`nCOPY tree/growing /g"
            $path, $blobs = "$work/context/tree/growing", "$work/root/images/.nstools"
            $job = Start-ThreadJob {
                $until = [datetime]::UtcNow.AddSeconds(60)
                while (-not (Get-ChildItem $using:blobs -Filter 'new-*' -Force -ErrorAction Ignore | Where-Object Length -GT 1MB) -and [datetime]::UtcNow -lt $until) { Start-Sleep -Milliseconds 20 }
                & truncate -s 1M $using:path
            }
            { Build-Image "$work/context" large:v2 -File "$work/Dockerfile" -ErrorAction Stop 6>$null } | Should -Throw -ErrorId 'FileChanged,*'
            $job | Wait-Job -Timeout 60 | Remove-Job -Force
            Test-Path "$work/root/images/.nstools" | Should -BeFalse
            Get-Image large:v2 -ErrorAction Ignore | Should -BeNullOrEmpty
            Get-ChildItem "$work/root/layers" -Filter '*build-*' -Force | Should -BeNullOrEmpty
        }
        finally { Remove-Item "$work/context/tree/growing" -ErrorAction Ignore }
    }
}
