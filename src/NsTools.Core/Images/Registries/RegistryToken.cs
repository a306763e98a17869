using System.Text.Json;

namespace NsTools.Images.Registries;

/// <summary>A token that a registry's authorization server gave.</summary>
/// <param name="Value">The token.</param>
/// <param name="Expires">When it ends.</param>
internal sealed record RegistryToken(string Value, DateTimeOffset Expires)
{
    // distribution's token specification: what a server that does not say means.
    private const int DefaultSeconds = 60;

    /// <summary>False when it has ended or is about to.</summary>
    public bool IsUsable => Expires > DateTimeOffset.UtcNow.AddSeconds(5);

    /// <summary>Reads a server's answer.</summary>
    /// <returns>Null when there is no token in it.</returns>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static RegistryToken? Read(ReadOnlyMemory<byte> answer)
    {
        using JsonDocument document = JsonDocument.Parse(answer);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            return null;
        string? value = Text(document.RootElement, "token") ?? Text(document.RootElement, "access_token");
        // A token goes into a header: what has a line break in it is none (RFC 6750, 2.1).
        if (value is not { Length: > 0 } || value.Any(c => c is <= ' ' or > '~'))
            return null;
        int seconds = document.RootElement.TryGetProperty("expires_in", out JsonElement given) && given.ValueKind == JsonValueKind.Number && given.TryGetInt32(out int whole)
            ? whole
            : DefaultSeconds;
        // Counted from now, not from the server's issued_at: clocks differ. A minute at least, as the specification asks.
        return new RegistryToken(value, DateTimeOffset.UtcNow.AddSeconds(Math.Max(seconds, DefaultSeconds)));
    }

    /// <inheritdoc/>
    public override string ToString() => "token";

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
