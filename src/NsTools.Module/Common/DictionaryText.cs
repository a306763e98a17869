using System.Collections;
using System.Management.Automation;

namespace NsTools.Module.Common;

/// <summary>Hash tables of a script as names and texts.</summary>
internal static class DictionaryText
{
    /// <summary>The names and texts; null stays null.</summary>
    /// <param name="given">The table.</param>
    public static Dictionary<string, string?> Of(IDictionary given) => Of(given, static text => text);

    /// <summary>The names, and what each text means.</summary>
    /// <param name="given">The table.</param>
    /// <param name="convert">Reads a text; gets null for null.</param>
    public static Dictionary<string, T> Of<T>(IDictionary given, Func<string?, T> convert) => given.Cast<DictionaryEntry>().ToDictionary(
        entry => entry.Key.ToString() ?? "", entry => convert(entry.Value is null ? null : LanguagePrimitives.ConvertTo<string>(entry.Value)));
}
