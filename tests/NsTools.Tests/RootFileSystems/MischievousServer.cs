using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NsTools.Tests.RootFileSystems;

/// <summary>
/// An HTTP server on loopback that answers each request as the test says: whole, cut off, with an error, without
/// regard to Range.
/// </summary>
internal sealed class MischievousServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<Request, Answer> _answer;
    private readonly List<Request> _requests = [];

    public MischievousServer(Func<Request, Answer> answer)
    {
        _answer = answer;
        _listener.Start();
        new Thread(Serve) { IsBackground = true }.Start();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    /// <summary>The requests so far.</summary>
    public IReadOnlyList<Request> Requests
    {
        get
        {
            lock (_requests)
                return [.. _requests];
        }
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>An honest server's answer: the whole, or the part asked for while the validator still holds.</summary>
    public static Answer Honest(Request request, byte[] content, string tag)
    {
        if (request.RangeStart is { } start && (request.IfRange is null || request.IfRange == tag))
        {
            return start >= content.Length
                ? new Answer(416) { Headers = { ["Content-Range"] = $"bytes */{content.Length}" } }
                : new Answer(206, content[(int)start..]) { Headers = { ["ETag"] = tag, ["Content-Range"] = $"bytes {start}-{content.Length - 1}/{content.Length}" } };
        }
        return new Answer(200, content) { Headers = { ["ETag"] = tag } };
    }

    private void Serve()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = _listener.AcceptSocket();
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
            new Thread(() => ServeOne(socket)) { IsBackground = true }.Start();
        }
    }

    private void ServeOne(Socket socket)
    {
        try
        {
            using var stream = new NetworkStream(socket, ownsSocket: true);
            Request request = Request.Read(stream);
            int number;
            lock (_requests)
            {
                _requests.Add(request);
                number = _requests.Count;
            }
            Answer answer = _answer(request with { Number = number });
            var head = new StringBuilder().Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {answer.Status} {(HttpStatusCode)answer.Status}\r\nConnection: close\r\n");
            if (!answer.Headers.ContainsKey("Content-Length"))
                head.Append(CultureInfo.InvariantCulture, $"Content-Length: {answer.Content.Length}\r\n");
            foreach ((string name, string value) in answer.Headers)
                head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
            stream.Write(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()));
            stream.Write(answer.Content, 0, Math.Min(answer.Content.Length, answer.CutAfter));
            stream.Flush();
            answer.Hold?.Wait(TimeSpan.FromSeconds(30));
            // A reset, as a router that forgot the connection sends it.
            if (answer.CutAfter < answer.Content.Length)
                socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException)
        {
            // The client has gone.
        }
    }

    public sealed record Request(string Path, long? RangeStart, string? IfRange)
    {
        public int Number { get; init; }

        public string Method { get; init; } = "GET";

        public string Body { get; init; } = "";

        /// <summary>Its headers, by their names in lower case.</summary>
        public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

        public static Request Read(Stream stream)
        {
            var text = new StringBuilder();
            while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                int character = stream.ReadByte();
                // 0x16 begins a TLS handshake, which would wait for an answer.
                if (character < 0 || (text.Length == 0 && character == 0x16))
                    throw new IOException("no request");
                text.Append((char)character);
            }
            string[] lines = text.ToString().Split("\r\n");
            string? Header(string name) => lines.FirstOrDefault(l => l.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();
            string? range = Header("Range");
            // Unread, a body would have the connection reset, and the answer lost with it.
            byte[] body = new byte[int.Parse(Header("Content-Length") ?? "0", CultureInfo.InvariantCulture)];
            stream.ReadExactly(body);
            return new Request(
                lines[0].Split(' ')[1],
                range is null ? null : long.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture),
                Header("If-Range"))
            {
                Method = lines[0].Split(' ')[0],
                Body = Encoding.UTF8.GetString(body),
                Headers = lines.Skip(1).Select(l => l.Split(':', 2)).Where(l => l.Length == 2).ToDictionary(l => l[0].ToLowerInvariant(), l => l[1].Trim()),
            };
        }
    }

    public sealed record Answer(int Status, byte[] Content)
    {
        public Answer(int status)
            : this(status, [])
        {
        }

        public Dictionary<string, string> Headers { get; } = [];

        public int CutAfter { get; init; } = int.MaxValue;

        /// <summary>Keeps the connection open, silent, until it is set.</summary>
        public ManualResetEventSlim? Hold { get; init; }
    }
}
