using NsTools.Builds.Execution;
using NsTools.Builds.Parsing;

namespace NsTools.Builds;

/// <summary>
/// Instructions of a Dockerfile that change an image's configuration and nothing else, as <c>podman commit --change</c> takes
/// them: <c>CMD ["nginx"]</c>, <c>ENV COLOR=blue</c>.
/// </summary>
public static class ConfigInstruction
{
    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "ONBUILD", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"];

    /// <summary>The configuration with the changes of instructions.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="instructions">The instructions, in their order.</param>
    /// <exception cref="NsToolsException">One is none of these (<c>InvalidInstruction</c>).</exception>
    public static ImageRunConfig Apply(ImageRunConfig config, IEnumerable<string> instructions)
    {
        StageState state = new() { Image = new ImageConfig { Config = config }, Layers = [], Directories = [], Key = "" };
        foreach (string text in instructions)
        {
            (DockerfileInstruction instruction, Dockerfile file) = Read(text);
            try
            {
                new ConfigSteps(new BuildVariables(new BuildRequest { File = file, Context = "/" }, ImagePlatform.Host)).Apply(state, instruction);
            }
            catch (SyntaxException failure)
            {
                throw Invalid(text, failure.Message + ".");
            }
            catch (NsToolsException failure)
            {
                // Without the line, which is of no file.
                throw Invalid(text, failure.Message[(failure.Message.IndexOf(": ", StringComparison.Ordinal) + 2)..]);
            }
        }
        return state.Config;
    }

    private static (DockerfileInstruction Instruction, Dockerfile File) Read(string text)
    {
        DockerfileParse parse = DockerfileParser.Parse($"FROM scratch\n{text}", null);
        if (parse.Errors is [var error, ..])
            throw Invalid(text, error.Message + ".");
        if (parse.File.Instructions is not [_, var instruction] || !Names.Contains(instruction.Instruction))
            throw Invalid(text, "It is none that changes a configuration.");
        if (instruction.Arguments.Count == 0)
            throw Invalid(text, "It has no argument.");
        // A Dockerfile's would be for the shell then, which nobody means here.
        if (!instruction.IsExecForm && instruction.Instruction is "CMD" or "ENTRYPOINT" or "VOLUME" && instruction.Arguments[0].StartsWith('['))
            throw Invalid(text, "It begins as a JSON array and is none.");
        return (instruction, parse.File);
    }

    private static NsToolsException Invalid(string instruction, string problem) => new(
        FailureKind.InvalidArgument, "InvalidInstruction", $"'{Images.DisplayText.Of(instruction)}' cannot be applied to an image: {problem}", $"There are {string.Join(", ", Names)}, written as in a Dockerfile.");
}
