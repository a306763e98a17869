using NsTools.Hosts;
using NsTools.Interop.Oci;

namespace NsTools.Containers;

/// <summary>The init of a container that was asked for one: <c>nsrun</c> itself, which starts the program, reaps, and passes signals on.</summary>
internal static class ContainerInit
{
    private const string Place = "/dev/init";

    /// <summary>The command line by which it starts a program.</summary>
    /// <param name="command">The program and its arguments.</param>
    public static IReadOnlyList<string> Wrap(IReadOnlyList<string> command) => [Place, "reap", .. command];

    /// <summary>Where it is seen inside; nothing inside can write to it.</summary>
    /// <exception cref="NsToolsException">This <c>nsrun</c> needs a .NET runtime beside it (<c>InitNotNative</c>).</exception>
    public static MountSpec Mount() => File.Exists(RuntimeExecutable.Path + ".dll")
        ? throw new NsToolsException(
            FailureKind.NotSupported, "InitNotNative", "This nsrun is no native executable, and cannot be a container's init.", "Build NsTools where there is clang or gcc, or bring an init in the image.")
        : new MountSpec { Destination = Place, Type = "bind", Source = RuntimeExecutable.Path, Options = ["bind", "ro", "nosuid", "nodev", "rprivate"] };
}
