using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Nftables;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.Interop.Networking.Agents;

/// <summary>Has a <see cref="NetworkAgent"/> open things where it is.</summary>
/// <param name="socket">A Unix socket of sequenced packets whose other end the agent has; taken over.</param>
public sealed class NetworkAgentClient(SafeFileHandle socket) : INetworkOpener, IDisposable
{
    private readonly Lock _lock = new();

    /// <inheritdoc/>
    public SafeFileHandle OpenSocket(int domain, int type, int protocol) =>
        Ask(new AgentMessage(AgentMessageKind.Socket, domain, type, protocol), null, $"family {domain}, type {type}, protocol {protocol}");

    /// <inheritdoc/>
    public SafeFileHandle OpenFile(string path, int flags) => Ask(new AgentMessage(AgentMessageKind.File, flags, Text: path), null, path);

    /// <inheritdoc/>
    public string RunNftables(string json)
    {
        using SafeFileHandle commands = NetworkAgent.ToFile(json);
        using SafeFileHandle answer = Ask(new AgentMessage(AgentMessageKind.Nftables), commands, "nftables");
        return NetworkAgent.ToText(answer);
    }

    /// <inheritdoc/>
    public void Dispose() => socket.Dispose();

    private SafeFileHandle Ask(AgentMessage request, SafeFileHandle? passed, string subject)
    {
        lock (_lock)
        {
            if (!request.Send(socket, passed) || AgentMessage.Receive(socket, out SafeFileHandle? opened) is not { } answer)
                throw new SyscallException("recvmsg", LibC.ECONNRESET, subject, "nsrun in the other namespace has ended");
            switch (answer.Kind)
            {
                case AgentMessageKind.Done when opened is not null:
                    return opened;
                case AgentMessageKind.Refused when opened is not null:
                    using (opened)
                        throw new NftablesException(NetworkAgent.ToText(opened));
                case AgentMessageKind.LibraryMissing:
                    throw new DllNotFoundException("libnftables.so.1");
                default:
                    opened?.Dispose();
                    throw new SyscallException(answer.Text, answer.First, subject);
            }
        }
    }
}
