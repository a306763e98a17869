using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.RootFileSystems.Archives;

namespace NsTools.RootFileSystems;

/// <summary>Who sets owners, modes, attributes and times of an expanded tree, and when.</summary>
internal interface IMetadataPolicy
{
    /// <summary>Takes the metadata of a file that has just been written.</summary>
    /// <param name="file">The file, open for writing.</param>
    /// <param name="path">Its path.</param>
    /// <param name="metadata">What it is to have.</param>
    void SetFile(SafeFileHandle file, RelativePath path, in FileMetadata metadata);

    /// <summary>Takes the metadata of anything else that has just been made.</summary>
    /// <param name="directories">The tree.</param>
    /// <param name="path">Its path.</param>
    /// <param name="type">What it is.</param>
    /// <param name="metadata">What it is to have.</param>
    void Set(DirectoryCache directories, RelativePath path, TarEntryType type, in FileMetadata metadata);

    /// <summary>To be called after something has been taken away: what waits for it, or for what was below it, is void.</summary>
    /// <param name="path">What has been taken away.</param>
    void Forget(RelativePath path);

    /// <summary>Sets what had to wait until everything is made.</summary>
    /// <param name="directories">The tree.</param>
    /// <param name="cancellation">Ends it.</param>
    void Complete(DirectoryCache directories, CancellationToken cancellation);
}
