using System.Management.Automation;

namespace NsTools.Module.Images;

/// <summary>Lets an <see cref="ImagePlatform"/> parameter take <c>os/arch[/variant]</c>.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class PlatformTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        try
        {
            return value is null or ImagePlatform ? value : ImagePlatform.Parse(inputData!.ToString()!);
        }
        catch (NsToolsException failure)
        {
            throw new ArgumentTransformationMetadataException($"{failure.Message} {failure.Remedy}", failure);
        }
    }
}
