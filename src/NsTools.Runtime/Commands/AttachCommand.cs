using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using NsTools.Runtime.Commands.Options;
using NsTools.Runtime.Lifecycle;
using NsTools.Runtime.Lifecycle.Attachments;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Commands;

/// <summary><c>nsrun attach</c>: joins a container that <c>supervise</c> has started.</summary>
internal static class AttachCommand
{
    public static Command Command => new(
        new CommandSyntax(
            "attach",
            "CONTAINER",
            "Standard input, output and error are those of a supervised container until it ends. Ends with its exit code, or with 0 when it is left by the detach keys.",
            new Option("detach-keys", "KEYS", $"the keys that leave it at a terminal, by default {DetachKeys.Usual}; '' for none"),
            new Option("no-stdin", null, "do not pass on standard input"),
            new Option("start", null, "start it, which 'supervise --wait' has made, once attached: nothing of its output is missed"))
        {
            Minimum = 1,
            Maximum = 1,
        },
        Run);

    private static int Run(GlobalOptions global, Arguments arguments)
    {
        var keys = new DetachKeys(arguments["detach-keys"] ?? DetachKeys.Usual);
        string id = arguments.Operands[0];
        Container container = global.Store.Find(id);
        bool hasTerminal = container.ReadConfig().Process!.Terminal;
        using var attachment = new Attachment(Connect(container), hasTerminal, !arguments.Has("no-stdin"), keys);
        if (arguments.Has("start"))
            ContainerStarter.Run(global.Store, id);
        return attachment.Run();
    }

    private static SafeFileHandle Connect(Container container)
    {
        try
        {
            return AttachSocket.Connect(container.Directory);
        }
        catch (SyscallException failure) when (failure.Number == ENOENT)
        {
            throw new ContainerException($"cannot attach to container '{container.Id}': it was not started by 'nsrun supervise'");
        }
        catch (SyscallException failure) when (failure.Number == ECONNREFUSED)
        {
            throw new ContainerException($"cannot attach to container '{container.Id}': it has ended, or its supervisor has died");
        }
    }
}
