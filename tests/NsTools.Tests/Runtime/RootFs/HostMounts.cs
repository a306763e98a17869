using System.Diagnostics;
using NsTools.Interop.Mounts;
using NsTools.Tests.Harness;
using Tmds.Linux;

namespace NsTools.Tests.Runtime.RootFs;

/// <summary>Mounts on the host, below a directory of their own; gone at the end, whatever came between.</summary>
internal sealed class HostMounts : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Stack<string> _mounted = new();

    public string TmpFs(string relative, string propagation = "private")
    {
        string path = _directory[relative];
        Directory.CreateDirectory(path);
        ClassicMount.Mount("tests", path, "tmpfs", 0, "mode=755");
        _mounted.Push(path);
        ClassicMount.SetPropagation(path, propagation == "shared" ? PropagationType.Shared : PropagationType.Private, recursive: false);
        return path;
    }

    public static void Unmount(string path) => ClassicMount.Unmount(path, LibC.MNT_DETACH);

    public void Dispose()
    {
        while (_mounted.TryPop(out string? path))
            Unmount(path);
        _directory.Dispose();
    }

    public static string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {error}");
    }
}
