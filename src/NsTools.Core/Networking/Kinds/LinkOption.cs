namespace NsTools.Networking.Kinds;

/// <summary>One setting of a link's kind.</summary>
/// <param name="Name">Its name here: the kernel's, in PowerShell's spelling.</param>
/// <param name="Attribute">The attribute's number in the kind's data.</param>
/// <param name="Type">How its value is written.</param>
public sealed record LinkOption(string Name, ushort Attribute, LinkOptionType Type)
{
    /// <summary>False for what the kernel only tells.</summary>
    public bool CanSet { get; init; } = true;

    /// <summary>For <see cref="LinkOptionType.Address"/>, the attribute of an IPv6 address.</summary>
    public ushort Attribute6 { get; init; }

    /// <summary>For <see cref="LinkOptionType.Word"/>, the words with their values.</summary>
    public IReadOnlyList<(string Word, int Value)> Words { get; init; } = [];

    /// <summary>For <see cref="LinkOptionType.Word"/>, the type of the number behind the word.</summary>
    public LinkOptionType WordType { get; init; } = LinkOptionType.UInt32;

    /// <summary>For <see cref="LinkOptionType.Bit"/>, the number of the bit.</summary>
    public int Bit { get; init; }

    /// <summary>The .NET type of its values.</summary>
    public Type ValueType => Type switch
    {
        LinkOptionType.Byte or LinkOptionType.UInt16 or LinkOptionType.UInt16BigEndian => typeof(int),
        LinkOptionType.UInt32 or LinkOptionType.UInt32BigEndian => typeof(long),
        LinkOptionType.Boolean or LinkOptionType.BooleanUInt32 or LinkOptionType.Presence or LinkOptionType.Bit => typeof(bool),
        LinkOptionType.Centiseconds or LinkOptionType.CentisecondsUInt64 or LinkOptionType.Seconds => typeof(TimeSpan),
        LinkOptionType.Address => typeof(System.Net.IPAddress),
        LinkOptionType.HardwareAddress => typeof(System.Net.NetworkInformation.PhysicalAddress),
        LinkOptionType.LinkIndex => typeof(int),
        _ => typeof(string),
    };
}
