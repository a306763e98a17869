using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace NsTools.Images.Credentials;

/// <summary>
/// A program that keeps log-ins (<c>docker-credential-NAME</c>, github.com/docker/docker-credential-helpers). Secrets go
/// through its standard input and output, never through arguments.
/// </summary>
/// <param name="name">What follows <c>docker-credential-</c>.</param>
internal sealed class CredentialHelper(string name)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>The name.</summary>
    public string Name { get; } = name;

    /// <summary>The log-in for a registry; null when it has none.</summary>
    /// <param name="registry">Host and port.</param>
    /// <exception cref="NsToolsException">The program cannot be run, or fails (<c>CredentialHelperFailed</c>).</exception>
    public RegistryCredential? Get(string registry)
    {
        (int code, string output) = Run("get", AddressOf(registry));
        if (code != 0)
        {
            // The protocol's only way to say that there is nothing.
            return output.Contains("credentials not found", StringComparison.OrdinalIgnoreCase) ? null : throw Failed("get", registry, $"it ends with {code}");
        }
        try
        {
            using JsonDocument document = JsonDocument.Parse(output);
            string? user = document.RootElement.GetProperty("Username").GetString(), secret = document.RootElement.GetProperty("Secret").GetString();
            return string.IsNullOrEmpty(user) || secret is null ? null : new RegistryCredential(user, secret);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw Failed("get", registry, "its answer is none");
        }
    }

    /// <summary>Keeps a log-in.</summary>
    /// <param name="registry">Host and port.</param>
    /// <param name="credential">User name and secret.</param>
    public void Store(string registry, RegistryCredential credential)
    {
        using var memory = new MemoryStream();
        using (var writer = new Utf8JsonWriter(memory))
        {
            writer.WriteStartObject();
            writer.WriteString("ServerURL", AddressOf(registry));
            writer.WriteString("Username", credential.UserName);
            writer.WriteString("Secret", credential.Secret);
            writer.WriteEndObject();
        }
        (int code, _) = Run("store", System.Text.Encoding.UTF8.GetString(memory.GetBuffer(), 0, (int)memory.Length));
        if (code != 0)
            throw Failed("store", registry, $"it ends with {code}");
    }

    /// <summary>Takes a log-in away.</summary>
    /// <param name="registry">Host and port.</param>
    /// <returns>False when there was none.</returns>
    public bool Erase(string registry)
    {
        if (Get(registry) is null)
            return false;
        (int code, _) = Run("erase", AddressOf(registry));
        return code == 0 ? true : throw Failed("erase", registry, $"it ends with {code}");
    }

    // Docker stores the Hub's log-in under this address.
    private static string AddressOf(string registry) => registry == "docker.io" ? "https://index.docker.io/v1/" : registry;

    private (int Code, string Output) Run(string verb, string input)
    {
        if (Name.Length == 0 || Name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')))
            throw new NsToolsException(FailureKind.InvalidData, "CredentialHelperInvalid", $"'{DisplayText.Of(Name)}' is no credential helper's name.", "It is what follows 'docker-credential-' in a program's name.");
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo($"docker-credential-{Name}", verb) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true },
        };
        try
        {
            process.Start();
        }
        catch (Win32Exception exception)
        {
            throw new NsToolsException(
                FailureKind.NotFound, "CredentialHelperNotFound", $"The credential helper 'docker-credential-{Name}' cannot be started: {exception.Message.TrimEnd('.')}.", "Install it, or take it out of credHelpers and credsStore.", exception);
        }
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        // Drained, so that it does not wait for a reader; not shown, since it may have the secret in it.
        Task<string> errors = process.StandardError.ReadToEndAsync();
        try
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading: its exit code says why.
        }
        if (!process.WaitForExit(s_patience))
        {
            process.Kill(entireProcessTree: true);
            throw new NsToolsException(FailureKind.Timeout, "CredentialHelperFailed", $"The credential helper 'docker-credential-{Name} {verb}' did not end within {s_patience.TotalSeconds:0} s.", "It may be waiting for a key ring to be unlocked.");
        }
        Task.WaitAll(output, errors);
        return (process.ExitCode, output.Result);
    }

    private NsToolsException Failed(string verb, string registry, string problem) => new(
        FailureKind.InvalidState, "CredentialHelperFailed", $"The credential helper 'docker-credential-{Name} {verb}' failed for {registry}: {problem}.", $"Try it by hand: echo {registry} | docker-credential-{Name} get");
}
