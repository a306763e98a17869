using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Oci;

namespace NsTools.Commands;

/// <summary>A command ready to be started: the OCI config and the namespaces' descriptors that it refers to.</summary>
internal sealed class CommandPlan(RuntimeSpec spec, IReadOnlyList<SafeFileHandle> descriptors) : IDisposable
{
    /// <summary>The config.</summary>
    public RuntimeSpec Spec { get; } = spec;

    /// <summary>What the config's paths refer to.</summary>
    public IReadOnlyList<SafeFileHandle> Descriptors { get; } = descriptors;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SafeFileHandle descriptor in Descriptors)
            descriptor.Dispose();
    }
}
