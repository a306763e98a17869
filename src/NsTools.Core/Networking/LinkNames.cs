using System.Text;

namespace NsTools.Networking;

/// <summary>What the kernel takes as the name of a link (<c>dev_valid_name()</c> in <c>net/core/dev.c</c>).</summary>
internal static class LinkNames
{
    // IFNAMSIZ and ALTIFNAMSIZ, less the NUL.
    private const int MaximumBytes = 15;
    private const int AlternativeMaximumBytes = 127;

    /// <summary>Checks a name: the kernel's own refusal of one too long is only <c>ERANGE</c>.</summary>
    /// <exception cref="NsToolsException">It cannot be a link's name (<c>InvalidLinkName</c>).</exception>
    public static string Check(string name, bool alternative = false)
    {
        int maximum = alternative ? AlternativeMaximumBytes : MaximumBytes;
        int length = Encoding.UTF8.GetByteCount(name);
        string? wrong = length == 0 ? "it is empty"
            : length > maximum ? $"it has {length} bytes, and {maximum} are the most"
            : name is "." or ".." ? "the kernel keeps it for directories"
            // dev_alloc_name(): it would put a number in its place, and we would not know the link that it made.
            : !alternative && name.Contains('%') ? "the kernel takes a percent sign for a place where it puts a number"
            : name.Any(c => c is '/' or ':' or '\0' || (c < 128 && char.IsWhiteSpace(c))) ? "a slash, a colon or a blank cannot be part of it"
            : null;
        return wrong is null ? name : throw new NsToolsException(
            FailureKind.InvalidArgument, "InvalidLinkName", $"'{name}' cannot be the name of a link: {wrong}.", "Choose another name.");
    }

    /// <summary>True for one that only an alternative name can be.</summary>
    public static bool IsAlternative(string name) => Encoding.UTF8.GetByteCount(name) > MaximumBytes;
}
