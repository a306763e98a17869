using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.RootFileSystems;

namespace NsTools.Module.RootFileSystems;

/// <summary>Remove-RootFileSystem: removes root file systems, and nothing else.</summary>
[Cmdlet(VerbsCommon.Remove, "RootFileSystem", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
public sealed class RemoveRootFileSystemCommand : NsToolsCmdlet
{
    /// <summary>Directories; with wildcards only those that hold a root file system, and what was cut off.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [Alias("FullName", "PSPath")]
    public string[] Path { get; set; } = [];

    /// <summary>Also detaches what is mounted in it, and removes the root of a running namespace set.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string given in Path)
        {
            ForItem(given, () =>
            {
                bool isLiteral = !WildcardPattern.ContainsWildcardCharacters(given);
                foreach (string path in RootFileSystemPaths.Resolve(this, given, ToFileSystemPath))
                    ForItem(path, () => Remove(path, isLiteral));
            });
        }
    }

    private void Remove(string path, bool isLiteral)
    {
        if (!isLiteral && RootFileSystemCatalog.Find(path) is null)
            return;
        if (ShouldProcess($"rm -r --one-file-system '{path}'", path, "Remove-RootFileSystem"))
            RootFileSystemRemover.Remove(path, Force, StopToken);
    }
}
