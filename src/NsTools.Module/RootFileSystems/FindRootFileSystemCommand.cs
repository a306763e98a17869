using System.Management.Automation;
using System.Runtime.InteropServices;
using NsTools.Module.Common;
using NsTools.RootFileSystems.Downloads;

namespace NsTools.Module.RootFileSystems;

/// <summary>Find-RootFileSystem: tells what root file systems a distribution's mirror offers.</summary>
[Cmdlet(VerbsCommon.Find, "RootFileSystem")]
[OutputType(typeof(RootFileSystemSource))]
public sealed class FindRootFileSystemCommand : NsToolsCmdlet
{
    /// <summary>The distribution.</summary>
    [Parameter(Position = 0)]
    [ValidateSet("Alpine")]
    public string Distribution { get; set; } = "Alpine";

    /// <summary>Which of its file systems; wildcards are allowed.</summary>
    [Parameter(Position = 1)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(AlpineFlavorCompleter))]
    public string[] Flavor { get; set; } = ["alpine-minirootfs"];

    /// <summary>Machine that it is to be for, as <c>uname -m</c> names it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(AlpineArchitectureCompleter))]
    public string[] Architecture { get; set; } = [ThisMachine];

    /// <summary>A release's directory on the mirror.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(AlpineReleaseCompleter))]
    public string Release { get; set; } = AlpineMirror.DefaultRelease;

    /// <summary>Address of the mirror.</summary>
    [Parameter]
    [ValidateNotNull]
    public Uri Mirror { get; set; } = new(AlpineMirror.DefaultMirror);

    private static string ThisMachine => RuntimeInformation.OSArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "x86_64",
        System.Runtime.InteropServices.Architecture.Arm64 => "aarch64",
        System.Runtime.InteropServices.Architecture other => other.ToString().ToLowerInvariant(),
    };

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string architecture in Architecture)
            ForItem(architecture, () => Find(architecture));
    }

    private void Find(string architecture)
    {
        Uri mirror = WebAddress.Check(Mirror);
        IReadOnlyList<RootFileSystemSource> sources = new AlpineMirror().Read(mirror, Release, architecture, StopToken);
        foreach (string flavor in Flavor)
        {
            var pattern = new WildcardPattern(flavor, WildcardOptions.IgnoreCase);
            List<RootFileSystemSource> found = [.. sources.Where(s => pattern.IsMatch(s.Flavor))];
            if (found.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(flavor))
            {
                WriteError(Failure.ToErrorRecord(
                    new NsToolsException(
                        FailureKind.NotFound,
                        "FlavorNotFound",
                        $"{mirror} has no '{flavor}' for {architecture} in {Release}.",
                        $"It has: {string.Join(", ", sources.Select(s => s.Flavor).Distinct())}."),
                    flavor));
            }
            WriteObject(found, enumerateCollection: true);
        }
    }
}
