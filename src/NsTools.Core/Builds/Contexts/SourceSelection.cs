using Microsoft.Win32.SafeHandles;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Mounts;
using NsTools.Interop.Syscalls;
using NsTools.RootFileSystems;
using Tmds.Linux;

namespace NsTools.Builds.Contexts;

/// <summary>One file or directory that COPY or ADD copies, with all in it that is to be copied.</summary>
/// <param name="Path">Its path below the root that it is copied from, without a slash at its start; empty for that itself.</param>
/// <param name="IsDirectory">Whether it is a directory.</param>
internal sealed record SelectedSource(string Path, bool IsDirectory)
{
    /// <summary>How many of its directories <c>--parents</c> does not keep: those before <c>/./</c>.</summary>
    public int PivotDepth { get; init; }

    /// <summary>The part of its path that <c>--parents</c> keeps; null for nothing.</summary>
    public string? KeptPath => string.Join('/', Path.Split('/').Skip(PivotDepth)) is { Length: > 0 } kept ? kept : null;

    /// <summary>Its name.</summary>
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];
}

/// <summary>
/// What COPY and ADD find for a source's pattern in a directory tree, which they never leave: links in it mean what they would
/// mean after <c>chroot(2)</c>.
/// </summary>
/// <param name="root">The top of the tree.</param>
/// <param name="ignore">What of it is not to be seen; null for nothing.</param>
/// <param name="excludes">Patterns of <c>--exclude</c>, from the source's own top.</param>
internal sealed class SourceSelection(SafeFileHandle root, IgnoreFile? ignore, IReadOnlyList<GoPattern> excludes)
{
    /// <summary>The files and directories that a source names.</summary>
    /// <param name="pattern">The source: a path, or a pattern of one.</param>
    public IReadOnlyList<SelectedSource> Find(string pattern)
    {
        string[] parts = ContextPath.Parts(pattern);
        List<string> found = [""];
        foreach (string part in parts)
        {
            GoPattern name = GoPattern.Parse(part);
            found = name.IsLiteral
                ? [.. found.Select(directory => Join(directory, part))]
                : [.. found.SelectMany(directory => Names(directory).Where(name.IsMatch).Order(StringComparer.Ordinal).Select(child => Join(directory, child)))];
        }
        List<SelectedSource> sources = [];
        foreach (string path in found)
        {
            using SafeFileHandle? node = TryOpen(path);
            if (node is null || (path.Length > 0 && ignore?.Ignores(path) == true && !(ignore.HasExceptions && Descriptor.IsDirectory(node))))
                continue;
            sources.Add(new SelectedSource(path, Descriptor.IsDirectory(node)));
        }
        return sources;
    }

    /// <summary>Opens a source; a link is followed.</summary>
    /// <param name="source">The source.</param>
    /// <exception cref="SyscallException">It is gone.</exception>
    public SafeFileHandle Open(SelectedSource source) => PathInRoot.Open(root, "/" + source.Path, LibC.O_PATH);

    /// <summary>What of a source is left out; null where nothing is.</summary>
    /// <param name="source">The source.</param>
    /// <param name="cancellation">Ends it.</param>
    public Func<RelativePath, bool>? Exclusion(SelectedSource source, CancellationToken cancellation)
    {
        if (ignore is null && excludes.Count == 0)
            return null;
        // A directory that is left out stays where something in it is taken back in.
        HashSet<string> included = [];
        using SafeFileHandle top = Open(source);
        foreach (FileTreeItem item in new FileTree(top).Read(cancellation).Where(item => !item.Path.IsRoot))
        {
            string path = item.Path.ToString();
            if (ignore?.Ignores(Join(source.Path, path)) == true || IsExcluded(path))
                continue;
            for (int end = path.Length; end > 0 && included.Add(path[..end]); end = path.LastIndexOf('/', end - 1))
            {
            }
        }
        return path => !path.IsRoot && !included.Contains(path.ToString());
    }

    /// <summary>Takes what will be copied into a fingerprint: names, kinds, permissions, content and attributes, but no times.</summary>
    /// <param name="source">The source.</param>
    /// <param name="excluded">What of it is left out.</param>
    /// <param name="fingerprint">The fingerprint, which gets large contents later.</param>
    /// <param name="hasOwners">True takes owners, too: of what keeps them.</param>
    /// <param name="cancellation">Ends it.</param>
    public void AddTo(SourceFingerprint fingerprint, SelectedSource source, Func<RelativePath, bool>? excluded, bool hasOwners, CancellationToken cancellation)
    {
        using SafeFileHandle top = Open(source);
        foreach (FileTreeItem item in new FileTree(top).Read(cancellation))
        {
            if (excluded?.Invoke(item.Path) == true)
                continue;
            string kind = $"{item.Path}\0{item.Status.Type:x} {item.Status.Mode:x} {item.Status.DeviceMajor}:{item.Status.DeviceMinor} {(item.Status.IsRegular ? item.Status.Size : 0)}\0{item.HardLinkTo}\0";
            fingerprint.Add(System.Text.Encoding.UTF8.GetBytes(kind));
            if (hasOwners)
                fingerprint.Add(System.Text.Encoding.UTF8.GetBytes($"{item.Status.UserId}:{item.Status.GroupId}\0"));
            foreach (FileAttribute attribute in item.ReadAttributes())
            {
                fingerprint.Add(attribute.TerminatedName);
                fingerprint.Add(attribute.Value);
            }
            if (item.Status.IsSymbolicLink)
                fingerprint.Add(item.LinkText);
            else if (item.Status.IsRegular && item.HardLinkTo is null)
                fingerprint.AddContent(source, item, cancellation);
        }
    }

    /// <summary>Opens the content of a regular file of a source.</summary>
    /// <param name="source">The source.</param>
    /// <param name="path">The file's path in it.</param>
    /// <exception cref="SyscallException">It is gone.</exception>
    public SafeFileHandle OpenContent(SelectedSource source, RelativePath path)
    {
        using SafeFileHandle top = Open(source);
        if (path.IsRoot)
            return Descriptor.Reopen(top, LibC.O_RDONLY);
        int error = OpenAt2.TryOpen(top, path.Terminated, LibC.O_RDONLY | LibC.O_NOFOLLOW, ResolveFlags.Beneath | ResolveFlags.NoSymlinks, 0, out SafeFileHandle? file);
        return file ?? throw new SyscallException("openat2", error, path.ToString());
    }

    private bool IsExcluded(string path)
    {
        for (int end = path.Length; end > 0; end = path.LastIndexOf('/', end - 1))
        {
            if (excludes.Any(exclude => exclude.IsMatch(path[..end])))
                return true;
        }
        return false;
    }

    private List<string> Names(string directory)
    {
        using SafeFileHandle? node = TryOpen(directory);
        if (node is null || !Descriptor.IsDirectory(node))
            return [];
        using SafeFileHandle readable = Descriptor.Reopen(node, LibC.O_RDONLY | LibC.O_DIRECTORY);
        return [.. DirectoryListing.Read(readable).Select(name => System.Text.Encoding.UTF8.GetString(name.AsSpan(0, name.Length - 1)))];
    }

    private SafeFileHandle? TryOpen(string path)
    {
        try
        {
            return PathInRoot.TryOpen(root, "/" + path, LibC.O_PATH);
        }
        catch (SyscallException failure) when (failure.Name is "ENOTDIR" or "ELOOP")
        {
            return null;
        }
    }

    private static string Join(string directory, string name) => directory.Length == 0 ? name : $"{directory}/{name}";
}
