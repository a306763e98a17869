using System.Text;

namespace NsTools.Interop.Syscalls;

/// <summary>Strings in the form that system calls take: UTF-8, ended by a NUL.</summary>
public static class PathBytes
{
    /// <summary>The text's bytes with a NUL after them, to be pinned with <c>fixed</c>.</summary>
    /// <param name="text">A path, a name or a value.</param>
    /// <exception cref="SyscallException">
    /// <c>EINVAL</c>: it has a NUL inside. The kernel would silently take only what is before it: another path.
    /// </exception>
    public static byte[] Of(string text)
    {
        if (text.Contains('\0'))
            throw new SyscallException("open", 22, text.Replace("\0", "\\0", StringComparison.Ordinal), "a NUL character cannot be part of it");
        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(text) + 1];
        Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }
}
