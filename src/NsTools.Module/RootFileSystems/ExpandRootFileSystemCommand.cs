using System.Collections.ObjectModel;
using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.RootFileSystems;

namespace NsTools.Module.RootFileSystems;

/// <summary>Expand-RootFileSystem: makes a root file system out of a tar archive.</summary>
[Cmdlet(VerbsData.Expand, "RootFileSystem", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(RootFileSystem))]
public sealed class ExpandRootFileSystemCommand : NsToolsCmdlet
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";

    /// <summary>The archive; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>The archive, exactly as it is named.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "FullName")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>The directory to make: none yet, or an empty one.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = "";

    /// <summary>How many bytes its files may have together.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long MaximumSize { get; set; }

    /// <summary>Leaves device nodes out.</summary>
    [Parameter]
    public SwitchParameter SkipDevice { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string given in ParameterSetName == PathSet ? Path : LiteralPath)
        {
            ForItem(given, () =>
            {
                foreach (string archive in Resolve(given))
                    ForItem(archive, () => Expand(archive));
            });
        }
    }

    private Collection<string> Resolve(string given)
    {
        if (ParameterSetName == LiteralPathSet || !WildcardPattern.ContainsWildcardCharacters(given))
            return [ToFileSystemPath(given)];
        try
        {
            return GetResolvedProviderPathFromPSPath(given, out _);
        }
        catch (ItemNotFoundException)
        {
            return [];
        }
    }

    private void Expand(string archive)
    {
        string destination = ToFileSystemPath(Destination);
        if (!ShouldProcess($"mkdir '{destination}' && tar -x --numeric-owner --xattrs --xattrs-include='*' -f '{archive}' -C '{destination}'", destination, "Expand-RootFileSystem"))
            return;
        using var progress = new ExpansionProgressReporter(this, archive, destination);
        var options = new ExpansionOptions
        {
            MaximumSize = MyInvocation.BoundParameters.ContainsKey(nameof(MaximumSize)) ? MaximumSize : null,
            SkipsDevices = SkipDevice,
            Progress = progress.Report,
            Warning = WriteWarning,
        };
        WriteObject(RootFileSystemExpander.Expand(archive, destination, options, StopToken));
    }
}
