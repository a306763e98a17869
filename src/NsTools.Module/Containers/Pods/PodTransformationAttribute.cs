using System.Collections;
using System.Management.Automation;

namespace NsTools.Module.Containers.Pods;

/// <summary>Lets a parameter that names pods take a <see cref="Pod"/>, a <see cref="Container"/> of one, and what remoting or a job made of those.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class PodTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value is IList list and not PSCustomObject ? list.Cast<object?>().Select(ToName).ToArray() : ToName(inputData);
    }

    private static string? ToName(object? input) => (input is PSObject wrapped ? wrapped.BaseObject : input) switch
    {
        null => null,
        string text => text,
        Pod pod => pod.Name,
        Container { Pod: { } name } => name,
        PSCustomObject when PSObject.AsPSObject(input).Properties["Name"]?.Value is string name => name,
        var other => throw new ArgumentTransformationMetadataException($"A value of type {other.GetType().Name} names no pod. Give a Pod or its name."),
    };
}
