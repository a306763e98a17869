using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace NsTools.Module.Mounts;

/// <summary>Lets a <see cref="MountPoint"/> parameter take what remoting or a job made of one (<c>about_Remote_Output</c>).</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class MountPointTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value is IList list and not PSCustomObject
            ? list.Cast<object?>().Select(TransformOne).ToArray()
            : TransformOne(inputData);
    }

    private static object? TransformOne(object? input)
    {
        if (input is not PSObject { BaseObject: PSCustomObject } bag || !bag.TypeNames.Contains("Deserialized.NsTools.MountPoint"))
            return input is PSObject wrapped ? wrapped.BaseObject : input;
        return new MountPoint
        {
            Target = Text(bag, nameof(MountPoint.Target)),
            Source = Text(bag, nameof(MountPoint.Source)),
            FileSystem = Text(bag, nameof(MountPoint.FileSystem)),
            Options = [],
            Id = (int)Number(bag, nameof(MountPoint.Id)),
            ParentId = (int)Number(bag, nameof(MountPoint.ParentId)),
            Namespace = Number(bag, nameof(MountPoint.Namespace)),
        };
    }

    private static string Text(PSObject bag, string property) =>
        Convert.ToString(bag.Properties[property]?.Value, CultureInfo.InvariantCulture) ?? string.Empty;

    private static long Number(PSObject bag, string property) =>
        long.Parse(Text(bag, property), CultureInfo.InvariantCulture);
}
