using System.Globalization;
using System.Management.Automation;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>Lets a table be named as <c>ip route</c> names it: <c>main</c>, <c>local</c>, <c>default</c>, a number, or where it makes sense <c>all</c>.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class RouteTableTransformationAttribute : ArgumentTransformationAttribute
{
    /// <summary>Stands for all tables.</summary>
    public const long All = -1;

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        string text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        // The fixed names of /etc/iproute2/rt_tables.
        return text.ToLowerInvariant() switch
        {
            "main" => RouteSpecification.MainTable,
            "local" => 255L,
            "default" => 253L,
            "all" or "*" => All,
            _ => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number <= uint.MaxValue
                ? number
                : throw new ArgumentTransformationMetadataException($"'{text}' is no routing table: give main, local, default, or a number up to {uint.MaxValue}."),
        };
    }
}
