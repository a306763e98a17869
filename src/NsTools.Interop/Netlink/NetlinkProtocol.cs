namespace NsTools.Interop.Netlink;

/// <summary>The netlink families that NsTools speaks (<c>netlink(7)</c>).</summary>
public static class NetlinkProtocol
{
    /// <summary>Links, addresses, routes, neighbours, rules (<c>rtnetlink(7)</c>).</summary>
    public const int Route = 0;

    /// <summary>Sockets (<c>sock_diag(7)</c>).</summary>
    public const int SocketDiagnostics = 4;

    /// <summary>Netfilter.</summary>
    public const int Netfilter = 12;

    /// <summary>Families with numbers given at run time.</summary>
    public const int Generic = 16;
}
