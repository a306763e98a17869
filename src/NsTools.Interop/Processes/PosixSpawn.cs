using System.Runtime.InteropServices;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.Interop.Processes;

/// <summary>
/// <c>posix_spawn(3)</c>: starts a program without copying the caller's memory, with exactly the descriptors that
/// are named and none of the .NET runtime's ignored or blocked signals.
/// </summary>
internal static unsafe partial class PosixSpawn
{
    // spawn.h
    private const ushort SetProcessGroup = 0x02;
    private const ushort SetSignalDefault = 0x04;
    private const ushort SetSignalMask = 0x08;
    private const ushort SetSession = 0x80;

    // Both glibc's and musl's types are smaller (336 and 80 bytes in glibc on x86-64).
    private const int OpaqueLength = 512;

    /// <summary>Starts a program.</summary>
    /// <param name="path">The executable.</param>
    /// <param name="arguments">The argument vector.</param>
    /// <param name="environment">The whole environment.</param>
    /// <param name="descriptors">
    /// Descriptors by the number that the program shall see. A source must not lie in the range of the targets:
    /// they are duplicated one after the other.
    /// </param>
    /// <param name="group">The process group or session it belongs to.</param>
    /// <param name="blockedSignals">Signals that it starts with blocked; all have their default disposition.</param>
    /// <returns>The process ID.</returns>
    /// <exception cref="SyscallException">It failed.</exception>
    public static int Start(
        string path,
        IReadOnlyList<string> arguments,
        IReadOnlyList<string> environment,
        IReadOnlyList<(int Source, int Target)> descriptors,
        SpawnGroup group,
        ReadOnlySpan<int> blockedSignals)
    {
        byte* attributes = stackalloc byte[OpaqueLength];
        byte* actions = stackalloc byte[OpaqueLength];
        using var program = new Utf8Path(path);
        using var argv = new Utf8Vector(arguments);
        using var envp = new Utf8Vector(environment);
        Check(posix_spawnattr_init(attributes), path);
        Check(posix_spawn_file_actions_init(actions), path);
        try
        {
            sigset_t all = SignalSet.All, blocked = SignalSet.Of(blockedSignals);
            ushort flags = SetSignalDefault | SetSignalMask;
            flags |= group switch
            {
                SpawnGroup.NewSession => SetSession,
                SpawnGroup.NewGroup => SetProcessGroup,
                _ => 0,
            };
            Check(posix_spawnattr_setflags(attributes, (short)flags), path);
            Check(posix_spawnattr_setsigdefault(attributes, &all), path);
            Check(posix_spawnattr_setsigmask(attributes, &blocked), path);
            foreach ((int source, int target) in descriptors)
                Check(posix_spawn_file_actions_adddup2(actions, source, target), path);
            int pid;
            Check(posix_spawn(&pid, program.Pointer, actions, attributes, argv.Pointer, envp.Pointer), path);
            return pid;
        }
        finally
        {
            _ = posix_spawn_file_actions_destroy(actions);
            _ = posix_spawnattr_destroy(attributes);
        }
    }

    private static void Check(int error, string path)
    {
        if (error != 0)
            throw new SyscallException("posix_spawn", error, path);
    }

    [LibraryImport("libc.so.6")]
    private static partial int posix_spawn(int* pid, byte* path, byte* actions, byte* attributes, byte** argv, byte** envp);

    [LibraryImport("libc.so.6")]
    private static partial int posix_spawnattr_init(byte* attributes);

    [LibraryImport("libc.so.6")]
    private static partial int posix_spawnattr_destroy(byte* attributes);

    [LibraryImport("libc.so.6")]
    private static partial int posix_spawnattr_setflags(byte* attributes, short flags);

    [LibraryImport("libc.so.6")]
    private static partial int posix_spawnattr_setsigdefault(byte* attributes, sigset_t* set);

    [LibraryImport("libc.so.6")]
    private static partial int posix_spawnattr_setsigmask(byte* attributes, sigset_t* set);

    [LibraryImport("libc.so.6")]
    private static partial int posix_spawn_file_actions_init(byte* actions);

    [LibraryImport("libc.so.6")]
    private static partial int posix_spawn_file_actions_destroy(byte* actions);

    [LibraryImport("libc.so.6")]
    private static partial int posix_spawn_file_actions_adddup2(byte* actions, int source, int target);
}

/// <summary>The process group or session of a spawned program.</summary>
internal enum SpawnGroup
{
    /// <summary>The caller's: a program that reads the caller's terminal.</summary>
    Callers,

    /// <summary>A process group of its own: the terminal's Ctrl+C does not reach it.</summary>
    NewGroup,

    /// <summary>A session of its own, without a terminal.</summary>
    NewSession,
}
