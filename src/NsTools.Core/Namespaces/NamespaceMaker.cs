using Microsoft.Win32.SafeHandles;
using NsTools.Cgroups;
using NsTools.Commands;
using NsTools.Hosts;
using NsTools.Interop.Namespaces;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using Tmds.Linux;

namespace NsTools.Namespaces;

/// <summary>Makes named namespace sets: claim the name, start the holder, write down, pin; or nothing of all that.</summary>
/// <param name="store">Where the sets are kept.</param>
public sealed class NamespaceMaker(NamespaceStore store)
{
    /// <summary>Makes a set.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="options">What it is to have.</param>
    /// <param name="cancellation">Ends the making; nothing is left then.</param>
    /// <exception cref="NsToolsException">
    /// The name is taken (<c>NamespaceExists</c>, <c>NetworkNamespaceExists</c>) or cannot be one
    /// (<c>InvalidNamespaceName</c>), the root is no directory, an option is not of its form.
    /// </exception>
    /// <exception cref="Interop.Syscalls.SyscallException">A step failed; everything before it is undone.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public NamespaceSet Make(string name, NewNamespaceOptions options, CancellationToken cancellation)
    {
        NamespaceName.Validate(name);
        IReadOnlyList<NamespaceType> types = NamespaceLayout.TypesOf(options);
        if (types.Count == 0)
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument,
                "NoNamespaceType",
                "A set of no namespaces cannot be made.",
                "Name at least one kind with -Type.");
        }
        return NeedsHolder(types, options) ? MakeHeld(name, types, options, cancellation) : MakePinned(name, cancellation);
    }

    /// <summary>The equivalent shell command, such as <c>unshare --fork --pid --mount --mount-proc --root=/var/tmp/buda</c>.</summary>
    /// <param name="name">The set's name.</param>
    /// <param name="options">What the set is to have.</param>
    /// <exception cref="NsToolsException">The options do not go together.</exception>
    public static string Describe(string name, NewNamespaceOptions options) => ShellWords.Join(
        NeedsHolder(NamespaceLayout.TypesOf(options), options) ? [.. CgroupPlacement.Words(options.Cgroup), .. NamespaceLayout.Words(options), "sleep", "infinity"] : ["ip", "netns", "add", name]);

    /// <summary>
    /// A network namespace alone lives by its mount, and a lab has hundreds of them: a process each would cost more than all
    /// the rest. Only who may mount can do so, and a root or a cgroup is that of a process.
    /// </summary>
    private static bool NeedsHolder(IReadOnlyList<NamespaceType> types, NewNamespaceOptions options) =>
        !(PinRights.CanPin && types is [NamespaceType.Network] && options is { Root: null, Cgroup: null });

    private NamespaceSet MakePinned(string name, CancellationToken cancellation)
    {
        using NamespaceClaim claim = store.Claim(name, cancellation);
        bool hasNetworkName = PinRights.CanName;
        if (hasNetworkName)
            NetworkNamespaceDirectory.RequireFree(name);
        NamespaceThread.RunInNewNetwork(() => claim.Record(
            new NamespaceSetDocument
            {
                Name = name,
                Created = DateTimeOffset.UtcNow,
                OwnerUserId = (uint)LibC.geteuid(),
                HasNetworkName = hasNetworkName,
                Namespaces = new Dictionary<NamespaceType, long> { [NamespaceType.Network] = NamespaceFile.Identify("/proc/thread-self/ns/net")!.Value },
            },
            cancellation));
        return claim.Keep();
    }

    private NamespaceSet MakeHeld(string name, IReadOnlyList<NamespaceType> types, NewNamespaceOptions options, CancellationToken cancellation)
    {
        // The holder's command line then says what it holds.
        RuntimeSpec spec = NamespaceLayout.Build(options) with { Annotations = new Dictionary<string, string> { ["io.nstools.name"] = name } };
        bool hasNetworkName = PinRights.CanName && types.Contains(NamespaceType.Network);
        using CommandPlan plan = new CommandPlan(spec, []).In(options.Cgroup is { } cgroup ? CgroupPlacement.Open(cgroup) : []);
        using NamespaceClaim claim = store.Claim(name, cancellation);
        if (hasNetworkName)
            NetworkNamespaceDirectory.RequireFree(name);
        using LaunchedProcess holder = new RuntimeLauncher(RuntimeExecutable.Path).Start(new LaunchRequest { Spec = plan.Spec, Descriptors = plan.Descriptors, Mode = LaunchMode.Holder });
        try
        {
            cancellation.ThrowIfCancellationRequested();
            claim.Record(
                new NamespaceSetDocument
                {
                    Name = name,
                    Holder = ProcessIdentity.Of(holder.ProcessId) ?? throw HolderEnded(name),
                    Root = spec.Root?.Path,
                    HostName = options.HostName,
                    Created = DateTimeOffset.UtcNow,
                    OwnerUserId = (uint)LibC.geteuid(),
                    HasNetworkName = hasNetworkName,
                    Namespaces = types.ToDictionary(t => t, t => NamespaceFile.Identify($"/proc/{holder.ProcessId}/ns/{t.ProcName()}") ?? throw HolderEnded(name)),
                },
                cancellation);
            holder.Release();
            // One that ends as soon as it is on its own holds nothing; better said now than found out later.
            return ProcessDescriptor.WaitForExit(holder.PidFd, TimeSpan.Zero) ? throw HolderEnded(name) : claim.Keep();
        }
        catch
        {
            End(holder.PidFd);
            throw;
        }
    }

    private static void End(SafeFileHandle holder)
    {
        ProcessDescriptor.Signal(holder, LibC.SIGKILL);
        ProcessDescriptor.WaitForExit(holder, TimeSpan.FromSeconds(5));
    }

    private static NsToolsException HolderEnded(string name) => new(
        FailureKind.InvalidState,
        "NamespaceHolderEnded",
        $"The process that holds the namespaces of '{name}' ended while the set was being made.");
}
