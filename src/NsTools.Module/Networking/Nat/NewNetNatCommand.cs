using System.Management.Automation;
using System.Net;
using NsTools.Module.Common;
using NsTools.Namespaces;
using NsTools.Networking.Nat;

namespace NsTools.Module.Networking.Nat;

/// <summary>New-NetNat: lets a network out under this machine's address.</summary>
[Cmdlet(VerbsCommon.New, "NetNat", SupportsShouldProcess = true)]
[OutputType(typeof(NetNat))]
public sealed class NewNetNatCommand : NsToolsCmdlet
{
    /// <summary>A name for it.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "";

    /// <summary>The network: <c>192.168.0.0/24</c>.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [Alias("Prefix")]
    [ValidateNotNullOrEmpty]
    public string InternalIPInterfaceAddressPrefix { get; set; } = "";

    /// <summary>The network namespace that routes for it; the caller's own if none is given.</summary>
    [Parameter]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(ProcessNamespaceCompleter))]
    public NamespaceReference? Namespace { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForItem(Name, () =>
    {
        IPNetwork prefix = Parse(InternalIPInterfaceAddressPrefix);
        if (ShouldProcess(Name, NatCommandLine.Add(Namespace, prefix)))
            WriteObject(new NatService(Namespace, StopToken).Add(Name, prefix));
    });

    // IPNetwork cuts off what is behind the prefix; here it would be somebody's mistake.
    private static IPNetwork Parse(string text) =>
        IPNetwork.TryParse(text, out IPNetwork prefix) && IPAddress.Parse(text.Split('/')[0]).Equals(prefix.BaseAddress)
        ? prefix
        : throw new NsToolsException(
            FailureKind.InvalidArgument,
            "InvalidPrefix",
            $"'{text}' is no network: an address, a slash, a prefix length, and no bits set behind the prefix.",
            "Give one such as 192.168.0.0/24 or fd00:1::/64.");
}
