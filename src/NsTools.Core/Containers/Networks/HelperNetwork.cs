using System.Globalization;
using System.Net;
using NsTools.Hosts;
using NsTools.Interop.Networking.Helpers;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.Containers.Networks;

/// <summary>
/// The network of an ordinary user's container or pod: a namespace of its own that a program outside connects with the
/// host's, as Podman does it (<c>pasta(1)</c>, <c>slirp4netns(1)</c>).
/// </summary>
public static class HelperNetwork
{
    private const string TunDevice = "/dev/net/tun";

    // What a user's PATH may lack of the system's own.
    private static readonly string[] s_systemPlaces = ["/usr/local/bin", "/usr/bin", "/usr/sbin", "/bin"];

    // Addresses that no network has (RFC 3927): queries to the one are passed on to the host's server.
    private const string PastaServer = "169.254.1.1";
    private const string SlirpServer = "10.0.2.3";

    /// <summary>The helpers that are installed, the usual one first.</summary>
    public static IReadOnlyList<string> Installed => [.. Modes.Where(mode => Find(mode) is not null).Select(NameOf)];

    private static ContainerNetworkMode[] Modes => [ContainerNetworkMode.Pasta, ContainerNetworkMode.Slirp4NetNs];

    /// <summary>True for the modes that are one.</summary>
    internal static bool Is(ContainerNetworkMode mode) => Modes.Contains(mode);

    /// <summary>The usual helper.</summary>
    /// <exception cref="NsToolsException">None is installed (<c>NetworkHelperMissing</c>), or it cannot work (<c>TunDeviceNotAccessible</c>).</exception>
    internal static ContainerNetworkMode Choose()
    {
        ContainerNetworkMode mode = Modes.FirstOrDefault(one => Find(one) is not null);
        Require(mode == default ? ContainerNetworkMode.Pasta : mode);
        return mode;
    }

