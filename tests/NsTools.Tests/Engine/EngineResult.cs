using System.Management.Automation;

namespace NsTools.Tests.Engine;

/// <summary>What a script left on its streams.</summary>
/// <param name="Output">The objects that it wrote.</param>
/// <param name="Errors">Its error records, a terminating one last.</param>
/// <param name="Warnings">Its warnings.</param>
/// <param name="Verbose">Its verbose messages.</param>
/// <param name="LastExitCode"><c>$LASTEXITCODE</c> afterwards; null when no program has run.</param>
public sealed record EngineResult(
    IReadOnlyList<PSObject> Output,
    IReadOnlyList<ErrorRecord> Errors,
    IReadOnlyList<string> Warnings,
    IReadOnlyList<string> Verbose,
    int? LastExitCode)
{
    /// <summary>The objects that it wrote, each of this type.</summary>
    /// <typeparam name="T">The type that every one of them must have.</typeparam>
    public IReadOnlyList<T> As<T>() => [.. Output.Select(item => (T)item.BaseObject)];

    /// <summary>Throws when there was any error: for scripts that must succeed.</summary>
    public EngineResult EnsureSuccess() => Errors.Count == 0
        ? this
        : throw new InvalidOperationException(string.Join(Environment.NewLine, Errors.Select(error => $"{error} ({error.FullyQualifiedErrorId})")));
}
