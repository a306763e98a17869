using NsTools.Containers;
using NsTools.Containers.Networks;
using NsTools.Images;
using NsTools.Module.Common;
using NsTools.Module.Images;
using NsTools.Module.RootFileSystems;
using NsTools.RootFileSystems;

namespace NsTools.Module.Containers;

/// <summary>A cmdlet that makes a container: what New-Container and Invoke-Image have in common.</summary>
public abstract partial class ContainerCreationCmdlet : ImageSourceCmdlet
{
    private protected const string ImageSet = "Image";
    private protected const string RootSet = "Root";

    /// <summary>What errors name as their target.</summary>
    private protected string Source => Image?.ToString() ?? Root!;

    /// <summary>The options that the parameters make.</summary>
    /// <exception cref="NsToolsException">One is not of its form.</exception>
    private protected virtual ContainerOptions GetOptions() => new()
    {
        Name = Name,
        Arguments = Command is null ? ArgumentList : ["/bin/sh", "-c", Command],
        // A command line is for the shell, whatever the image would run.
        Entrypoint = Command is not null && Entrypoint is null ? [] : Entrypoint,
        Environment = GetEnvironment(),
        User = User,
        UserNamespace = UserNamespace,
        WorkingDirectory = WorkingDirectory,
        HostName = HostName,
        Labels = DictionaryText.Of(Label, static text => text ?? ""),
        Mounts = GetMounts(),
        Devices = [.. Device.Select(ContainerDevice.Parse)],
        ResourceLimits = GetLimits(),
        IsReadOnly = ReadOnly,
        Network = Network.Length == 0 ? null : ContainerNetworkSelection.Parse(Network, name => ContainerStore.Current.Get(name).Id),
        Pod = Pod,
        Ports = [.. Publish.SelectMany(ContainerPort.Parse)],
        Memory = IsGiven(nameof(Memory)) ? Memory : null,
        Cpu = IsGiven(nameof(Cpu)) ? Cpu : null,
        PidsLimit = IsGiven(nameof(PidsLimit)) ? PidsLimit : new ContainerOptions().PidsLimit,
        AddedCapabilities = Capability,
        DroppedCapabilities = DropCapability,
        AllowsNewPrivileges = SecurityOptions.AllowsNewPrivileges(SecurityOption),
        HasNoSystemCallFilter = SecurityOptions.HasNoSystemCallFilter(SecurityOption),
        HasTerminal = Tty,
        KeepsInput = Interactive,
        HasInit = Init,
        RestartPolicy = RestartPolicy,
        HealthCheck = GetHealthCheck(),
        StopSignal = StopSignal is null ? null : SecurityOptions.Signal(StopSignal),
        StopTimeout = IsGiven(nameof(StopTimeoutSec)) ? TimeSpan.FromSeconds(StopTimeoutSec) : null,
    };

    /// <summary>Makes the container.</summary>
    /// <param name="options">What it is to be.</param>
    private protected Container Create(ContainerOptions options)
    {
        ContainerCreator creator = new(ContainerStore.Current);
        if (Image is null)
            return creator.Create(ToFileSystemPath(Root!), options, StopToken);
        Container? container = null;
        ImageReference image = Bring(Image);
        WithImage(image, source =>
        {
            using var progress = new ExpansionProgressReporter(this, image.ToString(), "layers");
            ImageContents contents = Wait(ImageContents.ReadAsync(source, Platform, StopToken));
            container = creator.Create(source, contents, options, new ExpansionOptions { Progress = progress.Report, Warning = WriteWarning }, StopToken);
        });
        return container!;
    }

    private bool IsGiven(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);
}
