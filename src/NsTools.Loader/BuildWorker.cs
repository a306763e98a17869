using System.Reflection;
using System.Runtime.Loader;

namespace NsTools.Loader;

/// <summary>
/// Where a pwsh that builds for an ordinary user begins: without the module's import, its cmdlets and formats, which it
/// needs none of.
/// </summary>
public static class BuildWorker
{
    /// <summary>Builds what an order says.</summary>
    /// <param name="orderPath">Path of the order's file.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string orderPath)
    {
        string library = Path.Combine(Path.GetDirectoryName(typeof(BuildWorker).Assembly.Location)!, "lib");
        AssemblyLoadContext context = new DependencyContext(library);
        Type worker = context.LoadFromAssemblyName(new AssemblyName("NsTools.Core")).GetType("NsTools.Builds.Workers.BuildWorker", throwOnError: true)!;
        return worker.GetMethod("Run")!.CreateDelegate<Func<string, int>>()(orderPath);
    }
}
