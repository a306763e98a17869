using System.Runtime.InteropServices;
using NsTools.Interop.Syscalls;
using NsTools.Runtime.Commands.Options;

namespace NsTools.Runtime.Commands;

/// <summary>
/// POSIX extended regular expressions of the C library (<c>regex(3)</c>), as crun takes them. .NET's own would add
/// megabytes to an executable that is copied into memory at each start.
/// </summary>
internal sealed unsafe partial class RegularExpression : IDisposable
{
    // regex.h of glibc and musl.
    private const int Extended = 1;
    private const int NoSubexpressions = 8;

    // sizeof(regex_t) is 64 in both; more does no harm.
    private const int OpaqueLength = 256;

    private readonly void* _compiled = NativeMemory.AllocZeroed(OpaqueLength);
    private readonly bool _isCompiled;

    /// <summary>Compiles it.</summary>
    /// <param name="pattern">The expression.</param>
    /// <exception cref="UsageException">It is none.</exception>
    public RegularExpression(string pattern)
    {
        int error;
        fixed (byte* text = PathBytes.Of(pattern))
            error = regcomp(_compiled, text, Extended | NoSubexpressions);
        _isCompiled = error == 0;
        if (_isCompiled)
            return;
        byte* message = stackalloc byte[OpaqueLength];
        _ = regerror(error, _compiled, message, OpaqueLength);
        Dispose();
        throw new UsageException($"'{pattern}' is no regular expression: {Marshal.PtrToStringUTF8((nint)message)}");
    }

    /// <summary>True when some part of the text matches.</summary>
    /// <param name="text">The text.</param>
    public bool IsMatch(string text)
    {
        fixed (byte* bytes = PathBytes.Of(text))
            return regexec(_compiled, bytes, 0, null, 0) == 0;
    }

    public void Dispose()
    {
        if (_isCompiled)
            regfree(_compiled);
        NativeMemory.Free(_compiled);
    }

    [LibraryImport("libc.so.6")]
    private static partial int regcomp(void* compiled, byte* pattern, int flags);

    [LibraryImport("libc.so.6")]
    private static partial int regexec(void* compiled, byte* text, nuint count, void* matches, int flags);

    [LibraryImport("libc.so.6")]
    private static partial nuint regerror(int error, void* compiled, byte* message, nuint length);

    [LibraryImport("libc.so.6")]
    private static partial void regfree(void* compiled);
}
