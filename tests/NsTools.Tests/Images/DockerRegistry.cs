using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using NsTools.Tests.Harness;

namespace NsTools.Tests.Images;

/// <summary>Debian's docker-registry on a loopback port, with its storage in a temporary directory.</summary>
internal sealed class DockerRegistry : IDisposable
{
    public const string Program = "/usr/bin/docker-registry";

    private readonly TemporaryDirectory _directory = new();
    private readonly Process _process;

    /// <summary>Starts one.</summary>
    /// <param name="auth">The <c>auth</c> section of its configuration; empty for none.</param>
    public DockerRegistry(string auth = "")
    {
        Port = FreePort();
        File.WriteAllText(
            _directory["config.yml"],
            $$$"""
            version: 0.1
            log: {level: error, accesslog: {disabled: true}}
            storage:
              filesystem: {rootdirectory: {{{_directory["storage"]}}}}
              delete: {enabled: true}
            http: {addr: "127.0.0.1:{{{Port}}}"}
            {{{auth}}}
            """);
        _process = Process.Start(new ProcessStartInfo(Program, ["serve", _directory["config.yml"]]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        for (int i = 0; ; i++)
        {
            try
            {
                using var probe = new TcpClient();
                probe.Connect(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException) when (i < 200 && !_process.HasExited)
            {
                Thread.Sleep(25);
            }
        }
    }

    public int Port { get; }

    public string Host => $"127.0.0.1:{Port}";

    /// <summary>A port that is free now.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _directory.Dispose();
    }
}
