using System.Collections;
using System.Globalization;
using System.Management.Automation;
using NsTools.Namespaces;

namespace NsTools.Module.Common;

/// <summary>
/// Our objects after a trip through remoting or a job: property bags of the type <c>Deserialized.NsTools.…</c>
/// (<c>about_Remote_Output</c>), in which enums have become their text or number.
/// </summary>
internal static class PropertyBag
{
    /// <summary>What a bag names.</summary>
    /// <param name="bag">Any property bag.</param>
    /// <returns>The reference; null when the bag is of nothing that names a namespace.</returns>
    public static NamespaceReference? ToNamespaceReference(PSObject bag)
    {
        if (ToNamespaceSet(bag) is { } set)
        {
            // At PowerShell's default depth the namespaces inside have become text: the name still finds the set.
            return set.Namespaces.Count > 0 ? NamespaceReference.FromSet(set) : NamespaceReference.FromName(set.Name);
        }
        if (ToLinuxNamespace(bag) is { } one)
            return NamespaceReference.FromNamespace(one);
        return (IsDeserialized(bag, "System.Diagnostics.Process") ? Number(bag, "Id") : Number(bag, "ProcessId")) is { } processId
            ? NamespaceReference.FromText(processId.ToString(CultureInfo.InvariantCulture))
            : null;
    }

    /// <summary>The set that a bag was; null for a bag of something else.</summary>
    public static NamespaceSet? ToNamespaceSet(PSObject bag)
    {
        if (!IsDeserialized(bag, "NsTools.NamespaceSet") || Text(bag, "Name") is not { } name)
            return null;
        IEnumerable<object?> namespaces = bag.Properties["Namespaces"]?.Value is { } value
            ? (value is PSObject { BaseObject: IEnumerable inner } ? inner : value as IEnumerable ?? Array.Empty<object>()).Cast<object?>()
            : [];
        return new NamespaceSet
        {
            Name = name,
            ProcessId = (int)(Number(bag, "ProcessId") ?? 0),
            State = Enumeration<NamespaceSetState>(bag, "State") ?? NamespaceSetState.Dead,
            Namespaces = [.. namespaces.OfType<PSObject>().Select(ToLinuxNamespace).OfType<LinuxNamespace>()],
        };
    }

    /// <summary>The namespace that a bag was; null for a bag of something else.</summary>
    public static LinuxNamespace? ToLinuxNamespace(PSObject bag) =>
        IsDeserialized(bag, "NsTools.LinuxNamespace")
            && Enumeration<NamespaceType>(bag, "Type") is { } type
            && Number(bag, "Id") is { } id
            ? new LinuxNamespace { Type = type, Id = id, Path = Text(bag, "Path"), Name = Text(bag, "Name") }
            : null;

    private static bool IsDeserialized(PSObject bag, string type) => bag.TypeNames.Contains("Deserialized." + type);

    private static string? Text(PSObject bag, string property) =>
        bag.Properties[property]?.Value is { } value ? Convert.ToString(Base(value), CultureInfo.InvariantCulture) : null;

    private static long? Number(PSObject bag, string property) =>
        long.TryParse(Text(bag, property), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : null;

    private static T? Enumeration<T>(PSObject bag, string property)
        where T : struct, Enum =>
        // An enum arrives as its number, with its text as what ToString gives.
        bag.Properties[property]?.Value is { } value && Enum.TryParse(value.ToString(), ignoreCase: true, out T result)
            ? result
            : null;

    private static object Base(object value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}
