using System.Management.Automation;

namespace NsTools.Module.Containers;

/// <summary>Stop-Container: ends containers, by their stop signal first.</summary>
[Cmdlet(VerbsLifecycle.Stop, "Container", SupportsShouldProcess = true)]
[OutputType(typeof(Container))]
public sealed class StopContainerCommand : StoppingContainerCmdlet
{
    /// <inheritdoc/>
    private protected override string Verb => "stop";
}
