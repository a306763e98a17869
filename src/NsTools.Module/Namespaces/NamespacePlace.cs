using NsTools.Module.Common;
using NsTools.Namespaces;

namespace NsTools.Module.Namespaces;

/// <summary>Turns the parameters that Invoke-Namespace and Enter-Namespace share into what they mean.</summary>
internal static class NamespacePlace
{
    /// <summary>The place.</summary>
    /// <param name="cmdlet">The cmdlet, for paths relative to PowerShell's location.</param>
    /// <param name="target">What to enter.</param>
    /// <param name="types">The kinds to enter; none for the default.</param>
    /// <param name="root">Another root; null for none.</param>
    public static EnteredNamespaces Of(NsToolsCmdlet cmdlet, NamespaceReference target, NamespaceType[] types, string? root) => new()
    {
        Target = target,
        Types = types.Length > 0 ? types : null,
        Root = root is null ? null : cmdlet.ToFileSystemPath(root),
    };
}
