using System.Globalization;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Mounts;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using NsTools.Runtime.Lifecycle;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.RootFs;

/// <summary>
/// Sources of bind mounts that the outer stage opens with the host's rights, for the inner one to attach: idmapped
/// ones, which take the rights of the file system's own user namespace (<c>mount_setattr(2)</c>), and with a user
/// namespace the root and all others, whose way the container's own root may not be able to go.
/// </summary>
internal sealed class HostTrees : IDisposable
{
    /// <summary>In the place of a mount's index: the root file system itself.</summary>
    public const int RootIndex = -1;

    private readonly Dictionary<int, SafeFileHandle> _trees = [];

    /// <summary>The descriptors with the index of the mount that each is the source of.</summary>
    public IEnumerable<(int Index, SafeFileHandle Tree)> All => _trees.Select(tree => (tree.Key, tree.Value));

    /// <summary>Opens what the outer stage has to open.</summary>
    /// <param name="spec">The config.</param>
    /// <param name="namespaces">Its namespaces.</param>
    /// <exception cref="SyscallException">A source is not there, or cannot be mapped.</exception>
    /// <exception cref="RuntimeSpecException">A mapping that cannot be.</exception>
    public static HostTrees Open(RuntimeSpec spec, NamespaceEntry namespaces)
    {
        var trees = new HostTrees();
        try
        {
            IReadOnlyList<MountSpec> mounts = spec.Mounts ?? [];
            bool usesHostRights = (namespaces.NewUser || namespaces.User is not null) && namespaces.NewMount && geteuid() == 0;
            if (usesHostRights && spec.Root is { } root)
                trees.TryAdd(RootIndex, () => MakeSlave(MountTree.Clone(Path.GetFullPath(root.Path), recursive: true), root.Path));
            for (int i = 0; i < mounts.Count; i++)
            {
                MountOptions options = MountOptions.Parse(mounts[i].Options);
                bool isBind = BindMount.Is(mounts[i], options) && !options.IsRemount;
                BindOptions? bind = isBind ? BindOptions.Parse(options, i) : null;
                if (bind?.CopiesLink == true && LinkCopy.Target(mounts[i]) is not null)
                    continue;
                bool isMapped = options.IsIdMapped || bind?.Map is not null || mounts[i].UidMappings is { Count: > 0 };
                if (isMapped && mounts[i].Type == "overlay" && usesHostRights)
                {
                    trees._trees.Add(i, MappedOverlay.Open(mounts[i], i));
                    continue;
                }
                if (isMapped && !isBind)
                    throw new RuntimeSpecException(string.Create(CultureInfo.InvariantCulture, $"$.mounts[{i}]"), "only a bind mount can be idmapped");
                if (isMapped)
                    trees._trees.Add(i, OpenMapped(spec, namespaces, mounts[i], options, bind!, i));
                else if (isBind && usesHostRights)
                {
                    int index = i;
                    trees.TryAdd(i, () => MakeSlave(BindMount.Open(mounts[index], options, index), mounts[index].Destination));
                }
            }
            return trees;
        }
        catch
        {
            trees.Dispose();
            throw;
        }
    }

    /// <summary>The inner stage's side: the descriptors that the outer one has left it.</summary>
    /// <param name="inherited">Index of the mount and number of the descriptor.</param>
    public static HostTrees From(IEnumerable<(int Index, int Descriptor)> inherited)
    {
        var trees = new HostTrees();
        foreach ((int index, int descriptor) in inherited)
            trees._trees.Add(index, new SafeFileHandle(descriptor, ownsHandle: true));
        return trees;
    }

    /// <summary>Hands out the source of a mount; null when the outer stage did not open it.</summary>
    /// <param name="index">The mount's place in the config.</param>
    public SafeFileHandle? Take(int index) => _trees.Remove(index, out SafeFileHandle? tree) ? tree : null;

    public void Dispose()
    {
        foreach (SafeFileHandle tree in _trees.Values)
            tree.Dispose();
        _trees.Clear();
    }

    // A root without CAP_SYS_ADMIN, in a container: the inner stage has it in its own user namespace.
    private void TryAdd(int index, Func<SafeFileHandle> open)
    {
        try
        {
            _trees.Add(index, open());
        }
        catch (SyscallException refused) when (refused.Number == EPERM)
        {
        }
    }

    // A copy of a shared mount is its peer: what is mounted below it inside would appear on the host.
    private static SafeFileHandle MakeSlave(SafeFileHandle tree, string name)
    {
        try
        {
            MountTree.SetAttributes(tree, new MountAttributeChange(MountAttributes.None, Propagation: PropagationType.Slave), recursive: true, name);
            return tree;
        }
        catch
        {
            tree.Dispose();
            throw;
        }
    }

    private static SafeFileHandle OpenMapped(RuntimeSpec spec, NamespaceEntry namespaces, MountSpec item, MountOptions options, BindOptions bind, int index)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"$.mounts[{index}]");
        bool own = bind.Map is not null || item.UidMappings is { Count: > 0 };
        (IReadOnlyList<IdMapping>? users, IReadOnlyList<IdMapping>? groups) = bind.Map is not null
            ? bind.Mappings(spec.Linux, path)
            : own ? (item.UidMappings, item.GidMappings) : (spec.Linux?.UidMappings, spec.Linux?.GidMappings);
        bool joins = !own && namespaces.User is not null;
        if (!joins && (users is not { Count: > 0 } || groups is not { Count: > 0 }))
            throw new RuntimeSpecException($"{path}.options", "idmap needs uidMappings and gidMappings, of the mount or of the container's user namespace");
        SafeFileHandle? tree = null;
        try
        {
            tree = MakeSlave(BindMount.Open(item, options, index), item.Destination);
            using SafeFileHandle? mapping = joins ? null : MappingNamespace.Make(users!, groups!);
            MountTree.SetIdMap(tree, mapping ?? namespaces.User!, options.IsIdMapRecursive || bind.IsMapRecursive, item.Destination);
            return tree;
        }
        catch (SyscallException failure)
        {
            tree?.Dispose();
            throw new SyscallException(failure.Syscall, failure.Number, failure.Subject, Explain(failure, item, path));
        }
        catch
        {
            tree?.Dispose();
            throw;
        }
    }

    // mount_setattr(2), ERRORS.
    private static string? Explain(SyscallException failure, MountSpec item, string path) => failure switch
    {
        { Syscall: "mount_setattr" } when failure.Number == EINVAL => $"{path}: the file system of '{item.Source}' supports no idmapped mounts, or is itself one",
        { Syscall: "mount_setattr" or "open_tree" } when failure.Number == EPERM => $"{path}: an idmapped mount takes CAP_SYS_ADMIN in the user namespace that the file system of '{item.Source}' was mounted in: run as root",
        _ => failure.Detail,
    };
}
