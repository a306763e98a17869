using System.Text;
using NsTools.Interop.FileSystems;

namespace NsTools.Images;

/// <summary>Text that somebody else wrote (a registry's answer, a label), as a message may show it.</summary>
internal static class DisplayText
{
    /// <summary>The text as one line: control characters are escaped, and what is too long ends in an ellipsis.</summary>
    public static string Of(string? text) => DisplayName.Of(Encoding.UTF8.GetBytes(text ?? ""));
}
