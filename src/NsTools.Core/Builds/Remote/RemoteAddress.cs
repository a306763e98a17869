using System.Net;
using System.Text.RegularExpressions;
using NsTools.RootFileSystems.Downloads;

namespace NsTools.Builds.Remote;

/// <summary>A place on another machine: what ADD takes beside paths (Dockerfile reference, "ADD", "Adding files from a URL" and "from a Git repository").</summary>
/// <param name="Name">The place as a message may show it: without user, password and query.</param>
internal abstract partial record RemoteAddress(string Name)
{
    /// <summary>Whether a word is such a place.</summary>
    /// <param name="word">A source of ADD.</param>
    public static bool IsRemote(string word) => word.StartsWith("git@", StringComparison.Ordinal) || Scheme().IsMatch(word);

    /// <summary>Reads one.</summary>
    /// <param name="word">A source of ADD.</param>
    /// <returns>Null where it is a path.</returns>
    /// <exception cref="NsToolsException">It is of no kind that can be brought (<c>InvalidRemoteSource</c>).</exception>
    public static RemoteAddress? Parse(string word)
    {
        if (!IsRemote(word))
            return null;
        string place = word.Split('#', 2)[0];
        string fragment = word[place.Length..].TrimStart('#');
        if (word.StartsWith("git@", StringComparison.Ordinal))
            return Git(place, place, fragment, null);
        if (!Uri.TryCreate(word, UriKind.Absolute, out Uri? uri) || uri.Host.Length == 0)
            throw Invalid(word, "it is no address");
        switch (uri.Scheme)
        {
            case "http" or "https" when uri.AbsolutePath.EndsWith(".git", StringComparison.Ordinal):
                if (uri.Query.Length > 0)
                    throw Invalid(word, "a Git repository's reference and directory follow a '#'");
                return Git(HttpTransport.NameOf(uri), HttpTransport.NameOf(uri), fragment, CredentialOf(uri));
            case "http" or "https":
                return new HttpAddress(new UriBuilder(uri) { UserName = "", Password = "", Fragment = "" }.Uri, CredentialOf(uri));
            case "git" or "ssh":
                // The user of ssh is no secret, and a password in its address is none that ssh takes.
                return Git(place, place, fragment, null);
            default:
                throw Invalid(word, $"nothing is brought by {uri.Scheme}");
        }
    }

    private static GitAddress Git(string name, string repository, string fragment, NetworkCredential? credential)
    {
        string[] parts = fragment.Split(':', 2);
        string? reference = parts[0].Length > 0 ? parts[0] : null;
        // It becomes an argument of git: an option is none.
        if (reference?.StartsWith('-') == true || reference?.Any(character => char.IsControl(character) || char.IsWhiteSpace(character)) == true)
            throw Invalid(name, "what follows the '#' is no reference");
        return new GitAddress(name, repository, reference, parts.Length > 1 && parts[1].Length > 0 ? parts[1] : null, credential);
    }

    private static NetworkCredential? CredentialOf(Uri uri)
    {
        if (uri.UserInfo.Length == 0)
            return null;
        string[] parts = uri.UserInfo.Split(':', 2);
        return new NetworkCredential(Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "");
    }

    private static NsToolsException Invalid(string word, string problem) => new(
        FailureKind.InvalidArgument,
        "InvalidRemoteSource",
        $"'{Images.DisplayText.Of(word.Contains('@') && word.Contains("://", StringComparison.Ordinal) ? word[..(word.IndexOf("://", StringComparison.Ordinal) + 3)] + "…" : word)}' can't be brought: {problem}.",
        "Sources on other machines are http:// and https:// addresses, and Git repositories: https://HOST/PATH.git#REFERENCE:DIRECTORY, git://, ssh:// and git@HOST:PATH.");

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9+.-]*://", RegexOptions.CultureInvariant)]
    private static partial Regex Scheme();
}

/// <summary>A file that a web server has.</summary>
/// <param name="Uri">Its address, without user and password.</param>
/// <param name="Credential">Those; null for none.</param>
internal sealed record HttpAddress(Uri Uri, NetworkCredential? Credential) : RemoteAddress(HttpTransport.NameOf(Uri))
{
    /// <summary>The name that the address ends with; null where it names none.</summary>
    public string? FileName => RemoteFileName.Of(System.Uri.UnescapeDataString(Uri.AbsolutePath));
}

/// <summary>A state of a Git repository.</summary>
/// <param name="Name">The repository as a message may show it.</param>
/// <param name="Repository">The repository, as git takes it.</param>
/// <param name="Reference">A branch, tag or commit; null for what its HEAD is.</param>
/// <param name="Subdirectory">The directory of it that is meant; null for all of it.</param>
/// <param name="Credential">User and password; null for none.</param>
internal sealed record GitAddress(string Name, string Repository, string? Reference, string? Subdirectory, NetworkCredential? Credential) : RemoteAddress(Name);
