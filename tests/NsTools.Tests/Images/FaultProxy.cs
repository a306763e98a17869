using System.Net;
using System.Net.Sockets;

namespace NsTools.Tests.Images;

/// <summary>
/// A proxy on loopback that passes bytes on and does to each connection what the test says: cuts it, lets it stall,
/// answers in the server's place, changes bytes.
/// </summary>
internal sealed class FaultProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _target;
    private readonly Func<int, Fault> _faultFor;
    private readonly CancellationTokenSource _end = new();
    private int _connections;
    private long _answered, _sent;

    /// <summary>Starts one.</summary>
    /// <param name="target">Port to pass on to.</param>
    /// <param name="faultFor">What happens to a connection, by its number from 0.</param>
    public FaultProxy(int target, Func<int, Fault> faultFor)
    {
        _target = target;
        _faultFor = faultFor;
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Host => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Bytes that went from the server to the client.</summary>
    public long BytesAnswered => Interlocked.Read(ref _answered);

    /// <summary>Bytes that went from the client to the server.</summary>
    public long BytesSent => Interlocked.Read(ref _sent);

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_end.Token);
                _ = ServeAsync(client, _faultFor(Interlocked.Increment(ref _connections) - 1), _end.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or SocketException)
        {
        }
    }

    private async Task ServeAsync(TcpClient client, Fault fault, CancellationToken end)
    {
        using TcpClient near = client, far = new();
        near.LingerState = new LingerOption(fault.Resets, 0);
        try
        {
            byte[] buffer = new byte[64 * 1024];
            if (fault.Answer is { } answer)
            {
                if (await near.GetStream().ReadAsync(buffer, end) == 0)
                    return;
                await near.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(answer), end);
                near.Client.Shutdown(SocketShutdown.Send);
                while (await near.GetStream().ReadAsync(buffer, end) > 0)
                {
                }
                return;
            }
            await far.ConnectAsync(IPAddress.Loopback, _target, end);
            Task up = PassAsync(near, far, fault.RequestBytes, null, isUp: true, fault, end);
            Task down = PassAsync(far, near, fault.AnswerBytes, fault.Change, isUp: false, fault, end);
            await Task.WhenAny(up, down);
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
        }
    }

    private async Task PassAsync(TcpClient from, TcpClient to, long most, Func<byte[], int, long, int>? change, bool isUp, Fault fault, CancellationToken end)
    {
        byte[] buffer = new byte[64 * 1024];
        long passed = 0;
        try
        {
            while (passed < most)
            {
                int read = await from.GetStream().ReadAsync(buffer.AsMemory(0, (int)Math.Min(32 * 1024, most - passed)), end);
                if (read == 0)
                {
                    to.Client.Shutdown(SocketShutdown.Send);
                    return;
                }
                int changed = change?.Invoke(buffer, read, passed) ?? read;
                await to.GetStream().WriteAsync(buffer.AsMemory(0, changed), end);
                passed += read;
                Interlocked.Add(ref isUp ? ref _sent : ref _answered, read);
            }
            if (fault.Stalls)
                await Task.Delay(Timeout.Infinite, end);
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
        }
    }
}
