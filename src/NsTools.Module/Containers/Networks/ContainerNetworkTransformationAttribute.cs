using System.Collections;
using System.Management.Automation;

namespace NsTools.Module.Containers.Networks;

/// <summary>
/// Lets a parameter that names networks of containers take a <see cref="ContainerNetwork"/>, a <see cref="NamespaceSet"/>
/// or <see cref="LinuxNamespace"/>, another <see cref="Container"/>, and what remoting or a job made of those. Text stays
/// what it is.
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class ContainerNetworkTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value is IList list and not PSCustomObject ? list.Cast<object?>().Select(ToWord).ToArray() : ToWord(inputData);
    }

    private static string? ToWord(object? input) => (input is PSObject wrapped ? wrapped.BaseObject : input) switch
    {
        null => null,
        string text => text,
        ContainerNetworkMode mode => mode.ToString().ToLowerInvariant(),
        ContainerNetwork network => network.Name,
        ContainerNetworkAttachment attachment => attachment.Network,
        Container container => $"container:{container.Id}",
        NamespaceSet set => $"ns:{set.Name}",
        LinuxNamespace { Path: { } path } => $"ns:{path}",
        PSCustomObject bag when Property(bag, input, "Subnets") is not null && Property(bag, input, "Name") is string name => name,
        PSCustomObject bag when Property(bag, input, "ShortId") is not null && Property(bag, input, "Id") is string id => $"container:{id}",
        PSCustomObject bag when Property(bag, input, "Namespaces") is not null && Property(bag, input, "Name") is string set => $"ns:{set}",
        var other => throw new ArgumentTransformationMetadataException(
            $"A value of type {other.GetType().Name} names no network. Give a ContainerNetwork, its name, a NamespaceSet, a Container, or one of none and host."),
    };

    private static object? Property(PSCustomObject bag, object? input, string name) => PSObject.AsPSObject(input ?? bag).Properties[name]?.Value;
}
