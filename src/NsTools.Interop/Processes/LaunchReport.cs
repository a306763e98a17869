using System.Buffers.Binary;
using System.Text;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.Interop.Processes;

/// <summary>One message from <c>nsrun</c> to its launcher, or from its inner stage to its outer one.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Number">Process ID, <c>wait(2)</c> status or error number, as <paramref name="Kind"/> says.</param>
/// <param name="Subject">The path or name that a failed call was about, or the JSON path; null for none.</param>
/// <param name="Syscall">The call that failed; null otherwise.</param>
/// <param name="Detail">What the step adds; null for nothing.</param>
internal sealed record LaunchReport(
    LaunchReportKind Kind,
    int Number,
    string? Subject = null,
    string? Syscall = null,
    string? Detail = null)
{
    /// <summary>The longest encoded report: within PIPE_BUF, so that one write(2) is one report on a pipe, too.</summary>
    public const int MaximumLength = 4096;

    private const int HeaderLength = 5;
    private const int TextLimit = 1300;

    /// <summary>The report of a failure.</summary>
    public static LaunchReport From(Exception exception) => exception switch
    {
        SyscallException failure => new(LaunchReportKind.Failed, failure.Number, failure.Subject, failure.Syscall, failure.Detail),
        RuntimeSpecException failure => new(LaunchReportKind.InvalidConfig, 0, failure.Path, null, failure.Problem),
        // A defect: the type's name is all that a build without stack traces can add to the message.
        _ => new(LaunchReportKind.Failed, LibC.EIO, null, "nsrun", $"{exception.GetType().Name}: {exception.Message}"),
    };

    /// <summary>The exception that a failure's report stands for.</summary>
    public Exception ToException() => Kind == LaunchReportKind.InvalidConfig
        ? new RuntimeSpecException(Subject ?? "$", Detail ?? "")
        : new SyscallException(Syscall ?? "nsrun", Number, Subject, Detail);

    /// <summary>Encodes the report.</summary>
    public byte[] Encode()
    {
        string text = $"{Shorten(Subject)}\0{Shorten(Syscall)}\0{Shorten(Detail)}";
        byte[] bytes = new byte[HeaderLength + Encoding.UTF8.GetByteCount(text)];
        bytes[0] = (byte)Kind;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(1), Number);
        Encoding.UTF8.GetBytes(text, bytes.AsSpan(HeaderLength));
        return bytes;
    }

    /// <summary>Decodes a report; null for what is none.</summary>
    public static LaunchReport? Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderLength || bytes[0] is < (byte)LaunchReportKind.Started or > (byte)LaunchReportKind.Exited)
            return null;
        string[] text = Encoding.UTF8.GetString(bytes[HeaderLength..]).Split('\0');
        return new LaunchReport(
            (LaunchReportKind)bytes[0],
            BinaryPrimitives.ReadInt32LittleEndian(bytes[1..]),
            Text(text, 0),
            Text(text, 1),
            Text(text, 2));
    }

    private static string? Text(string[] fields, int index) =>
        index < fields.Length && fields[index].Length > 0 ? fields[index] : null;

    // Three fields must fit into MaximumLength whatever they hold; a path of PATH_MAX loses its middle.
    private static string Shorten(string? text) => text switch
    {
        null => "",
        { Length: <= TextLimit / 3 } => text,
        _ when Encoding.UTF8.GetByteCount(text) <= TextLimit => text,
        _ => $"{text[..150]}…{text[^150..]}",
    };
}

/// <summary>What a <see cref="LaunchReport"/> tells.</summary>
internal enum LaunchReportKind : byte
{
    /// <summary>The program was executed, or the holder is ready; the number is its process ID, and its pidfd comes along.</summary>
    Started = 1,

    /// <summary>A step failed; the number is the error.</summary>
    Failed,

    /// <summary>The config is wrong; the subject is the JSON path.</summary>
    InvalidConfig,

    /// <summary>The process has ended; the number is its <c>wait(2)</c> status.</summary>
    Exited,
}
