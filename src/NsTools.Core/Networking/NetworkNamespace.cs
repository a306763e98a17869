using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Netlink;
using NsTools.Interop.Netlink.Route;
using NsTools.Interop.Syscalls;
using NsTools.Namespaces;

namespace NsTools.Networking;

/// <summary>A network namespace opened for work: one netlink socket that stays in it, and what is known of its links.</summary>
public sealed class NetworkNamespace : IDisposable
{
    private readonly Dictionary<int, string> _names = [];
    private bool _hasAllNames;

    private NetworkNamespace(NamespaceReference? reference, NetworkPlace place, NetlinkConnection connection)
    {
        Reference = reference;
        Name = reference?.Text;
        Place = place;
        Connection = connection;
    }

    /// <summary>What was opened; null for the caller's own namespace.</summary>
    public NamespaceReference? Reference { get; }

    /// <summary>Names it, as <c>-Namespace</c> takes it; null for the caller's own.</summary>
    public string? Name { get; }

    /// <summary>Its rtnetlink connection.</summary>
    public NetlinkConnection Connection { get; }

    /// <summary>Opens other things in it.</summary>
    internal NetworkPlace Place { get; }

    /// <summary>What to call it in messages.</summary>
    public string Description => Reference is null ? "this network namespace" : $"the network namespace of {Reference.DisplayName}";

    /// <summary>A descriptor of the namespace, for moving links into it; open as long as this object is.</summary>
    /// <exception cref="SyscallException">It could not be opened.</exception>
    public SafeFileHandle Descriptor => Place.Descriptor;

    /// <summary>Opens a network namespace.</summary>
    /// <param name="reference">Names it; null for the caller's own.</param>
    /// <exception cref="NsToolsException">There is no such namespace, or the caller may not enter it (<c>NetworkNamespaceAccessDenied</c>).</exception>
    /// <exception cref="SyscallException">The socket could not be opened.</exception>
    public static NetworkNamespace Open(NamespaceReference? reference)
    {
        NetworkPlace place = NetworkPlace.Open(reference);
        try
        {
            return new NetworkNamespace(reference, place, NetlinkConnection.Open(NetlinkProtocol.Route, place));
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    /// <summary>Name of the link with an index; a number in words when there is none (any more).</summary>
    /// <param name="index">The index.</param>
    public string NameOf(int index)
    {
        ReadLinkNames();
        return _names.TryGetValue(index, out string? name) ? name : $"if{index}";
    }

    /// <summary>
    /// Reads the names of the links, once. To be called before messages are decoded that refer to links: a request from
    /// inside a decoder would overwrite the message.
    /// </summary>
    internal void ReadLinkNames()
    {
        if (_hasAllNames)
            return;
        foreach (LinkName link in Connection.Dump(LinkDecoder.DumpRequest(LinkDecoder.SkipStatistics), LinkName.Decode))
            _names[link.Index] = link.Name;
        _hasAllNames = true;
    }

    /// <summary>Name of a link that this object has come across; null for one that it has not.</summary>
    /// <param name="index">The index.</param>
    internal string? TryGetKnownName(int index) => _names.GetValueOrDefault(index);

    /// <summary>Takes note of a link's name.</summary>
    /// <param name="index">The index.</param>
    /// <param name="name">The name; null when the link is gone.</param>
    internal void Remember(int index, string? name)
    {
        if (name is null)
            _names.Remove(index);
        else
            _names[index] = name;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Connection.Dispose();
        Place.Dispose();
    }

    private sealed record LinkName(int Index, string Name)
    {
        public static LinkName? Decode(in NetlinkMessage message) =>
            message.Attributes<LinkHeader>().TryFind(LinkAttribute.Name, out NetlinkAttribute name)
                ? new LinkName(message.Header<LinkHeader>().Index, name.ToText())
                : null;
    }
}
