using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Networking.Agents;

/// <summary>
/// One datagram between a <see cref="NetworkAgentClient"/> and its <see cref="NetworkAgent"/>: three numbers and a text,
/// and a descriptor with it. Both are of one build, so there is no version.
/// </summary>
/// <param name="Kind">What it is: a request's kind, or an answer's.</param>
/// <param name="First">A socket's family, or a file's flags; in an answer the error number.</param>
/// <param name="Second">A socket's type.</param>
/// <param name="Third">A socket's protocol.</param>
/// <param name="Text">A path; in an answer the name of the system call that failed.</param>
internal readonly record struct AgentMessage(AgentMessageKind Kind, int First = 0, int Second = 0, int Third = 0, string Text = "")
{
    private const int HeaderLength = 16;

    // PATH_MAX, and the numbers before it.
    private const int MaximumLength = HeaderLength + 4096;

    /// <summary>Sends it.</summary>
    /// <returns>False when the peer is gone.</returns>
    /// <exception cref="SyscallException">It cannot be sent.</exception>
    public bool Send(SafeFileHandle socket, SafeFileHandle? passed = null)
    {
        byte[] bytes = new byte[HeaderLength + Encoding.UTF8.GetByteCount(Text)];
        if (bytes.Length > MaximumLength)
            throw new SyscallException("sendmsg", ENAMETOOLONG, Text);
        BinaryPrimitives.WriteInt32LittleEndian(bytes, (int)Kind);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), First);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), Second);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), Third);
        Encoding.UTF8.GetBytes(Text, bytes.AsSpan(HeaderLength));
        return UnixSocket.Send(Descriptor.Number(socket), bytes, passed is null ? -1 : Descriptor.Number(passed));
    }

    /// <summary>Waits for one.</summary>
    /// <param name="socket">A socket of sequenced packets.</param>
    /// <param name="passed">The descriptor that came with it; null for none.</param>
    /// <returns>The message; null when the peer is gone, or has sent no such message.</returns>
    /// <exception cref="SyscallException">Receiving failed.</exception>
    public static AgentMessage? Receive(SafeFileHandle socket, out SafeFileHandle? passed)
    {
        byte[] bytes = new byte[MaximumLength];
        int length = UnixSocket.Receive(Descriptor.Number(socket), bytes, out passed);
        return length < HeaderLength
            ? null
            : new AgentMessage(
                (AgentMessageKind)BinaryPrimitives.ReadInt32LittleEndian(bytes),
                BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4)),
                BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(8)),
                BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(12)),
                Encoding.UTF8.GetString(bytes.AsSpan(HeaderLength, length - HeaderLength)));
    }
}

/// <summary>What an <see cref="AgentMessage"/> is.</summary>
internal enum AgentMessageKind
{
    /// <summary>Request: open a socket.</summary>
    Socket = 1,

    /// <summary>Request: open a file.</summary>
    File,

    /// <summary>Request: run the commands of libnftables in the file that comes with it.</summary>
    Nftables,

    /// <summary>Answer: done; the descriptor that comes with it is the socket, the file, or a file with libnftables' answer.</summary>
    Done,

    /// <summary>Answer: a system call failed.</summary>
    Failed,

    /// <summary>Answer: libnftables refused it; its words are in the file that comes with it.</summary>
    Refused,

    /// <summary>Answer: libnftables is not installed.</summary>
    LibraryMissing,
}
