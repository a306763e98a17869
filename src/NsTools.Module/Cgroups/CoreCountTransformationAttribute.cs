using System.Management.Automation;

namespace NsTools.Module.Cgroups;

/// <summary>Lets a number-of-cores parameter take <c>Unlimited</c>.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class CoreCountTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) is string text
            && (text.Equals("Unlimited", StringComparison.OrdinalIgnoreCase) || text.Equals("max", StringComparison.OrdinalIgnoreCase))
            ? double.PositiveInfinity
            : inputData;
}
