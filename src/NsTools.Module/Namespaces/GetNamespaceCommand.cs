using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.Namespaces;

namespace NsTools.Module.Namespaces;

/// <summary>
/// Get-Namespace: all namespaces that can be seen, those of processes or of a namespace set, or the sets of a name.
/// </summary>
[Cmdlet(VerbsCommon.Get, "Namespace", DefaultParameterSetName = AllSet)]
[OutputType(typeof(LinuxNamespace), ParameterSetName = [AllSet, ProcessSet, InputObjectSet])]
[OutputType(typeof(NamespaceSet), typeof(LinuxNamespace), ParameterSetName = [NameSet])]
public sealed class GetNamespaceCommand : NsToolsCmdlet
{
    private const string AllSet = "All";
    private const string ProcessSet = "Process";
    private const string NameSet = "Name";
    private const string InputObjectSet = "InputObject";

    private readonly NamespaceSnapshot _snapshot = new();

    /// <summary>Names of namespace sets or, where no set has the name, of network namespaces under /run/netns; wildcards.</summary>
    [Parameter(ParameterSetName = NameSet, Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(NamespaceNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>The processes whose namespaces are wanted.</summary>
    [Parameter(ParameterSetName = ProcessSet, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Id", "PID")]
    [ProcessIdTransformation]
    [ArgumentCompleter(typeof(ProcessIdCompleter))]
    public int[] ProcessId { get; set; } = [];

    /// <summary>A namespace set whose own namespaces are wanted.</summary>
    [Parameter(ParameterSetName = InputObjectSet, Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    public NamespaceSet InputObject { get; set; } = null!;

    /// <summary>Only these kinds.</summary>
    [Parameter(ParameterSetName = AllSet)]
    [Parameter(ParameterSetName = ProcessSet)]
    [Parameter(ParameterSetName = InputObjectSet)]
    public NamespaceType[] Type { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        switch (ParameterSetName)
        {
            case NameSet:
                foreach (string name in Name)
                    ForItem(name, () => WriteObject(NamespaceLookup.Find(name, WildcardPattern.ContainsWildcardCharacters(name), Matcher(name)), true));
                break;
            case ProcessSet:
                foreach (int processId in ProcessId)
                    ForItem(processId, () => WriteObject(_snapshot.OfProcess(processId, Type, StopToken), true));
                break;
            case InputObjectSet:
                ForItem(InputObject, () => WriteObject(_snapshot.OfSet(InputObject, Type, StopToken), true));
                break;
            default:
                ForItem(null, () => WriteObject(NamespaceScanner.Scan(Type, StopToken), true));
                break;
        }
    }

    private static Func<string, bool> Matcher(string pattern) => WildcardPattern.Get(pattern, WildcardOptions.None).IsMatch;
}
