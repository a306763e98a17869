using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.RootFileSystems;

namespace NsTools.Module.RootFileSystems;

/// <summary>New-RootFileSystem: makes a root file system out of what is at hand.</summary>
[Cmdlet(VerbsCommon.New, "RootFileSystem", SupportsShouldProcess = true)]
[OutputType(typeof(RootFileSystem))]
public sealed class NewRootFileSystemCommand : NsToolsCmdlet
{
    /// <summary>The directory to make: none yet, or an empty one.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>Makes a writable overlay over the host's own root.</summary>
    [Parameter(Mandatory = true)]
    public SwitchParameter FromHost { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string given in Path)
            ForItem(given, () => Create(ToFileSystemPath(given)));
    }

    private void Create(string path)
    {
        string layers = System.IO.Path.Join(System.IO.Path.GetDirectoryName(path), $".{System.IO.Path.GetFileName(path)}.layers");
        string command = $"mount -t overlay overlay -o lowerdir=/,upperdir='{layers}/upper',workdir='{layers}/work' '{path}'";
        if (ShouldProcess(command, path, "New-RootFileSystem"))
            WriteObject(HostRootFileSystem.Create(path));
    }
}
