using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using NsTools.Interop.Oci;
using Xunit;

namespace NsTools.Tests.Oci;

/// <summary>
/// Configs that chance has broken, in their bytes and in their structure: each is read or refused with a path, and nothing
/// else. NSTOOLS_FUZZ_COUNT says how many; <c>build.ps1 Fuzz</c> tries a million.
/// </summary>
public sealed class RuntimeSpecFuzzTests
{
    private static readonly int s_count =
        int.TryParse(Environment.GetEnvironmentVariable("NSTOOLS_FUZZ_COUNT"), CultureInfo.InvariantCulture, out int count) ? count : 30_000;

    private static readonly string[] s_values =
    [
        "null", "true", "0", "-1", "1e400", "1.5", "18446744073709551616", "-9223372036854775809", "\"\"", "\"\\ud800\"", "\"/\"", "\"x\"",
        "\"SCMP_ACT_NOTIFY\"", "\"0-99999999999\"", "[]", "[null]", "[[]]", "{}", "{\"\":null}", "[{}]", "\"\\u0000\"", "4294967295",
    ];

    [Fact]
    public void A_mutated_config_is_read_or_refused_and_nothing_else()
    {
        var random = new Random(20);
        byte[] whole = Encoding.UTF8.GetBytes(WholeConfig.Make().ToJsonString());
        string[] paths = [.. JsonTree.Paths(WholeConfig.Make())];
        int refused = 0, unnamed = 0;
        for (int i = 0; i < s_count; i++)
        {
            byte[] mutant = i % 3 == 0 ? Damage(whole, random) : Change(paths, random);
            try
            {
                RuntimeSpecValidator.Validate(RuntimeSpecJson.Deserialize(mutant), needsProcess: random.Next(2) == 0);
            }
            catch (RuntimeSpecException refusal)
            {
                refused++;
                unnamed += refusal.Path == "$" && i % 3 != 0 ? 1 : 0;
                Assert.StartsWith("$", refusal.Path, StringComparison.Ordinal);
                Assert.DoesNotContain('\n', refusal.Message);
            }
        }
        Assert.InRange(refused, s_count / 2, s_count - 1);
        // What is JSON, and wrong, is always wrong somewhere.
        Assert.Equal(0, unnamed);
    }

    private static byte[] Damage(byte[] whole, Random random)
    {
        byte[] mutant = [.. whole];
        for (int change = random.Next(1, 4); change > 0; change--)
            mutant[random.Next(mutant.Length)] = random.Next(3) == 0 ? (byte)"\"{}[],:\\0-e"[random.Next(11)] : (byte)random.Next(256);
        return random.Next(4) == 0 ? mutant[..random.Next(mutant.Length)] : mutant;
    }

    // The text of the mutant is put together by hand: some values are none that JsonNode would write.
    private static byte[] Change(string[] paths, Random random)
    {
        const string Mark = "MUTATION";
        JsonObject config = WholeConfig.Make();
        string path = paths[random.Next(paths.Length)];
        JsonTree.Replace(config, path, Mark);
        return Encoding.UTF8.GetBytes(config.ToJsonString().Replace($"\"{Mark}\"", s_values[random.Next(s_values.Length)], StringComparison.Ordinal));
    }
}
