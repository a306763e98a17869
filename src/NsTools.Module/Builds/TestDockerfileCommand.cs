using System.Management.Automation;
using NsTools.Builds.Linting;

namespace NsTools.Module.Builds;

/// <summary>Test-Dockerfile: what the rules find in Dockerfiles.</summary>
[Cmdlet(VerbsDiagnostic.Test, "Dockerfile", DefaultParameterSetName = PathSet)]
[OutputType(typeof(DockerfileFinding))]
public sealed class TestDockerfileCommand : DockerfileCmdlet
{
    /// <summary>The rules to hold the files against; all where it is not given.</summary>
    [Parameter]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(DockerfileRuleCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] IncludeRule { get; set; } = ["*"];

    /// <summary>The rules to leave out.</summary>
    [Parameter]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(DockerfileRuleCompleter))]
    public string[] ExcludeRule { get; set; } = [];

    /// <summary>Only findings that are at least as grave.</summary>
    [Parameter]
    public DockerfileSeverity Severity { get; set; }

    /// <summary>The directory that COPY and ADD copy from; the file's own where it is not given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Context { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        foreach (string name in IncludeRule.Concat(ExcludeRule).Where(name => !WildcardPattern.ContainsWildcardCharacters(name) && !Matches(DockerfileLinter.Rules.Select(rule => rule.Name), name)))
            ForItem(name, () => throw new NsToolsException(FailureKind.NotFound, "DockerfileRuleNotFound", $"There is no rule '{name}'.", "Its name completes with Tab; 'Get-Help Test-Dockerfile' lists the rules."));
    }

    /// <inheritdoc/>
    private protected override void Process(string text, string? path)
    {
        string? context = Context is not null ? ToFileSystemPath(Context) : System.IO.Path.GetDirectoryName(path);
        foreach (DockerfileFinding finding in DockerfileLinter.Check(text, path, context))
        {
            if (finding.Severity >= Severity && IncludeRule.Any(name => Matches([finding.Rule], name)) && !ExcludeRule.Any(name => Matches([finding.Rule], name)))
                WriteObject(finding);
        }
    }

    private static bool Matches(IEnumerable<string> names, string pattern)
    {
        WildcardPattern wildcard = WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase);
        return names.Any(wildcard.IsMatch);
    }
}
