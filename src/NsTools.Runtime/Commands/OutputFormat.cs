using NsTools.Runtime.Commands.Options;

namespace NsTools.Runtime.Commands;

/// <summary><c>--format table|json</c>.</summary>
internal static class OutputFormat
{
    /// <summary>True for JSON.</summary>
    /// <exception cref="UsageException">It is another word.</exception>
    public static bool IsJson(Arguments arguments) => arguments["format"] switch
    {
        null or "table" => false,
        "json" => true,
        string other => throw new UsageException($"option '--format' is table or json, not '{other}'"),
    };
}
