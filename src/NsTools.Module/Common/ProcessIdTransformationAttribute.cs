using System.Collections;
using System.Diagnostics;
using System.Management.Automation;

namespace NsTools.Module.Common;

/// <summary>Lets a process ID parameter take what <c>Get-Process</c> returns, too.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class ProcessIdTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        Unwrap(inputData) is IList list ? list.Cast<object?>().Select(ToId).ToArray() : ToId(inputData);

    private static object? ToId(object? value) => Unwrap(value) is Process process ? process.Id : value;

    private static object? Unwrap(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}