    /// <summary>Makes sure that a helper is there and can work.</summary>
    /// <inheritdoc cref="Choose" path="/exception"/>
    internal static void Require(ContainerNetworkMode mode)
    {
        if (LibC.geteuid() == 0)
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "NetworkHelperForUsers", $"{NameOf(mode)} connects the containers of ordinary users; root's are on networks.", "Leave -Network out, or give the name of a network (Get-ContainerNetwork).");
        }
        if (Find(mode) is null)
        {
            throw new NsToolsException(
                FailureKind.NotSupported,
                "NetworkHelperMissing",
                Installed.Count == 0
                    ? "Neither pasta nor slirp4netns is installed, one of which an ordinary user's container needs for a network of its own."
                    : $"{NameOf(mode)} is not installed; {Installed[0]} is.",
                "Install the package passt (it has pasta), or slirp4netns; or give -Network None, or Host.");
        }
        try
        {
            Descriptor.Open(TunDevice, LibC.O_RDWR).Dispose();
        }
        catch (SyscallException failure)
        {
            throw new NsToolsException(
                FailureKind.PermissionDenied, "TunDeviceNotAccessible", $"{NameOf(mode)} needs {TunDevice}, which you cannot open: {Errno.Describe(failure.Number)}.",
                $"As root: modprobe tun; chmod 666 {TunDevice}, as udev has it. Or give -Network None, or Host.", failure);
        }
    }

    /// <summary>Refuses what a helper cannot publish.</summary>
    /// <exception cref="NsToolsException">An IPv6 address with slirp4netns (<c>HelperPublishesNoIPv6</c>).</exception>
    internal static void RequirePublishable(ContainerNetworkMode mode, IEnumerable<ContainerPort> ports)
    {
        if (mode == ContainerNetworkMode.Slirp4NetNs && ports.FirstOrDefault(port => port.HostAddress.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6) is { } port)
            throw new NsToolsException(FailureKind.NotSupported, "HelperPublishesNoIPv6", $"slirp4netns publishes on IPv4 addresses only, not on {port.HostAddress}.", "Use -Network Pasta.");
    }

    /// <summary>The helper's part of the hosts file.</summary>
    internal static string HostsOf(SandboxDocument sandbox) =>
        NameFiles.Own([sandbox.Helper == ContainerNetworkMode.Slirp4NetNs ? "10.0.2.100" : "127.0.0.1"], sandbox.HostName, sandbox.Name);

    /// <summary>The server that the helper passes queries on from.</summary>
    internal static string ServerOf(ContainerNetworkMode mode) => mode == ContainerNetworkMode.Pasta ? PastaServer : SlirpServer;

    /// <summary>How the helper is started.</summary>
    /// <param name="sandbox">Whose.</param>
    /// <param name="directories">Where it is written down.</param>
    internal static NetworkHelperPlan PlanOf(SandboxDocument sandbox, NetworkDirectories directories)
    {
        ContainerPort[] ports = [.. sandbox.Ports.Select(port => port.ToPort())];
        string record = directories.HelperFile(sandbox.Id, "helper"), socket = directories.HelperFile(sandbox.Id, "sock"), process = directories.HelperFile(sandbox.Id, "pid");
        string program = Find(sandbox.Helper!.Value) ?? throw new NsToolsException(FailureKind.NotSupported, "NetworkHelperMissing", $"{NameOf(sandbox.Helper.Value)} is not installed any more.", "Install it again, or make the container anew.");
        return sandbox.Helper == ContainerNetworkMode.Pasta
            ? new NetworkHelperPlan { Record = record, Program = program, ProcessFile = process, Arguments = [.. PastaArguments(ports, process)] }
            : new NetworkHelperPlan
            {
                Record = record,
                Program = program,
                Socket = socket,
                // The host's loopback is the host's own, as Podman has it.
                Arguments = ["--configure", "--enable-ipv6", "--disable-host-loopback", "--enable-sandbox", "--enable-seccomp", "--mtu=65520", "--ready-fd=3", $"--api-socket={socket}", NetworkHelperPlan.ProcessWord, "tap0"],
                Requests = [.. ports.Select(SlirpRequest)],
            };
    }

    /// <summary>The hooks by which it comes with each start and goes with each end.</summary>
    internal static HooksSpec HooksOf(NetworkHelperPlan plan)
    {
        string runtime = RuntimeExecutable.Path;
        return new HooksSpec
        {
            CreateRuntime = [new HookSpec { Path = runtime, Args = ["nsrun", "join-network", .. plan.ToWords()], Env = RuntimeExecutable.OwnEnvironment }],
            Poststop = [new HookSpec { Path = runtime, Args = ["nsrun", "leave-network", plan.Record], Env = RuntimeExecutable.OwnEnvironment }],
        };
    }

    private static IEnumerable<string> PastaArguments(ContainerPort[] ports, string process)
    {
        // Nothing of what listens on the host's loopback is to be had inside but what is asked for, as Podman has it.
        List<string> words = ["--config-net", "--quiet", "--no-map-gw", "--dns-forward", PastaServer, "--pid", process, "-T", "none", "-U", "none"];
        foreach ((string option, NetNatProtocol protocol) in (ReadOnlySpan<(string, NetNatProtocol)>)[("-t", NetNatProtocol.Tcp), ("-u", NetNatProtocol.Udp)])
        {
            ContainerPort[] own = [.. ports.Where(port => port.Protocol == protocol)];
            if (own.Length == 0)
                words.AddRange([option, "none"]);
            foreach (ContainerPort port in own)
            {
                // Without an address it is all of both families.
                string address = port.HostAddress.Equals(IPAddress.Any) ? "" : $"{port.HostAddress}/";
                words.AddRange([option, string.Create(CultureInfo.InvariantCulture, $"{address}{port.HostPort}:{port.Port}")]);
            }
        }
        return [.. words, NetworkHelperPlan.ProcessWord];
    }

    private static string SlirpRequest(ContainerPort port) => string.Create(
        CultureInfo.InvariantCulture,
        $$$"""{"execute":"add_hostfwd","arguments":{"proto":"{{{port.Protocol.ToString().ToLowerInvariant()}}}","host_addr":"{{{port.HostAddress}}}","host_port":{{{port.HostPort}}},"guest_port":{{{port.Port}}}}}""");

    private static string NameOf(ContainerNetworkMode mode) => mode.ToString().ToLowerInvariant();

    private static string? Find(ContainerNetworkMode mode) => !Is(mode) ? null : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Concat(s_systemPlaces).Where(place => place.StartsWith('/')).Select(place => Path.Join(place, NameOf(mode))).FirstOrDefault(File.Exists);
}
