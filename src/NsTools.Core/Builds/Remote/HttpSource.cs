using NsTools.RootFileSystems.Downloads;

namespace NsTools.Builds.Remote;

/// <summary>Brings a file from a web server.</summary>
/// <param name="address">The file.</param>
/// <param name="options">How.</param>
internal sealed class HttpSource(HttpAddress address, RemoteOptions options)
{
    // It lies here, in the layer and in the layer's blob before the step is done.
    private const int Copies = 3;
    // As BuildKit and Buildah have it: nobody else reads what came from anywhere.
    private const UnixFileMode OwnMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Brings it.</summary>
    /// <param name="directory">An empty directory for it.</param>
    /// <param name="trusts">True does not bring it again where it is what it was for an earlier build.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>What it is; without a path where it was not brought.</returns>
    /// <exception cref="NsToolsException">It cannot be had, is too large for the disk, or has another digest than it should.</exception>
    public RemoteSource Bring(string directory, bool trusts, CancellationToken cancellation)
    {
        RemoteRecord? record = trusts ? RemoteRecords.Find(address) : null;
        Digest? expected = options.Checksum is { } checksum ? ParseChecksum(checksum) : null;
        // Its content is what the Dockerfile says, whatever the server has now.
        if (record is not null && expected?.ToString() == record.Digest)
            return new RemoteSource { Identity = record.Digest, Name = record.Name };
        if (expected is not null)
            record = null;
        string path = Path.Join(directory, "content");
        DownloadResult result = FileDownload.Run(
            new DownloadRequest
            {
                Uri = address.Uri,
                Destination = path,
                Credential = address.Credential,
                Sha256 = expected is { Algorithm: "sha256" } ? expected.Hex : null,
                Sha512 = expected is { Algorithm: "sha512" } ? expected.Hex : null,
                MaximumSize = new DriveInfo(directory).AvailableFreeSpace / Copies,
                Known = record is null ? null : new DownloadValidators(record.EntityTag, record.LastModified),
                Progress = progress => options.Progress?.Invoke(address.Name, progress.Received, progress.Total),
                Notice = options.Notice,
            },
            options.Transport,
            cancellation);
        if (result.IsUnchanged)
            return new RemoteSource { Identity = record!.Digest, Name = record.Name };
        string digest = $"{expected?.Algorithm ?? "sha256"}:{result.Checksum}";
        string name = address.FileName ?? RemoteFileName.Of(result.SuggestedName) ?? "download";
        RemoteRecords.Add(address, new RemoteRecord { Digest = digest, Name = name, EntityTag = result.Validators.EntityTag, LastModified = result.Validators.LastModified });
        string named = Path.Join(directory, name);
        File.Move(path, named, overwrite: true);
        File.SetUnixFileMode(named, OwnMode);
        // The same file is the same layer, whenever it was brought.
        File.SetLastWriteTimeUtc(named, (result.Validators.LastModified ?? DateTimeOffset.UnixEpoch).UtcDateTime);
        return new RemoteSource { Identity = digest, Name = name, Path = name };
    }

    private static Digest ParseChecksum(string text) => Digest.TryParse(text, out Digest? digest) ? digest : throw new NsToolsException(
        FailureKind.InvalidData,
        "InvalidChecksum",
        $"'{Images.DisplayText.Of(text)}' can't be --checksum of a file.",
        "It is 'sha256:' and 64, or 'sha512:' and 128 lower case hexadecimal digits.");
}
