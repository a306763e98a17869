using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace NsTools.Module.Images;

/// <summary>
/// Lets an <see cref="ImageReference"/> parameter take what names an image: a reference as text
/// (<c>docker://…</c>, <c>oci:…</c>, a name of the store), an <see cref="Image"/>, a tag, a copy's result, and what remoting or a job made of one.
/// </summary>
/// <remarks>Paths are made absolute here, from PowerShell's location. Whether the image is there is found when it is opened.</remarks>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class ImageTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value is IList list and not PSCustomObject
            ? list.Cast<object?>().Select(item => ToReference(engineIntrinsics, item)).ToArray()
            : ToReference(engineIntrinsics, inputData);
    }

    private static ImageReference? ToReference(EngineIntrinsics engine, object? input)
    {
        object? value = input is PSObject wrapped ? wrapped.BaseObject : input;
        try
        {
            return value switch
            {
                null => null,
                ImageReference reference => reference,
                string text => ToAbsolute(engine, ImageReference.Parse(text)),
                Image image => ImageReference.Parse(image.Reference),
                ImageTag tag => ImageReference.Parse(tag.Reference),
                ImageSearchResult found => ImageReference.Parse(found.Reference),
                ImageCopyResult copy => copy.Destination,
                Digest digest => ImageReference.Parse(digest.ToString()),
                PSCustomObject => FromBag(engine, PSObject.AsPSObject(input)),
                _ => throw Unusable(value),
            };
        }
        catch (NsToolsException failure)
        {
            throw new ArgumentTransformationMetadataException($"{failure.Message} {failure.Remedy}", failure);
        }
    }

    private static ImageReference FromBag(EngineIntrinsics engine, PSObject bag)
    {
        // A reference that went through remoting has its parts only; an image has a property that names it.
        object? reference = bag.TypeNames.Contains("Deserialized.NsTools.ImageReference")
            ? bag.ToString()
            : bag.Properties["Reference"]?.Value ?? bag.Properties["Destination"]?.Value ?? bag.Properties["Name"]?.Value ?? bag.Properties["Digest"]?.Value;
        return Convert.ToString(reference, CultureInfo.InvariantCulture) is { Length: > 0 } text
            ? ToAbsolute(engine, ImageReference.Parse(text))
            : throw Unusable(bag);
    }

    private static ImageReference ToAbsolute(EngineIntrinsics engine, ImageReference reference)
    {
        if (reference.Path is not { } path)
            return reference;
        string resolved = engine.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
        return provider.Name == "FileSystem"
            ? reference with { Path = Path.GetFullPath(resolved) }
            : throw new NsToolsException(
                FailureKind.InvalidArgument, "NotAFileSystemPath", $"'{path}' is a path of the {provider.Name} provider, not of the file system.");
    }

    private static NsToolsException Unusable(object? value) => new(
        FailureKind.InvalidArgument,
        "InvalidImageReference",
        $"A value of type {value?.GetType().Name ?? "null"} names no image.",
        "Give an Image, a name of the store, or a reference such as docker://registry/name:tag, oci:path:name, docker-archive:path.");
}
