using System.Text.Json;
using System.Text.Json.Nodes;

namespace NsTools.Containers.Networks.Cni;

/// <summary>What plugins have set up (CNI specification 1.0, section 5, "Success").</summary>
/// <param name="Text">The JSON.</param>
/// <param name="Addresses">The container's addresses with their prefix lengths.</param>
/// <param name="HardwareAddress">Of its link; null where that is not told.</param>
internal sealed record CniResult(string Text, IReadOnlyList<string> Addresses, string? HardwareAddress)
{
    /// <summary>Parses one.</summary>
    /// <param name="text">The JSON.</param>
    /// <exception cref="JsonException">It is none.</exception>
    public static CniResult Parse(string text)
    {
        JsonNode? root = JsonNode.Parse(text);
        IEnumerable<string?> addresses = root?["ips"] is JsonArray list
            ? list.Select(entry => (string?)entry?["address"])
            // Before 0.3.0 there was one of each family.
            : [(string?)root?["ip4"]?["ip"], (string?)root?["ip6"]?["ip"]];
        JsonNode? inside = (root?["interfaces"] as JsonArray)?.FirstOrDefault(entry => entry?["sandbox"] is { } sandbox && ((string?)sandbox)?.Length > 0);
        return new CniResult(text, [.. addresses.OfType<string>()], (string?)inside?["mac"]);
    }
}
