using NsTools.Builds.Parsing;

namespace NsTools.Builds.Execution;

/// <summary>Failures of a build, which name the line of the Dockerfile.</summary>
internal static class BuildFailure
{
    /// <summary>A failure of an instruction.</summary>
    /// <param name="kind">The sort.</param>
    /// <param name="id">Its stable identifier.</param>
    /// <param name="instruction">The instruction.</param>
    /// <param name="message">What failed.</param>
    /// <param name="remedy">What to do about it.</param>
    /// <param name="cause">The cause.</param>
    public static NsToolsException At(FailureKind kind, string id, DockerfileInstruction instruction, string message, string? remedy = null, Exception? cause = null) =>
        new(kind, id, $"{instruction.Path ?? "Dockerfile"}, line {instruction.StartLine}: {message}", remedy, cause);

    /// <summary>A variable or quote of an instruction that is not as it must be, once its variables are known.</summary>
    public static NsToolsException At(DockerfileInstruction instruction, SyntaxException failure) =>
        At(FailureKind.InvalidData, "DockerfileSyntaxError", instruction, $"{instruction.Instruction}: {failure.Message}.", failure.Remedy, failure);

    /// <summary>Runs an instruction's work; what fails there names its line.</summary>
    /// <param name="instruction">The instruction.</param>
    /// <param name="work">The work.</param>
    public static async Task<T> GuardAsync<T>(DockerfileInstruction instruction, Func<Task<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (SyntaxException failure)
        {
            throw At(instruction, failure);
        }
        catch (NsToolsException failure) when (!failure.Message.Contains($", line {instruction.StartLine}: ", StringComparison.Ordinal))
        {
            throw At(failure.Kind, failure.ErrorId, instruction, $"{instruction.Instruction}: {failure.Message}", failure.Remedy, failure);
        }
        catch (Interop.Syscalls.SyscallException failure)
        {
            throw At(FailureKind.InvalidState, $"{failure.Name},{failure.Syscall}", instruction, $"{instruction.Instruction}: {failure.Message}", null, failure);
        }
    }
}
