using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;

namespace NsTools.Runtime.Init;

/// <summary>
/// Brings the capability sets of a config about (<c>capabilities(7)</c>). What there is less of than asked for is not
/// granted: the specification wants a warning for that, which the outer stage gives, and no failure.
/// </summary>
internal sealed class ProcessCapabilities
{
    private readonly ulong _effective, _permitted, _inheritable, _ambient;
    private readonly ulong _held;

    private ProcessCapabilities(CapabilitiesSpec wanted, ulong bounding, ulong held)
    {
        _held = held;
        _permitted = CapabilityName.SetOf(wanted.Permitted) & held;
        _effective = CapabilityName.SetOf(wanted.Effective) & _permitted;
        // Not more than is wanted, whatever the caller had (CVE-2022-29162).
        _inheritable = CapabilityName.SetOf(wanted.Inheritable) & held & bounding;
        _ambient = CapabilityName.SetOf(wanted.Ambient) & _permitted & _inheritable;
    }

    /// <summary>Limits the bounding set, and has what is permitted survive the change of user.</summary>
    /// <param name="wanted">The sets.</param>
    /// <exception cref="SyscallException">The kernel refused it.</exception>
    public static ProcessCapabilities Begin(CapabilitiesSpec wanted)
    {
        ulong bounding = CapabilityName.SetOf(wanted.Bounding);
        ulong held = CapabilityState.Read().Permitted;
        CapabilityState.LimitBounding(bounding);
        CapabilityState.KeepOnUserChange(true);
        return new ProcessCapabilities(wanted, bounding, held);
    }

    /// <summary>Sets the sets, after the change of user.</summary>
    /// <param name="kept">Capabilities to keep besides until execve(2), which takes away what the other sets do not grant.</param>
    /// <exception cref="SyscallException">The kernel refused it.</exception>
    public void Complete(ulong kept)
    {
        kept &= _held;
        CapabilityState.KeepOnUserChange(false);
        CapabilityState.ClearAmbient();
        CapabilityState.Write(_effective | kept, _permitted | kept, _inheritable);
        if (!CapabilityState.TryRaiseAmbient(_ambient))
            throw SyscallException.FromLastError("prctl", "PR_CAP_AMBIENT_RAISE", "config $.process.capabilities.ambient");
    }

    /// <summary>
    /// Drops what the outer stage raised to get through its execve(2), and what the caller may have left to be inherited: the
    /// program gets what its user has (CVE-2022-29162).
    /// </summary>
    /// <exception cref="SyscallException">The kernel refused it.</exception>
    public static void DropInherited()
    {
        CapabilityState.ClearAmbient();
        (ulong effective, ulong permitted, ulong inheritable) = CapabilityState.Read();
        if (inheritable != 0)
            CapabilityState.Write(effective, permitted, 0);
    }
}
