using System.Collections;
using System.Management.Automation;

namespace NsTools.Module.Builds;

/// <summary>Hash tables of a script as names and texts.</summary>
internal static class DictionaryText
{
    /// <summary>The names and texts; null stays null.</summary>
    /// <param name="given">The table.</param>
    public static IEnumerable<KeyValuePair<string, string?>> Of(IDictionary given) =>
        given.Cast<DictionaryEntry>().Select(entry => KeyValuePair.Create(entry.Key.ToString() ?? "", entry.Value is null ? null : LanguagePrimitives.ConvertTo<string>(entry.Value)));
}
