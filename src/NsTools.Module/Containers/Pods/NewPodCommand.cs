using System.Collections;
using System.Management.Automation;
using NsTools.Containers;
using NsTools.Containers.Networks;
using NsTools.Containers.Pods;
using NsTools.Module.Common;
using NsTools.Module.Containers.Networks;

namespace NsTools.Module.Containers.Pods;

/// <summary>New-Pod: makes a pod, which containers are then put in with -Pod.</summary>
[Cmdlet(VerbsCommon.New, "Pod", SupportsShouldProcess = true)]
[OutputType(typeof(Pod))]
public sealed class NewPodCommand : NsToolsCmdlet
{
    /// <summary>Its name.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>Ports to be published on the host: [IP:][HOSTPORT:]PORT[/tcp|/udp], or ranges of them.</summary>
    [Parameter]
    [Alias("Port")]
    [ValidateNotNullOrEmpty]
    public string[] Publish { get; set; } = [];

    /// <summary>Names of networks; without it the network nstools. An ordinary user's pod has a helper, pasta or slirp4netns: the usual one without it.</summary>
    [Parameter]
    [ContainerNetworkTransformation]
    [ArgumentCompleter(typeof(ContainerNetworkCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Network { get; set; } = [];

    /// <summary>The host name of its containers; without it the pod's name.</summary>
    [Parameter]
    [ValidatePattern(@"\A[A-Za-z0-9][A-Za-z0-9.-]{0,63}\z")]
    public string? HostName { get; set; }

    /// <summary>Labels.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary Label { get; set; } = new Hashtable();

    /// <summary>Lets its containers see each other's processes.</summary>
    [Parameter]
    public SwitchParameter ShareProcess { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing() => ForItem(Name, () =>
    {
        ContainerNetworkSelection networks = ContainerNetworkSelection.Parse(Network, name => ContainerStore.Current.Get(name).Id);
        bool hasHelper = networks.Mode is ContainerNetworkMode.Pasta or ContainerNetworkMode.Slirp4NetNs;
        if (networks.Mode != ContainerNetworkMode.Bridge && !hasHelper)
            throw new NsToolsException(FailureKind.InvalidArgument, "InvalidContainerNetwork", $"A pod has a network of its own: '{Network[0]}' is none for it.", "Give the names of networks (Get-ContainerNetwork).");
        PodOptions options = new()
        {
            Name = Name!,
            HostName = HostName,
            Networks = networks.Networks,
            Helper = hasHelper ? networks.Mode : null,
            Ports = [.. Publish.SelectMany(ContainerPort.Parse)],
            Labels = Label.Cast<DictionaryEntry>().ToDictionary(entry => entry.Key.ToString() ?? "", entry => entry.Value?.ToString() ?? ""),
            SharesProcesses = ShareProcess,
        };
        if (ShouldProcess(Name, options.Describe()))
            WriteObject(PodStore.Current.Create(options, StopToken));
    });
}
