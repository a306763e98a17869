using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using NsTools.Runtime.Commands.Options;
using NsTools.Runtime.Lifecycle.State;

namespace NsTools.Runtime.Commands;

/// <summary><c>--regex</c>: doing something to every container whose ID matches.</summary>
internal static class ContainerPattern
{
    /// <summary>Does it to each; what fails is told, and the others follow all the same.</summary>
    /// <returns>The exit code: 1 when one has failed.</returns>
    /// <exception cref="UsageException">It is no regular expression.</exception>
    public static int ForEach(ContainerStore store, string pattern, Action<Container> action)
    {
        int code = 0;
        foreach (Container container in Matching(store, pattern))
        {
            try
            {
                action(container);
            }
            catch (Exception exception) when (exception is ContainerException or SyscallException or RuntimeSpecException or IOException)
            {
                code = RuntimeLog.Error(exception.Message);
            }
        }
        return code;
    }

    private static List<Container> Matching(ContainerStore store, string pattern)
    {
        using var expression = new RegularExpression(pattern);
        return [.. store.All().Where(container => expression.IsMatch(container.Id))];
    }
}
