using System.Text;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Commands;

/// <summary>Output without <c>Console</c>, which alone would cost a millisecond and takes over signals and terminal.</summary>
internal static unsafe class StandardStream
{
    public static void WriteOutput(string text) => Write(STDOUT_FILENO, text);

    public static void WriteError(string text) => Write(STDERR_FILENO, text);

    /// <summary>A JSON document and a newline on standard output.</summary>
    public static void WriteJson(ReadOnlySpan<byte> json)
    {
        Write(STDOUT_FILENO, json);
        Write(STDOUT_FILENO, "\n"u8);
    }

    /// <summary>One line on standard error; the exit code to return.</summary>
    public static int Fail(string message)
    {
        WriteError($"nsrun: {message.ReplaceLineEndings(" ")}\n");
        return 1;
    }

    private static void Write(int descriptor, string text) => Write(descriptor, Encoding.UTF8.GetBytes(text));

    private static void Write(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* data = bytes)
        {
            for (int done = 0; done < bytes.Length;)
            {
                long written = write(descriptor, data + done, bytes.Length - done);
                if (written < 0 && errno != EINTR)
                    return;
                done += (int)Math.Max(written, 0);
            }
        }
    }
}
