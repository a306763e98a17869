using NsTools.Interop.Cgroups.Containers;
using NsTools.Interop.Cgroups.Systemd;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;

namespace NsTools.Cgroups;

/// <summary>
/// Cgroups that systemd makes: on a host that it has booted the hierarchy is its own, and what others want to keep in it
/// is a scope with <c>Delegate=yes</c> (systemd's CGROUP_DELEGATION.md).
/// </summary>
/// <param name="system">The hierarchies.</param>
public sealed class SystemdScopes(CgroupSystem system)
{
    private const string Suffix = ".scope";

    /// <summary>True when systemd is this machine's init system, and the hierarchy so its own.</summary>
    public static bool IsSystemdHost => SystemdManager.IsBooted;

    /// <summary>True for a cgroup that is systemd's to make and to remove: a path that ends with <c>.scope</c> on a host of systemd's.</summary>
    /// <param name="reference">The cgroup.</param>
    public static bool IsScope(CgroupReference reference) => IsSystemdHost && reference.Path.EndsWith(Suffix, StringComparison.Ordinal);

    /// <summary>The equivalent shell command.</summary>
    /// <param name="reference">The scope.</param>
    /// <param name="processes">The processes that it begins with.</param>
    public static string Describe(CgroupReference reference, IReadOnlyList<int> processes)
    {
        (string? slice, string unit) = Split(reference);
        return $"busctl call org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager StartTransientUnit 'ssa(sv)a(sa(sv))' {unit} fail {(slice is null ? 2 : 3)}"
            + $" PIDs au {processes.Count} {string.Join(' ', processes)} Delegate b true{(slice is null ? "" : $" Slice s {slice}")} 0";
    }

    /// <summary>Makes a scope of running processes, in all hierarchies.</summary>
    /// <param name="reference"><c>/workshop.scope</c>, or <c>/machine.slice/workshop.scope</c>.</param>
    /// <param name="processes">The processes that it begins with.</param>
    /// <returns>It, open: its path is where systemd has put it.</returns>
    /// <exception cref="NsToolsException">No processes (<c>ScopeNeedsProcess</c>), no path of a scope (<c>InvalidScopePath</c>), or systemd refused it.</exception>
    /// <exception cref="Interop.Syscalls.SyscallException">The kernel refused a step.</exception>
    public CgroupHandle Create(CgroupReference reference, IReadOnlyList<int> processes)
    {
        if (processes.Count == 0)
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "ScopeNeedsProcess", $"'{reference.Path}' is a scope, which systemd makes of processes and removes when the last one ends.",
                "Say which: New-Cgroup NAME.scope -ProcessId $process.Id.");
        }
        (string? slice, string unit) = Split(reference);
        try
        {
            ContainerCgroupPath path = ContainerCgroupPath.Parse($"{slice}::{unit}", CgroupManager.Systemd, unit, CallerIdentity.IsHostRoot);
            using ContainerCgroup scope = ContainerCgroup.MakeScope(path, $"NsTools {unit}", null, CallerIdentity.IsHostRoot, processes[0]);
            string made = scope.Directories[0].Path;
            CgroupHandle handle = system.Open(CgroupReference.FromDirectories(made, scope.Record.Directories));
            foreach (int process in processes.Skip(1))
                CgroupMembership.Add(handle, process);
            return handle;
        }
        catch (RuntimeSpecException wrong)
        {
            throw new NsToolsException(FailureKind.InvalidArgument, "InvalidScopePath", $"{wrong.Problem}.", "Such as workshop.scope or machine.slice/workshop.scope.", wrong);
        }
        catch (DBusException refused)
        {
            throw Explain(refused, unit);
        }
    }

    /// <summary>Has systemd stop a scope that has no processes any more.</summary>
    /// <param name="reference">The scope.</param>
    /// <exception cref="NsToolsException">systemd refused it.</exception>
    public static void Stop(CgroupReference reference)
    {
        (_, string unit) = Split(reference);
        try
        {
            using SystemdManager manager = SystemdManager.Connect(ofUser: !CallerIdentity.IsHostRoot);
            manager.StopUnit(unit);
        }
        catch (DBusException refused)
        {
            throw Explain(refused, unit);
        }
    }

    private static (string? Slice, string Unit) Split(CgroupReference reference)
    {
        string[] parts = reference.Path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return (parts.Length > 1 ? parts[^2] : null, parts[^1]);
    }

    private static NsToolsException Explain(DBusException refused, string unit) => refused.Name switch
    {
        "org.freedesktop.systemd1.UnitExists" => new(
            FailureKind.AlreadyExists, "CgroupExists", $"systemd has a unit '{unit}' already.", $"Choose another name, or stop it: systemctl stop {unit}.", refused),
        "org.freedesktop.DBus.Error.AccessDenied" or "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired" or DBusException.AuthFailed => new(
            FailureKind.PermissionDenied, "ScopeDenied", $"systemd does not let this user make or stop '{unit}'.", "Run as root, or in a session of your own, whose systemd makes your scopes.", refused),
        DBusException.NoServer => new(
            FailureKind.NotFound, "BusNotFound", $"systemd's bus does not answer, so '{unit}' cannot be made or stopped: {refused.Message}", "Start it: systemctl start dbus. For an ordinary user: loginctl enable-linger, and XDG_RUNTIME_DIR set.", refused),
        _ => new(FailureKind.InvalidState, "ScopeFailed", $"systemd could not do it: {refused.Message}", $"systemctl status {unit} and journalctl -u {unit} say more.", refused),
    };
}
