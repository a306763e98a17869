using System.Text.Json.Nodes;

namespace NsTools.Networking.Nat;

/// <summary>
/// One rule of the table, as it was read. What it is there for stands in its comment (<see cref="NatRules"/> writes
/// it): so the kernel holds the state, it ends with the namespace, and no file can differ from it.
/// </summary>
/// <param name="Handle">Its number in the table.</param>
/// <param name="Chain">Its chain.</param>
/// <param name="Words">The words of its comment.</param>
/// <param name="Packets">What it has counted.</param>
internal sealed record NatRule(long Handle, string Chain, string[] Words, long Packets)
{
    /// <summary>Reads a rule out of a listing.</summary>
    /// <param name="rule">The <c>rule</c> object of <c>libnftables-json(5)</c>.</param>
    /// <returns>The rule; null for one without a comment, which is none of ours.</returns>
    public static NatRule? Parse(JsonObject rule)
    {
        if ((string?)rule["comment"] is not { } comment)
            return null;
        long packets = 0;
        foreach (JsonNode? expression in rule["expr"] as JsonArray ?? [])
        {
            if (expression?["counter"] is JsonObject counter)
                packets = (long?)counter["packets"] ?? 0;
        }
        return new NatRule((long?)rule["handle"] ?? 0, (string?)rule["chain"] ?? "", comment.Split(' '), packets);
    }
}
