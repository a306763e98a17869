using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Networking.Agents;
using NsTools.Interop.Syscalls;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsTools.Tests.Networking;

/// <summary>The conversation with what opens sockets in another namespace; the namespace is this process's own here.</summary>
public sealed class NetworkAgentTests : IDisposable
{
    private readonly SafeFileHandle _theirs;
    private readonly SafeFileHandle _ours;
    private readonly Task _agent;

    public NetworkAgentTests()
    {
        (_ours, _theirs) = UnixSocket.Pair(SOCK_SEQPACKET);
        _agent = Task.Run(() => NetworkAgent.Serve(_theirs));
    }

    [Fact]
    public void Sockets_and_files_come_over_and_are_close_on_exec()
    {
        using NetworkAgentClient client = new(_ours);
        using (SafeFileHandle socket = client.OpenSocket(AF_INET, SOCK_DGRAM, 0))
        {
            Assert.StartsWith("socket:[", Descriptor.PathOf(socket), StringComparison.Ordinal);
            Assert.Equal(FD_CLOEXEC, fcntl(Descriptor.Number(socket), F_GETFD));
        }
        using SafeFileHandle file = client.OpenFile("/proc/sys/net/ipv4/ip_forward", O_RDONLY);
        byte[] value = new byte[8];
        Assert.Equal(2, RandomAccess.Read(file, value, 0));
    }

    [Fact]
    public void A_failure_over_there_is_the_failure_here_and_the_next_request_is_served()
    {
        using NetworkAgentClient client = new(_ours);
        SyscallException failure = Assert.Throws<SyscallException>(() => client.OpenFile("/nowhere/at/all", O_RDONLY));
        Assert.Equal(("open", "ENOENT"), (failure.Syscall, failure.Name));
        failure = Assert.Throws<SyscallException>(() => client.OpenSocket(AF_INET, 77, 0));
        Assert.Equal(("socket", "EINVAL"), (failure.Syscall, failure.Name));
        Assert.Equal("ENAMETOOLONG", Assert.Throws<SyscallException>(() => client.OpenFile(new string('x', 5000), O_RDONLY)).Name);
        client.OpenSocket(AF_INET, SOCK_STREAM, 0).Dispose();
    }

    [Fact]
    public async Task It_ends_when_the_other_end_is_closed()
    {
        _ours.Dispose();
        await _agent.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task It_ends_at_what_is_no_request_and_says_so_to_what_is_an_unknown_one()
    {
        UnixSocket.Send(Descriptor.Number(_ours), [99, 0, 0, 0, .. new byte[12]]);
        byte[] answer = new byte[256];
        Assert.True(UnixSocket.Receive(Descriptor.Number(_ours), answer, out _) >= 16);
        Assert.Equal(EBADMSG, BitConverter.ToInt32(answer, 4));
        UnixSocket.Send(Descriptor.Number(_ours), [1, 2, 3]);
        await _agent.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task An_agent_that_has_gone_is_an_error()
    {
        using NetworkAgentClient client = new(_ours);
        UnixSocket.Send(Descriptor.Number(_ours), [1, 2, 3]);
        await _agent.WaitAsync(TimeSpan.FromSeconds(10));
        _theirs.Dispose();
        Assert.Equal("ECONNRESET", Assert.Throws<SyscallException>(() => client.OpenSocket(AF_INET, SOCK_STREAM, 0)).Name);
    }

    public void Dispose()
    {
        _ours.Dispose();
        _agent.Wait(TimeSpan.FromSeconds(10));
        _theirs.Dispose();
    }
}
