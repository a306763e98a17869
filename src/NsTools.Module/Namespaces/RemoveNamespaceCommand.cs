using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.Namespaces;

namespace NsTools.Module.Namespaces;

/// <summary>
/// Remove-Namespace: ends namespace sets and takes away what was made for them. They are collected first: many are removed
/// about as fast as one.
/// </summary>
[Cmdlet(VerbsCommon.Remove, "Namespace", SupportsShouldProcess = true, DefaultParameterSetName = NameSet)]
public sealed class RemoveNamespaceCommand : NsToolsCmdlet
{
    private const string NameSet = "Name";
    private const string InputObjectSet = "InputObject";
    private readonly List<string> _names = [];

    /// <summary>Names of namespace sets; wildcards.</summary>
    [Parameter(ParameterSetName = NameSet, Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(NamespaceSetNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>The namespace sets.</summary>
    [Parameter(ParameterSetName = InputObjectSet, Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    public NamespaceSet[] InputObject { get; set; } = [];

    /// <summary>Ends, too, the processes outside the set's own PID namespace that are in one of its namespaces.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == InputObjectSet)
        {
            foreach (NamespaceSet set in InputObject)
                ForItem(set, () => Collect(set.Name, isLiteral: false));
            return;
        }
        foreach (string name in Name)
        {
            if (!WildcardPattern.ContainsWildcardCharacters(name))
            {
                ForItem(name, () => Collect(name, isLiteral: true));
                continue;
            }
            WildcardPattern pattern = WildcardPattern.Get(name, WildcardOptions.None);
            foreach (string match in NamespaceStore.Current.Names().Where(pattern.IsMatch))
                ForItem(match, () => Collect(match, isLiteral: false));
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => ForItem(null, () =>
    {
        foreach (NamespaceRemovalResult result in new NamespaceRemover(NamespaceStore.Current).Remove(_names, Force, StopToken))
        {
            if (result.Failure is { } failure)
            {
                WriteError(Failure.ToErrorRecord(failure, result.Name));
            }
            else if (result.RemainingProcesses is { Count: > 0 } remaining)
            {
                WriteWarning(
                    $"Namespaces of '{result.Name}' live on, unnamed, with the processes that are in them: {string.Join(", ", remaining)}. " +
                    "Remove-Namespace -Force ends those, too.");
            }
        }
    });

    private void Collect(string name, bool isLiteral)
    {
        NamespaceStore store = NamespaceStore.Current;
        if (isLiteral && !store.Exists(name))
            throw NamespaceStore.NotFound(name);
        if (ShouldProcess(name, new NamespaceRemover(store).Describe(name)))
            _names.Add(name);
    }
}
