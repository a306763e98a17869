using NsTools.Interop.Nftables;
using Xunit;

namespace NsTools.Tests.Networking;

public sealed class NftablesContextTests
{
    // The library's list of the links' names belongs to all contexts: without a lock one frees it under another's hands.
    [RootFact]
    public void IsUsedByManyThreads()
    {
        Parallel.For(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            using NftablesContext context = NftablesContext.Open();
            Assert.StartsWith("{\"nftables\":", context.Run("""{"nftables":[{"list":{"ruleset":null}}]}"""), StringComparison.Ordinal);
        });
    }
}
