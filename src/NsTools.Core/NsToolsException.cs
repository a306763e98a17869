namespace NsTools;

/// <summary>What sort of failure an <see cref="NsToolsException"/> tells of; the module maps it to an error category.</summary>
public enum FailureKind
{
    /// <summary>The argument is not of a form that can work.</summary>
    InvalidArgument,

    /// <summary>What was named does not exist.</summary>
    NotFound,

    /// <summary>The name is already taken.</summary>
    AlreadyExists,

    /// <summary>The caller may not do this.</summary>
    PermissionDenied,

    /// <summary>Content (an archive, a document, a state file) is damaged or hostile.</summary>
    InvalidData,

    /// <summary>The thing is in a state in which this cannot be done (its process has ended, it is busy).</summary>
    InvalidState,

    /// <summary>This kernel or host lacks what is needed.</summary>
    NotSupported,

    /// <summary>A limit that the caller set was passed.</summary>
    LimitExceeded,

    /// <summary>A server could not be reached or answered with an error.</summary>
    Connection,

    /// <summary>It took longer than allowed.</summary>
    Timeout,
}

/// <summary>A failure in NsTools' own terms: what was wrong, with what, and what to do about it.</summary>
/// <param name="kind">The sort of failure.</param>
/// <param name="errorId">A stable identifier, such as <c>NamespaceNotFound</c>.</param>
/// <param name="message">What was wrong and where (path, name, offset), one sentence or two.</param>
/// <param name="remedy">What the user can do about it; null where nothing sensible can be said.</param>
/// <param name="innerException">The cause.</param>
public sealed class NsToolsException(
    FailureKind kind,
    string errorId,
    string message,
    string? remedy = null,
    Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>The sort of failure.</summary>
    public FailureKind Kind { get; } = kind;

    /// <summary>A stable identifier, such as <c>NamespaceNotFound</c>.</summary>
    public string ErrorId { get; } = errorId;

    /// <summary>What the user can do about it; null where nothing sensible can be said.</summary>
    public string? Remedy { get; } = remedy;
}
