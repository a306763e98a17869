using System.Collections;
using System.Management.Automation;
using NsTools.Cgroups;

namespace NsTools.Module.Cgroups;

/// <summary>Lets a <see cref="CgroupReference"/> parameter take a path or any object of a cgroup: its limits, statistics, events.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class CgroupTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value is IList list and not PSCustomObject ? list.Cast<object?>().Select(ToReference).ToArray() : ToReference(inputData);
    }

    private static CgroupReference ToReference(object? input)
    {
        object? value = input is PSObject wrapped ? wrapped.BaseObject : input;
        try
        {
            return value switch
            {
                CgroupReference reference => reference,
                Cgroup cgroup => CgroupReference.FromCgroup(cgroup),
                string path => CgroupReference.FromPath(path),
                CgroupTreeNode node => CgroupReference.FromCgroup(node.Cgroup),
                CgroupLimit or CgroupStatistic or CgroupActivity or CgroupEvent => CgroupReference.FromPath(value.ToString()!),
                CgroupProcess process => CgroupReference.FromPath(process.CgroupPath),
                // What remoting or a job made of one of those.
                PSCustomObject when PSObject.AsPSObject(input).Properties["Path"]?.Value is string path => CgroupReference.FromPath(path),
                _ => throw new NsToolsException(
                    FailureKind.InvalidArgument, "InvalidCgroup", $"A value of type {value?.GetType().Name ?? "null"} names no cgroup.", "Give a path, or what Get-Cgroup returns."),
            };
        }
        catch (NsToolsException failure)
        {
            throw new ArgumentTransformationMetadataException($"{failure.Message} {failure.Remedy}", failure);
        }
    }
}
