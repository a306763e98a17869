namespace NsTools.Builds.Execution;

/// <summary>Which stages a stage needs.</summary>
internal static class StageNeeds
{
    /// <summary>The numbers of the stages that it stands on or copies from.</summary>
    /// <param name="file">The Dockerfile.</param>
    /// <param name="stage">The stage.</param>
    /// <param name="variables">The variables of FROM.</param>
    public static IReadOnlyList<int> Of(Dockerfile file, DockerfileStage stage, BuildVariables variables)
    {
        IEnumerable<string?> names = stage.Instructions
            .SelectMany(instruction => instruction.Flags)
            .SelectMany(flag => flag.Name switch
            {
                "from" => [flag.Value],
                "mount" => flag.Value!.Split(',').Where(part => part.StartsWith("from=", StringComparison.Ordinal)).Select(part => (string?)part["from=".Length..]),
                _ => Array.Empty<string?>(),
            })
            .Prepend(variables.ExpandGlobal(stage.Base));
        return [.. names.Select(name => Find(file, name!, stage.Number)).OfType<DockerfileStage>().Select(needed => needed.Number).Distinct()];
    }

    /// <summary>The stage that a name or number means, at one or after it; null where it means none, or one before it.</summary>
    /// <param name="file">The Dockerfile.</param>
    /// <param name="name">The name or number.</param>
    /// <param name="number">The number of the stage that asks.</param>
    public static DockerfileStage? FindFrom(Dockerfile file, string name, int number) =>
        Find(file, name, number) is null && Find(file, name, file.Stages.Count) is { } found ? found : null;

    /// <summary>The stage before one that a name or number means; null where it means none.</summary>
    /// <param name="file">The Dockerfile.</param>
    /// <param name="name">The name or number.</param>
    /// <param name="before">The number of the stage that asks.</param>
    public static DockerfileStage? Find(Dockerfile file, string name, int before) =>
        file.Stages.LastOrDefault(stage => stage.Number < before && name.Equals(stage.Name, StringComparison.OrdinalIgnoreCase))
        ?? (int.TryParse(name, out int number) && number >= 0 && number < before ? file.Stages[number] : null);
}
