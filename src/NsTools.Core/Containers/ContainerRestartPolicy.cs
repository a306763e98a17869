using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace NsTools.Containers;

/// <summary>
/// When a container is started again by itself. Its supervisor does that, whether a pwsh is there or not; in the container's
/// directory, which is its bundle, a file <c>stop</c> forbids it and <c>restarts</c> counts it.
/// </summary>
internal static class ContainerRestartPolicy
{
    private const string StopFile = "stop";
    private const string CountFile = "restarts";

    /// <summary>The policy of the options, as <c>nsrun supervise</c> takes it.</summary>
    /// <returns>The policy; null for <c>no</c>.</returns>
    /// <exception cref="NsToolsException">It is none (<c>InvalidRestartPolicy</c>), or the container also removes itself (<c>RestartAndRemove</c>).</exception>
    public static string? Check(ContainerOptions options)
    {
        if (options.RestartPolicy is null or "no")
            return null;
        string[] parts = options.RestartPolicy.Split(':', 2);
        bool isOne = parts[0] switch
        {
            "always" or "unless-stopped" => parts.Length == 1,
            "on-failure" => parts.Length == 1 || int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out _),
            _ => false,
        };
        if (!isOne)
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "InvalidRestartPolicy", $"'{options.RestartPolicy}' is no restart policy.", "There are no, on-failure, on-failure:N with the most restarts, always and unless-stopped.");
        }
        return options.RemovesItself
            ? throw new NsToolsException(FailureKind.InvalidArgument, "RestartAndRemove", "A container that is removed when it has ended cannot be started again.", "Leave out -Remove or -RestartPolicy.")
            : options.RestartPolicy;
    }

    /// <summary>How often it was started again.</summary>
    /// <param name="directory">The container's directory.</param>
    public static int CountOf(string directory)
    {
        string file = Path.Join(directory, CountFile);
        return File.Exists(file) && int.TryParse(File.ReadAllText(file), NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count : 0;
    }

    /// <summary>True when its supervisor may be about to start it again: what is there of it must stay.</summary>
    public static bool MayRestart(ContainerStore store, string id) =>
        store.Read(id)?.RestartPolicy is not null && !File.Exists(Path.Join(store.PathOf(id), StopFile));

    /// <summary>Somebody wants it ended: it is not started again until somebody wants it started.</summary>
    public static void Forbid(ContainerStore store, ContainerDocument document, CancellationToken cancellation)
    {
        if (document.RestartPolicy is null)
            return;
        // Who is just restarting it holds the lock until there is a process to end.
        using SafeFileHandle entry = store.LockContainer(document.Id, cancellation);
        File.WriteAllBytes(Path.Join(store.PathOf(document.Id), StopFile), []);
    }

    /// <summary>Somebody wants it started. The caller holds its lock.</summary>
    public static void Allow(ContainerDocument document, string directory)
    {
        if (document.RestartPolicy is null)
            return;
        File.Delete(Path.Join(directory, StopFile));
        File.Delete(Path.Join(directory, CountFile));
    }
}
