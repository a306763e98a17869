using System.Management.Automation;
using NsTools.Images;
using NsTools.Module.Common;
using NsTools.Module.RootFileSystems;

namespace NsTools.Module.Images;

/// <summary>Optimize-ImageStore: frees the space of what no image in the store needs any more.</summary>
[Cmdlet(VerbsCommon.Optimize, "ImageStore", SupportsShouldProcess = true)]
[OutputType(typeof(ImageStoreItem))]
public sealed class OptimizeImageStoreCommand : NsToolsCmdlet
{
    /// <inheritdoc/>
    protected override void EndProcessing() => ForItem(ImageStore.Default.Root, () =>
    {
        using ImageStoreSweep sweep = ImageStoreSweep.Begin();
        IReadOnlyList<ImageStoreItem> items = sweep.Find(StopToken);
        WriteVerbose($"{items.Count} things that nothing needs, {ByteText.Of(items.Sum(item => item.Size))}.");
        foreach (ImageStoreItem item in items)
            ForItem(item, () => Remove(sweep, item));
    });

    private void Remove(ImageStoreSweep sweep, ImageStoreItem item)
    {
        StopToken.ThrowIfCancellationRequested();
        if (!ShouldProcess($"rm -r '{item.Path}' # {item.Kind} {item.Name}, {ByteText.Of(item.Size)}", item.Path, "Optimize-ImageStore"))
            return;
        sweep.Remove(item, StopToken);
        WriteObject(item);
    }
}
