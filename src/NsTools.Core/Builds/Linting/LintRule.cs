namespace NsTools.Builds.Linting;

/// <summary>A rule, and how what it objects to is found.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Find">Finds it.</param>
internal sealed record LintRule(DockerfileRule Rule, Func<LintSubject, IEnumerable<LintHit>> Find)
{
    /// <summary>A rule whose findings make an image other than expected.</summary>
    public static LintRule Warning(string name, string description, Func<LintSubject, IEnumerable<LintHit>> find) => Of(name, DockerfileSeverity.Warning, description, find);

    /// <summary>A rule of style.</summary>
    public static LintRule Style(string name, string description, Func<LintSubject, IEnumerable<LintHit>> find) => Of(name, DockerfileSeverity.Information, description, find);

    /// <summary>A rule without which nothing can be built.</summary>
    public static LintRule Error(string name, string description, Func<LintSubject, IEnumerable<LintHit>> find) => Of(name, DockerfileSeverity.Error, description, find);

    private static LintRule Of(string name, DockerfileSeverity severity, string description, Func<LintSubject, IEnumerable<LintHit>> find) =>
        new(new DockerfileRule { Name = name, Severity = severity, Description = description }, find);
}
