using System.Management.Automation;
using System.Runtime.ExceptionServices;

namespace NsTools.Module.Containers;

/// <summary>
/// A cmdlet that does something with existing containers, several side by side: with each most of the time is waiting, for a
/// process to end or for the kernel to take something down.
/// </summary>
public abstract class ContainerBatchCmdlet : ContainerCmdlet
{
    private readonly List<Container> _containers = [];

    /// <summary>How many containers at the same time.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
    public int ThrottleLimit { get; set; } = 16;

    /// <summary>Asks whether it is to be done.</summary>
    /// <param name="container">One container, as it is now.</param>
    private protected abstract bool IsWanted(Container container);

    /// <summary>Does it, on a thread of its own: nothing may be written to the pipeline.</summary>
    /// <param name="container">The container.</param>
    private protected abstract void Work(Container container);

    /// <summary>What comes after it, on the pipeline's thread.</summary>
    /// <param name="container">The container, as it was before.</param>
    private protected virtual void Report(Container container)
    {
    }

    /// <summary>True for one that has to wait for the others: it is done after them, and by itself.</summary>
    /// <param name="container">The container.</param>
    private protected virtual bool IsLast(Container container) => false;

    /// <inheritdoc/>
    private protected sealed override void Process(Container container)
    {
        if (IsWanted(container))
            _containers.Add(container);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        Run([.. _containers.Where(container => !IsLast(container))], ThrottleLimit);
        Run([.. _containers.Where(IsLast)], 1);
    }

    // Reported in the order in which they came, each as soon as it is done.
    private void Run(Container[] containers, int limit)
    {
        using SideBySide<Container> work = new(containers, limit, Work);
        for (int i = 0; i < containers.Length; i++)
        {
            ForItem(containers[i], () =>
            {
                if (work.Await(i) is { } failure)
                    ExceptionDispatchInfo.Throw(failure);
                Report(containers[i]);
            });
        }
    }
}
