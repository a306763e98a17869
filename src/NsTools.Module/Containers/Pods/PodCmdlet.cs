using System.Management.Automation;
using NsTools.Containers.Pods;
using NsTools.Module.Common;

namespace NsTools.Module.Containers.Pods;

/// <summary>A cmdlet that does something with existing pods, each by itself.</summary>
public abstract class PodCmdlet : NsToolsCmdlet
{
    /// <summary>The pods: a Pod or a name; wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [Alias("Pod")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [PodTransformation]
    [ArgumentCompleter(typeof(PodCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>The store.</summary>
    private protected static PodStore Store => PodStore.Current;

    /// <summary>Does it.</summary>
    private protected abstract void Process(Pod pod);

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string given in Name)
        {
            ForItem(given, () =>
            {
                foreach (Pod pod in Find(given))
                    ForItem(pod, () => Process(pod));
            });
        }
    }

    /// <summary>The pods that a text means.</summary>
    internal static IEnumerable<Pod> Find(string given)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(given))
            return [Store.Get(given)];
        WildcardPattern pattern = WildcardPattern.Get(given, WildcardOptions.None);
        return Store.List().Where(pod => pattern.IsMatch(pod.Name));
    }
}
