using System.Buffers;

namespace NsTools.Commands;

/// <summary>Writes a command as one would type it in a POSIX shell.</summary>
internal static class ShellWords
{
    private static readonly SearchValues<char> s_plain =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./,:@%^$");

    /// <summary>The words with blanks between, quoted where the shell would read them otherwise.</summary>
    /// <param name="words">The words.</param>
    public static string Join(IEnumerable<string> words) => string.Join(' ', words.Select(Quote));

    private static string Quote(string word) =>
        word.Length > 0 && !word.AsSpan().ContainsAnyExcept(s_plain) ? word : $"'{word.Replace("'", @"'\''")}'";
}
