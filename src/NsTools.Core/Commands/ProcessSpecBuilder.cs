using NsTools.Interop.Oci;

namespace NsTools.Commands;

/// <summary>Makes the process part of an OCI config from what was asked for and who it shall run as.</summary>
internal static class ProcessSpecBuilder
{
    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>The process.</summary>
    /// <param name="request">What was asked for.</param>
    /// <param name="account">Who it runs as.</param>
    /// <param name="keepsRoot">Whether it sees the caller's own root.</param>
    /// <exception cref="NsToolsException">The working directory is not absolute (<c>WorkingDirectoryNotAbsolute</c>), or a text has a NUL character (<c>InvalidArgumentText</c>).</exception>
    public static ProcessSpec Build(CommandRequest request, UserAccount account, bool keepsRoot)
    {
        if (request.WorkingDirectory is { } given && !given.StartsWith('/'))
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument,
                "WorkingDirectoryNotAbsolute",
                $"The working directory '{given}' is not absolute.",
                "It is a path inside the target's root, beginning with '/'.");
        }
        if (request.Arguments.Prepend(request.FilePath ?? "").Append(request.WorkingDirectory ?? "").FirstOrDefault(a => a.Contains('\0')) is { } broken)
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument,
                "InvalidArgumentText",
                $"'{broken.Replace("\0", "\\0")}' has a NUL character in it, which no program, argument or directory can have.",
                "Give such data by the pipeline, as bytes.");
        }
        return new ProcessSpec
        {
            Args = [request.FilePath ?? account.Shell, .. request.Arguments],
            Cwd = request.WorkingDirectory ?? (keepsRoot ? request.CallerDirectory : null) ?? "/",
            Env = EnvironmentOf(request, account),
            User = new UserSpec { Uid = account.UserId, Gid = account.GroupId, AdditionalGids = account.Groups },
        };
    }

    /// <summary>Like a container's: nothing of the caller's own environment leaks in but the terminal's kind.</summary>
    private static List<string> EnvironmentOf(CommandRequest request, UserAccount account)
    {
        Dictionary<string, string?> variables = new()
        {
            ["PATH"] = DefaultPath,
            ["HOME"] = account.Home,
            ["TERM"] = Environment.GetEnvironmentVariable("TERM"),
        };
        foreach ((string name, string? value) in request.Environment)
        {
            if (name.Length == 0 || name.Contains('=') || name.Contains('\0') || value?.Contains('\0') == true)
            {
                throw new NsToolsException(
                    FailureKind.InvalidArgument,
                    "InvalidEnvironmentVariable",
                    $"'{name}' cannot be an environment variable.",
                    "A name is not empty and has no '=' in it; neither name nor value has a NUL character.");
            }
            variables[name] = value;
        }
        return [.. variables.Where(v => v.Value is not null).Select(v => $"{v.Key}={v.Value}")];
    }
}
