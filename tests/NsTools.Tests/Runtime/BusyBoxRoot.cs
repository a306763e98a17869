using NsTools.Tests.Harness;

namespace NsTools.Tests.Runtime;

/// <summary>A root file system that has BusyBox and nothing else.</summary>
internal sealed class BusyBoxRoot : IDisposable
{
    public const string Program = "/bin/busybox";

    private readonly TemporaryDirectory _directory = new();

    public BusyBoxRoot()
    {
        foreach (string folder in new[] { "bin", "dev", "proc", "tmp", "etc" })
            Directory.CreateDirectory(_directory[folder]);
        File.Copy(Program, _directory["bin/busybox"]);
        foreach (string applet in new[] { "sh", "cat", "ls", "ps", "id", "sleep", "kill", "hostname", "stty", "tty", "touch", "env", "true", "readlink", "setsid", "head" })
            File.CreateSymbolicLink(_directory[$"bin/{applet}"], "busybox");
        // mkdtemp(3) makes it 0700; a mapped user has to get in, too.
        File.SetUnixFileMode(_directory.Path, (UnixFileMode)0b111_101_101);
    }

    public string Path => _directory.Path;

    public string this[string relative] => _directory[relative];

    public void Dispose() => _directory.Dispose();
}
