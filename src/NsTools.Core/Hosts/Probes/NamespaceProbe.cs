using NsTools.Interop.Syscalls;
using NsTools.Namespaces;

namespace NsTools.Hosts.Probes;

/// <summary>One kind of namespace, really made.</summary>
internal sealed class NamespaceProbe(NamespaceType type) : HostProbe($"{type}Namespace")
{
    /// <inheritdoc/>
    public override HostFeature Probe()
    {
        if (!ProcessNamespaces.IsSupported(type))
            return Missing($"this kernel was built without it: no /proc/self/ns/{type.ProcName()}", "Use a kernel with CONFIG_NAMESPACES and its parts.");
        string limitPath = $"/proc/sys/user/max_{LimitName}_namespaces";
        string limit = ReadSetting(limitPath) is { } maximum ? $", at most {maximum} for each user" : string.Empty;
        try
        {
            NamespaceTrial.Run(type);
            return NamespaceTrial.NeedsUserNamespace && type != NamespaceType.User
                ? Available($"made one inside a user namespace{limit}")
                : Available($"made one{limit}");
        }
        catch (SyscallException failure) when (failure.Name == "ENOSPC")
        {
            return Limited($"the limit is reached{limit}", $"End namespaces that are no longer needed, or write a bigger number to {limitPath}.");
        }
        catch (SyscallException failure) when (failure.Name is "EPERM" or "EACCES")
        {
            return Limited(
                failure.Message,
                NamespaceTrial.NeedsUserNamespace
                    ? "Run as root, or allow user namespaces to ordinary users: see the feature UnprivilegedUserNamespace."
                    : "Something withholds CAP_SYS_ADMIN or the call: a container around this one needs --privileged.");
        }
        catch (SyscallException failure)
        {
            return Missing(failure.Message, null);
        }
        catch (NsToolsException untried) when (untried.ErrorId == "RuntimeNotFound")
        {
            return Limited("the kernel has it, but without nsrun it could not be tried", untried.Remedy);
        }
    }

    private string LimitName => type == NamespaceType.Mount ? "mnt" : type.ProcName();
}
