using System.Management.Automation.Runspaces;
using System.Reflection;

namespace NsTools.Shell.Sessions;

/// <summary>Makes <c>exit 3</c> in the script that a host runs end the host's session with 3.</summary>
/// <remarks>
/// A script file called as a command swallows its <c>exit</c>: it sets $LASTEXITCODE, which a program that the script
/// ran sets too. pwsh's host turns that off for the next script by an internal property of the engine; there is no
/// public way. The engine's version is pinned in Directory.Packages.props, and a test runs <c>exit</c>.
/// </remarks>
internal static class ScriptExit
{
    private const BindingFlags Internal = BindingFlags.Instance | BindingFlags.NonPublic;

    /// <summary>For the next script file that this runspace runs.</summary>
    /// <exception cref="MissingMemberException">This engine is not the one that we were built with.</exception>
    public static void EndsSession(Runspace runspace)
    {
        object context = Property(runspace.GetType(), "ExecutionContext").GetValue(runspace)!;
        Property(context.GetType(), "ScriptCommandProcessorShouldRethrowExit").SetValue(context, true);
    }

    private static PropertyInfo Property(Type type, string name) =>
        type.GetProperty(name, Internal) ?? throw new MissingMemberException(type.FullName, name);
}
