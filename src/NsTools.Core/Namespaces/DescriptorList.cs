using Microsoft.Win32.SafeHandles;

namespace NsTools.Namespaces;

/// <summary>Opens a descriptor for each of several kinds, or none at all.</summary>
internal static class DescriptorList
{
    /// <summary>Opens them in order; when one fails, those opened before are closed.</summary>
    public static IReadOnlyList<SafeFileHandle> Open(IReadOnlyList<NamespaceType> types, Func<NamespaceType, SafeFileHandle> open)
    {
        List<SafeFileHandle> opened = new(types.Count);
        try
        {
            foreach (NamespaceType type in types)
                opened.Add(open(type));
        }
        catch
        {
            opened.ForEach(d => d.Dispose());
            throw;
        }
        return opened;
    }
}
