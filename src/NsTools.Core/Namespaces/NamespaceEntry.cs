namespace NsTools.Namespaces;

/// <summary>What a scan has found of a namespace so far.</summary>
internal sealed class NamespaceEntry(NamespaceType type, long id)
{
    /// <summary>What it isolates.</summary>
    public NamespaceType Type { get; } = type;

    /// <summary>Its nsfs inode.</summary>
    public long Id { get; } = id;

    /// <summary>The lowest process ID seen in it; 0 for none.</summary>
    public int ProcessId { get; private set; }

    /// <summary>How many processes were seen in it.</summary>
    public int ProcessCount { get; private set; }

    /// <summary>The file on which it is mounted, or the descriptor that holds it, where no process is in it.</summary>
    public string? HeldAt { get; set; }

    /// <summary>Whether <see cref="HeldAt"/> is a mount.</summary>
    public bool IsMounted { get; set; }

    /// <summary>Its name under <c>/run/netns</c>; a set's name is told by the store.</summary>
    public string? Name { get; set; }

    /// <summary>Identity of the parent.</summary>
    public long? ParentId { get; set; }

    /// <summary>The creator's user ID, for a namespace without a process.</summary>
    public long? OwnerUserId { get; set; }

    /// <summary>Notes that a process is in it.</summary>
    public void Add(int processId)
    {
        ProcessCount++;
        if (ProcessId == 0 || processId < ProcessId)
            ProcessId = processId;
    }

    /// <summary>A path that opens it; null for none.</summary>
    public string? Path => ProcessId > 0 ? $"/proc/{ProcessId}/ns/{Type.ProcName()}" : HeldAt;
}
