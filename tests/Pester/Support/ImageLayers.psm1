# Images made by hand, good ones and hostile ones: nothing of NsTools takes part in making them.

function Write-LayerArchive {
    <#
    .SYNOPSIS
    A tar archive of whatever members a test wants: @{ Name; Type; Link; Content; Mode; User; Group; Major; Minor; Pax }.
    #>
    param([string] $Path, [hashtable[]] $Entry)
    $stream = [IO.File]::Create($Path)
    try {
        foreach ($e in $Entry) {
            if ($e.Pax) {
                $records = foreach ($key in $e.Pax.Keys) {
                    $text = " $key=$($e.Pax[$key])`n"
                    $length = $text.Length + 1
                    while ("$length".Length + $text.Length -ne $length) { $length++ }
                    "$length$text"
                }
                Write-Member $stream @{ Name = 'PaxHeader'; Type = 'x'; Content = -join $records }
            }
            Write-Member $stream $e
        }
        $stream.Write([byte[]]::new(1024), 0, 1024)
    }
    finally { $stream.Dispose() }
}

function Write-Member([IO.Stream] $Stream, [hashtable] $Member) {
    $header = [byte[]]::new(512)
    $put = { param($offset, [string] $text) $null = [Text.Encoding]::UTF8.GetBytes($text, 0, $text.Length, $header, $offset) }
    $octal = { param([long] $value, [int] $digits) [Convert]::ToString($value, 8).PadLeft($digits, '0') }
    $content = [Text.Encoding]::UTF8.GetBytes([string] $Member.Content)
    & $put 0 $Member.Name
    & $put 100 (& $octal ($Member.Mode ?? 420) 7)
    & $put 108 (& $octal ($Member.User ?? 0) 7); & $put 116 (& $octal ($Member.Group ?? 0) 7)
    & $put 124 (& $octal ($Member.Size ?? $content.Length) 11)
    & $put 136 '14000000000'; & $put 148 '        '
    & $put 156 ($Member.Type ?? '0'); & $put 157 ([string] $Member.Link); & $put 257 'ustar'; & $put 263 '00'
    & $put 329 (& $octal ($Member.Major ?? 1) 7); & $put 337 (& $octal ($Member.Minor ?? 3) 7)
    $sum = 0; foreach ($b in $header) { $sum += $b }
    & $put 148 ("$(& $octal $sum 6)`0 ")
    $Stream.Write($header, 0, 512)
    if ($content.Length) {
        $Stream.Write($content, 0, $content.Length)
        $Stream.Write([byte[]]::new((512 - $content.Length % 512) % 512))
    }
}

function Add-Blob([string] $Layout, [byte[]] $Content) {
    $hex = [Convert]::ToHexStringLower([Security.Cryptography.SHA256]::HashData($Content))
    [IO.File]::WriteAllBytes("$Layout/blobs/sha256/$hex", $Content)
    [ordered]@{ digest = "sha256:$hex"; size = $Content.Length }
}

function Write-TestImage {
    <#
    .SYNOPSIS
    An OCI layout with one image of tar archives. Change lets a test falsify manifest and configuration before they are written.
    #>
    param([string] $Layout, [string[]] $Archive, [string] $Name = 'test', [ValidateSet('None', 'Gzip', 'Zstd')] [string] $Compression = 'Gzip', [scriptblock] $Change = {})
    $null = New-Item -ItemType Directory -Force "$Layout/blobs/sha256"
    $suffix = @{ None = ''; Gzip = '+gzip'; Zstd = '+zstd' }[$Compression]
    $diffIds = @()
    $layers = @(foreach ($file in $Archive) {
            $plain = [IO.File]::ReadAllBytes($file)
            $diffIds += "sha256:$([Convert]::ToHexStringLower([Security.Cryptography.SHA256]::HashData($plain)))"
            $packed = switch ($Compression) {
                'None' { , $plain }
                'Gzip' {
                    $memory = [IO.MemoryStream]::new()
                    $gzip = [IO.Compression.GZipStream]::new($memory, [IO.Compression.CompressionLevel]::Fastest, $true)
                    $gzip.Write($plain, 0, $plain.Length); $gzip.Dispose()
                    , $memory.ToArray()
                }
                'Zstd' { & zstd -q -f $file -o "$file.zst"; , [IO.File]::ReadAllBytes("$file.zst") }
            }
            $blob = Add-Blob $Layout $packed
            [ordered]@{ mediaType = "application/vnd.oci.image.layer.v1.tar$suffix"; digest = $blob.digest; size = $blob.size }
        })
    $document = @{
        Config   = [ordered]@{
            created = '2024-01-02T03:04:05Z'; architecture = 'amd64'; os = 'linux'; config = @{ Cmd = @('sh') }
            rootfs  = @{ type = 'layers'; diff_ids = $diffIds }
            history = @(for ($i = 0; $i -lt $layers.Count; $i++) { @{ created = '2024-01-02T03:04:05Z'; created_by = "step $i" } })
        }
        Manifest = [ordered]@{ schemaVersion = 2; mediaType = 'application/vnd.oci.image.manifest.v1+json'; config = $null; layers = $layers }
    }
    & $Change $document
    $config = Add-Blob $Layout ([Text.Encoding]::UTF8.GetBytes(($document.Config | ConvertTo-Json -Depth 9 -Compress)))
    $document.Manifest.config ??= [ordered]@{ mediaType = 'application/vnd.oci.image.config.v1+json'; digest = $config.digest; size = $config.size }
    $manifest = Add-Blob $Layout ([Text.Encoding]::UTF8.GetBytes(($document.Manifest | ConvertTo-Json -Depth 9 -Compress)))
    $entry = [ordered]@{
        mediaType = 'application/vnd.oci.image.manifest.v1+json'; digest = $manifest.digest; size = $manifest.size
        annotations = @{ 'org.opencontainers.image.ref.name' = $Name }
    }
    @{ schemaVersion = 2; manifests = @($entry) } | ConvertTo-Json -Depth 9 -Compress | Set-Content -NoNewline "$Layout/index.json"
    '{"imageLayoutVersion":"1.0.0"}' | Set-Content -NoNewline "$Layout/oci-layout"
    $document + @{ Digest = $manifest.digest }
}

function Get-TreeListing {
    <#
    .SYNOPSIS
    All that an inode says of each file of a tree, with content: what two tools made must not differ.
    #>
    param([string] $Path)
    $env:LISTED = $Path
    $said = @'
cd "$LISTED"; export LC_ALL=C
find . \( -type d -printf '%p %y %m %U %G %T@\n' \) -o -printf '%p %y %m %U %G %s %T@ %l\n' | sort
find . \( -type b -o -type c \) -exec stat -c '%n %t:%T' {} + | sort
find . -print0 | sort -z | xargs -0 getfattr -h -d -m - -e hex 2>/dev/null || :
find . -type f -print0 | sort -z | xargs -0 sha256sum
'@ | & sh -eu 2>&1
    if ($LASTEXITCODE -ne 0) { throw "sh: $said" }
    $said
}

Export-ModuleMember -Function Write-LayerArchive, Write-TestImage, Get-TreeListing
