using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace NsTools.Images.Registries;

/// <summary>Lists that a registry gives page by page, with a <c>Link</c> to the next (RFC 8288; distribution-spec, "Listing Tags").</summary>
internal static class RegistryPages
{
    private const int MaximumPage = 8 << 20;
    private const int MaximumPages = 10_000;

    /// <summary>The texts of a list.</summary>
    /// <param name="session">The registry.</param>
    /// <param name="target">The first page.</param>
    /// <param name="scopes">What the token must allow.</param>
    /// <param name="member">The list's name in each page.</param>
    /// <param name="notFound">The failure where there is no such list, with what the registry said.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async IAsyncEnumerable<string> ReadAsync(
        RegistrySession session, string target, IReadOnlyList<string> scopes, string member, Func<string, NsToolsException> notFound, [EnumeratorCancellation] CancellationToken cancellation)
    {
        HashSet<string> seen = [];
        // A registry whose last page names an earlier one would never come to an end.
        for (string? page = target; page is not null && seen.Add(page.StartsWith('/') ? page : new Uri(page).PathAndQuery) && seen.Count <= MaximumPages;)
        {
            using HttpResponseMessage response = await session.SendAsync(new RegistryRequest(HttpMethod.Get, page, scopes), cancellation).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.NotFound)
                throw notFound("");
            if (!response.IsSuccessStatusCode)
                throw await RegistryAnswer.FailureAsync(response, session.Registry, member, cancellation).ConfigureAwait(false);
            byte[] content = await RegistryAnswer.ReadAsync(response, MaximumPage, cancellation).ConfigureAwait(false);
            foreach (string item in ItemsOf(content, member, RegistryAnswer.AddressOf(response)))
                yield return item;
            page = NextOf(session, response);
        }
    }

    /// <summary>The next page's address; null at the end.</summary>
    public static string? NextOf(RegistrySession session, HttpResponseMessage response)
    {
        if (!response.Headers.TryGetValues("Link", out IEnumerable<string>? links))
            return null;
        foreach (string link in links.SelectMany(l => l.Split(',')))
        {
            int begin = link.IndexOf('<', StringComparison.Ordinal), end = link.IndexOf('>', StringComparison.Ordinal);
            string relation = end > 0 ? link[end..].Replace("\"", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal) : "";
            if (begin < 0 || end < begin || !relation.Contains(";rel=next", StringComparison.OrdinalIgnoreCase))
                continue;
            Uri from = response.RequestMessage!.RequestUri!;
            if (Uri.TryCreate(from, link[(begin + 1)..end], out Uri? next) && next.Authority == from.Authority && next.Scheme == from.Scheme)
                return next.AbsoluteUri;
            throw new NsToolsException(FailureKind.InvalidData, "RegistryLocationInvalid", $"{session.Registry}: its list goes on at an address that cannot be used: '{DisplayText.Of(link)}'.");
        }
        return null;
    }

    private static List<string> ItemsOf(byte[] content, string member, string address)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(content);
            JsonElement list = document.RootElement.GetProperty(member);
            // What Go writes for a list without anything in it.
            return list.ValueKind == JsonValueKind.Null ? [] : [.. list.EnumerateArray().Select(item => item.GetString() ?? "").Where(item => item.Length > 0)];
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new NsToolsException(FailureKind.InvalidData, "RegistryAnswerInvalid", $"{address}: the answer is no list of {member}.", "Is this a registry?", exception);
        }
    }
}
