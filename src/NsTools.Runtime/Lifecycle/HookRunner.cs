using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle;

/// <summary>
/// Runs hooks (config.md, "POSIX-platform Hooks") in the namespaces that the caller is in: one after the other, the
/// container's state on standard input, with nothing inherited but that.
/// </summary>
internal static unsafe class HookRunner
{
    private const int OutputLimit = 512;

    // Sources of descriptors lie above every target.
    private const int Spare = 64;

    /// <summary>Runs them all; the first one that fails ends it.</summary>
    /// <param name="hooks">The hooks; null for none.</param>
    /// <param name="name">What config.md calls them.</param>
    /// <param name="state">The state as JSON.</param>
    /// <param name="interruption">What interrupts the wait for a hook, which is then killed; null for nothing.</param>
    /// <exception cref="RuntimeSpecException">A hook has failed.</exception>
    /// <exception cref="InterruptedException">A signal has come meanwhile.</exception>
    public static void Run(IReadOnlyList<HookSpec>? hooks, string name, byte[] state, Interruption? interruption = null)
    {
        for (int i = 0; i < (hooks?.Count ?? 0); i++)
        {
            if (Failure(hooks![i], state, interruption) is { } failure)
                throw new RuntimeSpecException(string.Create(CultureInfo.InvariantCulture, $"$.hooks.{name}[{i}]"), $"'{hooks[i].Path}': {failure}");
        }
    }

    /// <summary>Runs them all, whatever becomes of each; a failure is told and does not matter (runtime.md, "Lifecycle", 13).</summary>
    /// <param name="hooks">The hooks; null for none.</param>
    /// <param name="name">What config.md calls them.</param>
    /// <param name="state">The state as JSON.</param>
    /// <param name="warn">Is told of failures.</param>
    public static void RunAll(IReadOnlyList<HookSpec>? hooks, string name, byte[] state, Action<string> warn)
    {
        foreach (HookSpec hook in hooks ?? [])
        {
            try
            {
                Run([hook], name, state);
            }
            catch (RuntimeSpecException failure)
            {
                warn(failure.Message);
            }
        }
    }

    private static string? Failure(HookSpec hook, byte[] state, Interruption? interruption)
    {
        using SafeFileHandle input = Above(MemoryFile.Create("state.json", state));
        using SafeFileHandle output = Above(MemoryFile.Create("output"));
        int pid;
        try
        {
            pid = PosixSpawn.Start(
                hook.Path,
                hook.Args is { Count: > 0 } args ? args : [hook.Path],
                hook.Env ?? [],
                [(Descriptor.Number(input), STDIN_FILENO), (Descriptor.Number(output), STDOUT_FILENO), (Descriptor.Number(output), STDERR_FILENO)],
                SpawnGroup.NewGroup,
                []);
        }
        catch (SyscallException failure)
        {
            return failure.Message.TrimEnd('.');
        }
        using SafeFileHandle process = Pid.Open(pid);
        bool isInTime = false;
        ProcessExit? exit;
        try
        {
            isInTime = Interruption.Wait(interruption, process, hook.Timeout is { } seconds ? TimeSpan.FromSeconds(seconds) : null);
        }
        finally
        {
            if (!isInTime)
                _ = kill(-pid, SIGKILL);
            exit = ChildProcess.Wait(pid);
        }
        if (!isInTime)
            return string.Create(CultureInfo.InvariantCulture, $"it was killed, not done within its timeout of {hook.Timeout} s");
        return exit switch
        {
            { ExitCode: 0 } or null => null,
            { Signal: not 0 } => $"it was killed by signal {SignalName.Of(exit.Value.Signal)}{Said(output)}",
            _ => string.Create(CultureInfo.InvariantCulture, $"exit code {exit.Value.ExitCode}{Said(output)}"),
        };
    }

    private static string Said(SafeFileHandle output)
    {
        byte* buffer = stackalloc byte[OutputLimit];
        long length = pread(Descriptor.Number(output), buffer, OutputLimit, 0);
        return length <= 0 ? "" : $": {Encoding.UTF8.GetString(buffer, (int)length).Trim().ReplaceLineEndings(" ")}";
    }

    private static SafeFileHandle Above(SafeFileHandle handle)
    {
        using (handle)
        {
            return DescriptorTable.DuplicateAbove(Descriptor.Number(handle), StageProtocol.FirstDescriptor + Spare);
        }
    }
}
