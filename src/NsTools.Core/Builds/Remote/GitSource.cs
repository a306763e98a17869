using System.Text.RegularExpressions;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.RootFileSystems;

namespace NsTools.Builds.Remote;

/// <summary>Brings the tree of a Git repository's state, as <c>git clone --depth 1</c> has it.</summary>
/// <param name="address">The state.</param>
/// <param name="options">How.</param>
internal sealed partial class GitSource(GitAddress address, RemoteOptions options)
{
    private const string MetadataName = ".git";
    private const UnixFileMode Ordinary = (UnixFileMode)0b110_100_100, Executable = (UnixFileMode)0b111_101_101;

    /// <summary>Brings it.</summary>
    /// <param name="directory">An empty directory for it.</param>
    /// <param name="trusts">True asks the repository for the commit alone.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>What it is; without a path where it was not brought.</returns>
    /// <exception cref="NsToolsException">There is no git, no such repository or reference, or it is another commit than it should be.</exception>
    public RemoteSource Bring(string directory, bool trusts, CancellationToken cancellation)
    {
        GitProgram git = new(address, directory, cancellation);
        string? commit = Listed(git.Run("ls-remote", "--", address.Repository, address.Reference ?? "HEAD", $"{address.Reference ?? "HEAD"}^{{}}"));
        bool isCommit = commit is null && address.Reference is { } reference && Commit().IsMatch(reference);
        if (commit is null && !isCommit)
            throw new NsToolsException(FailureKind.NotFound, "GitReferenceNotFound", $"{address.Name} has no '{address.Reference ?? "HEAD"}'.", "Name a branch, a tag or a commit after the '#'.");
        if (commit is not null && trusts)
        {
            Check(commit);
            return new RemoteSource { Identity = IdentityOf(commit), Name = "", IsTree = true };
        }
        options.Progress?.Invoke(address.Name, 0, null);
        Fetch(git, isCommit);
        commit = git.Run("rev-parse", "--verify", "HEAD").Trim();
        Check(commit);
        Tidy(directory, cancellation);
        return new RemoteSource { Identity = IdentityOf(commit), Name = "", IsTree = true, Path = address.Subdirectory ?? "" };
    }

    private string IdentityOf(string commit) => $"git:{commit}:{address.Subdirectory}:{options.KeepsGitDirectory}";

    private void Fetch(GitProgram git, bool isCommit)
    {
        git.Run("init", "-q", "--template=", ".");
        git.Run("remote", "add", "origin", address.Repository);
        // Not every server gives a commit that no reference names, and none a shortened one.
        if (!git.TryRun("fetch", "-q", "--depth=1", "--no-tags", "origin", address.Reference ?? "HEAD"))
        {
            git.Run("fetch", "-q", "origin", "+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*");
            git.Run("checkout", "-q", "--detach", isCommit ? $"{address.Reference}^{{commit}}" : $"origin/{address.Reference}");
        }
        else
        {
            git.Run("checkout", "-q", "--detach", "FETCH_HEAD");
        }
        if (git.TryRun("ls-files", "--error-unmatch", ".gitmodules"))
            git.Run("submodule", "update", "-q", "--init", "--recursive", "--depth=1");
    }

    private void Check(string commit)
    {
        if (options.Checksum is not { } expected || (Commit().IsMatch(expected) && commit.StartsWith(expected, StringComparison.Ordinal)))
            return;
        throw new NsToolsException(
            FailureKind.InvalidData, "ChecksumMismatch", $"{address.Name}: '{address.Reference ?? "HEAD"}' is the commit {commit}, not {Images.DisplayText.Of(expected)}.", "--checksum of a repository is a commit, or seven of its digits or more.");
    }

    // Git keeps of a file's permissions whether it can be run; the rest is the caller's umask, which must not make a difference.
    private void Tidy(string directory, CancellationToken cancellation)
    {
        using SafeFileHandle top = DirectoryHandle.Open(directory);
        List<RelativePath> metadata = [];
        foreach (FileTreeItem item in new FileTree(top).Read(cancellation).Where(item => !item.Path.IsRoot))
        {
            string path = Path.Join(directory, item.Path.ToString());
            if (Path.GetFileName(path) == MetadataName && !options.KeepsGitDirectory)
                metadata.Add(item.Path);
            else if (item.Status.IsDirectory)
                File.SetUnixFileMode(path, Executable);
            else if (item.Status.IsRegular)
                File.SetUnixFileMode(path, (item.Status.Mode & (int)UnixFileMode.UserExecute) != 0 ? Executable : Ordinary);
        }
        File.SetUnixFileMode(directory, Executable);
        foreach (RelativePath path in metadata)
            TreeRemover.Remove(top, path, cancellation);
    }

    // A tag goes before a branch, and what an annotated tag is of before the tag (gitrevisions(7)).
    private string? Listed(string output)
    {
        Dictionary<string, string> references = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('\t')).Where(parts => parts.Length == 2 && Commit().IsMatch(parts[0])).ToDictionary(parts => parts[1], parts => parts[0]);
        string name = address.Reference ?? "HEAD";
        foreach (string candidate in new[] { name, $"refs/{name}", $"refs/tags/{name}", $"refs/heads/{name}" })
        {
            if ((references.GetValueOrDefault($"{candidate}^{{}}") ?? references.GetValueOrDefault(candidate)) is { } commit)
                return commit;
        }
        return null;
    }

    [GeneratedRegex(@"\A[0-9a-f]{7,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Commit();
}
