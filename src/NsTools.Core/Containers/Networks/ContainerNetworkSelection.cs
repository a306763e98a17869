using System.Net;
using NsTools.Networking;

namespace NsTools.Containers.Networks;

/// <summary>Which network a new container is to be in.</summary>
public sealed record ContainerNetworkSelection
{
    /// <summary>The way.</summary>
    public ContainerNetworkMode Mode { get; init; }

    /// <summary>For <see cref="ContainerNetworkMode.Bridge"/>, the networks; none for the default one.</summary>
    public IReadOnlyList<ContainerNetworkRequest> Networks { get; init; } = [];

    /// <summary>For <see cref="ContainerNetworkMode.Container"/> its ID; for <see cref="ContainerNetworkMode.Namespace"/> what names that.</summary>
    public string? Target { get; init; }

    /// <summary>
    /// Parses words as <c>podman run --network</c> has them: <c>none</c>, <c>host</c>, <c>bridge</c>, <c>pasta</c>, <c>slirp4netns</c>, <c>container:NAME</c>,
    /// <c>ns:PATH</c>, or names of networks, each with <c>:ip=ADDRESS,alias=NAME,interface_name=NAME</c> if wanted.
    /// </summary>
    /// <param name="words">The words.</param>
    /// <param name="resolveContainer">The ID of a container that is named.</param>
    /// <exception cref="NsToolsException">They are not of the form, or do not go together (<c>InvalidContainerNetwork</c>).</exception>
    public static ContainerNetworkSelection Parse(IReadOnlyList<string> words, Func<string, string> resolveContainer)
    {
        List<ContainerNetworkRequest> networks = [];
        foreach (string word in words)
        {
            string[] parts = word.Split(':', 2);
            ContainerNetworkSelection? single = (parts[0].ToLowerInvariant(), parts.Length) switch
            {
                ("none", 1) => new ContainerNetworkSelection { Mode = ContainerNetworkMode.None },
                ("host", 1) => new ContainerNetworkSelection { Mode = ContainerNetworkMode.Host },
                ("pasta", 1) => new ContainerNetworkSelection { Mode = ContainerNetworkMode.Pasta },
                ("slirp4netns", 1) => new ContainerNetworkSelection { Mode = ContainerNetworkMode.Slirp4NetNs },
                ("container", 2) => new ContainerNetworkSelection { Mode = ContainerNetworkMode.Container, Target = resolveContainer(parts[1]) },
                ("ns", 2) => new ContainerNetworkSelection { Mode = ContainerNetworkMode.Namespace, Target = parts[1] },
                _ => null,
            };
            if (single is not null)
                return words.Count == 1 ? single : throw Invalid(word, "it cannot be together with another one");
            networks.Add(ContainerNetworkRequest.Parse(parts[0], parts.Length == 2 ? parts[1] : null));
        }
        return networks.GroupBy(network => network.Network).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw Invalid(twice.Key, "it is given twice")
            : new ContainerNetworkSelection { Mode = ContainerNetworkMode.Bridge, Networks = networks };
    }

    /// <summary>The words that <see cref="Parse"/> takes for this, as <c>podman run</c> does.</summary>
    public IEnumerable<string> Words() => Mode switch
    {
        ContainerNetworkMode.None => ["none"],
        ContainerNetworkMode.Host => ["host"],
        ContainerNetworkMode.Pasta or ContainerNetworkMode.Slirp4NetNs => [Mode.ToString().ToLowerInvariant()],
        ContainerNetworkMode.Container => [$"container:{Target}"],
        ContainerNetworkMode.Namespace => [$"ns:{Target}"],
        _ => Networks.Select(network => network.ToString()),
    };

    internal static NsToolsException Invalid(string word, string why) => new(
        FailureKind.InvalidArgument,
        "InvalidContainerNetwork",
        $"'{word}' names no network for a container: {why}.",
        "Give the names of networks (Get-ContainerNetwork), or one of none, host, pasta, slirp4netns, container:NAME, and a NamespaceSet.");
}

/// <summary>A network that a container is to be on, and how.</summary>
/// <param name="Network">The network's name.</param>
public sealed record ContainerNetworkRequest(string Network)
{
    /// <summary>The addresses to have; none for any.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];

    /// <summary>Names, beside the container's, under which others find it.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Name of the link inside; null for the next of eth0, eth1, ….</summary>
    public string? InterfaceName { get; init; }

    /// <summary>Parses what stands behind a network's name.</summary>
    /// <param name="network">The name.</param>
    /// <param name="settings">Such as <c>ip=10.90.0.9,alias=db</c>; null for nothing.</param>
    internal static ContainerNetworkRequest Parse(string network, string? settings)
    {
        if (network is "bridge" or "default")
            network = ContainerNetworkStore.DefaultName;
        List<string> addresses = [], aliases = [];
        string? interfaceName = null;
        foreach (string setting in settings?.Split(',') ?? [])
        {
            string[] pair = setting.Split('=', 2);
            switch (pair)
            {
                case ["ip" or "ip6", var address] when IPAddress.TryParse(address, out IPAddress? parsed):
                    addresses.Add(parsed.ToString());
                    break;
                case ["alias", var alias] when alias.Length > 0:
                    aliases.Add(ContainerName.Validate(alias));
                    break;
                case ["interface_name", var name]:
                    interfaceName = LinkNames.Check(name);
                    break;
                default:
                    throw ContainerNetworkSelection.Invalid($"{network}:{settings}", $"'{setting}' is none of ip=ADDRESS, alias=NAME and interface_name=NAME");
            }
        }
        return new ContainerNetworkRequest(network) { Addresses = addresses, Aliases = aliases, InterfaceName = interfaceName };
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        string settings = string.Join(',', [
            .. Addresses.Select(address => $"ip={address}"), .. Aliases.Select(alias => $"alias={alias}"),
            .. InterfaceName is null ? Array.Empty<string>() : [$"interface_name={InterfaceName}"]]);
        return settings.Length == 0 ? Network : $"{Network}:{settings}";
    }
}
