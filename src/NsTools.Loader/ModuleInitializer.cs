using System.Management.Automation;
using System.Reflection;
using System.Runtime.Loader;

namespace NsTools.Loader;

/// <summary>
/// Runs when the module is imported, before PowerShell looks at the cmdlet assembly (that is why this is an assembly
/// of its own, a nested module: reflecting over a cmdlet class already needs the enums of NsTools.Core).
/// </summary>
public sealed class ModuleInitializer : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    private static readonly string[] s_ownAssemblies = ["NsTools.Core", "NsTools.Interop"];

    private static readonly Lazy<DependencyContext> s_context = new(() =>
        new DependencyContext(Path.Combine(Path.GetDirectoryName(typeof(ModuleInitializer).Assembly.Location)!, "lib")));

    /// <inheritdoc/>
    public void OnImport()
    {
        EnsureSupported(OperatingSystem.IsLinux());
        AssemblyLoadContext.Default.Resolving += ResolveOwnAssembly;
        TypeNames.Add(ObjectModel);
    }

    /// <summary>Import-Module shows this sentence as its one error; the nested module that fails ends the import.</summary>
    internal static void EnsureSupported(bool isLinux)
    {
        if (!isLinux)
            throw new PlatformNotSupportedException("NsTools works on Linux only: it speaks to the Linux kernel directly.");
    }

    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo)
    {
        TypeNames.Remove(ObjectModel);
        AssemblyLoadContext.Default.Resolving -= ResolveOwnAssembly;
    }

    private static Assembly ObjectModel => s_context.Value.LoadFromAssemblyName(new AssemblyName("NsTools.Core"));

    /// <summary>Answers for our own names only: what others ask for is none of our business.</summary>
    private static Assembly? ResolveOwnAssembly(AssemblyLoadContext context, AssemblyName name) =>
        s_ownAssemblies.Contains(name.Name) ? s_context.Value.LoadFromAssemblyName(name) : null;
}
