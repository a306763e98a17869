using System.Collections;
using System.Management.Automation;
using NsTools.Containers;
using NsTools.Containers.Volumes;
using NsTools.Images.Copying;
using NsTools.Interop.Oci;
using NsTools.Module.Images;

namespace NsTools.Module.Containers;

public abstract partial class ContainerCreationCmdlet
{
    /// <summary>What is seen inside: SOURCE:DESTINATION[:OPTIONS]; a source with a path is the host's, a name is a volume's.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(VolumeCompleter))]
    public string[] Volume { get; set; } = [];

    /// <summary>The same in words: type=bind,source=/here,target=/there,readonly; or a mount of Get-MountPoint, a hash table, a container's mount.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ContainerMountTransformation]
    [ArgumentCompleter(typeof(ContainerMountCompleter))]
    public ContainerMount[] Mount { get; set; } = [];

    /// <summary>Directories inside to be in memory: PATH, or PATH:OPTIONS such as /cache:size=10m.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] TmpFs { get; set; } = [];

    /// <summary>Files of variables, NAME=VALUE a line; -Environment goes before them.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] EnvironmentFile { get; set; } = [];

    /// <summary>Resource limits: nofile=1024:2048 and the like; -1 for none. Those not named are the caller's.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(UlimitCompleter))]
    public string[] Ulimit { get; set; } = [];

    /// <summary>Devices of the host: PATH, with :PATH for another one inside, and :r, :rw or :rwm.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DeviceCompleter))]
    public string[] Device { get; set; } = [];

    /// <summary>When the image is brought from its registry: when it is missing, always or never.</summary>
    [Parameter(ParameterSetName = ImageSet)]
    public ImagePullPolicy Pull { get; set; }

    private ContainerMount[] GetMounts() =>
    [
        .. TmpFs.Select(MountText.ParseTmpFs),
        .. Volume.Select(text => MountText.ParseVolume(text, ToFileSystemPath)),
        .. Mount,
    ];

    private RlimitSpec[] GetLimits() => [.. Ulimit.Select(ResourceLimitText.Parse)];

    // What the files say first, so that what is said here goes over it.
    private Dictionary<string, string?> GetEnvironment()
    {
        Dictionary<string, string?> variables = [];
        foreach ((string name, string value) in EnvironmentFile.Select(ToFileSystemPath).SelectMany(NsTools.Containers.EnvironmentFile.Read))
            variables[name] = value;
        foreach (DictionaryEntry entry in Environment)
            variables[entry.Key.ToString() ?? ""] = entry.Value is null ? null : LanguagePrimitives.ConvertTo<string>(entry.Value);
        return variables;
    }

    /// <summary>The image, brought from its registry where that has to be.</summary>
    /// <param name="image">The image as it was named.</param>
    private ImageReference Bring(ImageReference image)
    {
        if (!ImagePuller.IsNeeded(image, Pull))
            return image;
        using var reporter = new CopyProgressReporter(this, $"Pulling {image}");
        return reporter.Wait(ImagePuller.PullAsync(image, Platform, Access with { Notice = reporter.Notice }, reporter.Progress, StopToken));
    }
}
