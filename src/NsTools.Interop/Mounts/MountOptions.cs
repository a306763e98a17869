using System.Text;

namespace NsTools.Interop.Mounts;

/// <summary>
/// Mount options as <c>mount(8)</c> and the OCI runtime spec (config.md, "Linux mount options") write them, sorted by
/// what has to be done with each: attributes of the mount, propagation, flags and data of the file system.
/// </summary>
public sealed class MountOptions
{
    private readonly List<string> _fileSystemFlags = [];
    private readonly List<string> _data = [];

    private MountOptions()
    {
    }

    /// <summary>No options.</summary>
    public static MountOptions None { get; } = new();

    /// <summary>What changes on the mount itself.</summary>
    public MountAttributeChange Attributes { get; private set; }

    /// <summary>What changes on the mount and all mounts below it (<c>rro</c>, <c>rnosuid</c>, …).</summary>
    public MountAttributeChange RecursiveAttributes { get; private set; }

    /// <summary>The propagation to set; <see cref="PropagationType.Unchanged"/> where none was named. The last one named counts.</summary>
    public PropagationType Propagation { get; private set; }

    /// <summary>True when the propagation is for all mounts below too (<c>rprivate</c>, …).</summary>
    public bool IsPropagationRecursive { get; private set; }

    /// <summary>True for <c>bind</c> and <c>rbind</c>.</summary>
    public bool IsBind { get; private set; }

    /// <summary>True for <c>rbind</c>.</summary>
    public bool IsRecursiveBind { get; private set; }

    /// <summary>True for <c>remount</c>: change an existing mount.</summary>
    public bool IsRemount { get; private set; }

    /// <summary>True for <c>tmpcopyup</c> (OCI): the target's content is copied into the new tmpfs.</summary>
    public bool CopiesUp { get; private set; }

    /// <summary>True for <c>idmap</c> and <c>ridmap</c> (OCI): IDs are mapped through the container's user namespace.</summary>
    public bool IsIdMapped { get; private set; }

    /// <summary>True for <c>ridmap</c>.</summary>
    public bool IsIdMapRecursive { get; private set; }

    /// <summary>Flags of any file system's super block, as <c>fsconfig(2)</c> takes them: <c>ro</c>, <c>sync</c>, <c>lazytime</c>, …</summary>
    public IReadOnlyList<string> FileSystemFlags => _fileSystemFlags;

    /// <summary>Everything else: the file system's own options, <c>name</c> or <c>name=value</c>, in order.</summary>
    public IReadOnlyList<string> Data => _data;

    /// <summary>Sorts options, one an element, as OCI has them. A later one overrides an earlier one.</summary>
    /// <param name="options">The options; null is none.</param>
    public static MountOptions Parse(IEnumerable<string>? options)
    {
        MountOptions result = new();
        foreach (string option in options ?? [])
        {
            if (option.Length > 0)
                result.Add(option);
        }
        return result;
    }

    /// <summary>Splits a list of <c>mount -o</c> at its commas, except inside double quotes, which it takes away.</summary>
    /// <param name="list">Such as <c>size=1m,context="a,b"</c>.</param>
    public static IReadOnlyList<string> Split(string list)
    {
        List<string> options = [];
        StringBuilder option = new();
        bool quoted = false;
        foreach (char character in list)
        {
            if (character == '"')
            {
                quoted = !quoted;
            }
            else if (character == ',' && !quoted)
            {
                options.Add(option.ToString());
                option.Clear();
            }
            else
            {
                option.Append(character);
            }
        }
        options.Add(option.ToString());
        options.RemoveAll(o => o.Length == 0);
        return options;
    }

    private void Add(string option)
    {
        if (MountOptionTable.FindAttribute(option) is { } attribute)
        {
            Attributes = attribute.Recursive ? Attributes : Merge(Attributes, attribute.Set, attribute.Clear);
            RecursiveAttributes = attribute.Recursive ? Merge(RecursiveAttributes, attribute.Set, attribute.Clear) : RecursiveAttributes;
            if (option is "ro" or "rw")
                SetFileSystemFlag(option, "ro", "rw");
        }
        else if (MountOptionTable.FindPropagation(option) is { } propagation)
        {
            Propagation = propagation.Type;
            IsPropagationRecursive = propagation.Recursive;
        }
        else if (!AddKind(option) && !AddFileSystemFlag(option) && !MountOptionTable.IsForUserSpace(option))
        {
            _data.Add(option);
        }
    }

    private bool AddKind(string option)
    {
        switch (option)
        {
            case "bind":
                IsBind = true;
                break;
            case "rbind":
                IsBind = IsRecursiveBind = true;
                break;
            case "remount":
                IsRemount = true;
                break;
            case "tmpcopyup":
                CopiesUp = true;
                break;
            case "idmap":
                IsIdMapped = true;
                break;
            case "ridmap":
                IsIdMapped = IsIdMapRecursive = true;
                break;
            default:
                return false;
        }
        return true;
    }

    private bool AddFileSystemFlag(string option)
    {
        switch (option)
        {
            case "sync" or "async":
                SetFileSystemFlag(option, "sync", "async");
                break;
            case "lazytime" or "nolazytime":
                SetFileSystemFlag(option, "lazytime", "nolazytime");
                break;
            case "mand" or "nomand":
                SetFileSystemFlag(option, "mand", "nomand");
                break;
            case "dirsync":
                SetFileSystemFlag(option, "dirsync", "");
                break;
            default:
                return false;
        }
        return true;
    }

    // Only flags that are on are passed: what is off is the default of a new instance.
    private void SetFileSystemFlag(string option, string on, string off)
    {
        _fileSystemFlags.RemoveAll(flag => flag == on || flag == off);
        if (option == on)
            _fileSystemFlags.Add(on);
    }

    // The access time field is cleared whole or the kernel refuses, so what is set of it stays in what is cleared.
    private static MountAttributeChange Merge(MountAttributeChange change, MountAttributes set, MountAttributes clear) => new(
        (change.Set & ~clear) | set,
        (change.Clear & (~set | MountAttributes.AccessTimeMask)) | clear);
}
