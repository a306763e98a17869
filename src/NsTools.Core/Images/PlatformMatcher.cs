using System.Runtime.InteropServices;

namespace NsTools.Images;

/// <summary>Platforms' names, and which of an index's images fits one (containerd's platforms package has the same rules).</summary>
internal static class PlatformMatcher
{
    /// <summary>This machine's platform.</summary>
    public static ImagePlatform Host { get; } = Normalize("linux", RuntimeInformation.OSArchitecture switch
    {
        Architecture.X64 => "amd64",
        Architecture.Arm => "arm",
        Architecture.X86 => "386",
        Architecture other => other.ToString().ToLowerInvariant(),
    }, null);

    /// <summary>Reads <c>os/arch[/variant]</c>.</summary>
    /// <exception cref="NsToolsException">It is none (<c>InvalidPlatform</c>).</exception>
    public static ImagePlatform Parse(string text)
    {
        string[] parts = text.Split('/');
        if (parts.Length is < 2 or > 3 || parts.Any(p => p.Length == 0 || p.AsSpan().ContainsAnyExcept(s_allowed)))
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "InvalidPlatform", $"'{DisplayText.Of(text)}' is no platform.", "Write os/architecture[/variant], such as linux/amd64 or linux/arm/v7.");
        }
        return Normalize(parts[0].ToLowerInvariant(), parts[1].ToLowerInvariant(), parts.Length == 3 ? parts[2].ToLowerInvariant() : null);
    }

    /// <summary>The image of an index for a platform; null when it has none.</summary>
    public static ImageDescriptor? Select(ImageIndex index, ImagePlatform wanted)
    {
        List<ImageDescriptor> fitting = [.. index.Manifests.Where(m => m.Platform is { } platform && Fits(platform, wanted))];
        // The very variant before one that only does not say, and what the index names first before the rest.
        return fitting.FirstOrDefault(m => Normalize(m.Platform!).Variant == wanted.Variant) ?? fitting.FirstOrDefault();
    }

    /// <summary>True when an image for the platform runs where the wanted one does.</summary>
    public static bool Fits(ImagePlatform platform, ImagePlatform wanted)
    {
        ImagePlatform have = Normalize(platform);
        if (have.Os != wanted.Os || have.Architecture != wanted.Architecture)
            return false;
        return wanted.Variant is null || have.Variant is null || have.Variant == wanted.Variant
            // A newer 32-bit ARM runs what an older one does.
            || (have.Architecture == "arm" && string.CompareOrdinal(have.Variant, wanted.Variant) < 0);
    }

    private static readonly System.Buffers.SearchValues<char> s_allowed =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.");

    private static ImagePlatform Normalize(ImagePlatform platform) => Normalize(platform.Os, platform.Architecture, platform.Variant);

    private static ImagePlatform Normalize(string os, string architecture, string? variant)
    {
        (architecture, variant) = (architecture, variant) switch
        {
            ("x86_64" or "x86-64", _) => ("amd64", variant),
            ("aarch64", _) => ("arm64", variant),
            ("i386" or "i686", _) => ("386", variant),
            ("armhf", _) => ("arm", variant ?? "v7"),
            ("armel", _) => ("arm", variant ?? "v6"),
            _ => (architecture, variant),
        };
        variant = (architecture, variant) switch
        {
            ("arm64", "v8" or "8" or "") => null,
            ("amd64", "v1" or "") => null,
            ("arm", "5" or "6" or "7" or "8") => $"v{variant}",
            (_, "") => null,
            _ => variant,
        };
        return new ImagePlatform { Os = os, Architecture = architecture, Variant = variant };
    }
}
