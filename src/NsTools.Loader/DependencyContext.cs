using System.Reflection;
using System.Runtime.Loader;

namespace NsTools.Loader;

/// <summary>
/// The module's own AssemblyLoadContext: NsTools.Core and everything that it needs are loaded here, so that another
/// module's SharpCompress (say) of a different version and ours never meet.
/// </summary>
internal sealed class DependencyContext(string libraryFolder) : AssemblyLoadContext("NsTools")
{
    private readonly AssemblyDependencyResolver _resolver = new(Path.Combine(libraryFolder, "NsTools.Core.dll"));

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName) =>
        _resolver.ResolveAssemblyToPath(assemblyName) is { } path ? LoadFromAssemblyPath(path) : null;
}
