using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Namespaces;
using NsTools.Interop.Processes;

namespace NsTools.Namespaces;

/// <summary>
/// The namespaces of a set. They are taken from its holder, once it is known to be the holder: a process of that ID
/// that is in all of the set's own namespaces, which one that was given the same ID later is not. A set without a holder
/// has the namespaces that are mounted, and no others.
/// </summary>
internal sealed class SetNamespaceReference(NamespaceSet set) : NamespaceReference(set.Name)
{
    /// <inheritdoc/>
    public override IReadOnlyList<NamespaceType> GetTypes() => [.. set.Namespaces.Select(n => n.Type)];

    /// <inheritdoc/>
    public override IReadOnlyList<NamespaceType> GetOpenableTypes() => IsPinned ? GetTypes() : ProcessNamespaces.SupportedTypes;

    /// <inheritdoc/>
    internal override NamespaceContext GetContext() => new(IsPinned ? null : set.ProcessId, set.Mount is null ? set.Root : null);

    /// <inheritdoc/>
    public override IReadOnlyList<SafeFileHandle> Open(IReadOnlyList<NamespaceType> types)
    {
        if (IsPinned)
            return DescriptorList.Open(types, OpenPinned);
        using ProcDirectory holder = OpenHolder();
        return DescriptorList.Open(types, type => ProcessNamespaces.Open(holder, type));
    }

    /// <inheritdoc/>
    internal override ProcDirectory? OpenProcess() => IsPinned ? null : OpenHolder();

    private bool IsPinned => set.State == NamespaceSetState.Pinned && set.Namespaces.Count > 0;

    private SafeFileHandle OpenPinned(NamespaceType wanted)
    {
        LinuxNamespace own = set.Namespaces.FirstOrDefault(n => n.Type == wanted) ?? throw Mismatch(set.Name, set.Namespaces[0].Type, wanted);
        return FromNamespace(own).Open(wanted);
    }

    private ProcDirectory OpenHolder()
    {
        if (set.State != NamespaceSetState.Running || set.ProcessId <= 0 || set.Namespaces.Count == 0)
            throw Dead();
        ProcDirectory holder = ProcDirectory.TryOpen(set.ProcessId, out _) ?? throw Dead();
        try
        {
            foreach (LinuxNamespace own in set.Namespaces)
            {
                using SafeFileHandle descriptor = ProcessNamespaces.Open(holder, own.Type);
                if (NamespaceDescriptor.GetId(descriptor) != own.Id)
                    throw Dead();
            }
            return holder;
        }
        catch (NsToolsException ended) when (ended.ErrorId == "ProcessEnded")
        {
            holder.Dispose();
            throw Dead();
        }
        catch
        {
            holder.Dispose();
            throw;
        }
    }

    private NsToolsException Dead() => new(
        FailureKind.InvalidState,
        "NamespaceSetDead",
        set.ProcessId > 0
            ? $"The holder of namespace set '{set.Name}', process {set.ProcessId}, has ended."
            : $"The holder of namespace set '{set.Name}' has ended.",
        $"Clear it with Remove-Namespace {set.Name}, and make it anew with New-Namespace.");
}
