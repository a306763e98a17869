namespace NsTools.Interop.Cgroups.Containers;

/// <summary>One value for one control file, and the member of <c>linux.resources</c> that asks for it.</summary>
/// <remarks>
/// Not a <see cref="CgroupResources"/>, the vocabulary of the cmdlets: that one has a single name for what both interfaces
/// do, where the OCI config speaks in v1's own units (shares, memory and swap together, leaf weights, kernel memory) which
/// a v1 file gets as they are, and where a refusal has to name the config's member.
/// </remarks>
internal sealed record ControlValue
{
    /// <summary>What stands before the controller of a value that only the unified hierarchy can take.</summary>
    public const string UnifiedPrefix = "unified:";

    /// <summary>The unified hierarchy whatever its controllers.</summary>
    public const string AnyUnified = UnifiedPrefix;

    /// <summary>JSON path of the member beneath <c>linux.resources</c>: <c>memory.limit</c>.</summary>
    public required string Member { get; init; }

    /// <summary>The controller by its v1 or v2 name, with <see cref="UnifiedPrefix"/> for files of the unified hierarchy only.</summary>
    public required string Controller { get; init; }

    /// <summary>The control file.</summary>
    public required string File { get; init; }

    /// <summary>What is written.</summary>
    public required string Value { get; init; }

    /// <summary>True when the value is the second word of a file whose first word stays as it is (<c>cpu.max</c> with a new period only).</summary>
    public bool IsSecondWord { get; init; }

    /// <summary>True when it does no harm if this kernel has no such file.</summary>
    public bool IsOptional { get; init; }

    /// <summary>What does the same where this kernel has no such file; null for nothing.</summary>
    public ControlValue? Otherwise { get; init; }

    /// <summary>The member's full JSON path.</summary>
    public string Path => "$.linux.resources." + Member;
}
