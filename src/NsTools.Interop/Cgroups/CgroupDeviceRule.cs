using System.Globalization;

namespace NsTools.Interop.Cgroups;

/// <summary>Kinds of device that a rule is about.</summary>
public enum CgroupDeviceType
{
    /// <summary>All devices; numbers and access do not count then.</summary>
    All,

    /// <summary>Block devices.</summary>
    Block,

    /// <summary>Character devices.</summary>
    Character,
}

/// <summary>What may be done with a device.</summary>
[Flags]
public enum CgroupDeviceAccess
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary><c>m</c>: make it with <c>mknod(2)</c>. The numbers are those of <c>linux/bpf.h</c>, <c>BPF_DEVCG_ACC_*</c>.</summary>
    Make = 1,

    /// <summary><c>r</c>.</summary>
    Read = 2,

    /// <summary><c>w</c>.</summary>
    Write = 4,

    /// <summary><c>rwm</c>.</summary>
    All = Make | Read | Write,
}

/// <summary>One device rule (cgroup-v1/devices.rst; OCI config-linux.md, "Allowed Device list").</summary>
public sealed record CgroupDeviceRule
{
    /// <summary>Allows or denies.</summary>
    public required bool Allow { get; init; }

    /// <summary>Which kind of device.</summary>
    public required CgroupDeviceType Type { get; init; }

    /// <summary>Major number; null for any.</summary>
    public int? Major { get; init; }

    /// <summary>Minor number; null for any.</summary>
    public int? Minor { get; init; }

    /// <summary>What of it.</summary>
    public CgroupDeviceAccess Access { get; init; } = CgroupDeviceAccess.All;

    /// <summary>The rule without its verb, as the kernel writes it: <c>c 1:3 rwm</c>, <c>a *:* rwm</c>.</summary>
    public string Expression
    {
        get
        {
            char type = Type switch { CgroupDeviceType.Block => 'b', CgroupDeviceType.Character => 'c', _ => 'a' };
            string access = (Access.HasFlag(CgroupDeviceAccess.Read) ? "r" : "")
                + (Access.HasFlag(CgroupDeviceAccess.Write) ? "w" : "")
                + (Access.HasFlag(CgroupDeviceAccess.Make) ? "m" : "");
            return $"{type} {Number(Major)}:{Number(Minor)} {access}";
        }
    }

    /// <summary>Parses a rule without its verb.</summary>
    /// <param name="text"><c>a</c>, <c>c 1:3 rwm</c>, <c>b 8:* r</c>.</param>
    /// <param name="allow">Whether it allows.</param>
    /// <returns>Null when it is not of that form.</returns>
    public static CgroupDeviceRule? TryParse(string text, bool allow)
    {
        string[] parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts is ["a", ..])
            return new CgroupDeviceRule { Allow = allow, Type = CgroupDeviceType.All };
        if (parts is not [("b" or "c") and string type, string numbers, ..] || parts.Length > 3)
            return null;
        string access = parts.Length == 3 ? parts[2] : "rwm";
        string[] pair = numbers.Split(':');
        if (pair.Length != 2 || !TryNumber(pair[0], out int? major) || !TryNumber(pair[1], out int? minor))
            return null;
        if (access.Length == 0 || access.Any(letter => letter is not ('r' or 'w' or 'm')))
            return null;
        return new CgroupDeviceRule
        {
            Allow = allow,
            Type = type == "b" ? CgroupDeviceType.Block : CgroupDeviceType.Character,
            Major = major,
            Minor = minor,
            Access = (access.Contains('r') ? CgroupDeviceAccess.Read : 0)
                | (access.Contains('w') ? CgroupDeviceAccess.Write : 0)
                | (access.Contains('m') ? CgroupDeviceAccess.Make : 0),
        };
    }

    /// <inheritdoc/>
    public override string ToString() => $"{(Allow ? "allow" : "deny")} {Expression}";

    private static string Number(int? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "*";

    private static bool TryNumber(string text, out int? number)
    {
        number = null;
        if (text == "*")
            return true;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int parsed))
            return false;
        number = parsed;
        return true;
    }
}
