using NsTools.Cgroups;

namespace NsTools.Commands;

/// <summary>What to run, wherever that is.</summary>
public sealed record CommandRequest
{
    /// <summary>The program, looked up in <c>PATH</c> of its environment inside its root; null for the user's login shell.</summary>
    public string? FilePath { get; init; }

    /// <summary>Its arguments.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>
    /// The user, as <c>NAME</c>, <c>UID</c>, and either with <c>:GROUP</c> or <c>:GID</c>; names are those of the
    /// target's own <c>/etc/passwd</c> and <c>/etc/group</c>. Null for root where there is one, otherwise the caller.
    /// </summary>
    public string? User { get; init; }

    /// <summary>
    /// Working directory inside the root, absolute; null for <c>/</c>, or for <see cref="CallerDirectory"/> where the
    /// command keeps the caller's own root.
    /// </summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>The caller's working directory; null for <c>/</c>.</summary>
    public string? CallerDirectory { get; init; }

    /// <summary>The cgroup that it starts in; null for the caller's own, or that of the namespace set's holder.</summary>
    public CgroupReference? Cgroup { get; init; }

    /// <summary>Variables on top of <c>PATH</c>, <c>HOME</c> and <c>TERM</c>; a null value takes one of those away.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();
}
