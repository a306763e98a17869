using System.Globalization;
using System.Management.Automation;
using NsTools.Interop.Cgroups;

namespace NsTools.Module.Cgroups;

/// <summary>Lets a number-of-bytes parameter take <c>200MB</c>, <c>1.5GiB</c>, a number, or <c>Unlimited</c>.</summary>
/// <remarks>As PowerShell's own literals, <c>MB</c> and <c>MiB</c> are both 1,048,576 bytes.</remarks>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class ByteSizeTransformationAttribute : ArgumentTransformationAttribute
{
    private const string Units = "KMGTPE";

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) is string text ? Parse(text) : inputData;

    /// <summary>A number of bytes, or anything else that is counted, in the user's words.</summary>
    /// <param name="text">The words.</param>
    internal static long Parse(string text)
    {
        string number = text.Trim();
        if (number.Equals("Unlimited", StringComparison.OrdinalIgnoreCase) || number.Equals("max", StringComparison.OrdinalIgnoreCase))
            return ControlFile.Unlimited;
        double factor = 1;
        string unit = number.TrimStart("0123456789.".ToCharArray());
        int power = unit.Length == 0 ? -1 : Units.IndexOf(char.ToUpperInvariant(unit[0]), StringComparison.Ordinal);
        if (power >= 0 && unit[1..].ToUpperInvariant() is ("" or "B" or "IB"))
            factor = Math.Pow(1024, power + 1);
        else if (unit.ToUpperInvariant() is not ("" or "B"))
            throw Unusable(text);
        return double.TryParse(number[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) && value * factor < long.MaxValue
            ? (long)(value * factor)
            : throw Unusable(text);
    }

    private static ArgumentTransformationMetadataException Unusable(string text) =>
        new($"'{text}' is no size. Give a number of bytes, such as 200MB, 1.5GiB or 209715200, or Unlimited.");
}
