using System.Net.NetworkInformation;

namespace NsTools.Networking;

/// <summary>What to change of a link; null leaves a thing as it is.</summary>
public sealed record LinkChange
{
    /// <summary>Switch it on or off.</summary>
    public bool? Up { get; init; }

    /// <summary>A new name, at most 15 bytes.</summary>
    public string? Name { get; init; }

    /// <summary>MTU in bytes.</summary>
    public long? Mtu { get; init; }

    /// <summary>Hardware address.</summary>
    public PhysicalAddress? HardwareAddress { get; init; }

    /// <summary>Index of its master; 0 for none.</summary>
    public int? MasterIndex { get; init; }

    /// <summary>Number of its group.</summary>
    public long? Group { get; init; }

    /// <summary>Description; empty for none.</summary>
    public string? Alias { get; init; }

    /// <summary>Transmit queue length in packets.</summary>
    public long? TransmitQueueLength { get; init; }

    /// <summary>Flags to set or clear beside <see cref="NetLinkFlags.Up"/>.</summary>
    public NetLinkFlags FlagMask { get; init; }

    /// <summary>The values of the flags in <see cref="FlagMask"/>.</summary>
    public NetLinkFlags Flags { get; init; }

    /// <summary>Alternative names to add.</summary>
    public IReadOnlyList<string> AddAlternativeNames { get; init; } = [];

    /// <summary>Alternative names to take away.</summary>
    public IReadOnlyList<string> RemoveAlternativeNames { get; init; } = [];

    /// <summary>Settings of the kind, by name.</summary>
    public IReadOnlyDictionary<string, object> Options { get; init; } = new Dictionary<string, object>();

    /// <summary>Settings that the bridge keeps for this port, by name.</summary>
    public IReadOnlyDictionary<string, object> PortOptions { get; init; } = new Dictionary<string, object>();

    /// <summary>How many things it changes.</summary>
    internal int PartCount =>
        new object?[] { Up, Name, Mtu, HardwareAddress, MasterIndex, Group, Alias, TransmitQueueLength }.Count(part => part is not null)
        + int.PopCount((int)FlagMask) + AddAlternativeNames.Count + RemoveAlternativeNames.Count + Options.Count + PortOptions.Count;
}
