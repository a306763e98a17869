using System.Management.Automation;
using NsTools.Module.Common;

namespace NsTools.Module.Containers.Pods;

/// <summary>Get-Pod: the pods.</summary>
[Cmdlet(VerbsCommon.Get, "Pod")]
[OutputType(typeof(Pod))]
public sealed class GetPodCommand : NsToolsCmdlet
{
    /// <summary>Names; wildcards.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [PodTransformation]
    [ArgumentCompleter(typeof(PodCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string name in Name)
            ForItem(name, () => WriteObject(PodCmdlet.Find(name), enumerateCollection: true));
    }
}
