using System.Management.Automation;
using System.Reflection;

namespace NsTools.Loader;

/// <summary>
/// Lets scripts name the object model's types, <c>[NsTools.NamespaceType]::Pid</c>. PowerShell looks for type names in
/// the default AssemblyLoadContext only, and the object model lives in the module's own, so each type is made known
/// as a type accelerator under its full name. The accelerators' class is not public; it has been the one way that
/// modules use since PowerShell 3, and where it is missing only the type names are.
/// </summary>
internal static class TypeNames
{
    private static readonly Type? s_accelerators =
        typeof(PSObject).Assembly.GetType("System.Management.Automation.TypeAccelerators");

    /// <summary>Makes the public types of the namespace <c>NsTools</c> known.</summary>
    /// <param name="objectModel">NsTools.Core.</param>
    public static void Add(Assembly objectModel) => Call("Add", objectModel, type => [type.FullName!, type]);

    /// <summary>Forgets them again.</summary>
    /// <param name="objectModel">NsTools.Core.</param>
    public static void Remove(Assembly objectModel) => Call("Remove", objectModel, type => [type.FullName!]);

    private static void Call(string method, Assembly objectModel, Func<Type, object[]> arguments)
    {
        if (s_accelerators?.GetMethod(method, BindingFlags.Public | BindingFlags.Static) is not { } call)
            return;
        foreach (Type type in objectModel.GetExportedTypes())
        {
            if (type.Namespace == "NsTools" && !type.IsNested)
                call.Invoke(null, arguments(type));
        }
    }
}
