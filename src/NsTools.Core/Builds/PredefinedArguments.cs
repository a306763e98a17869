namespace NsTools.Builds;

/// <summary>The ARGs that need no instruction (Dockerfile reference, "Predefined ARGs" and "Automatic platform ARGs in the global scope").</summary>
internal static class PredefinedArguments
{
    /// <summary>Those for proxies: every RUN has them, and neither the history nor the cache knows them.</summary>
    public static IReadOnlyList<string> Proxies { get; } =
        ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "FTP_PROXY", "ftp_proxy", "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"];

    /// <summary>Those that tell the platforms; a stage that wants one names it in an ARG.</summary>
    public static IReadOnlyList<string> Platforms { get; } =
        ["TARGETPLATFORM", "TARGETOS", "TARGETARCH", "TARGETVARIANT", "TARGETSTAGE", "BUILDPLATFORM", "BUILDOS", "BUILDARCH", "BUILDVARIANT"];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Proxies, .. Platforms];
}
