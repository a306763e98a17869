using System.Management.Automation;
using NsTools.Commands;
using NsTools.Module.Common;
using NsTools.RootFileSystems;

namespace NsTools.Module.RootFileSystems;

/// <summary>Enter-Chroot: a shell in another root, on this terminal.</summary>
[Cmdlet(VerbsCommon.Enter, "Chroot", SupportsShouldProcess = true)]
public sealed class EnterChrootCommand : TerminalCommandCmdlet
{
    /// <summary>The directory to become the root.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Root")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>Makes a user namespace in which the caller is root, which an ordinary user needs.</summary>
    [Parameter]
    public SwitchParameter MapRootUser { get; set; }

    /// <inheritdoc/>
    private protected override CommandPlace GetPlace() => new ChangedRoot(ToFileSystemPath(Path), MapRootUser);

    /// <inheritdoc/>
    private protected override object? GetTarget() => Path;
}
