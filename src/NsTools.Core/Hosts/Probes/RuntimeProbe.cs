namespace NsTools.Hosts.Probes;

/// <summary>nsrun, which starts every process: found, executable, and of which kind.</summary>
internal sealed class RuntimeProbe() : HostProbe("Runtime")
{
    /// <inheritdoc/>
    public override HostFeature Probe()
    {
        string path;
        try
        {
            path = RuntimeExecutable.Path;
        }
        catch (NsToolsException missing)
        {
            return Missing(missing.Message, missing.Remedy);
        }
        if (!File.Exists(path))
            return Missing($"no file at '{path}', which NSTOOLS_RUNTIME names", "Correct the environment variable NSTOOLS_RUNTIME, or remove it.");
        if ((File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) == 0)
            return Missing($"'{path}' is not executable", $"chmod +x {path}");
        // A framework-dependent nsrun is a small host for the assembly beside it.
        return File.Exists(path + ".dll")
            ? Limited($"{path}, framework-dependent: each process starts some 50 ms later", "Build the module on a machine with clang or gcc: `dotnet build`.")
            : Available($"{path}, native");
    }
}
