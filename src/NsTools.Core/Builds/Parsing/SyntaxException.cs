namespace NsTools.Builds.Parsing;

/// <summary>An instruction is not as it must be; never leaves the parser.</summary>
/// <param name="index">The index in the instruction's line of what is wrong.</param>
/// <param name="message">What is wrong.</param>
/// <param name="remedy">What to do about it.</param>
internal sealed class SyntaxException(int index, string message, string? remedy = null) : Exception(message)
{
    /// <summary>The index in the instruction's line of what is wrong.</summary>
    public int Index { get; } = index;

    /// <summary>What to do about it.</summary>
    public string? Remedy { get; } = remedy;
}
