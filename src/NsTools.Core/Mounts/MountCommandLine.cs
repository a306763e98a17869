using NsTools.Namespaces;

namespace NsTools.Mounts;

/// <summary>The commands of util-linux that do what a request asks for, for <c>-WhatIf</c> and <c>-Verbose</c>.</summary>
public static class MountCommandLine
{
    /// <summary>The <c>mount(8)</c> command of a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="createsTarget">Whether the target is made.</param>
    public static string For(MountRequest request, bool createsTarget)
    {
        List<string> words = ["mount"];
        if (createsTarget)
            words.Add("--mkdir");
        if (request.Type is null)
            words.Add(request.IsRecursive ? "--rbind" : "--bind");
        else
            words.AddRange(["-t", request.Type]);
        if (request.Propagation is { } propagation)
            words.AddRange(PropagationWords(propagation, request.IsRecursive));
        List<string> options = [.. request.Options, .. request.Overlay?.ToOptions() ?? []];
        if (request.IsReadOnly)
            options.Insert(0, request.IsRecursive ? "ro=recursive" : "ro");
        if (options.Count > 0)
            words.AddRange(["-o", string.Join(',', options)]);
        words.Add(request.Source ?? request.Type!);
        words.Add(request.TargetName);
        return InNamespace(request.Namespace, words);
    }

    /// <summary>The <c>umount(8)</c> command of a request.</summary>
    /// <param name="request">The request.</param>
    public static string For(DismountRequest request)
    {
        List<string> words = ["umount"];
        if (request.IsRecursive)
            words.Add("--recursive");
        if (request.IsLazy)
            words.Add("--lazy");
        if (request.IsForced)
            words.Add("--force");
        words.Add(request.TargetName);
        return InNamespace(request.Namespace, words);
    }

    private static IEnumerable<string> PropagationWords(MountPropagation propagation, bool recursive)
    {
        string prefix = recursive ? "--make-r" : "--make-";
        return propagation == MountPropagation.SharedAndSlave
            ? [prefix + "slave", prefix + "shared"]
            : [prefix + propagation.ToString().ToLowerInvariant()];
    }

    private static string InNamespace(NamespaceReference? reference, List<string> words)
    {
        if (reference is not null)
        {
            using Interop.Processes.ProcDirectory? process = reference.OpenProcess();
            words.InsertRange(0, process is null
                ? ["nsenter", $"--mount={reference.DisplayName}"]
                : ["nsenter", "--mount", "--target", $"{process.ProcessId}"]);
        }
        return string.Join(' ', words.Select(Quote));
    }

    // As a POSIX shell would need it.
    private static string Quote(string word) =>
        word.Length > 0 && word.All(character => char.IsLetterOrDigit(character) || "-_./=,:+@%".Contains(character))
            ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
