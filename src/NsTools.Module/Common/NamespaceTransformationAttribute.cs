using System.Collections;
using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using NsTools.Namespaces;

namespace NsTools.Module.Common;

/// <summary>
/// Lets a <see cref="NamespaceReference"/> parameter take whatever names a namespace: a <see cref="NamespaceSet"/>, a
/// <see cref="LinuxNamespace"/>, a process or its ID, a name, a path, and what remoting or a job made of those.
/// </summary>
/// <remarks>It only tells what is meant; whether that exists is found when the cmdlet opens it, as an error for that item.</remarks>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class NamespaceTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        if (inputData is null)
            return null;
        object value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        // A parameter of an array type: each element by itself.
        if (value is IList list and not PSCustomObject)
            return list.Cast<object?>().Select(item => TransformOne(engineIntrinsics, item)).ToArray();
        return TransformOne(engineIntrinsics, inputData);
    }

    private static NamespaceReference TransformOne(EngineIntrinsics engine, object? input)
    {
        object? value = input is PSObject wrapped ? wrapped.BaseObject : input;
        try
        {
            return value switch
            {
                NamespaceReference reference => reference,
                NamespaceSet set => NamespaceReference.FromSet(set),
                LinuxNamespace one => NamespaceReference.FromNamespace(one),
                Process process => NamespaceReference.FromProcess(process.Id),
                string text => FromText(engine, text),
                FileInfo file => NamespaceReference.FromPath(file.FullName),
                byte or short or ushort or int or uint or long => FromNumber(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
                PSCustomObject => FromPropertyBag(PSObject.AsPSObject(input)),
                _ => throw Unusable(value),
            };
        }
        catch (NsToolsException failure)
        {
            throw new ArgumentTransformationMetadataException($"{failure.Message} {failure.Remedy}", failure);
        }
    }

    private static NamespaceReference FromNumber(long number) =>
        NamespaceReference.FromText(number.ToString(CultureInfo.InvariantCulture));

    private static NamespaceReference FromText(EngineIntrinsics engine, string text)
    {
        NamespaceReference reference = NamespaceReference.FromText(text);
        // A path is the user's: relative to PowerShell's location, perhaps on a drive.
        return text.Contains('/')
            ? NamespaceReference.FromPath(engine.SessionState.Path.GetUnresolvedProviderPathFromPSPath(text))
            : reference;
    }

    private static NamespaceReference FromPropertyBag(PSObject bag) => PropertyBag.ToNamespaceReference(bag) ?? throw Unusable(bag);

    private static NsToolsException Unusable(object? value) => new(
        FailureKind.InvalidArgument,
        "InvalidNamespace",
        $"A value of type {value?.GetType().Name ?? "null"} names no namespace.",
        "Give a NamespaceSet, a LinuxNamespace, a process or its ID, a name, or a path.");
}
