namespace NsTools.Shell;

/// <summary>What <c>nstools</c> exits with where no script says otherwise: what pwsh exits with.</summary>
internal static class ExitCodes
{
    /// <summary>All went well.</summary>
    public const int Success = 0;

    /// <summary>A terminating error, or the last command failed.</summary>
    public const int Failure = 1;

    /// <summary>An option that does not exist, a script that is not there (<c>EX_USAGE</c> of sysexits.h).</summary>
    public const int Usage = 64;

    /// <summary>The engine or the module did not start (<c>EX_SOFTWARE</c>).</summary>
    public const int StartFailed = 70;
}
