using System.Net.Http.Headers;
using System.Text;

namespace NsTools.Images.Registries;

/// <summary>What a registry asks for with a <c>WWW-Authenticate</c> (RFC 9110, 11.6.1; distribution's token specification).</summary>
/// <param name="Scheme"><c>Bearer</c> or <c>Basic</c>.</param>
/// <param name="Parameters">Its parameters by their names in lower case.</param>
internal sealed record AuthChallenge(string Scheme, IReadOnlyDictionary<string, string> Parameters)
{
    /// <summary>True for a token of another server.</summary>
    public bool IsBearer => Scheme == "Bearer";

    /// <summary>Picks the challenge to answer: a token where one is offered.</summary>
    /// <param name="headers">The answer's headers.</param>
    /// <returns>Null when there is none that can be answered.</returns>
    public static AuthChallenge? From(HttpResponseHeaders headers)
    {
        AuthChallenge? basic = null;
        foreach (AuthenticationHeaderValue header in headers.WwwAuthenticate)
        {
            if (header.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase))
            {
                IReadOnlyDictionary<string, string> parameters = ReadParameters(header.Parameter ?? "");
                if (parameters.ContainsKey("realm"))
                    return new AuthChallenge("Bearer", parameters);
            }
            else if (header.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase))
            {
                basic ??= new AuthChallenge("Basic", ReadParameters(header.Parameter ?? ""));
            }
        }
        return basic;
    }

    /// <summary>Reads <c>name="value", name=value</c>; a value may have commas in it.</summary>
    internal static IReadOnlyDictionary<string, string> ReadParameters(string text)
    {
        Dictionary<string, string> parameters = [];
        int position = 0;
        while (position < text.Length)
        {
            int equals = text.IndexOf('=', position);
            if (equals < 0)
                break;
            string name = text[position..equals].Trim(' ', ',', '\t').ToLowerInvariant();
            position = equals + 1;
            parameters[name] = position < text.Length && text[position] == '"' ? ReadQuoted(text, ref position) : ReadToken(text, ref position);
        }
        return parameters;
    }

    private static string ReadQuoted(string text, ref int position)
    {
        var value = new StringBuilder();
        for (position++; position < text.Length && text[position] != '"'; position++)
        {
            if (text[position] == '\\' && position + 1 < text.Length)
                position++;
            value.Append(text[position]);
        }
        position++;
        return value.ToString();
    }

    private static string ReadToken(string text, ref int position)
    {
        int end = text.IndexOf(',', position);
        if (end < 0)
            end = text.Length;
        string value = text[position..end].Trim();
        position = end + 1;
        return value;
    }
}
