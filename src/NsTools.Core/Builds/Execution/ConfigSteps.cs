using NsTools.Builds.Parsing;
using NsTools.Images;
using NsTools.Interop.Processes;

namespace NsTools.Builds.Execution;

/// <summary>The instructions that change a configuration and no file.</summary>
/// <param name="variables">The build's variables.</param>
internal sealed class ConfigSteps(BuildVariables variables)
{
    /// <summary>Applies an instruction.</summary>
    /// <param name="state">The stage, which gets the change.</param>
    /// <param name="instruction">The instruction.</param>
    public void Apply(StageState state, DockerfileInstruction instruction)
    {
        ImageRunConfig config = state.Config;
        switch (instruction.Instruction)
        {
            case "ARG":
                Declare(state, instruction);
                break;
            case "ENV":
                // All values of one ENV see the variables from before it (Dockerfile reference, "Environment replacement").
                config = config with { Env = ConfigValues.WithVariables(config.Env, Pairs(state, instruction)) };
                break;
            case "LABEL":
                config = config with { Labels = ConfigValues.WithLabels(config.Labels, Pairs(state, instruction)) };
                break;
            case "MAINTAINER":
                state.Image = state.Image with { Author = instruction.Arguments[0] };
                break;
            case "CMD":
                config = config with { Cmd = Program(state, instruction) };
                state.HasCommand = true;
                break;
            case "ENTRYPOINT":
                // The base image's arguments were for the base image's program.
                config = config with { Entrypoint = Program(state, instruction), Cmd = state.HasCommand ? config.Cmd : null };
                break;
            case "SHELL":
                config = config with { Shell = [.. instruction.Arguments] };
                break;
            case "USER":
                config = config with { User = Expand(state, instruction.Arguments[0]) };
                break;
            case "WORKDIR":
                config = config with { WorkingDir = AbsolutePath(config, Expand(state, instruction.Arguments[0])) };
                state.PendingDirectories.Add((config.WorkingDir, config.User));
                break;
            case "STOPSIGNAL":
                string signal = Expand(state, instruction.Arguments[0]);
                if (SignalName.Parse(signal) is null)
                    throw BuildFailure.At(FailureKind.InvalidData, "SignalNotFound", instruction, $"'{signal}' is no signal.", "Name one of signal(7), such as SIGTERM.");
                config = config with { StopSignal = signal };
                break;
            case "EXPOSE":
                config = config with { ExposedPorts = ConfigValues.WithNames(config.ExposedPorts, instruction.Arguments.SelectMany(port => variables.ExpandWords(port, state.Variable)).Select(port => Port(instruction, port))) };
                break;
            case "VOLUME":
                config = config with { Volumes = ConfigValues.WithNames(config.Volumes, instruction.Arguments.Select(path => Expand(state, path))) };
                break;
            case "HEALTHCHECK":
                config = config with { Healthcheck = HealthCheck(instruction) };
                break;
            case "ONBUILD":
                config = config with { OnBuild = [.. config.OnBuild ?? [], TriggerText(instruction)] };
                break;
            default:
                throw new InvalidOperationException($"{instruction.Instruction} is no change of a configuration");
        }
        state.Config = config;
    }

    /// <summary>A path of an instruction below the working directory.</summary>
    /// <param name="config">Has that directory.</param>
    /// <param name="path">The path.</param>
    public static string AbsolutePath(ImageRunConfig config, string path) => Path.GetFullPath(path, config.WorkingDir is { Length: > 0 } directory ? directory : "/");

    private void Declare(StageState state, DockerfileInstruction instruction)
    {
        foreach (InstructionPair pair in InstructionPair.Of(instruction))
        {
            string? value = variables.ValueOf(pair, state.Variable);
            state.Arguments.RemoveAll(known => known.Key == pair.Name && value is not null);
            if (value is not null)
                state.Arguments.Add(KeyValuePair.Create(pair.Name, value));
        }
    }

    private List<(string Name, string? Value)> Pairs(StageState state, DockerfileInstruction instruction) =>
        [.. InstructionPair.Of(instruction).Select(pair => (Expand(state, pair.Name), (string?)Expand(state, pair.Value!)))];

    private string Expand(StageState state, string text) => variables.Expand(text, state.Variable);

    private static string[] Program(StageState state, DockerfileInstruction instruction) => instruction.IsExecForm || instruction.Arguments.Count == 0
        ? [.. instruction.Arguments]
        : [.. state.Shell, instruction.Arguments[0]];

    private static string Port(DockerfileInstruction instruction, string text) => ConfigValues.PortOf(text)
        ?? throw BuildFailure.At(FailureKind.InvalidData, "InvalidPort", instruction, $"'{text}' is no port.", "It is PORT, PORT/udp or PORT-PORT, from 0 to 65535.");

    private static ImageHealthCheck HealthCheck(DockerfileInstruction instruction)
    {
        if (instruction.Arguments[0] == "NONE")
            return new ImageHealthCheck { Test = ["NONE"] };
        return new ImageHealthCheck
        {
            Test = [instruction.IsExecForm ? "CMD" : "CMD-SHELL", .. instruction.Arguments.Skip(1)],
            Interval = Nanoseconds("interval"),
            Timeout = Nanoseconds("timeout"),
            StartPeriod = Nanoseconds("start-period"),
            StartInterval = Nanoseconds("start-interval"),
            Retries = instruction.GetFlag("retries") is { } retries ? int.Parse(retries, System.Globalization.CultureInfo.InvariantCulture) : null,
        };

        long? Nanoseconds(string flag) => instruction.GetFlag(flag) is { } text && GoDuration.TryParse(text, out TimeSpan span) ? span.Ticks * TimeSpan.NanosecondsPerTick : null;
    }

    private static string TriggerText(DockerfileInstruction instruction)
    {
        string text = instruction.Text["ONBUILD".Length..].TrimStart();
        return string.Join('\n', [text, .. instruction.Heredocs.Select(heredoc => heredoc.Content + heredoc.Name)]);
    }
}
