using System.Globalization;
using NsTools.Interop.Mounts;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle;

/// <summary>
/// What a process of a new user namespace may not do to itself, and so must inherit from the outer stage, which may: hard
/// limits above the caller's (<c>CAP_SYS_RESOURCE</c> of the initial user namespace, <c>prlimit(2)</c>), and a lower
/// <c>oom_score_adj</c>.
/// </summary>
internal sealed class InheritedAttributes : IDisposable
{
    private const string OomFile = "self/oom_score_adj";
    private readonly ProcFileSystem? _proc;
    private readonly string? _before;

    private InheritedAttributes(ProcessSpec? process)
    {
        foreach (RlimitSpec limit in process?.Rlimits ?? [])
            RaiseHard(limit);
        if (process?.OomScoreAdj is not { } adjustment)
            return;
        _proc = ProcFileSystem.Open();
        try
        {
            _before = ReadOomScore();
            string wanted = adjustment.ToString(CultureInfo.InvariantCulture);
            if (_before != wanted)
                _proc.Write(OomFile, wanted);
            else
                _before = null;
        }
        catch (SyscallException failure)
        {
            _proc.Dispose();
            throw new SyscallException(failure.Syscall, failure.Number, failure.Subject, $"config $.process.oomScoreAdj: {adjustment}");
        }
    }

    /// <summary>Takes them on, until they are inherited.</summary>
    /// <param name="process">The process; null for none.</param>
    /// <exception cref="SyscallException">The caller may not.</exception>
    public static InheritedAttributes Of(ProcessSpec? process) => new(process);

    /// <inheritdoc/>
    public void Dispose()
    {
        // A raised hard limit may stay: it is used by nobody. The score tells whom to kill.
        if (_before is not null)
            _proc!.Write(OomFile, _before);
        _proc?.Dispose();
    }

    // What cannot be raised fails when it is set, in the inner stage, which names the limit.
    private static void RaiseHard(RlimitSpec limit)
    {
        int number = ResourceLimit.NumberOf(limit.Type);
        (ulong soft, ulong hard) = ResourceLimit.Read(number);
        if (limit.Hard > hard)
            _ = ResourceLimit.TryWrite(number, soft, limit.Hard);
    }

    private unsafe string ReadOomScore()
    {
        using Microsoft.Win32.SafeHandles.SafeFileHandle file = _proc!.OpenFile(OomFile, O_RDONLY);
        byte* text = stackalloc byte[16];
        long length = read(Descriptor.Number(file), text, 16);
        return length < 0
            ? throw SyscallException.FromLastError("read", "/proc/self/oom_score_adj")
            : System.Text.Encoding.ASCII.GetString(text, (int)length).Trim();
    }
}
