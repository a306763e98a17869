using System.Collections;
using System.Diagnostics;
using System.Management.Automation;

namespace NsTools.Module.Cgroups;

/// <summary>
/// Lets a process ID parameter take a <see cref="Process"/>, and any object that has a <c>ProcessId</c>: a
/// <see cref="NamespaceSet"/> (its holder), a <see cref="CgroupProcess"/>, what remoting made of those.
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class ProcessOfObjectTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value is IList list and not PSCustomObject ? list.Cast<object?>().Select(ToId).ToArray() : ToId(inputData);
    }

    private static object? ToId(object? input)
    {
        object? value = input is PSObject wrapped ? wrapped.BaseObject : input;
        return value switch
        {
            Process process => process.Id,
            null or string or IConvertible => value,
            _ => PSObject.AsPSObject(input).Properties["ProcessId"]?.Value ?? value,
        };
    }
}
