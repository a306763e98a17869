namespace NsTools.Tests.Images;

/// <summary>What happens to a connection.</summary>
internal sealed record Fault
{
    /// <summary>Nothing.</summary>
    public static Fault None { get; } = new();

    /// <summary>After so many bytes of answers it is cut, or stalls.</summary>
    public long AnswerBytes { get; init; } = long.MaxValue;

    /// <summary>After so many bytes of requests it is cut, or stalls.</summary>
    public long RequestBytes { get; init; } = long.MaxValue;

    /// <summary>It stalls rather than being cut.</summary>
    public bool Stalls { get; init; }

    /// <summary>It is answered so, and the server is not asked.</summary>
    public string? Answer { get; init; }

    /// <summary>Changes what the server answers: the buffer, its length, and where in the connection it is; gives the new length.</summary>
    public Func<byte[], int, long, int>? Change { get; init; }

    /// <summary>It is cut with a reset, which takes along what was under way, as when a router forgets a connection.</summary>
    public bool Resets { get; init; }
}
