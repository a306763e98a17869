using NsTools.RootFileSystems.Downloads;

namespace NsTools.Builds.Remote;

/// <summary>How a source on another machine is brought.</summary>
internal sealed record RemoteOptions
{
    /// <summary>The digest of a file, or the commit of a repository, that it must be; null for any.</summary>
    public string? Checksum { get; init; }

    /// <summary>True keeps the <c>.git</c> directory.</summary>
    public bool KeepsGitDirectory { get; init; }

    /// <summary>Is told how far a download is: of what, bytes that came, and bytes in all where that is known.</summary>
    public Action<string, long, long?>? Progress { get; init; }

    /// <summary>Is told when something is tried again.</summary>
    public Action<string>? Notice { get; init; }

    /// <summary>What makes the requests.</summary>
    public HttpTransport Transport { get; init; } = HttpTransport.Shared;
}
