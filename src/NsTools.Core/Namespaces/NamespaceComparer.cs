using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Namespaces;

namespace NsTools.Namespaces;

/// <summary>Compares the namespaces of two things.</summary>
public static class NamespaceComparer
{
    /// <summary>Compares kind by kind.</summary>
    /// <param name="reference">One thing. A set stands for its holder: kinds that are not its own are compared too.</param>
    /// <param name="difference">The other.</param>
    /// <returns>A row for each kind that both have, in order.</returns>
    /// <exception cref="NsToolsException">One of them cannot be opened, or two single namespaces are of different kinds.</exception>
    public static IReadOnlyList<NamespaceComparison> Compare(NamespaceReference reference, NamespaceReference difference)
    {
        NamespaceType[] ofReference = [.. reference.GetOpenableTypes()];
        NamespaceType[] ofDifference = [.. difference.GetOpenableTypes()];
        NamespaceType[] types = [.. ofReference.Intersect(ofDifference)];
        if (types.Length == 0)
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument,
                "NamespaceTypeMismatch",
                $"'{reference.DisplayName}' is a {ofReference[0]} namespace and '{difference.DisplayName}' a {ofDifference[0]} namespace: they have no kind in common.",
                "Compare two of one kind, or with a process or a namespace set, which have one of each.");
        }
        long[] left = ReadIds(reference, types);
        long[] right = ReadIds(difference, types);
        return
        [
            .. types.Select((type, i) => new NamespaceComparison
            {
                Type = type,
                ReferenceId = left[i],
                DifferenceId = right[i],
                Reference = reference.DisplayName,
                Difference = difference.DisplayName,
            }),
        ];
    }

    private static long[] ReadIds(NamespaceReference reference, IReadOnlyList<NamespaceType> types)
    {
        IReadOnlyList<SafeFileHandle> descriptors = reference.Open(types);
        try
        {
            return [.. descriptors.Select(NamespaceDescriptor.GetId)];
        }
        finally
        {
            foreach (SafeFileHandle descriptor in descriptors)
                descriptor.Dispose();
        }
    }
}
