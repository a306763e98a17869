using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Cgroups.Devices;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Cgroups.Containers;

/// <summary>Writes <c>linux.resources</c> to a container's cgroup; each failure names the member that it is about.</summary>
/// <param name="directories">The cgroup's directories.</param>
/// <param name="isRoot">Whether the caller is root on the host.</param>
internal sealed class ResourceWriter(IReadOnlyList<CgroupDirectory> directories, bool isRoot)
{
    private const string ProgramName = "nstools_ocidev";
    private const string DevicesMember = "$.linux.resources.devices";

    /// <summary>Writes all that is given.</summary>
    /// <exception cref="RuntimeSpecException">Something that these hierarchies cannot express; nothing has been written then.</exception>
    /// <exception cref="SyscallException">The kernel refused a value.</exception>
    public void Write(ResourcesSpec resources)
    {
        List<ControlValue> values = ResourceValues.Of(resources, controller => Find(controller)?.Hierarchy.Version);
        List<(CgroupDirectory Directory, ControlValue Value)> places = [.. values.Select(value => (Place(value), value))];
        if (resources.Memory is { CheckBeforeUpdate: true, Limit: { } limit and > 0 })
            CheckUsage(limit);
        WriteDevices(resources.Devices);
        List<(CgroupDirectory Directory, ControlValue Value)> again = [];
        foreach ((CgroupDirectory directory, ControlValue value) in places)
        {
            // EINVAL may only mean "not yet": quota and period, limit and sum, burst and quota are checked against each other at each write.
            if (Write(directory, value) == EINVAL)
                again.Add((directory, value));
        }
        foreach ((CgroupDirectory directory, ControlValue value) in again)
        {
            if (Write(directory, value) == EINVAL)
                throw Refused(directory, value, EINVAL);
        }
    }

    // EINVAL is the caller's to judge; every other error is one.
    private static int Write(CgroupDirectory directory, ControlValue value)
    {
        string text = value.IsSecondWord ? $"{directory.Read(value.File).Split(' ')[0]} {value.Value}" : value.Value;
        int error = directory.TryWrite(value.File, text);
        if (error == ENOENT && value.Otherwise is { } other)
            return Write(directory, other);
        if (error == 0 || error == EINVAL || (error == ENOENT && value.IsOptional))
            return error;
        throw error == ENOENT
            ? new RuntimeSpecException(value.Path, $"this kernel or this cgroup has no '{directory.FullPath(value.File)}'")
            : Refused(directory, value, error);
    }

    private static SyscallException Refused(CgroupDirectory directory, ControlValue value, int error) =>
        new("write", error, directory.FullPath(value.File), $"{value.Path[2..]}: value '{value.Value}'");

    private CgroupDirectory Place(ControlValue value)
    {
        bool isUnifiedOnly = value.Controller.StartsWith(ControlValue.UnifiedPrefix, StringComparison.Ordinal);
        string controller = isUnifiedOnly ? value.Controller[ControlValue.UnifiedPrefix.Length..] : value.Controller;
        CgroupDirectory? directory = !isUnifiedOnly ? Find(controller)
            : directories.FirstOrDefault(candidate => candidate.Hierarchy.Version == HierarchyVersion.V2);
        if (directory is not null)
            return directory;
        throw new RuntimeSpecException(value.Path, isUnifiedOnly
            ? "this container has no cgroup in a cgroup v2 hierarchy"
            : isRoot ? $"this system has no cgroup hierarchy with the {controller} controller"
            : $"no cgroup with the {controller} controller was delegated to this user");
    }

    private CgroupDirectory? Find(string controller)
    {
        foreach (CgroupDirectory directory in directories)
        {
            if (directory.Hierarchy.Controllers.Contains(CgroupControllers.NameOn(controller, directory.Hierarchy.Version)))
                return directory;
        }
        return null;
    }

    private void CheckUsage(long limit)
    {
        if (Find("memory") is not { } directory)
            return; // the limit itself has said so
        string file = directory.Hierarchy.Version == HierarchyVersion.V2 ? "memory.current" : "memory.usage_in_bytes";
        if (ControlFile.Value(directory.TryRead(file)) is { } usage && usage > limit)
            throw new RuntimeSpecException("$.linux.resources.memory.limit", $"{limit} is less than the {usage} bytes that are in use, and memory.checkBeforeUpdate is set");
    }

    private void WriteDevices(IReadOnlyList<DeviceRuleSpec>? rules)
    {
        if (rules is not { Count: > 0 })
            return;
        if (directories.FirstOrDefault(directory => directory.Hierarchy.Controllers.Contains("devices")) is { } v1)
            WriteSet(v1, DeviceRules.SetOf(rules));
        else if (directories.FirstOrDefault(directory => directory.Hierarchy.Version == HierarchyVersion.V2) is { } v2)
            Attach(v2, OrderedDeviceProgram.Assemble(DeviceRules.Of(rules)));
        else if (isRoot)
            throw new RuntimeSpecException(DevicesMember, "this system has no cgroup hierarchy that can keep device rules");
        // Others: see ContainerCgroup.Make.
    }

    private static void WriteSet(CgroupDirectory directory, DeviceRuleSet set)
    {
        foreach (CgroupDeviceRule rule in set.ToRules())
        {
            string file = rule.Allow ? "devices.allow" : "devices.deny";
            string text = rule.Type == CgroupDeviceType.All ? "a" : rule.Expression;
            int error = directory.TryWrite(file, text);
            if (error != 0)
                throw new SyscallException("write", error, directory.FullPath(file), $"{DevicesMember[2..]}: rule '{text}'");
        }
    }

    private void Attach(CgroupDirectory directory, Instruction[] instructions)
    {
        try
        {
            using SafeFileHandle? old = BpfCall.TryOpenAttached(directory, ProgramName);
            using SafeFileHandle program = BpfCall.LoadDeviceProgram(instructions, ProgramName);
            // The new one first: in between both hold, and nothing is open that either closes.
            BpfCall.AttachTo(directory, program);
            if (old is not null)
                BpfCall.DetachFrom(directory, old);
        }
        catch (SyscallException refused) when (!isRoot && refused.Name == "EPERM")
        {
            // bpf(2) is root's: as for a hierarchy that was not delegated.
        }
        catch (SyscallException refused)
        {
            throw new SyscallException(refused.Syscall, refused.Number, directory.ToString(), $"{DevicesMember[2..]}: {refused.Detail}");
        }
    }
}
