using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Mounts;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.Builds.Contexts;

/// <summary>
/// What of a build context the builder must not see: <c>.dockerignore</c> or <c>.containerignore</c> (Dockerfile reference,
/// ".dockerignore file"). The last pattern that matches a path or a directory above it decides.
/// </summary>
internal sealed class IgnoreFile
{
    private readonly List<(GoPattern Pattern, bool IsException)> _rules = [];

    /// <summary>Reads the patterns, one a line.</summary>
    /// <param name="text">The file's text.</param>
    /// <param name="path">Where it is, for errors.</param>
    /// <exception cref="NsToolsException">A line is no pattern (<c>InvalidPattern</c>).</exception>
    public IgnoreFile(string text, string path)
    {
        int number = 0;
        foreach (ReadOnlySpan<char> line in text.AsSpan().TrimStart('\uFEFF').EnumerateLines())
        {
            number++;
            ReadOnlySpan<char> pattern = line.Trim();
            if (pattern.IsEmpty || line.StartsWith('#'))
                continue;
            bool isException = pattern.StartsWith('!');
            if (isException)
                pattern = pattern[1..].Trim();
            string cleaned = string.Join('/', ContextPath.Parts(pattern.ToString()));
            if (isException && cleaned.Length == 0)
                throw new NsToolsException(FailureKind.InvalidData, "InvalidPattern", $"{path}, line {number}: '!' alone names nothing.", "It takes a path back in that a pattern above left out.");
            try
            {
                if (cleaned.Length > 0)
                    _rules.Add((GoPattern.Parse(cleaned, hasDoubleStar: true), isException));
            }
            catch (NsToolsException failure)
            {
                throw new NsToolsException(FailureKind.InvalidData, failure.ErrorId, $"{path}, line {number}: {failure.Message}", failure.Remedy, failure);
            }
        }
    }

    /// <summary>True where a pattern takes something back in: a directory that is left out must be looked into then.</summary>
    public bool HasExceptions => _rules.Exists(rule => rule.IsException);

    /// <summary>The ignore file of a Dockerfile and its context: <c>NAME.dockerignore</c> beside the file, or one of the two in the context; null where there is none.</summary>
    /// <param name="dockerfile">The Dockerfile's path; null where it is none.</param>
    /// <param name="context">The context's directory.</param>
    public static IgnoreFile? Find(string? dockerfile, string context)
    {
        // Buildah looks for its own name first.
        string[] candidates =
        [
            .. dockerfile is null ? Array.Empty<string>() : [$"{dockerfile}.containerignore", $"{dockerfile}.dockerignore"],
            Path.Join(context, ".containerignore"),
            Path.Join(context, ".dockerignore"),
        ];
        foreach (string candidate in candidates)
        {
            if (Read(candidate, context) is { } text)
                return new IgnoreFile(text, candidate);
        }
        return null;
    }

    // A link in the context leads nowhere else: what stands there would be told in errors.
    private static string? Read(string path, string context)
    {
        string below = Path.GetRelativePath(context, path);
        if (below.StartsWith("../", StringComparison.Ordinal))
            return File.Exists(path) ? File.ReadAllText(path) : null;
        using SafeFileHandle top = PathInRoot.OpenRoot(context);
        using SafeFileHandle? file = PathInRoot.TryOpen(top, $"/{below}", LibC.O_PATH);
        if (file is null || !FileStatus.Of(file).IsRegular)
            return null;
        using StreamReader reader = new(new FileStream(Descriptor.Reopen(file, LibC.O_RDONLY), FileAccess.Read));
        return reader.ReadToEnd();
    }

    /// <summary>Whether a path is left out.</summary>
    /// <param name="path">The path from the context's root, without a slash at its start.</param>
    public bool Ignores(string path)
    {
        bool isIgnored = false;
        foreach ((GoPattern pattern, bool isException) in _rules)
        {
            // A rule that would change nothing is not looked at.
            if (isException == isIgnored && MatchesOrParentMatches(pattern, path))
                isIgnored = !isException;
        }
        return isIgnored;
    }

    private static bool MatchesOrParentMatches(GoPattern pattern, string path)
    {
        for (int end = path.Length; end > 0; end = path.LastIndexOf('/', end - 1))
        {
            if (pattern.IsMatch(path[..end]))
                return true;
        }
        return false;
    }
}
