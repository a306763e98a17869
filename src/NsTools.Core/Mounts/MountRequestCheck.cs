using NsTools.Interop.Mounts;

namespace NsTools.Mounts;

/// <summary>Tells requests that cannot work before anything is done.</summary>
internal static class MountRequestCheck
{
    /// <summary>A request's options, sorted.</summary>
    /// <exception cref="NsToolsException">They contradict the rest of the request, or ask for what is done elsewhere.</exception>
    public static MountOptions ToOptions(MountRequest request)
    {
        if (request.Type is null && string.IsNullOrEmpty(request.Source))
            throw Invalid("a bind mount needs a source", "Give -Source.");
        MountOptions options = MountOptions.Parse(
        [
            .. request.Options.SelectMany(MountOptions.Split),
            .. request.Overlay?.ToOptions() ?? [],
            // Of a bind mount it is the mount that is read-only, never the file system.
            .. request.IsReadOnly && request.Type is not null ? ["ro"] : Array.Empty<string>(),
        ]);
        if (options.IsBind)
            throw Invalid("'bind' and 'rbind' are no options here", "Use -Bind, and -Recurse for what is mounted below.");
        if (options.IsRemount)
            throw Invalid("'remount' would change a mount instead of making one", "Dismount it and mount it anew with the options that it shall have.");
        if (options.Propagation != PropagationType.Unchanged)
            throw Invalid("the propagation is no option here", "Use -Propagation.");
        if (options.IsIdMapped || options.CopiesUp)
            throw Invalid("'idmap', 'ridmap' and 'tmpcopyup' are for a container's configuration", "Leave it out.");
        if (request.Type is null && options.Data.Count > 0)
        {
            throw Invalid(
                $"'{options.Data[0]}' is an option of a file system, and a bind mount shows one that is mounted already",
                "Give only options of the mount: ro, nosuid, nodev, noexec, noatime, …");
        }
        return options;
    }

    /// <summary>The target is a file and a directory is mounted, or the other way round.</summary>
    public static NsToolsException KindMismatch(MountRequest request, bool isDirectory) => new(
        FailureKind.InvalidArgument,
        "TargetKindMismatch",
        isDirectory
            ? $"A directory cannot be mounted on '{request.TargetName}', which is none."
            : $"A file cannot be mounted on '{request.TargetName}', which is a directory.",
        isDirectory ? "Name a directory as the target." : "Name a file as the target, such as one in that directory.");

    /// <summary>Nothing would ever see what is mounted over the root directory itself.</summary>
    public static NsToolsException RootAsTarget() => new(
        FailureKind.InvalidArgument,
        "TargetIsRoot",
        "The root directory itself cannot be mounted over: processes keep the root that they have.",
        "Start the process with another root: Invoke-Chroot, Invoke-Namespace -Root, New-Namespace -Root.");

    private static NsToolsException Invalid(string what, string remedy) =>
        new(FailureKind.InvalidArgument, "InvalidMountOption", $"This mount cannot be made: {what}.", remedy);
}
