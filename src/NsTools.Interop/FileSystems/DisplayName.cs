using System.Globalization;
using System.Text;

namespace NsTools.Interop.FileSystems;

/// <summary>File names as a message shows them: a name may be anybody's, and a terminal obeys what is in it.</summary>
public static class DisplayName
{
    // A path may have 4096 bytes, and an archive's name any length: enough to know it by.
    private const int MaximumLength = 200;

    /// <summary>
    /// The name as one line of text: control characters are escaped, bytes that are no UTF-8 show as U+FFFD, and what is
    /// too long ends in an ellipsis.
    /// </summary>
    /// <param name="name">The name's bytes.</param>
    public static string Of(ReadOnlySpan<byte> name)
    {
        var text = new StringBuilder();
        foreach (Rune rune in Encoding.UTF8.GetString(name[..Math.Min(name.Length, MaximumLength * 4)]).EnumerateRunes())
        {
            if (text.Length >= MaximumLength)
                return text.Append('…').ToString();
            // Format characters, too: they can turn the order of what follows (U+202E).
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
            {
                text.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
            }
            else
            {
                text.Append(rune);
            }
        }
        return text.ToString();
    }
}
