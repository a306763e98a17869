using System.Reflection;

namespace NsTools.Runtime.Init;

/// <summary>
/// A framework-dependent build loads an assembly when something in it is first used; once the container's root is
/// entered, the .NET directory is out of sight. So they are all loaded before. A native build has nothing to load.
/// </summary>
internal static class LoadedAssemblies
{
    // What nsrun.dll and NsTools.Interop.dll reference, without System.Private.CoreLib's own façade.
    private static readonly string[] s_names =
    [
        "System.Collections", "System.Linq", "System.Memory", "System.Runtime.InteropServices", "System.Text.Json",
        "System.Text.Encodings.Web", "System.Threading", "System.Threading.Thread",
    ];

    /// <summary>
    /// True when CoreCLR runs this, which knows where assemblies are. <c>RuntimeFeature.IsDynamicCodeSupported</c> does
    /// not tell: a project that is meant for NativeAOT has it off everywhere.
    /// </summary>
    public static bool AreNeeded => AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") is not null;

    /// <summary>Loads them.</summary>
    public static void Load()
    {
        if (!AreNeeded)
            return;
        foreach (string name in s_names)
            _ = Assembly.Load(name);
    }
}
