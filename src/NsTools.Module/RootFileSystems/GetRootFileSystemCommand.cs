using System.Management.Automation;
using NsTools.Interop.Syscalls;
using NsTools.Module.Common;
using NsTools.RootFileSystems;

namespace NsTools.Module.RootFileSystems;

/// <summary>Get-RootFileSystem: tells what root file systems are in directories.</summary>
[Cmdlet(VerbsCommon.Get, "RootFileSystem")]
[OutputType(typeof(RootFileSystem))]
public sealed class GetRootFileSystemCommand : NsToolsCmdlet
{
    /// <summary>Directories; with wildcards only those that hold a root file system, and what was cut off.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [Alias("FullName", "PSPath")]
    public string[] Path { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string given in Path)
        {
            ForItem(given, () =>
            {
                foreach (string path in RootFileSystemPaths.Resolve(this, given, ToFileSystemPath))
                    WriteOne(path, isLiteral: !WildcardPattern.ContainsWildcardCharacters(given));
            });
        }
    }

    private void WriteOne(string path, bool isLiteral)
    {
        ForItem(path, () =>
        {
            if (isLiteral)
                WriteObject(RootFileSystemCatalog.Get(path));
            else if (TryFind(path) is { } found)
                WriteObject(found);
        });
    }

    // Among what a wildcard matches, what the user may not look into is nothing that was asked for.
    private static RootFileSystem? TryFind(string path)
    {
        try
        {
            return RootFileSystemCatalog.Find(path);
        }
        catch (SyscallException exception) when (exception.Name == "EACCES")
        {
            return null;
        }
    }
}
