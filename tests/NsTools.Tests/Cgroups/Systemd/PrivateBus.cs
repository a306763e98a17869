using System.Diagnostics;
using System.Text.Json;
using NsTools.Tests.Harness;

namespace NsTools.Tests.Cgroups.Systemd;

/// <summary>A real dbus-daemon with the recording peer of tests/Support/systemd-peer.py on it.</summary>
internal sealed class PrivateBus : IDisposable
{
    private const string Python = "/usr/bin/python3"; // the one that Debian's python3-dbus is for
    private readonly TemporaryDirectory _directory = new();
    private readonly Process _daemon;
    private readonly Process _peer;

    public PrivateBus(params string[] cgroupMounts)
    {
        string support = Path.Combine(TestEnvironment.Repository, "tests/Support");
        Address = $"unix:path={_directory.Path}/bus";
        Log = _directory.Path + "/calls";
        _daemon = Start("dbus-daemon", [$"--config-file={support}/private-bus.conf", $"--address={Address}", "--nofork", "--nopidfile", "--print-address"]);
        _peer = Start(Python, [$"{support}/systemd-peer.py", Log, .. cgroupMounts]);
    }

    public static string? Missing { get; } =
        !File.Exists("/usr/bin/dbus-daemon") ? "needs dbus-daemon"
        : Process.Start(new ProcessStartInfo(Python, ["-c", "import dbus, gi"]) { RedirectStandardError = true }) is { } probe && Exit(probe) != 0 ? "needs python3-dbus and python3-gi"
        : null;

    /// <summary>Runs a test with it as the system's bus.</summary>
    public static void Use(Action<PrivateBus> test, params string[] cgroupMounts)
    {
        string? before = Environment.GetEnvironmentVariable("DBUS_SYSTEM_BUS_ADDRESS");
        using PrivateBus bus = new(cgroupMounts);
        try
        {
            Environment.SetEnvironmentVariable("DBUS_SYSTEM_BUS_ADDRESS", bus.Address);
            test(bus);
        }
        finally
        {
            Environment.SetEnvironmentVariable("DBUS_SYSTEM_BUS_ADDRESS", before);
        }
    }

    public string Address { get; }

    public string Log { get; }

    /// <summary>The calls that the peer was sent, in order.</summary>
    public JsonElement[] Calls => [.. File.ReadLines(Log).Select(line => JsonDocument.Parse(line).RootElement)];

    public void Dispose()
    {
        foreach (Process process in (Process[])[_peer, _daemon])
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
        _directory.Dispose();
    }

    private static int Exit(Process process)
    {
        process.WaitForExit();
        return process.ExitCode;
    }

    // Both say a line when they are ready.
    private Process Start(string program, string[] arguments)
    {
        ProcessStartInfo info = new(program, arguments) { RedirectStandardOutput = true };
        info.Environment["DBUS_SYSTEM_BUS_ADDRESS"] = Address;
        Process process = Process.Start(info)!;
        return process.StandardOutput.ReadLine() is not null ? process : throw new InvalidOperationException($"{program} ended with {Exit(process)}");
    }
}

/// <summary>A test with a private bus; skipped, and said so, where its programs are missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BusFactAttribute : Xunit.FactAttribute
{
    public BusFactAttribute() => Skip = PrivateBus.Missing;
}
