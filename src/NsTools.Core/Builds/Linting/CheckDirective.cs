namespace NsTools.Builds.Linting;

/// <summary>What a Dockerfile itself says of the rules: <c>skip=Rule1,Rule2;error=true</c>, or <c>skip=all</c>.</summary>
internal sealed class CheckDirective
{
    private readonly string[] _skipped;

    private CheckDirective(string[] skipped, bool isError) => (_skipped, IsError) = (skipped, isError);

    /// <summary>True where each finding is an error.</summary>
    public bool IsError { get; }

    /// <summary>Reads a directive's value; parts that it does not know say nothing.</summary>
    /// <param name="value">The value; null where there is none.</param>
    public static CheckDirective Of(string? value)
    {
        string[] skipped = [];
        bool isError = false;
        foreach (string part in (value ?? "").Split(';', StringSplitOptions.TrimEntries))
        {
            if (part.StartsWith("skip=", StringComparison.OrdinalIgnoreCase))
                skipped = part["skip=".Length..].Split(',', StringSplitOptions.TrimEntries);
            else if (part.StartsWith("error=", StringComparison.OrdinalIgnoreCase))
                isError = part["error=".Length..].Equals("true", StringComparison.OrdinalIgnoreCase);
        }
        return new CheckDirective(skipped, isError);
    }

    /// <summary>Whether a rule is not asked.</summary>
    /// <param name="rule">The rule's name.</param>
    public bool Skips(string rule) => _skipped.Any(skipped => skipped.Equals("all", StringComparison.OrdinalIgnoreCase) || skipped.Equals(rule, StringComparison.OrdinalIgnoreCase));
}
