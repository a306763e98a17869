using System.Text.RegularExpressions;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using NsTools.Runtime.Commands.Options;
using NsTools.Runtime.Lifecycle;
using NsTools.Runtime.Lifecycle.State;

namespace NsTools.Runtime.Commands;

/// <summary><c>--regex</c>: doing something to every container whose ID matches.</summary>
internal static class ContainerPattern
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(1);

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
        try
        {
            var expression = new Regex(pattern, RegexOptions.CultureInvariant, s_limit);
            return [.. store.All().Where(container => expression.IsMatch(container.Id))];
        }
        catch (ArgumentException exception)
        {
            throw new UsageException($"'{pattern}' is no regular expression: {exception.Message}");
        }
    }
}
