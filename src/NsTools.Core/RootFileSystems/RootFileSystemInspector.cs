using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.RootFileSystems;

/// <summary>Tells what is in a root file system, without leaving it: its links may say anything.</summary>
internal static class RootFileSystemInspector
{
    private const int MaximumOsRelease = 64 * 1024;

    // os-release(5): the first of these that is there.
    private static readonly string[] s_osReleases = ["etc/os-release", "usr/lib/os-release"];

    // Programs that nearly every root has; musl's and glibc's loaders otherwise.
    private static readonly string[] s_programs =
        ["bin/sh", "usr/bin/sh", "bin/busybox", "usr/bin/env", "sbin/init", "lib/ld-musl-x86_64.so.1", "lib64/ld-linux-x86-64.so.2", "lib/ld-linux-aarch64.so.1"];

    /// <summary>What is in a directory.</summary>
    /// <param name="path">Absolute path of the directory.</param>
    /// <exception cref="SyscallException">It cannot be opened.</exception>
    public static RootFileSystem Inspect(string path)
    {
        using SafeFileHandle root = DirectoryHandle.Open(path);
        IReadOnlyDictionary<string, string> release = ReadOsRelease(root);
        return new RootFileSystem
        {
            Path = path,
            Distribution = release.GetValueOrDefault("NAME") ?? release.GetValueOrDefault("ID"),
            Version = release.GetValueOrDefault("VERSION_ID"),
            Architecture = ReadArchitecture(root),
        };
    }

    /// <summary>True when a directory has what a root file system has: some of the usual directories, or an os-release.</summary>
    /// <param name="path">Path of the directory.</param>
    public static bool IsRootFileSystem(string path)
    {
        using SafeFileHandle root = DirectoryHandle.Open(path);
        if (s_osReleases.Any(name => Exists(root, name)))
            return true;
        string[] usual = ["bin", "etc", "usr", "lib", "sbin", "var", "proc", "dev"];
        return usual.Count(name => Exists(root, name)) >= 3;
    }

    private static bool Exists(SafeFileHandle root, string name)
    {
        int error = OpenAt2.TryOpen(root, PathBytes.Of(name), LibC.O_PATH | LibC.O_NOFOLLOW, ResolveFlags.InRoot, 0, out SafeFileHandle? handle);
        handle?.Dispose();
        return error == 0;
    }

    private static Dictionary<string, string> ReadOsRelease(SafeFileHandle root)
    {
        Dictionary<string, string> values = [];
        byte[] content = s_osReleases.Select(name => Read(root, name, MaximumOsRelease)).FirstOrDefault(c => c.Length > 0) ?? [];
        foreach (string line in System.Text.Encoding.UTF8.GetString(content).Split('\n'))
        {
            int equals = line.IndexOf('=');
            if (equals > 0 && !line.StartsWith('#'))
                values[line[..equals].Trim()] = Unquote(line[(equals + 1)..].Trim());
        }
        return values;
    }

    // os-release(5): shell-compatible assignments, with single or double quotes and backslashes.
    private static string Unquote(string value)
    {
        if (value.Length >= 2 && value[0] == '\'' && value[^1] == '\'')
            return value[1..^1];
        bool isQuoted = value.Length >= 2 && value[0] == '"' && value[^1] == '"';
        string text = isQuoted ? value[1..^1] : value;
        var result = new System.Text.StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length)
                i++;
            result.Append(text[i]);
        }
        return result.ToString();
    }

    private static string? ReadArchitecture(SafeFileHandle root) =>
        s_programs.Select(name => ElfMachine.Name(Read(root, name, ElfMachine.HeaderLength))).FirstOrDefault(name => name is not null);

    // Not a FIFO or device by that name: opening one may block, or do something.
    private static byte[] Read(SafeFileHandle root, string name, int most)
    {
        int error = OpenAt2.TryOpen(
            root, PathBytes.Of(name), LibC.O_RDONLY | LibC.O_NONBLOCK | LibC.O_NOCTTY, ResolveFlags.InRoot | ResolveFlags.NoMagicLinks, 0, out SafeFileHandle? handle);
        if (error != 0 || handle is null)
            return [];
        using (handle)
        {
            if (!FileContent.IsRegular(handle))
                return [];
            byte[] content = new byte[most];
            return content[..RandomAccess.Read(handle, content, 0)];
        }
    }
}
