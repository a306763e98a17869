using System.Globalization;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.Interop.Seccomp;

/// <summary>Compiles the system call filter of a config with libseccomp into the program that the kernel runs.</summary>
public static unsafe class SeccompFilter
{
    private const string Path = "$.linux.seccomp";

    /// <summary>Compiles it.</summary>
    /// <param name="seccomp">The filter, found right by <see cref="RuntimeSpecValidator"/>.</param>
    /// <param name="output">A descriptor that takes the program: <c>struct sock_filter</c>s, 8 bytes each.</param>
    /// <returns>A warning for the log, about system calls that this libseccomp does not know; null for none.</returns>
    /// <exception cref="RuntimeSpecException">libseccomp is not there, or cannot do what a member asks.</exception>
    /// <exception cref="SyscallException">The program could not be written.</exception>
    public static string? Compile(SeccompSpec seccomp, int output)
    {
        try
        {
            return CompileWithLibrary(seccomp, output);
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            throw new RuntimeSpecException(Path, $"it needs {SeccompLibrary.Name}, which cannot be loaded here");
        }
    }

    /// <summary>The version of libseccomp, such as <c>2.5.4</c>; null when it is not there.</summary>
    public static string? LibraryVersion()
    {
        try
        {
            uint* version = SeccompLibrary.Version();
            return version is null ? null : string.Create(CultureInfo.InvariantCulture, $"{version[0]}.{version[1]}.{version[2]}");
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    private static string? CompileWithLibrary(SeccompSpec seccomp, int output)
    {
        uint defaultAction = Action(seccomp.DefaultAction, seccomp.DefaultErrnoRet);
        nint context = SeccompLibrary.Initialize(defaultAction);
        if (context == 0)
            throw new RuntimeSpecException($"{Path}.defaultAction", $"libseccomp does not take '{seccomp.DefaultAction}'");
        try
        {
            AddArchitectures(context, seccomp.Architectures ?? []);
            // A library before 2.5 only has the list; it is slower, and filters the same.
            _ = SeccompLibrary.SetAttribute(context, SeccompLibrary.OptimizeAttribute, SeccompLibrary.OptimizeTree);
            var unknown = new SortedSet<string>(StringComparer.Ordinal);
            for (int i = 0; i < (seccomp.Syscalls?.Count ?? 0); i++)
                AddRule(context, seccomp.Syscalls![i], i, defaultAction, unknown);
            int result = SeccompLibrary.ExportBpf(context, output);
            if (result < 0)
                throw new SyscallException("write", -result, null, $"writing the filter of config {Path}");
            return unknown.Count == 0 ? null : $"config {Path}: libseccomp {LibraryVersion()} knows no {string.Join(", ", unknown)}; the rules about them are ignored.";
        }
        finally
        {
            SeccompLibrary.Release(context);
        }
    }

    private static void AddArchitectures(nint context, IReadOnlyList<string> architectures)
    {
        for (int i = 0; i < architectures.Count; i++)
        {
            // seccomp_arch_resolve_name(3) has them in lower case without the prefix.
            uint token = SeccompLibrary.ResolveArchitecture(architectures[i]["SCMP_ARCH_".Length..].ToLowerInvariant());
            int result = token == 0 ? -LibC.EINVAL : SeccompLibrary.AddArchitecture(context, token);
            // The native one is in it from the start.
            if (result < 0 && result != -LibC.EEXIST)
                throw new RuntimeSpecException(JsonPath.Item($"{Path}.architectures", i), $"libseccomp {LibraryVersion()} cannot filter {architectures[i]} here ({Errno.Name(-result)})");
        }
    }

    private static void AddRule(nint context, SeccompRule rule, int index, uint defaultAction, SortedSet<string> unknown)
    {
        uint action = Action(rule.Action, rule.ErrnoRet);
        // It says nothing new, and libseccomp refuses it (EACCES).
        if (action == defaultAction)
            return;
        SeccompLibrary.ArgumentComparison[] conditions = Conditions(rule.Args ?? [], out bool isAlternative);
        foreach (string name in rule.Names)
        {
            int number = SeccompLibrary.ResolveSyscall(name);
            if (number == SeccompLibrary.UnknownSyscall)
            {
                unknown.Add(name);
                continue;
            }
            fixed (SeccompLibrary.ArgumentComparison* all = conditions)
            {
                int step = isAlternative ? 1 : Math.Max(conditions.Length, 1);
                for (int i = 0; i < Math.Max(conditions.Length, 1); i += step)
                {
                    int result = SeccompLibrary.AddRule(context, action, number, (uint)Math.Min(step, conditions.Length), all + i);
                    if (result < 0)
                        throw new RuntimeSpecException(JsonPath.Item($"{Path}.syscalls", index), $"libseccomp refuses the rule for '{name}' ({Errno.Name(-result)})");
                }
            }
        }
    }

    // libseccomp takes one condition an argument in a rule. As runc and crun have it, several about the same argument make
    // as many rules, of which any may match.
    private static SeccompLibrary.ArgumentComparison[] Conditions(IReadOnlyList<SeccompArgument> arguments, out bool isAlternative)
    {
        var conditions = new SeccompLibrary.ArgumentComparison[arguments.Count];
        int seen = 0;
        isAlternative = false;
        for (int i = 0; i < conditions.Length; i++)
        {
            SeccompArgument argument = arguments[i];
            conditions[i] = new() { Argument = argument.Index, Comparison = SeccompName.ComparisonOf(argument.Op), First = argument.Value, Second = argument.ValueTwo };
            isAlternative |= (seen & (1 << (int)argument.Index)) != 0;
            seen |= 1 << (int)argument.Index;
        }
        return conditions;
    }

    private static uint Action(string name, uint? error)
    {
        uint action = SeccompName.ActionOf(name) ?? throw new RuntimeSpecException(Path, $"'{name}' is no action");
        return name is "SCMP_ACT_ERRNO" or "SCMP_ACT_TRACE" ? action | (error ?? (uint)LibC.EPERM) : action;
    }
}
