using System.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Hosts;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Syscalls;
using NsTools.RootFileSystems;

namespace NsTools.Images.Layers;

/// <summary>
/// Unpacked layers, one directory each, shared by all images that have the same layers up to it: <c>layers/</c> of the
/// data directory, named by the chain ID (OCI image-spec, config.md, "Layer ChainID"). In <c>diff/</c> lies what overlayfs
/// takes for a lower layer, whiteouts and opaque directories in its own form.
/// </summary>
public sealed class LayerStore
{
    private const string WholePrefix = "whole-";

    private LayerStore(string root) => Root = root;

    /// <summary>The calling user's store; it need not be there yet.</summary>
    public static LayerStore Default => new(System.IO.Path.Join(RuntimeDirectories.DataRoot, "layers"));

    /// <summary>Path of its directory.</summary>
    public string Root { get; }

    /// <summary>What a layer and all below it are called together.</summary>
    /// <param name="parent">The chain ID of the layer below; null for the lowest layer.</param>
    /// <param name="diffId">The layer's own digest, of its decompressed archive.</param>
    public static Digest ChainIdOf(Digest? parent, Digest diffId) =>
        parent is null ? diffId : Digest.Of(Encoding.ASCII.GetBytes($"{parent} {diffId}"));

    /// <summary>The chain IDs of an image's layers, the lowest first.</summary>
    /// <param name="image">The image.</param>
    public static IReadOnlyList<Digest> ChainIdsOf(ImageConfig image)
    {
        List<Digest> chain = [];
        foreach (Digest diffId in image.RootFs.DiffIds)
            chain.Add(ChainIdOf(chain.LastOrDefault(), diffId));
        return chain;
    }

    /// <summary>The directory that a layer is unpacked to, whether it is there or not.</summary>
    /// <param name="chainId">The layer's chain ID.</param>
    public string PathOf(Digest chainId) => System.IO.Path.Join(Root, $"{chainId.Algorithm}-{chainId.Hex}");

    /// <summary>What overlayfs takes as the lower layer.</summary>
    /// <param name="chainId">The layer's chain ID.</param>
    public string ContentPathOf(Digest chainId) => System.IO.Path.Join(PathOf(chainId), "diff");

    /// <summary>The chain IDs of the layers that are unpacked.</summary>
    public IReadOnlyList<Digest> List() => !Directory.Exists(Root)
        ? []
        : [.. Directory.EnumerateDirectories(Root).Select(path => ParseName(System.IO.Path.GetFileName(path))).OfType<Digest>()];

    /// <summary>
    /// Holds the store, together with others: until it is disposed no layer is swept away. Whoever unpacks layers or is
    /// about to mount them holds it.
    /// </summary>
    /// <param name="cancellation">Ends waiting for a sweep.</param>
    public IDisposable Hold(CancellationToken cancellation)
    {
        Directory.CreateDirectory(Root);
        return DirectoryLock.AcquireShared(Root, cancellation);
    }

    /// <summary>Holds the store alone, to sweep layers away; null when somebody holds it, or there is none.</summary>
    public IDisposable? TryHoldAlone() => Directory.Exists(Root) ? DirectoryLock.TryAcquire(Root) : null;

    /// <summary>Unpacks those of an image's layers that are not there yet. To be called while the store is held.</summary>
    /// <param name="source">Has the blobs.</param>
    /// <param name="image">The image.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellation">Ends it; what is not whole then is removed.</param>
    /// <returns>The content of each layer, the lowest first.</returns>
    /// <exception cref="NsToolsException">A layer is damaged, hostile or too large, or the image is none that has a file system.</exception>
    /// <exception cref="SyscallException">A file could not be made, or this kernel or file system has no overlays.</exception>
    public IReadOnlyList<string> Unpack(IImageSource source, ImageContents image, ExpansionOptions options, CancellationToken cancellation)
    {
        IReadOnlyList<ImageLayer> layers = image.RequireFileSystem(source.Reference.ToString());
        IReadOnlyList<Digest> chain = ChainIdsOf(image.Config!);
        // The lower ones of a layer that is there are there, too: they are only removed from the top.
        int present = chain.TakeWhile(id => Directory.Exists(ContentPathOf(id))).Count();
        if (present < layers.Count)
        {
            using var unpacking = new LayerUnpacking(this, [.. chain.Take(present).Select(ContentPathOf)], options, cancellation);
            unpacking.Run(source, [.. layers.Skip(present)], [.. chain.Skip(present)]);
        }
        return [.. chain.Select(ContentPathOf)];
    }

    /// <summary>
    /// Unpacks all of an image's layers into one tree, for who can mount no overlay of layers outside a user namespace: an
    /// ordinary user, whose containers mount it in theirs. To be called while the store is held.
    /// </summary>
    /// <inheritdoc cref="Unpack" path="/param"/>
    /// <inheritdoc cref="Unpack" path="/exception"/>
    /// <returns>The tree.</returns>
    public string UnpackWhole(IImageSource source, ImageContents image, ExpansionOptions options, CancellationToken cancellation)
    {
        image.RequireFileSystem(source.Reference.ToString());
        if (ChainIdsOf(image.Config!) is not [.., var top])
            return EmptyPath();
        string path = WholePathOf(top);
        if (Directory.Exists(path))
            return path;
        try
        {
            ImageExpander.Expand(source, image, path, options, cancellation);
        }
        catch (NsToolsException failure) when (failure.ErrorId == "DestinationNotEmpty")
        {
            // Another process was quicker.
        }
        return path;
    }

    /// <summary>The tree that all layers up to one are unpacked to, whether it is there or not.</summary>
    /// <param name="chainId">The uppermost layer's chain ID.</param>
    public string WholePathOf(Digest chainId) => System.IO.Path.Join(Root, $"{WholePrefix}{chainId.Algorithm}-{chainId.Hex}");

    /// <summary>The chain IDs of the layers up to which there is a whole tree.</summary>
    internal IReadOnlyList<Digest> ListWhole() => !Directory.Exists(Root)
        ? []
        : [.. Directory.EnumerateDirectories(Root, WholePrefix + "*").Select(path => ParseName(System.IO.Path.GetFileName(path)[WholePrefix.Length..])).OfType<Digest>()];

    private string EmptyPath()
    {
        string path = System.IO.Path.Join(Root, "empty");
        Directory.CreateDirectory(path);
        return path;
    }

    /// <summary>Removes a layer. To be called while the store is held alone, and with nothing above it left.</summary>
    /// <param name="chainId">Its chain ID.</param>
    /// <param name="cancellation">Stops half-way; what is left is no layer any more.</param>
    internal void Remove(Digest chainId, CancellationToken cancellation)
    {
        using SafeFileHandle parent = DirectoryHandle.Open(Root);
        string name = System.IO.Path.GetFileName(PathOf(chainId)), partial = PartialDirectory.NewName(name);
        DirectoryHandle.Rename(parent, name, partial);
        OwnedTree.Remove(parent, Root, partial, cancellation);
    }

    /// <summary>Directories of layers whose making or removing was cut off.</summary>
    internal IReadOnlyList<string> Leftovers() => !Directory.Exists(Root)
        ? []
        : [.. Directory.EnumerateDirectories(Root).Select(path => System.IO.Path.GetFileName(path)).Where(PartialDirectory.IsPartialName)];

    private static Digest? ParseName(string name) =>
        Digest.TryParse(name.Replace('-', ':'), out Digest? digest) ? digest : null;
}
