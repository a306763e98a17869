using System.Management.Automation;
using NsTools.Containers;
using NsTools.Containers.Pods.Kubernetes;

namespace NsTools.Module.Containers.Pods;

/// <summary>Export-Pod: writes pods as Kubernetes YAML.</summary>
[Cmdlet(VerbsData.Export, "Pod")]
[OutputType(typeof(string))]
public sealed class ExportPodCommand : PodCmdlet
{
    /// <inheritdoc/>
    private protected override void Process(Pod pod) => WriteObject(new PodManifestWriter(ContainerStore.Current).Write(pod.Name).TrimEnd('\n'));
}
