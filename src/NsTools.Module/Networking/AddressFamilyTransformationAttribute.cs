using System.Management.Automation;
using System.Net.Sockets;

namespace NsTools.Module.Networking;

/// <summary>Lets an address family be named <c>IPv4</c> or <c>IPv6</c>, as in Windows' NetTCPIP.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class AddressFamilyTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) => inputData?.ToString()?.ToLowerInvariant() switch
    {
        null => null,
        "ipv4" or "4" or "internetwork" or "2" => AddressFamily.InterNetwork,
        "ipv6" or "6" or "internetworkv6" or "23" => AddressFamily.InterNetworkV6,
        _ => throw new ArgumentTransformationMetadataException($"'{inputData}' is no address family here: give IPv4 or IPv6."),
    };
}
