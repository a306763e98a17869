using System.Security.Cryptography;
using System.Text;
using NsTools.Images;
using NsTools.Images.Copying;
using NsTools.Images.Layouts;

namespace NsTools.Tests.Images;

/// <summary>An image of random bytes in a layout: nobody unpacks it here.</summary>
internal static class TestImage
{
    /// <summary>Makes one.</summary>
    /// <returns>A reference to it.</returns>
    public static ImageReference Create(string directory, string name, params int[] layerSizes)
    {
        var layout = new OciLayout(directory);
        layout.Create();
        List<string> layers = [], diffIds = [];
        foreach (int size in layerSizes)
        {
            byte[] content = RandomNumberGenerator.GetBytes(size);
            Digest digest = Digest.Of(content);
            layout.WriteBlob(digest, content);
            layers.Add($$"""{"mediaType":"{{ImageMediaTypes.OciLayerGzip}}","digest":"{{digest}}","size":{{size}}}""");
            diffIds.Add($"\"{digest}\"");
        }
        byte[] config = Encoding.UTF8.GetBytes($$$"""{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[{{{string.Join(',', diffIds)}}}]}}""");
        layout.WriteBlob(Digest.Of(config), config);
        ManifestContent manifest = Manifest(
            $$"""{"schemaVersion":2,"mediaType":"{{ImageMediaTypes.OciManifest}}","config":{"mediaType":"{{ImageMediaTypes.OciConfig}}","digest":"{{Digest.Of(config)}}","size":{{config.Length}}},"layers":[{{string.Join(',', layers)}}]}""");
        layout.WriteBlob(manifest.Digest, manifest.Bytes);
        layout.SetEntry(name, manifest.Descriptor, CancellationToken.None);
        return ImageReference.Parse($"oci:{directory}:{name}");
    }

    public static ManifestContent Manifest(string json) => ManifestContent.Create(Encoding.UTF8.GetBytes(json), null, null, "test");

    /// <summary>Access to a registry without TLS, with short pauses.</summary>
    public static ImageAccess Access(int retries = 5) => new()
    {
        AllowsHttp = true,
        Retries = retries,
        Pause = TimeSpan.FromMilliseconds(20),
        Silence = TimeSpan.FromSeconds(1),
        Credential = null,
    };

    /// <summary>Copies.</summary>
    public static Task<ImageCopyResult> CopyAsync(ImageReference from, ImageReference to, int retries = 5, ImageCopyOptions? options = null, CancellationToken cancellation = default) =>
        ImageCopier.CopyAsync(from, to, options ?? new ImageCopyOptions { ThrottleLimit = 3 }, Access(retries), Access(retries), null, cancellation);
}
