using System.Globalization;
using NsTools.Interop.Mounts;
using NsTools.Interop.Oci;

namespace NsTools.Runtime.RootFs;

/// <summary>Options of bind mounts that are crun's (<c>crun(1)</c>) and that Podman and Buildah pass: no kernel and no other program knows them.</summary>
internal sealed record BindOptions
{
    private const string MapWord = "idmap=";
    private const string RecursiveMapWord = "ridmap=";

    /// <summary><c>copy-symlink</c>: a symbolic link is made anew in the container instead of what it leads to being mounted.</summary>
    public bool CopiesLink { get; init; }

    /// <summary>Not so with <c>src-nofollow</c>: a symbolic link is mounted itself.</summary>
    public bool FollowsSource { get; init; } = true;

    /// <summary>Not so with <c>dest-nofollow</c>: what is mounted goes over a symbolic link, not over what that leads to.</summary>
    public bool FollowsDestination { get; init; } = true;

    /// <summary>The mappings of <c>idmap=</c> or <c>ridmap=</c>; null for none.</summary>
    public string? Map { get; init; }

    /// <summary>True for <c>ridmap=</c>: also of the mounts below.</summary>
    public bool IsMapRecursive { get; init; }

    /// <summary>Reads them from what is no option of any mount.</summary>
    /// <param name="options">The mount's options.</param>
    /// <param name="index">Its place in the config.</param>
    /// <exception cref="RuntimeSpecException">There is another one.</exception>
    public static BindOptions Parse(MountOptions options, int index)
    {
        BindOptions result = new();
        foreach (string option in options.Data)
        {
            result = option switch
            {
                "copy-symlink" => result with { CopiesLink = true },
                "src-nofollow" => result with { FollowsSource = false },
                "dest-nofollow" => result with { FollowsDestination = false },
                _ when option.StartsWith(MapWord, StringComparison.Ordinal) => result with { Map = option[MapWord.Length..], IsMapRecursive = false },
                _ when option.StartsWith(RecursiveMapWord, StringComparison.Ordinal) => result with { Map = option[RecursiveMapWord.Length..], IsMapRecursive = true },
                _ => throw new RuntimeSpecException(string.Create(CultureInfo.InvariantCulture, $"$.mounts[{index}].options"), $"'{option}' is no option of a bind mount"),
            };
        }
        return result;
    }

    /// <summary>The mappings of <see cref="Map"/>: <c>uids=0-1000-10#10-2000-5;gids=@0-0-10</c>, <c>@</c> before what counts in the container's IDs.</summary>
    /// <param name="spec">The config, whose user namespace <c>@</c> is about.</param>
    /// <param name="path">JSON path of the mount.</param>
    /// <exception cref="RuntimeSpecException">They are none.</exception>
    public (IReadOnlyList<IdMapping> Users, IReadOnlyList<IdMapping> Groups) Mappings(LinuxSpec? spec, string path)
    {
        List<IdMapping> users = [], groups = [];
        foreach (string part in Map!.Split(';'))
        {
            if (part.StartsWith("uids=", StringComparison.Ordinal))
                users = Ranges(part[5..], spec?.UidMappings, path);
            else if (part.StartsWith("gids=", StringComparison.Ordinal))
                groups = Ranges(part[5..], spec?.GidMappings, path);
            else
                throw Wrong(path);
        }
        return users.Count > 0 && groups.Count > 0 ? (users, groups) : throw Wrong(path);
    }

    private List<IdMapping> Ranges(string text, IReadOnlyList<IdMapping>? container, string path)
    {
        List<IdMapping> ranges = [];
        foreach (string range in text.Split('#'))
        {
            string[] numbers = range.TrimStart('@').Split('-');
            uint[] values = [.. numbers.Select(number => uint.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out uint value) ? value : throw Wrong(path))];
            if (values is not [uint inside, uint outside, uint size] || size == 0)
                throw Wrong(path);
            if (range.StartsWith('@'))
            {
                IdMapping found = container?.FirstOrDefault(mapping => outside >= mapping.ContainerId && outside - mapping.ContainerId < mapping.Size)
                    ?? throw new RuntimeSpecException($"{path}.options", $"'{range}': the container's user namespace has no ID {outside}");
                outside = found.HostId + (outside - found.ContainerId);
            }
            ranges.Add(new IdMapping { ContainerId = inside, HostId = outside, Size = size });
        }
        return ranges;
    }

    private RuntimeSpecException Wrong(string path) =>
        new($"{path}.options", $"'idmap={Map}': it is idmap=uids=FILE-HOST-SIZE[#...];gids=FILE-HOST-SIZE[#...]");
}
