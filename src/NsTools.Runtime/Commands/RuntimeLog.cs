using System.Globalization;
using System.Text;
using System.Text.Json;
using NsTools.Runtime.Commands.Options;

namespace NsTools.Runtime.Commands;

/// <summary>
/// Errors and warnings, one line each: on standard error, and in the file of <c>--log</c> in the form that engines read
/// (podman and containerd look for <c>level</c>, <c>msg</c> and <c>time</c>, as runc's logrus writes them).
/// </summary>
internal static class RuntimeLog
{
    private static string? s_file;
    private static bool s_isJson;
    private static bool s_isVerbose;

    /// <summary>Takes over <c>--log</c>, <c>--log-format</c>, <c>--debug</c>.</summary>
    /// <exception cref="UsageException">The format is unknown, or the file cannot be written.</exception>
    public static void Configure(Arguments arguments)
    {
        s_isVerbose = arguments.Has("debug");
        s_isJson = arguments["log-format"] switch
        {
            null or "text" => false,
            "json" => true,
            string other => throw new UsageException($"option '--log-format' is text or json, not '{other}'"),
        };
        // Checked at once: an error that could not be written would say nothing.
        if (arguments.FilePath("log") is { } file)
        {
            try
            {
                File.OpenHandle(file, FileMode.Append, FileAccess.Write, FileShare.ReadWrite).Dispose();
                s_file = file;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new UsageException($"option '--log': {exception.Message}");
            }
        }
    }

    /// <summary>Writes an error.</summary>
    /// <returns>The exit code.</returns>
    public static int Error(string message)
    {
        message = message.ReplaceLineEndings(" ");
        // The file first: who reads both streams of "run" then knows a message of ours from one of the program's.
        Append("error", message);
        StandardStream.WriteError($"nsrun: {message}\n");
        return 1;
    }

    /// <summary>Writes a warning.</summary>
    public static void Warning(string message)
    {
        message = message.ReplaceLineEndings(" ");
        StandardStream.WriteError($"nsrun: warning: {message}\n");
        Append("warning", message);
    }

    /// <summary>Writes what is of use for who looks for a fault.</summary>
    public static void Debug(string message)
    {
        if (!s_isVerbose)
            return;
        if (s_file is null)
            StandardStream.WriteError($"nsrun: {message}\n");
        Append("debug", message);
    }

    private static void Append(string level, string message)
    {
        if (s_file is null)
            return;
        string time = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        string line = s_isJson
            ? $"{{\"level\":\"{level}\",\"msg\":\"{JsonEncodedText.Encode(message)}\",\"time\":\"{time}\"}}\n"
            : $"time=\"{time}\" level={level} msg=\"{JsonEncodedText.Encode(message)}\"\n";
        try
        {
            using var file = new FileStream(s_file, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            file.Write(Encoding.UTF8.GetBytes(line));
        }
        catch (IOException)
        {
            // A full disk must not hide the error itself, which stands on standard error.
        }
    }
}
