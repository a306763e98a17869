using System.Buffers.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle.Supervision;

/// <summary>
/// Gives back the pages of the program that starting it has touched: a supervisor sleeps, and needs a handful of them.
/// They are the file's, unchanged, and come back from the page cache when they are needed.
/// </summary>
internal static unsafe class ProgramPages
{
    // MADV_DONTNEED, madvise(2).
    private const int DoNotNeed = 4;

    // The program's own mappings come first, and there are few. On the stack: memory is what this is about.
    private const int TextLength = 16 * 1024;
    private const int MostRanges = 16;

    /// <summary>Does it.</summary>
    public static void Release()
    {
        byte* text = stackalloc byte[TextLength];
        Span<(nint Start, nint Length)> ranges = stackalloc (nint, nint)[MostRanges];
        int count = FilePages(new ReadOnlySpan<byte>(text, Read(text)), ranges);
        // First all is read, then all is given back: what runs in between would bring pages back.
        foreach ((nint start, nint length) in ranges[..count])
            _ = syscall(SyscallNumber.MAdvise, (void*)start, (void*)length, DoNotNeed);
    }

    private static int Read(byte* text)
    {
        using SafeFileHandle file = Descriptor.Open("/proc/self/smaps", O_RDONLY);
        int length = 0;
        while (length < TextLength && read(Descriptor.Number(file), text + length, TextLength - length) is var more && (long)more > 0)
            length += (int)(long)more;
        return length;
    }

    // proc_pid_smaps(5): a line as "00401000-008bf000 r-xp 00001000 fd:00 5382242  /usr/bin/nsrun", then one for each figure.
    // Only what nothing can write to and nothing has written to ("Anonymous"): what was changed would be lost.
    private static int FilePages(ReadOnlySpan<byte> text, Span<(nint, nint)> ranges)
    {
        int count = 0;
        (nint Start, nint Length) range = default;
        for (int end; count < ranges.Length && (end = text.IndexOf((byte)'\n')) >= 0; text = text[(end + 1)..])
        {
            ReadOnlySpan<byte> line = text[..end];
            if (Utf8Parser.TryParse(line, out long start, out int digits, 'x') && line[digits..] is [(byte)'-', .. var rest])
                range = Utf8Parser.TryParse(rest, out long stop, out digits, 'x') && IsFile(rest[digits..]) ? ((nint)start, (nint)(stop - start)) : default;
            else if (line.StartsWith("Anonymous: "u8) && line.EndsWith(" 0 kB"u8) && range.Length > 0)
                ranges[count++] = range;
        }
        return count;
    }

    private static bool IsFile(ReadOnlySpan<byte> fields) =>
        (fields.StartsWith(" r-xp "u8) || fields.StartsWith(" r--p "u8)) && fields.IndexOf((byte)'/') >= 0;
}
