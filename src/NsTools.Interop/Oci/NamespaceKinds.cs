using Tmds.Linux;

namespace NsTools.Interop.Oci;

/// <summary>The runtime-spec's names of the namespace kinds and their <c>clone(2)</c> flags.</summary>
public static class NamespaceKinds
{
    /// <summary><c>CLONE_NEWTIME</c> (<c>sched.h</c>), which Tmds.LibC lacks.</summary>
    public const int CloneNewTime = 0x80;

    /// <summary>The names, in the order in which namespaces are joined.</summary>
    public static IReadOnlyList<string> Names { get; } = ["user", "ipc", "uts", "network", "cgroup", "pid", "time", "mount"];

    /// <summary>True for a name of the specification.</summary>
    /// <param name="name">The <c>type</c> of a namespace.</param>
    public static bool IsKnown(string name) => Flag(name) != 0;

    /// <summary>The <c>CLONE_NEW…</c> flag; 0 for an unknown name.</summary>
    /// <param name="name">The <c>type</c> of a namespace.</param>
    public static int Flag(string name) => name switch
    {
        "user" => LibC.CLONE_NEWUSER,
        "ipc" => LibC.CLONE_NEWIPC,
        "uts" => LibC.CLONE_NEWUTS,
        "network" => LibC.CLONE_NEWNET,
        "cgroup" => LibC.CLONE_NEWCGROUP,
        "pid" => LibC.CLONE_NEWPID,
        "time" => CloneNewTime,
        "mount" => LibC.CLONE_NEWNS,
        _ => 0,
    };
}
