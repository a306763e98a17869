using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle;

/// <summary>The outer end of the report socket: what the inner stage says, and the byte that lets it go on.</summary>
/// <param name="socket">The outer stage's end, or <c>nsrun start</c>'s connection.</param>
/// <param name="interruption">What interrupts the wait for a report; null for nothing.</param>
internal sealed unsafe class StageReports(SafeFileHandle socket, Interruption? interruption = null)
{
    private readonly byte[] _buffer = new byte[LaunchReport.MaximumLength];

    /// <summary>The next report; null at the end, when the program has been executed or the inner stage has died.</summary>
    /// <exception cref="SyscallException">The inner stage has failed so, or the socket cannot be read.</exception>
    /// <exception cref="Interop.Oci.RuntimeSpecException">The inner stage has found the config wrong.</exception>
    /// <exception cref="InterruptedException">A signal has come instead.</exception>
    public ChildReport? Next()
    {
        if (interruption is not null)
            Interruption.Wait(interruption, socket);
        fixed (byte* data = _buffer)
        {
            // A first byte tells how long the report is: the child's are of one size, LaunchReports come one at the end.
            int length = Read(data, sizeof(ChildReport));
            if (length <= 0)
                return null;
            if (*data == ChildReport.Mark)
                return *(ChildReport*)data;
            length += Read(data + length, _buffer.Length - length);
            throw LaunchReport.Decode(_buffer.AsSpan(0, length))!.ToException();
        }
    }

    /// <summary>Answers <see cref="StageProtocol.RunRuntimeHooks"/>.</summary>
    /// <param name="blocks">What it waits for.</param>
    public void Answer(params ReadOnlySpan<byte[]> blocks)
    {
        foreach (byte[] block in blocks)
        {
            byte[] bytes = [.. BitConverter.GetBytes(block.Length), .. block];
            fixed (byte* data = bytes)
            {
                for (int done = 0; done < bytes.Length;)
                {
                    long count = write(Descriptor.Number(socket), data + done, bytes.Length - done);
                    if (count < 0 && errno != EINTR)
                        return; // The inner stage has died; its end of the socket tells.
                    done += (int)Math.Max(count, 0);
                }
            }
        }
    }

    /// <summary>Lets the inner stage go on.</summary>
    public void Go()
    {
        byte go = 1;
        _ = write(Descriptor.Number(socket), &go, 1);
    }

    private int Read(byte* data, int limit)
    {
        long length;
        do
        {
            length = read(Descriptor.Number(socket), data, limit);
        }
        while (length < 0 && errno == EINTR);
        // What was killed with something unread leaves a reset connection; that is an end, too.
        if (length < 0 && errno == ECONNRESET)
            return 0;
        return length < 0 ? throw SyscallException.FromLastError("read", "report socket") : (int)length;
    }
}
