using NsTools.Interop.Seccomp;

namespace NsTools.Interop.Oci;

/// <summary>Checks a <see cref="SeccompSpec"/> (config-linux.md, "Seccomp").</summary>
internal static class SeccompSpecValidator
{
    // linux/err.h, MAX_ERRNO.
    private const uint LastError = 4095;
    private const uint LastArgument = 5;

    public static void Validate(string path, SeccompSpec seccomp)
    {
        if (seccomp.DefaultAction == "SCMP_ACT_NOTIFY")
            throw new RuntimeSpecException($"{path}.defaultAction", "SCMP_ACT_NOTIFY would ask the agent about every call, even those with which the agent is told");
        ValidateAction($"{path}.defaultAction", seccomp.DefaultAction, $"{path}.defaultErrnoRet", seccomp.DefaultErrnoRet);
        SpecCheck.AllOf($"{path}.architectures", seccomp.Architectures, SeccompName.Architectures);
        SpecCheck.AllOf($"{path}.flags", seccomp.Flags, SeccompName.Flags);
        SpecCheck.NoNul($"{path}.listenerPath", seccomp.ListenerPath);
        bool notifies = false;
        for (int i = 0; i < (seccomp.Syscalls?.Count ?? 0); i++)
        {
            SeccompRule rule = seccomp.Syscalls![i];
            ValidateRule(path, i, rule);
            notifies |= rule.Action == "SCMP_ACT_NOTIFY";
        }
        if (notifies && seccomp.ListenerPath is null)
            throw new RuntimeSpecException($"{path}.listenerPath", "it is missing, and SCMP_ACT_NOTIFY needs an agent that listens there");
        if (seccomp.ListenerMetadata is not null && seccomp.ListenerPath is null)
            throw new RuntimeSpecException($"{path}.listenerMetadata", "it is there without a listenerPath");
    }

    private static void ValidateRule(string path, int index, SeccompRule rule)
    {
        string Item() => JsonPath.Item($"{path}.syscalls", index);
        if (rule.Names.Count == 0)
            throw new RuntimeSpecException($"{Item()}.names", "it is empty");
        foreach (string name in rule.Names)
        {
            if (name.Length == 0 || name.Contains('\0', StringComparison.Ordinal))
                throw new RuntimeSpecException($"{Item()}.names", "it has a name that is empty or contains a NUL character");
        }
        if (SeccompName.ActionOf(rule.Action) is null || rule.ErrnoRet is not null)
            ValidateAction($"{Item()}.action", rule.Action, $"{Item()}.errnoRet", rule.ErrnoRet);
        if (rule.Action == "SCMP_ACT_NOTIFY" && rule.Names.Contains("write"))
        {
            // As in runc: the descriptor is sent, and the wait for the agent ends, by calls that may not wait for it.
            throw new RuntimeSpecException($"{Item()}.action", "SCMP_ACT_NOTIFY cannot be used for write");
        }
        for (int i = 0; i < (rule.Args?.Count ?? 0); i++)
        {
            SeccompArgument argument = rule.Args![i];
            string item = JsonPath.Item($"{Item()}.args", i);
            SpecCheck.Range($"{item}.index", argument.Index, 0, LastArgument);
            SpecCheck.OneOf($"{item}.op", argument.Op, SeccompName.Comparisons);
        }
    }

    private static void ValidateAction(string path, string action, string errorPath, uint? error)
    {
        SpecCheck.OneOf(path, action, SeccompName.Actions);
        if (error is null)
            return;
        if (action == "SCMP_ACT_ERRNO")
            SpecCheck.Range(errorPath, error.Value, 0, LastError);
        else if (action == "SCMP_ACT_TRACE")
            SpecCheck.Range(errorPath, error.Value, 0, ushort.MaxValue);
        else if (error != 0)
            throw new RuntimeSpecException(errorPath, $"{action} has no error to return");
    }
}
