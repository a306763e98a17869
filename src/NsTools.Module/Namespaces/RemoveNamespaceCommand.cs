using System.Management.Automation;
using NsTools.Module.Common;
using NsTools.Namespaces;

namespace NsTools.Module.Namespaces;

/// <summary>Remove-Namespace: ends namespace sets and takes away what was made for them.</summary>
[Cmdlet(VerbsCommon.Remove, "Namespace", SupportsShouldProcess = true, DefaultParameterSetName = NameSet)]
public sealed class RemoveNamespaceCommand : NsToolsCmdlet
{
    private const string NameSet = "Name";
    private const string InputObjectSet = "InputObject";

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
                ForItem(set, () => Remove(set.Name, isLiteral: false));
            return;
        }
        foreach (string name in Name)
        {
            if (!WildcardPattern.ContainsWildcardCharacters(name))
            {
                ForItem(name, () => Remove(name, isLiteral: true));
                continue;
            }
            WildcardPattern pattern = WildcardPattern.Get(name, WildcardOptions.None);
            foreach (string match in NamespaceStore.Current.Names().Where(pattern.IsMatch))
                ForItem(match, () => Remove(match, isLiteral: false));
        }
    }

    private void Remove(string name, bool isLiteral)
    {
        NamespaceStore store = NamespaceStore.Current;
        NamespaceRemover remover = new(store);
        if (isLiteral && !store.Names().Contains(name))
            throw NamespaceStore.NotFound(name);
        if (!ShouldProcess(name, remover.Describe(name)))
            return;
        IReadOnlyList<int>? remaining = remover.Remove(name, Force, StopToken);
        if (remaining is { Count: > 0 })
        {
            WriteWarning(
                $"Namespaces of '{name}' live on, unnamed, with the processes that are in them: {string.Join(", ", remaining)}. " +
                "Remove-Namespace -Force ends those, too.");
        }
    }
}
