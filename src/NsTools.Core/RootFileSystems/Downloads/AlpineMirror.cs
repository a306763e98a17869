using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace NsTools.RootFileSystems.Downloads;

/// <summary>Alpine Linux's mirrors: <c>MIRROR/RELEASE/releases/ARCH/latest-releases.yaml</c>.</summary>
public sealed class AlpineMirror
{
    /// <summary>The distribution's own mirror.</summary>
    public const string DefaultMirror = "https://dl-cdn.alpinelinux.org/alpine";

    /// <summary>The newest stable release.</summary>
    public const string DefaultRelease = "latest-stable";

    // Today it has 20 kB.
    private const int MaximumSize = 1 << 20;

    private readonly HttpTransport _transport;

    internal AlpineMirror(HttpTransport transport) => _transport = transport;

    /// <summary>Makes a reader of mirrors.</summary>
    public AlpineMirror()
        : this(HttpTransport.Shared)
    {
    }

    /// <summary>What a mirror offers.</summary>
    /// <param name="mirror">Address of the mirror.</param>
    /// <param name="release">A release's directory, such as <c>v3.22</c>, <c>edge</c> or <see cref="DefaultRelease"/>.</param>
    /// <param name="architecture">Machine, as <c>uname -m</c> names it.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NsToolsException">
    /// The mirror cannot be reached or has no such release (<c>ReleasesNotFound</c>, <c>DownloadFailed</c>), or answers
    /// with something else (<c>ReleasesInvalid</c>).
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<RootFileSystemSource> Read(Uri mirror, string release, string architecture, CancellationToken cancellation)
    {
        string machine = AlpineName(architecture);
        var directory = new Uri($"{mirror.AbsoluteUri.TrimEnd('/')}/{Uri.EscapeDataString(release)}/releases/{Uri.EscapeDataString(machine)}/");
        var address = new Uri(directory, "latest-releases.yaml");
        string text = _transport.GetText(address, MaximumSize, cancellation);
        return Parse(text, address);
    }

    internal static IReadOnlyList<RootFileSystemSource> Parse(string text, Uri address)
    {
        var yaml = new YamlStream();
        try
        {
            yaml.Load(new StringReader(text));
        }
        catch (YamlException exception)
        {
            throw Invalid(address, exception.Start.Line, exception.Message, exception);
        }
        catch (InvalidOperationException exception)
        {
            // What YamlDotNet's scanner throws for some text that is no YAML at all.
            throw Invalid(address, 1, "this is no YAML", exception);
        }
        if (yaml.Documents.Count == 0 || yaml.Documents[0].RootNode is not YamlSequenceNode releases)
            throw Invalid(address, 1, "a list of releases was expected", null);
        return [.. releases.Select(node => ReadRelease(node, address)).OfType<RootFileSystemSource>()];
    }

    private static RootFileSystemSource? ReadRelease(YamlNode node, Uri address)
    {
        if (node is not YamlMappingNode release)
            throw Invalid(address, node.Start.Line, "a release was expected", null);
        string file = Required(release, "file", address);
        // The list has images for disks and boot media too: only tar archives are root file systems.
        if (!file.EndsWith(".tar.gz", StringComparison.Ordinal))
            return null;
        // A name that the mirror gives becomes part of an address and of a path here.
        if (file.AsSpan().ContainsAny('/', '\\', '\0') || file.StartsWith('.'))
            throw Invalid(address, node.Start.Line, $"'{file}' is no file name", null);
        return new RootFileSystemSource
        {
            Distribution = "Alpine",
            Flavor = Required(release, "flavor", address),
            Version = Required(release, "version", address),
            Branch = Optional(release, "branch"),
            Architecture = MachineName(Required(release, "arch", address)),
            FileName = file,
            Uri = new Uri(address, Uri.EscapeDataString(file)),
            Size = ReadSize(release, address),
            Sha256 = ReadDigest(release, "sha256", 64, address),
            Sha512 = ReadDigest(release, "sha512", 128, address),
            Released = ReadTime(release),
        };
    }

    private static string Required(YamlMappingNode release, string key, Uri address) =>
        Optional(release, key) is { Length: > 0 } value
            ? value
            : throw Invalid(address, release.Start.Line, $"the release has no '{key}'", null);

    private static string? Optional(YamlMappingNode release, string key) =>
        release.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? value) ? (value as YamlScalarNode)?.Value : null;

    private static long? ReadSize(YamlMappingNode release, Uri address) => Optional(release, "size") switch
    {
        null => null,
        { } text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long size) => size,
        { } text => throw Invalid(address, release.Start.Line, $"the size '{text}' is no number", null),
    };

    private static string? ReadDigest(YamlMappingNode release, string key, int length, Uri address) => Optional(release, key) switch
    {
        null => null,
        { } text when text.Length == length && text.All(char.IsAsciiHexDigit) => text.ToLowerInvariant(),
        _ => throw Invalid(address, release.Start.Line, $"the {key} is no digest", null),
    };

    private static DateTimeOffset? ReadTime(YamlMappingNode release)
    {
        string? text = Optional(release, "time") is { } time ? $"{Optional(release, "date")} {time}" : Optional(release, "date");
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset released)
            ? released
            : null;
    }

    // Alpine's names of machines where they differ from the kernel's.
    private static string AlpineName(string architecture) => architecture switch
    {
        "i686" or "i386" => "x86",
        "armv7l" => "armv7",
        "armv6l" => "armhf",
        _ => architecture,
    };

    private static string MachineName(string alpine) => alpine switch
    {
        "x86" => "i686",
        "armv7" => "armv7l",
        "armhf" => "armv6l",
        _ => alpine,
    };

    private static NsToolsException Invalid(Uri address, long line, string problem, Exception? cause) => new(
        FailureKind.InvalidData,
        "ReleasesInvalid",
        $"{address}, line {line}: {problem.TrimEnd('.')}.",
        "Is -Mirror the address of an Alpine mirror? Its directory has 'latest-stable' and 'edge'.",
        cause);
}
