using System.Management.Automation;
using NsTools.Module.Common;

namespace NsTools.Module.Namespaces;

/// <summary>Get-Namespace.</summary>
[Cmdlet(VerbsCommon.Get, "Namespace")]
[OutputType(typeof(LinuxNamespace))]
public sealed class GetNamespaceCommand : NsToolsCmdlet
{
    /// <summary>Only these kinds.</summary>
    [Parameter]
    public NamespaceType Type { get; set; }
}
