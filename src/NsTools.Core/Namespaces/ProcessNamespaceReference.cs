using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Processes;

namespace NsTools.Namespaces;

/// <summary>The namespaces of a process.</summary>
internal sealed class ProcessNamespaceReference(int processId) : NamespaceReference($"process {processId}")
{
    private static readonly NamespaceType[] s_allTypes = Enum.GetValues<NamespaceType>();

    /// <inheritdoc/>
    public override IReadOnlyList<NamespaceType> GetTypes()
    {
        using ProcDirectory process = ProcessNamespaces.OpenProcess(processId);
        return [.. s_allTypes.Where(ProcessNamespaces.IsSupported)];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<SafeFileHandle> Open(IReadOnlyList<NamespaceType> types)
    {
        using ProcDirectory process = ProcessNamespaces.OpenProcess(processId);
        return DescriptorList.Open(types, type => ProcessNamespaces.Open(process, type));
    }
}
