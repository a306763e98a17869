using System.Text;

namespace NsTools.Builds.Remote;

/// <summary>The name that a downloaded file gets: a server's word is never a path.</summary>
internal static class RemoteFileName
{
    // NAME_MAX (limits.h).
    private const int MaximumLength = 255;

    /// <summary>The last part of a path or of a server's name for a file, as BuildKit takes it.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Null where it is no file's name.</returns>
    public static string? Of(string? text)
    {
        if (text is null || text.EndsWith('/'))
            return null;
        string name = text[(text.LastIndexOf('/') + 1)..];
        return name is "" or "." or ".." || name.Any(char.IsControl) || Encoding.UTF8.GetByteCount(name) > MaximumLength ? null : name;
    }
}
