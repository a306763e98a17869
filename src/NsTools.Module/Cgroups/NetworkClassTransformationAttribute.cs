using System.Globalization;
using System.Management.Automation;

namespace NsTools.Module.Cgroups;

/// <summary>Lets a traffic class parameter take tc's <c>10:1</c> (hexadecimal), besides a number.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class NetworkClassTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        if ((inputData is PSObject wrapped ? wrapped.BaseObject : inputData) is not string text || text.Split(':') is not [var major, var minor])
            return inputData;
        return ushort.TryParse(major, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort high)
            && ushort.TryParse(minor, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort low)
            ? ((uint)high << 16) | low
            : throw new ArgumentTransformationMetadataException($"'{text}' is no traffic class. Give MAJOR:MINOR in hexadecimal as tc has it, or a number.");
    }
}
