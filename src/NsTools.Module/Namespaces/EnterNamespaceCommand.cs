using System.Management.Automation;
using NsTools.Commands;
using NsTools.Module.Common;
using NsTools.Namespaces;

namespace NsTools.Module.Namespaces;

/// <summary>Enter-Namespace: a shell in existing namespaces, on this terminal.</summary>
[Cmdlet(VerbsCommon.Enter, "Namespace", SupportsShouldProcess = true)]
public sealed class EnterNamespaceCommand : TerminalCommandCmdlet
{
    /// <summary>What to enter: a NamespaceSet, a LinuxNamespace, a process or its ID, a name, a path.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [NamespaceTransformation]
    [ArgumentCompleter(typeof(ProcessNamespaceCompleter))]
    public NamespaceReference Namespace { get; set; } = null!;

    /// <summary>The kinds to enter.</summary>
    [Parameter]
    public NamespaceType[] Type { get; set; } = [];

    /// <summary>Another root.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Root { get; set; }

    /// <inheritdoc/>
    private protected override CommandPlace GetPlace() => NamespacePlace.Of(this, Namespace, Type, Root);

    /// <inheritdoc/>
    private protected override object? GetTarget() => Namespace.DisplayName;
}
