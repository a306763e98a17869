using System.Management.Automation;
using NsTools.Images;
using NsTools.Images.Archives;
using NsTools.Images.Copying;
using NsTools.Module.Common;

namespace NsTools.Module.Images;

/// <summary>Import-Image: takes the images of archives into the store, as <c>podman load</c> and <c>podman import</c> do.</summary>
[Cmdlet(VerbsData.Import, "Image", SupportsShouldProcess = true)]
[OutputType(typeof(ImageCopyResult))]
public sealed class ImportImageCommand : NsToolsCmdlet
{
    /// <summary>The archives; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName", "PSPath")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>The name in the store, for an archive of one image; needed where the archive has none, and for a root file system.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>What the history of an image made of a root file system says.</summary>
    [Parameter]
    public string? Comment { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string given in Path)
        {
            ForItem(given, () =>
            {
                foreach (string path in Resolve(given))
                    ForItem(path, () => Import(path));
            });
        }
    }

    private System.Collections.ObjectModel.Collection<string> Resolve(string given)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(given))
            return [ToFileSystemPath(given)];
        try
        {
            return GetResolvedProviderPathFromPSPath(given, out _);
        }
        catch (ItemNotFoundException)
        {
            return [];
        }
    }

    private void Import(string path)
    {
        IReadOnlyList<(ImageReference Image, string? Name)> images = ImageArchive.List(path, StopToken);
        if (images.Count == 0)
        {
            ImportRootFileSystem(path);
            return;
        }
        if (Name is not null && images.DistinctBy(image => image.Image.Digest?.ToString() ?? image.Image.Name).Count() > 1)
            throw new NsToolsException(FailureKind.InvalidArgument, "ArchiveHasSeveralImages", $"'{path}' has {images.Count} images: -Name is for an archive of one.", "Leave -Name out, or copy one: Copy-Image docker-archive:PATH:NAME.");
        foreach ((ImageReference image, string? name) in images)
            ForItem(image, () => Copy(image, Target(path, Name ?? name)));
    }

    private void Copy(ImageReference image, ImageReference target)
    {
        if (!ShouldProcess($"podman load -i '{image.Path}' # {target}", target.ToString(), "Import-Image"))
            return;
        using var reporter = new CopyProgressReporter(this, $"Importing {target}");
        var access = new ImageAccess { Notice = reporter.Notice };
        WriteObject(reporter.Wait(ImageCopier.CopyAsync(image, target, new ImageCopyOptions { CopiesAll = true }, access, access, reporter.Progress, StopToken)));
    }

    private void ImportRootFileSystem(string path)
    {
        ImageReference target = Target(path, Name);
        if (!ShouldProcess($"podman import '{path}' {target}", target.ToString(), "Import-Image"))
            return;
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        IImageDestination store = ImageTransports.OpenDestinationAsync(target, new ImageAccess(), StopToken).GetAwaiter().GetResult();
        try
        {
            Digest digest = RootFileSystemImport.ImportAsync(path, store, Comment, StopToken).GetAwaiter().GetResult();
            WriteObject(new ImageCopyResult
            {
                Source = new ImageReference { Transport = ImageTransport.Directory, Path = path },
                Destination = target,
                Digest = digest,
                MediaType = ImageMediaTypes.OciManifest,
                ManifestCount = 1,
                BlobsCopied = 2,
                BytesMoved = new FileInfo(path).Length,
                Duration = System.Diagnostics.Stopwatch.GetElapsedTime(start),
            });
        }
        finally
        {
            store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private static ImageReference Target(string path, string? name)
    {
        if (name is null)
            throw new NsToolsException(FailureKind.InvalidArgument, "ImageNameMissing", $"What '{path}' holds has no name.", "Give it one with -Name.");
        ImageReference target = ImageReference.Parse(name);
        return target is { Transport: ImageTransport.Store, Digest: null }
            ? target
            : throw new NsToolsException(FailureKind.InvalidArgument, "InvalidImageReference", $"'{name}' is no name of the store.", "Write NAME:TAG.");
    }
}
