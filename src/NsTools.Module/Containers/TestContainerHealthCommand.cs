using System.Management.Automation;
using NsTools.Containers.Health;

namespace NsTools.Module.Containers;

/// <summary>Test-ContainerHealth: checks containers once, as <c>podman healthcheck run</c> does.</summary>
[Cmdlet(VerbsDiagnostic.Test, "ContainerHealth")]
[OutputType(typeof(ContainerHealthResult), typeof(bool))]
public sealed class TestContainerHealthCommand : ContainerCmdlet
{
    /// <summary>Returns true for a container that is well, and false for another one, and nothing more.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <inheritdoc/>
    private protected override void Process(Container container)
    {
        IReadOnlyList<ContainerHealthResult> results = new ContainerHealthReader(Store).Test(container, StopToken);
        if (Quiet)
            WriteObject(results.Count > 0 && results.All(result => result.IsHealthy));
        else
            WriteObject(results, enumerateCollection: true);
    }
}
