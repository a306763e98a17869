using System.Globalization;
using NsTools.Interop.Networking;
using NsTools.Interop.Processes;
using Xunit;

namespace NsTools.Tests.Networking;

public sealed class LinkLookupTests
{
    [Fact]
    public void FindsTheLoopbackAndNothingElse()
    {
        using LinkLookup lookup = LinkLookup.Open(new DirectOpener());
        // The loopback has the index 1 in every namespace (drivers/net/loopback.c).
        Assert.True(lookup.Has(1));
        Assert.False(lookup.Has(int.MaxValue));
    }

    [RootFact]
    public void LooksWhereItWasOpened()
    {
        int own = Directory.GetDirectories("/sys/class/net").Max(path => int.Parse(File.ReadAllText($"{path}/ifindex"), CultureInfo.InvariantCulture));
        Assert.True(own > 1, "this machine has no link but the loopback, and nothing to tell namespaces apart by");
        LinkLookup? inside = null;
        NamespaceThread.RunInNewNetwork(() => inside = LinkLookup.Open(new DirectOpener()));
        using (inside)
        using (LinkLookup here = LinkLookup.Open(new DirectOpener()))
        {
            Assert.True(here.Has(own));
            Assert.False(inside!.Has(own));
        }
    }
}
