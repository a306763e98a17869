using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace NsTools.Module.RootFileSystems;

/// <summary>Completes an argument that is mostly, but not only, one of a few words.</summary>
/// <param name="words">The words.</param>
public abstract class FixedListCompleter(params string[] words) : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        words
            .Where(word => word.StartsWith(wordToComplete.Trim('\'', '"'), StringComparison.OrdinalIgnoreCase))
            .Select(word => new CompletionResult(word));
}

/// <summary>Completes machines that Alpine Linux is made for, as <c>uname -m</c> names them.</summary>
public sealed class AlpineArchitectureCompleter() : FixedListCompleter(
    "aarch64", "armv6l", "armv7l", "i686", "loongarch64", "ppc64le", "riscv64", "s390x", "x86_64");

/// <summary>Completes Alpine Linux's releases that have no number.</summary>
public sealed class AlpineReleaseCompleter() : FixedListCompleter("latest-stable", "edge");

/// <summary>Completes Alpine Linux's root file systems.</summary>
public sealed class AlpineFlavorCompleter() : FixedListCompleter("alpine-minirootfs", "alpine-netboot", "alpine-uboot", "alpine-rpi");
