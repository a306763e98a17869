namespace NsTools.Images;

/// <summary>The lists of an image's configuration with changes over them.</summary>
internal static class ConfigValues
{
    /// <summary>Variables with others over them; the place of a name that is there stays.</summary>
    /// <param name="variables">Variables, <c>NAME=VALUE</c>; null for none.</param>
    /// <param name="changes">Others; null takes one away.</param>
    public static IReadOnlyList<string> WithVariables(IEnumerable<string>? variables, IEnumerable<(string Name, string? Value)> changes)
    {
        List<string> merged = [.. variables ?? []];
        foreach ((string name, string? value) in changes)
        {
            int at = merged.FindIndex(v => v.StartsWith(name + "=", StringComparison.Ordinal));
            if (value is null && at >= 0)
                merged.RemoveAt(at);
            else if (value is not null && at >= 0)
                merged[at] = $"{name}={value}";
            else if (value is not null)
                merged.Add($"{name}={value}");
        }
        return merged;
    }

    /// <summary>Labels or annotations with others over them.</summary>
    /// <param name="labels">Labels; null for none.</param>
    /// <param name="changes">Others; null takes one away.</param>
    /// <returns>Null where none is left.</returns>
    public static IReadOnlyDictionary<string, string>? WithLabels(IReadOnlyDictionary<string, string>? labels, IEnumerable<(string Name, string? Value)> changes)
    {
        Dictionary<string, string> merged = new(labels ?? new Dictionary<string, string>());
        foreach ((string name, string? value) in changes)
        {
            if (value is null)
                merged.Remove(name);
            else
                merged[name] = value;
        }
        return merged.Count > 0 ? merged : null;
    }

    /// <summary>Names and more of them, each once.</summary>
    public static IReadOnlyList<string> WithNames(IEnumerable<string>? names, IEnumerable<string> more) =>
        [.. (names ?? []).Concat(more).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>A port as a configuration has it, <c>PORT[-PORT]/PROTOCOL</c>; null for what is none.</summary>
    /// <param name="text">What the user wrote: the protocol may be missing.</param>
    public static string? PortOf(string text)
    {
        string[] parts = text.Split('/');
        string protocol = parts.Length == 2 ? parts[1].ToLowerInvariant() : "tcp";
        bool isGood = parts.Length <= 2 && protocol is "tcp" or "udp" or "sctp"
            && parts[0].Split('-') is { Length: 1 or 2 } range && range.All(port => ushort.TryParse(port, out _));
        return isGood ? $"{parts[0]}/{protocol}" : null;
    }
}
