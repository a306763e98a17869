using System.Management.Automation;
using NsTools.Containers;
using NsTools.Module.Common;

namespace NsTools.Module.Containers;

/// <summary>A cmdlet that does something with existing containers, each by itself.</summary>
public abstract class ContainerCmdlet : NsToolsCmdlet
{
    /// <summary>The containers: a Container, a name, an ID or the beginning of one; wildcards match names.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [Alias("Name", "Id")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ContainerTransformation]
    [ArgumentCompleter(typeof(ContainerCompleter))]
    public string[] Container { get; set; } = [];

    /// <summary>The store.</summary>
    private protected static ContainerStore Store => ContainerStore.Current;

    /// <summary>Does it.</summary>
    /// <param name="container">One container, as it is now.</param>
    private protected abstract void Process(Container container);

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string given in Container)
        {
            ForItem(given, () =>
            {
                foreach (Container container in Find(given))
                    ForItem(container, () => Process(container));
            });
        }
    }

    /// <summary>The containers that a text means.</summary>
    /// <param name="given">A name, an ID, the beginning of one, or a wildcard.</param>
    internal static IEnumerable<Container> Find(string given)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(given))
            return [Store.Get(given)];
        WildcardPattern pattern = WildcardPattern.Get(given, WildcardOptions.None);
        return Store.List().Where(container => pattern.IsMatch(container.Name));
    }
}
