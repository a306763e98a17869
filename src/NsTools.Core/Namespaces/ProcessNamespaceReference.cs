using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Processes;

namespace NsTools.Namespaces;

/// <summary>The namespaces of a process.</summary>
internal sealed class ProcessNamespaceReference(int processId) : NamespaceReference($"process {processId}")
{
    /// <inheritdoc/>
    public override string Text { get; } = processId.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    internal override NamespaceContext GetContext() => new(processId, null);

    /// <inheritdoc/>
    public override IReadOnlyList<NamespaceType> GetTypes()
    {
        using ProcDirectory process = ProcessNamespaces.OpenProcess(processId);
        return ProcessNamespaces.SupportedTypes;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<SafeFileHandle> Open(IReadOnlyList<NamespaceType> types)
    {
        using ProcDirectory process = ProcessNamespaces.OpenProcess(processId);
        return DescriptorList.Open(types, type => ProcessNamespaces.Open(process, type));
    }

    /// <inheritdoc/>
    internal override ProcDirectory OpenProcess() => ProcessNamespaces.OpenProcess(processId);
}
