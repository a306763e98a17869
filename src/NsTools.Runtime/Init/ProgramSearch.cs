using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Init;

/// <summary>Where the program may be: its path, or its name in each folder of the config's <c>PATH</c> (<c>execvp(3)</c>).</summary>
internal sealed unsafe class ProgramSearch
{
    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private readonly string _program;
    private readonly string _searchPath;
    private readonly List<string> _candidates = [];

    public ProgramSearch(ProcessSpec process)
    {
        _program = process.Args[0];
        _searchPath = SearchPath(process);
        if (_program.Contains('/', StringComparison.Ordinal))
        {
            _candidates.Add(_program);
            return;
        }
        foreach (string folder in _searchPath.Split(':'))
            _candidates.Add(folder.Length == 0 ? $"./{_program}" : $"{folder}/{_program}");
    }

    /// <summary>The places, in order.</summary>
    public IReadOnlyList<string> Candidates => _candidates;

    /// <summary>Makes sure that one can be executed; found missing now, it fails <c>create</c>, where engines expect that.</summary>
    /// <exception cref="SyscallException">None can.</exception>
    public void RequireProgram()
    {
        int error = ENOENT;
        foreach (string candidate in _candidates)
        {
            fixed (byte* path = PathBytes.Of(candidate))
            {
                // By the effective user: the real one is the same here.
                if (access(path, X_OK) == 0)
                    return;
            }
            if (errno == EACCES)
                error = EACCES;
        }
        throw Failure(error);
    }

    /// <summary>The error of the last execve(2), explained.</summary>
    /// <param name="error">The error number.</param>
    public SyscallException Failure(int error) => new("execve", error, _program, Explain(error));

    private static string SearchPath(ProcessSpec process)
    {
        foreach (string variable in process.Env ?? [])
        {
            if (variable.StartsWith("PATH=", StringComparison.Ordinal))
                return variable["PATH=".Length..];
        }
        return DefaultPath;
    }

    private string? Explain(int error)
    {
        if (error == ENOEXEC)
            return "it is neither a program of this architecture nor a script that begins with #!";
        if (error != ENOENT)
            return null;
        if (_candidates.Count > 1)
            return $"it is in no directory of PATH, {_searchPath}";
        // execve(2): also when the file is there and its interpreter is not.
        fixed (byte* path = PathBytes.Of(_candidates[0]))
            return access(path, F_OK) == 0 ? "the file is there, its interpreter or loader is not" : null;
    }
}
