namespace NsTools.Interop.Oci;

/// <summary>Builds a <see cref="BlockIoResourcesSpec"/> from JSON (config-linux.md, "Block IO").</summary>
internal static class BlockIoSpecReader
{
    public static BlockIoResourcesSpec? Read(ref JsonCursor cursor)
    {
        if (!cursor.BeginObject())
            return null;
        var block = new BlockIoResourcesSpec();
        while (cursor.NextMember())
        {
            if (cursor.Is("weight"u8))
                block = block with { Weight = cursor.UInt16() };
            else if (cursor.Is("leafWeight"u8))
                block = block with { LeafWeight = cursor.UInt16() };
            else if (cursor.Is("weightDevice"u8))
                block = block with { WeightDevice = cursor.List(ReadWeight) };
            else if (cursor.Is("throttleReadBpsDevice"u8))
                block = block with { ThrottleReadBpsDevice = cursor.List(ReadThrottle) };
            else if (cursor.Is("throttleWriteBpsDevice"u8))
                block = block with { ThrottleWriteBpsDevice = cursor.List(ReadThrottle) };
            else if (cursor.Is("throttleReadIOPSDevice"u8))
                block = block with { ThrottleReadIopsDevice = cursor.List(ReadThrottle) };
            else if (cursor.Is("throttleWriteIOPSDevice"u8))
                block = block with { ThrottleWriteIopsDevice = cursor.List(ReadThrottle) };
            else
                cursor.Skip();
        }
        return block;
    }

    private static WeightDeviceSpec ReadWeight(ref JsonCursor cursor)
    {
        cursor.RequireObject();
        long? major = null;
        long? minor = null;
        ushort? weight = null;
        ushort? leafWeight = null;
        while (cursor.NextMember())
        {
            if (cursor.Is("major"u8))
                major = cursor.Int64();
            else if (cursor.Is("minor"u8))
                minor = cursor.Int64();
            else if (cursor.Is("weight"u8))
                weight = cursor.UInt16();
            else if (cursor.Is("leafWeight"u8))
                leafWeight = cursor.UInt16();
            else
                cursor.Skip();
        }
        return new WeightDeviceSpec
        {
            Major = cursor.Required(major, "major"),
            Minor = cursor.Required(minor, "minor"),
            Weight = weight,
            LeafWeight = leafWeight,
        };
    }

    private static ThrottleDeviceSpec ReadThrottle(ref JsonCursor cursor)
    {
        cursor.RequireObject();
        long? major = null;
        long? minor = null;
        ulong? rate = null;
        while (cursor.NextMember())
        {
            if (cursor.Is("major"u8))
                major = cursor.Int64();
            else if (cursor.Is("minor"u8))
                minor = cursor.Int64();
            else if (cursor.Is("rate"u8))
                rate = cursor.UInt64();
            else
                cursor.Skip();
        }
        return new ThrottleDeviceSpec
        {
            Major = cursor.Required(major, "major"),
            Minor = cursor.Required(minor, "minor"),
            Rate = cursor.Required(rate, "rate"),
        };
    }
}
