using System.Text.Json;

namespace NsTools.Images.Registries;

/// <summary>Looks for repositories in a registry.</summary>
internal static class RegistrySearch
{
    private const int MaximumAnswer = 8 << 20;

    /// <summary>All repositories of the catalogue (distribution's <c>/v2/_catalog</c>).</summary>
    public static async Task<IReadOnlyList<ImageSearchResult>> ReadCatalogAsync(RegistrySession session, CancellationToken cancellation)
    {
        List<ImageSearchResult> found = [];
        IAsyncEnumerable<string> names = RegistryPages.ReadAsync(
            session,
            "/v2/_catalog?n=1000",
            ["registry:catalog:*"],
            "repositories",
            said => new NsToolsException(FailureKind.NotFound, "CatalogNotFound", $"The registry {session.Registry} has no catalogue{said}.", "Name the repository: Get-ImageTag shows its tags."),
            cancellation);
        await foreach (string name in names.ConfigureAwait(false))
        {
            if (ImageReferenceParser.IsRepository(name))
                found.Add(new ImageSearchResult { Registry = session.Registry, Repository = name });
        }
        return found;
    }

    /// <summary>What the registry's search gives (Docker's <c>/v1/search</c>, which Quay and Docker Hub have); null where it has none.</summary>
    public static async Task<IReadOnlyList<ImageSearchResult>?> TrySearchAsync(RegistrySession session, string registry, string term, CancellationToken cancellation)
    {
        var request = new RegistryRequest(HttpMethod.Get, $"/v1/search?n=100&q={Uri.EscapeDataString(term)}", []);
        using HttpResponseMessage response = await session.SendAsync(request, cancellation).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
            return null;
        byte[] content = await RegistryAnswer.ReadAsync(response, MaximumAnswer, cancellation).ConfigureAwait(false);
        try
        {
            using JsonDocument document = JsonDocument.Parse(content);
            return [.. document.RootElement.GetProperty("results").EnumerateArray().Select(item => ResultOf(item, registry)).OfType<ImageSearchResult>()];
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }

    private static ImageSearchResult? ResultOf(JsonElement item, string registry)
    {
        string name = item.TryGetProperty("name", out JsonElement given) && given.ValueKind == JsonValueKind.String ? given.GetString()! : "";
        return !ImageReferenceParser.IsRepository(name)
            ? null
            : new ImageSearchResult
            {
                Registry = registry,
                Repository = registry == "docker.io" && !name.Contains('/', StringComparison.Ordinal) ? $"library/{name}" : name,
                Description = item.TryGetProperty("description", out JsonElement words) && words.ValueKind == JsonValueKind.String ? DisplayText.Of(words.GetString()) : null,
                StarCount = item.TryGetProperty("star_count", out JsonElement stars) && stars.ValueKind == JsonValueKind.Number && stars.TryGetInt32(out int count) ? count : null,
                IsOfficial = item.TryGetProperty("is_official", out JsonElement official) && official.ValueKind is JsonValueKind.True or JsonValueKind.False ? official.GetBoolean() : null,
            };
    }
}
