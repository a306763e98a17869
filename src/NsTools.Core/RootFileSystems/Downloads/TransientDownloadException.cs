namespace NsTools.RootFileSystems.Downloads;

/// <summary>A request failed in a way that another try may mend.</summary>
/// <param name="message">What happened.</param>
/// <param name="retryAfter">When the server wants to be asked again; null when it does not say.</param>
/// <param name="innerException">The cause.</param>
internal sealed class TransientDownloadException(string message, TimeSpan? retryAfter, Exception? innerException)
    : Exception(message, innerException)
{
    /// <summary>When the server wants to be asked again; null when it does not say.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;
}
