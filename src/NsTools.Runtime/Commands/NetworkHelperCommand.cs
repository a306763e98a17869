using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Networking.Helpers;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Commands;

/// <summary>
/// <c>nsrun join-network</c> and <c>nsrun leave-network</c>: the hooks by which an ordinary user's container gets its way
/// out, and loses it. Each start has a network namespace of its own, that of a restart, too; the container's state on
/// standard input (config.md, "POSIX-platform Hooks") says whose it is.
/// </summary>
internal static class NetworkHelperCommand
{
    // Longer than a state ever is.
    private const int MostState = 1 << 16;

    public static int Join(string[] words) => Guarded(() => NetworkHelper.Start(NetworkHelperPlan.FromWords(words), ReadProcessId()));

    public static int Leave(string record) => Guarded(() => NetworkHelper.Stop(record));

    private static int ReadProcessId()
    {
        using var input = new FileStream(new SafeFileHandle(STDIN_FILENO, ownsHandle: false), FileAccess.Read, bufferSize: 0);
        byte[] state = new byte[MostState];
        int length = input.ReadAtLeast(state, state.Length, throwOnEndOfStream: false);
        using JsonDocument document = JsonDocument.Parse(state.AsMemory(0, length));
        return document.RootElement.GetProperty("pid"u8).GetInt32();
    }

    private static int Guarded(Action work)
    {
        try
        {
            work();
            return 0;
        }
        catch (Exception failure) when (failure is SyscallException or IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException)
        {
            return StandardStream.Fail(failure.Message);
        }
    }
}
