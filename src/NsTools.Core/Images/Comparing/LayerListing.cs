using System.Security.Cryptography;
using NsTools.Images.Layers;
using NsTools.RootFileSystems.Archives;

namespace NsTools.Images.Comparing;

/// <summary>All that a layer's archive says, read without unpacking it.</summary>
internal static class LayerListing
{
    // An image has some 100,000 files: far more than any, and a bound on what a hostile layer can make us hold.
    private const int MaximumEntries = 5_000_000;

    /// <summary>Reads a layer to its end; both digests are verified.</summary>
    /// <param name="content">The layer.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NsToolsException">It is damaged, or has more files than any image.</exception>
    public static List<LayerFile> Read(LayerContent content, CancellationToken cancellation)
    {
        List<LayerFile> files = [];
        if (content.Archive is not { } archive)
            return files;
        var reader = new TarArchiveReader(archive, isVerified: true);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        while (reader.Next() is { } entry)
        {
            cancellation.ThrowIfCancellationRequested();
            if (files.Count >= MaximumEntries)
                throw archive.Invalid("LayerTooLarge", $"the layer has more than {MaximumEntries:N0} entries", entry.Offset);
            byte[]? digest = null;
            if (entry.Type == TarEntryType.File)
            {
                for (ReadOnlySpan<byte> part = reader.TakeContent(entry.StoredSize); !part.IsEmpty; part = reader.TakeContent(entry.StoredSize))
                    hash.AppendData(part);
                digest = hash.GetHashAndReset();
            }
            files.Add(new LayerFile(entry, digest));
        }
        return files;
    }
}
