using Microsoft.Win32.SafeHandles;
using NsTools.Cgroups;
using NsTools.Interop.Oci;

namespace NsTools.Commands;

/// <summary>A command ready to be started: the OCI config and the namespaces' descriptors that it refers to.</summary>
internal sealed class CommandPlan(RuntimeSpec spec, IReadOnlyList<SafeFileHandle> descriptors) : IDisposable
{
    /// <summary>The config.</summary>
    public RuntimeSpec Spec { get; } = spec;

    /// <summary>What the config's paths refer to.</summary>
    public IReadOnlyList<SafeFileHandle> Descriptors { get; } = descriptors;

    /// <summary>The same command, to be started in cgroups.</summary>
    /// <param name="cgroups">Their directories; taken over.</param>
    public CommandPlan In(IReadOnlyList<SafeFileHandle> cgroups)
    {
        if (cgroups.Count == 0)
            return this;
        Dictionary<string, string> annotations = new(Spec.Annotations ?? new Dictionary<string, string>());
        (string name, string value) = CgroupPlacement.Annotation(Descriptors.Count, cgroups.Count);
        annotations[name] = value;
        return new CommandPlan(Spec with { Annotations = annotations }, [.. Descriptors, .. cgroups]) { Cgroups = cgroups };
    }

    /// <summary>Directories of the cgroups that it is started in, among <see cref="Descriptors"/>; none for the caller's own.</summary>
    public IReadOnlyList<SafeFileHandle> Cgroups { get; private init; } = [];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SafeFileHandle descriptor in Descriptors)
            descriptor.Dispose();
    }
}
