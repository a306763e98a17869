using System.Collections;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;

namespace NsTools.Interop.Processes;

/// <summary>
/// The <c>nsrun</c> that gets executed: a sealed copy in memory, made once a session. A process in a container that
/// gets hold of <c>/proc/PID/exe</c> can then never write to the host's file (CVE-2019-5736), and <c>nsrun</c>,
/// finding itself sealed, need not copy itself at each start.
/// </summary>
internal sealed class RuntimeImage
{
    private static readonly Dictionary<string, RuntimeImage> s_images = new(StringComparer.Ordinal);

    private readonly SafeFileHandle? _copy;

    private RuntimeImage(string path)
    {
        // A framework-dependent nsrun is an apphost, which finds nsrun.dll beside its own file: it cannot run from
        // memory. What a container could reach through /proc/PID/exe is then that apphost.
        IsFrameworkDependent = File.Exists(path + ".dll");
        if (IsFrameworkDependent)
        {
            ExecutablePath = path;
            return;
        }
        using SafeFileHandle copy = MemoryFile.SealedCopy(path);
        // Out of the range that a spawned nsrun's descriptors are duplicated to.
        _copy = DescriptorTable.DuplicateAbove(Descriptor.Number(copy), LaunchRequest.FirstDescriptor + 64);
        ExecutablePath = $"/proc/self/fd/{_copy.DangerousGetHandle()}";
    }

    /// <summary>True for an <c>nsrun</c> that needs the .NET runtime of the machine.</summary>
    public bool IsFrameworkDependent { get; }

    /// <summary>The path to execute, valid in this process and in its vfork child.</summary>
    public string ExecutablePath { get; }

    /// <summary>What it is started with.</summary>
    /// <remarks>
    /// nsrun needs no more than PATH, to find newuidmap: the caller's environment may hold secrets, and a holder's stays
    /// readable in /proc. A framework-dependent one needs what the .NET host looks at.
    /// </remarks>
    public List<string> Environment()
    {
        var environment = new List<string>();
        if (IsFrameworkDependent)
        {
            foreach (DictionaryEntry variable in System.Environment.GetEnvironmentVariables())
            {
                string name = (string)variable.Key;
                if (name.StartsWith("DOTNET_ROOT", StringComparison.Ordinal) || name is "HOME" or "TMPDIR")
                    environment.Add($"{name}={variable.Value}");
            }
            environment.Add("DOTNET_EnableDiagnostics=0");
            environment.Add("DOTNET_TieredPGO=0");
        }
        environment.Add($"PATH={System.Environment.GetEnvironmentVariable("PATH") ?? "/usr/sbin:/usr/bin:/sbin:/bin"}");
        return environment;
    }

    /// <summary>The image for a file, made when it is first asked for and again when the file has been replaced.</summary>
    /// <param name="path">Path of <c>nsrun</c>.</param>
    /// <exception cref="SyscallException">The file cannot be read.</exception>
    public static RuntimeImage For(string path)
    {
        var file = new FileInfo(path);
        string key = file.Exists ? $"{path}\0{file.LastWriteTimeUtc.Ticks}\0{file.Length}" : path;
        lock (s_images)
        {
            if (s_images.TryGetValue(key, out RuntimeImage? image))
                return image;
            image = new RuntimeImage(path);
            s_images.Add(key, image);
            return image;
        }
    }
}
