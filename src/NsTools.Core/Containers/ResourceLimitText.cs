using System.Globalization;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;

namespace NsTools.Containers;

/// <summary>Resource limits in the words of <c>podman run --ulimit</c>: <c>nofile=1024:2048</c>.</summary>
public static class ResourceLimitText
{
    private const string Prefix = "RLIMIT_";

    /// <summary>The names, as a user writes them: <c>nofile</c>.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. ResourceLimit.Names.Select(name => name[Prefix.Length..].ToLowerInvariant())];

    /// <summary>Reads <c>NAME=SOFT[:HARD]</c>; -1 and <c>unlimited</c> are no limit.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="NsToolsException">It is not of that form (<c>InvalidUlimit</c>).</exception>
    public static RlimitSpec Parse(string text)
    {
        string[] parts = text.Split('=', 2);
        string[] values = parts.Length == 2 ? parts[1].Split(':') : [];
        if (values.Length is 1 or 2 && Names.Contains(parts[0]) && TryValue(values[0], out ulong soft) && TryValue(values[^1], out ulong hard) && soft <= hard)
            return new RlimitSpec { Type = Prefix + parts[0].ToUpperInvariant(), Soft = soft, Hard = hard };
        throw new NsToolsException(
            FailureKind.InvalidArgument, "InvalidUlimit", $"'{text}' is no resource limit.", $"Give NAME=SOFT:HARD, such as nofile=1024:2048; -1 is no limit. There are {string.Join(", ", Names)}.");
    }

    /// <summary>The text of a limit.</summary>
    /// <param name="limit">The limit.</param>
    public static string Describe(RlimitSpec limit) => $"{limit.Type[Prefix.Length..].ToLowerInvariant()}={Text(limit.Soft)}:{Text(limit.Hard)}";

    private static string Text(ulong value) => value == ResourceLimit.Infinity ? "-1" : value.ToString(CultureInfo.InvariantCulture);

    private static bool TryValue(string text, out ulong value)
    {
        value = ResourceLimit.Infinity;
        return text is "-1" or "unlimited" || ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}
