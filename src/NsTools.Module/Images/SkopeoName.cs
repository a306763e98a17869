using NsTools.Images;

namespace NsTools.Module.Images;

/// <summary>An image as Skopeo names it, for the equivalent command.</summary>
internal static class SkopeoName
{
    /// <summary>The name: of the store, which Skopeo sees as a layout, too.</summary>
    public static string Of(ImageReference reference) => reference.Transport == ImageTransport.Store
        ? $"oci:{ImageStore.Default.Layout.Path}:{reference}"
        : reference.ToString();
}
