using System.Globalization;

namespace NsTools.Module.RootFileSystems;

/// <summary>Numbers of bytes for people.</summary>
internal static class ByteText
{
    private static readonly string[] s_units = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>A number of bytes in the unit that fits, such as <c>3.4 MiB</c>.</summary>
    public static string Of(double bytes)
    {
        int unit = 0;
        for (; bytes >= 1024 && unit < s_units.Length - 1; unit++)
            bytes /= 1024;
        return bytes.ToString(unit == 0 ? "0" : "0.0", CultureInfo.InvariantCulture) + " " + s_units[unit];
    }
}
