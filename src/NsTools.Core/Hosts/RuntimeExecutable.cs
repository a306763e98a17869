using System.Runtime.InteropServices;

namespace NsTools.Hosts;

/// <summary>Finds <c>nsrun</c>.</summary>
public static class RuntimeExecutable
{
    // A framework-dependent nsrun, as the inner loop builds it, finds its runtime by these.
    private static readonly string[] s_needed = ["PATH", "HOME", "DOTNET_ROOT"];

    /// <summary>Path of <c>nsrun</c>: <c>NSTOOLS_RUNTIME</c>, or the one that the module ships.</summary>
    /// <exception cref="NsToolsException">It is not there (<c>RuntimeNotFound</c>).</exception>
    public static string Path
    {
        get
        {
            if (Environment.GetEnvironmentVariable("NSTOOLS_RUNTIME") is { Length: > 0 } given)
                return given;
            // This assembly lies in the module's lib folder.
            string module = System.IO.Path.GetDirectoryName(System.IO.Path.GetDirectoryName(typeof(RuntimeExecutable).Assembly.Location)!)!;
            string path = System.IO.Path.Combine(module, "runtimes", RuntimeInformation.RuntimeIdentifier, "native", "nsrun");
            return File.Exists(path)
                ? path
                : throw new NsToolsException(
                    FailureKind.NotFound,
                    "RuntimeNotFound",
                    $"nsrun, which starts every process of NsTools, is not at '{path}'.",
                    "Build the module with `dotnet build`, or name an nsrun in the environment variable NSTOOLS_RUNTIME.");
        }
    }

    /// <summary>The environment in which it can run as a program itself, inside namespaces.</summary>
    internal static IReadOnlyList<string> OwnEnvironment =>
        [.. s_needed.Select(n => (Name: n, Value: Environment.GetEnvironmentVariable(n))).Where(v => v.Value is not null).Select(v => $"{v.Name}={v.Value}")];
}
