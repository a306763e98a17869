using System.Collections;
using System.Management.Automation;

namespace NsTools.Module.Containers;

/// <summary>
/// Lets a parameter that names containers take a <see cref="Container"/>, and what remoting or a job made of one: its ID
/// then names it, whatever happens to the name. Text stays what it is: a name, an ID, or the beginning of one.
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class ContainerTransformationAttribute : ArgumentTransformationAttribute
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
        Container container => container.Id,
        ContainerProcess process => process.Container,
        ContainerLogEntry entry => entry.Container,
        ContainerStatistic statistic => statistic.Id,
        ContainerChange change => change.Container,
        ContainerHealthResult result => result.Container,
        PSCustomObject when PSObject.AsPSObject(input).Properties["Id"]?.Value is string id => id,
        var other => throw new ArgumentTransformationMetadataException(
            $"A value of type {other.GetType().Name} names no container. Give a Container, a name, an ID or the beginning of one."),
    };
}
