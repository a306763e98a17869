using System.Globalization;

namespace NsTools.Builds.Execution;

/// <summary>What the history says of a step: in Docker's and Buildah's words, which <c>podman history</c> shows.</summary>
internal static class StepText
{
    private const string NoOperation = "/bin/sh -c #(nop) ";

    /// <summary>A change of the configuration.</summary>
    public static string Of(DockerfileInstruction instruction) => instruction.Instruction == "ARG"
        // Its value may be a secret, and is not the image's.
        ? $"{NoOperation}ARG {string.Join(' ', instruction.Arguments.Select(argument => argument.Split('=')[0]))}"
        : NoOperation + instruction.Instruction + instruction.Text[instruction.Instruction.Length..];

    /// <summary>A RUN.</summary>
    public static string OfRun(DockerfileInstruction instruction, IReadOnlyList<string> shell, KeyValuePair<string, string>[] arguments)
    {
        string command = instruction.IsExecForm ? string.Join(' ', instruction.Arguments) : $"{string.Join(' ', shell)} {string.Join('\n', [instruction.Arguments[0], .. instruction.Heredocs.Select(heredoc => heredoc.Content + heredoc.Name)])}";
        return arguments.Length == 0 ? command : string.Create(CultureInfo.InvariantCulture, $"|{arguments.Length} {string.Join(' ', arguments.Select(pair => $"{pair.Key}={pair.Value}"))} {command}");
    }

    /// <summary>A COPY or ADD.</summary>
    public static string OfCopy(DockerfileInstruction instruction, CopyPlan plan) => $"{NoOperation}{instruction.Instruction} {plan.Digest} in {instruction.Arguments[^1]} ";
}
