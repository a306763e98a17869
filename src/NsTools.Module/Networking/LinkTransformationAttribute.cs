using System.Collections;
using System.Globalization;
using System.Management.Automation;
using NsTools.Networking;

namespace NsTools.Module.Networking;

/// <summary>
/// Lets a <see cref="LinkReference"/> parameter take whatever names a link: a <see cref="NetLink"/>, what has
/// <c>InterfaceIndex</c> or <c>InterfaceName</c>, a name, an index, and what remoting or a job made of those.
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class LinkTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value is IList list and not PSCustomObject ? list.Cast<object?>().Select(TransformOne).ToArray() : TransformOne(inputData);
    }

    private static object? TransformOne(object? input)
    {
        object? value = input is PSObject wrapped ? wrapped.BaseObject : input;
        return value switch
        {
            null => null,
            LinkReference reference => reference,
            NetLink link => LinkReference.From(link),
            VethPair pair => LinkReference.From(pair.Link),
            string text when text.Length > 0 && text.All(char.IsAsciiDigit) && int.TryParse(text, out int number) => new LinkReference { Index = number },
            string { Length: > 0 } text => new LinkReference { Name = text },
            byte or short or ushort or int or uint or long => new LinkReference { Index = Convert.ToInt32(value, CultureInfo.InvariantCulture) },
            _ => FromProperties(PSObject.AsPSObject(input)) ?? throw new ArgumentTransformationMetadataException(
                $"A value of type {value.GetType().Name} names no link. Give a NetLink, a name, or an index."),
        };
    }

    private static LinkReference? FromProperties(PSObject bag)
    {
        bool isLink = bag.TypeNames.Contains("Deserialized.NsTools.NetLink");
        string? name = Text(bag, "InterfaceName") ?? (isLink || bag.BaseObject is PSCustomObject ? Text(bag, "Name") : null);
        int.TryParse(Text(bag, isLink ? "Index" : "InterfaceIndex"), NumberStyles.None, CultureInfo.InvariantCulture, out int index);
        return name is null && index == 0 ? null : new LinkReference { Name = name, Index = index, Namespace = Text(bag, "Namespace"), IsBound = true };
    }

    private static string? Text(PSObject bag, string property) =>
        bag.Properties[property]?.Value?.ToString() is { Length: > 0 } text ? text : null;
}
