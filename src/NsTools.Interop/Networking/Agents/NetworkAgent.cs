using System.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Nftables;
using NsTools.Interop.Syscalls;

namespace NsTools.Interop.Networking.Agents;

/// <summary>
/// Opens sockets and files for somebody who cannot enter this process's network namespace: a process of many threads
/// joins no user namespace, and an ordinary user may enter only networks of such (<c>setns(2)</c>). Whoever has the other
/// end of the socket has started this process, and may do what it may.
/// </summary>
public static class NetworkAgent
{
    /// <summary>Serves requests until the other end is closed.</summary>
    /// <param name="socket">A connected Unix socket of sequenced packets.</param>
    /// <exception cref="SyscallException">The socket failed.</exception>
    public static void Serve(SafeFileHandle socket)
    {
        DirectOpener opener = new();
        while (AgentMessage.Receive(socket, out SafeFileHandle? passed) is { } request)
        {
            using (passed)
            {
                if (!Answer(socket, opener, request, passed))
                    return;
            }
        }
    }

    private static bool Answer(SafeFileHandle socket, DirectOpener opener, AgentMessage request, SafeFileHandle? passed)
    {
        try
        {
            using SafeFileHandle opened = request.Kind switch
            {
                AgentMessageKind.Socket => opener.OpenSocket(request.First, request.Second, request.Third),
                AgentMessageKind.File => opener.OpenFile(request.Text, request.First),
                AgentMessageKind.Nftables when passed is not null => ToFile(opener.RunNftables(ToText(passed))),
                _ => throw new SyscallException("recvmsg", Tmds.Linux.LibC.EBADMSG),
            };
            return new AgentMessage(AgentMessageKind.Done).Send(socket, opened);
        }
        catch (SyscallException failure)
        {
            return new AgentMessage(AgentMessageKind.Failed, failure.Number, Text: failure.Syscall).Send(socket);
        }
        catch (NftablesException refused)
        {
            using SafeFileHandle words = ToFile(refused.Message);
            return new AgentMessage(AgentMessageKind.Refused).Send(socket, words);
        }
        catch (DllNotFoundException)
        {
            return new AgentMessage(AgentMessageKind.LibraryMissing).Send(socket);
        }
    }

    /// <summary>Text as a file: it may be longer than a datagram.</summary>
    internal static SafeFileHandle ToFile(string text) => MemoryFile.Create("nftables", Encoding.UTF8.GetBytes(text));

    /// <summary>The text of a file that <see cref="ToFile"/> made.</summary>
    internal static string ToText(SafeFileHandle file)
    {
        byte[] bytes = new byte[RandomAccess.GetLength(file)];
        return Encoding.UTF8.GetString(bytes, 0, RandomAccess.Read(file, bytes, 0));
    }
}
