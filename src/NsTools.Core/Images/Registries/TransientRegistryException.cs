namespace NsTools.Images.Registries;

/// <summary>A request failed in a way that another try may mend.</summary>
/// <param name="message">What happened.</param>
/// <param name="kind">What sort of failure it is when it is not mended.</param>
/// <param name="retryAfter">When the server wants to be asked again; null when it does not say.</param>
/// <param name="innerException">The cause.</param>
internal sealed class TransientRegistryException(string message, FailureKind kind, TimeSpan? retryAfter = null, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>What sort of failure it is when it is not mended.</summary>
    public FailureKind Kind { get; } = kind;

    /// <summary>When the server wants to be asked again; null when it does not say.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;
}
