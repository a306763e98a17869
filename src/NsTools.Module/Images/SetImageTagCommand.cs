using System.Management.Automation;
using NsTools.Images;

namespace NsTools.Module.Images;

/// <summary>Set-ImageTag: gives an image another tag or name, in the local store or in its registry.</summary>
[Cmdlet(VerbsCommon.Set, "ImageTag", SupportsShouldProcess = true, DefaultParameterSetName = TagSet)]
[OutputType(typeof(Image), typeof(ImageTag))]
public sealed class SetImageTagCommand : RegistryCmdlet
{
    private const string TagSet = "Tag";
    private const string NameSet = "Name";

    /// <summary>The image: a name of the store, or <c>docker://REGISTRY/REPOSITORY:TAG</c>.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ImageTransformation]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    [ValidateNotNull]
    public ImageReference Image { get; set; } = null!;

    /// <summary>New tags in the same repository.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = TagSet)]
    [ValidateNotNullOrEmpty]
    public string[] Tag { get; set; } = [];

    /// <summary>New names in the local store, which may be of another repository.</summary>
    [Parameter(Mandatory = true, ParameterSetName = NameSet)]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string wanted in ParameterSetName == TagSet ? Tag : Name)
        {
            ForItem(Image, () =>
            {
                if (ParameterSetName == TagSet && !RegistryNames.IsTag(wanted))
                    throw new NsToolsException(FailureKind.InvalidArgument, "InvalidTag", $"'{wanted}' is no tag.", "A tag has up to 128 letters, digits, '_', '.' and '-'; for another repository use -Name.");
                if (Image.Transport == ImageTransport.Store)
                    SetInStore(wanted);
                else if (Image.Transport == ImageTransport.Docker && ParameterSetName == TagSet)
                    SetInRegistry(wanted);
                else
                    throw new NsToolsException(FailureKind.InvalidArgument, "ImageNotTaggable", $"'{Image}' cannot be given another name there.", "Copy it with Copy-Image.");
            });
        }
    }

    private void SetInStore(string wanted)
    {
        ImageStore store = ImageStore.Default;
        ImageDescriptor entry = store.Find(Image);
        Image image = new ImageCatalog(store).Read(entry);
        string? repository = image.Repository ?? Image.FullRepository;
        if (ParameterSetName == TagSet && repository is null)
            throw new NsToolsException(FailureKind.InvalidArgument, "ImageHasNoName", $"'{Image}' has no name that a tag could be added to.", "Give it a whole one with -Name.");
        ImageReference name = ImageReference.Parse(ParameterSetName == TagSet ? $"{repository}:{wanted}" : wanted);
        if (name.Transport != ImageTransport.Store || name.Name is null || name.Digest is not null)
            throw new NsToolsException(FailureKind.InvalidArgument, "InvalidImageReference", $"'{wanted}' is no name of the local store.", "Write NAME[:TAG].");
        if (!ShouldProcess($"podman tag {Image} {name.Name}", name.Name, "Set-ImageTag"))
            return;
        using (store.Layout.Hold(StopToken))
            store.SetName(name.Name, entry, StopToken);
        WriteObject(new ImageCatalog(store).Read(store.Find(name)));
    }

    private void SetInRegistry(string wanted)
    {
        if (!ShouldProcess($"skopeo copy {Image} docker://{Image.FullRepository}:{wanted}", Image.ToString(), "Set-ImageTag"))
            return;
        Wait(Client.SetTagsAsync(Image, [wanted], StopToken));
        WriteObject(new ImageTag { Registry = Image.Registry!, Repository = Image.Repository!, Tag = wanted });
    }
}
