namespace NsTools.Interop.Oci;

/// <summary>Builds a <see cref="SeccompSpec"/> from JSON (config-linux.md, "Seccomp").</summary>
internal static class SeccompSpecReader
{
    public static SeccompSpec? Read(ref JsonCursor cursor)
    {
        if (!cursor.BeginObject())
            return null;
        string? action = null;
        uint? error = null;
        List<string>? architectures = null;
        List<string>? flags = null;
        string? listener = null;
        string? metadata = null;
        List<SeccompRule>? rules = null;
        while (cursor.NextMember())
        {
            if (cursor.Is("defaultAction"u8))
                action = cursor.Text();
            else if (cursor.Is("defaultErrnoRet"u8))
                error = cursor.UInt32();
            else if (cursor.Is("architectures"u8))
                architectures = cursor.Texts();
            else if (cursor.Is("flags"u8))
                flags = cursor.Texts();
            else if (cursor.Is("listenerPath"u8))
                listener = cursor.TextOrNull();
            else if (cursor.Is("listenerMetadata"u8))
                metadata = cursor.TextOrNull();
            else if (cursor.Is("syscalls"u8))
                rules = cursor.List(ReadRule);
            else
                cursor.Skip();
        }
        return new SeccompSpec
        {
            DefaultAction = cursor.Required(action, "defaultAction"),
            DefaultErrnoRet = error,
            Architectures = architectures,
            Flags = flags,
            ListenerPath = listener,
            ListenerMetadata = metadata,
            Syscalls = rules,
        };
    }

    private static SeccompRule ReadRule(ref JsonCursor cursor)
    {
        cursor.RequireObject();
        List<string>? names = null;
        string? action = null;
        uint? error = null;
        List<SeccompArgument>? arguments = null;
        while (cursor.NextMember())
        {
            if (cursor.Is("names"u8))
                names = cursor.Texts();
            else if (cursor.Is("action"u8))
                action = cursor.Text();
            else if (cursor.Is("errnoRet"u8))
                error = cursor.UInt32();
            else if (cursor.Is("args"u8))
                arguments = cursor.List(ReadArgument);
            else
                cursor.Skip();
        }
        return new SeccompRule
        {
            Names = cursor.Required(names, "names"),
            Action = cursor.Required(action, "action"),
            ErrnoRet = error,
            Args = arguments,
        };
    }

    private static SeccompArgument ReadArgument(ref JsonCursor cursor)
    {
        cursor.RequireObject();
        uint? index = null;
        ulong? value = null;
        ulong second = 0;
        string? comparison = null;
        while (cursor.NextMember())
        {
            if (cursor.Is("index"u8))
                index = cursor.UInt32();
            else if (cursor.Is("value"u8))
                value = cursor.UInt64();
            else if (cursor.Is("valueTwo"u8))
                second = cursor.UInt64() ?? 0;
            else if (cursor.Is("op"u8))
                comparison = cursor.Text();
            else
                cursor.Skip();
        }
        return new SeccompArgument
        {
            Index = cursor.Required(index, "index"),
            Value = cursor.Required(value, "value"),
            ValueTwo = second,
            Op = cursor.Required(comparison, "op"),
        };
    }
}
