using System.Text;
using NsTools.Namespaces;
using Xunit;

namespace NsTools.Tests.Namespaces;

public sealed class NamespaceLinkTests
{
    [Theory]
    [InlineData("net:[4026531840]", NamespaceType.Network, 4026531840)]
    [InlineData("mnt:[1]", NamespaceType.Mount, 1)]
    [InlineData("cgroup:[4294967295]", NamespaceType.Cgroup, 4294967295)]
    public void A_namespaces_name_is_read(string text, NamespaceType type, long id)
    {
        Assert.True(NamespaceLink.TryParse(Encoding.UTF8.GetBytes(text), out NamespaceType readType, out long readId));
        Assert.Equal((type, id), (readType, readId));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/dev/null")]
    [InlineData("socket:[4711]")]
    [InlineData("pipe:[4711]")]
    [InlineData("net:[]")]
    [InlineData("net:[12")]
    [InlineData("net:[12x]")]
    [InlineData("anon_inode:[eventfd]")]
    [InlineData("/tmp/net:[12]")]
    public void Everything_else_is_not(string text)
    {
        Assert.False(NamespaceLink.TryParse(Encoding.UTF8.GetBytes(text), out _, out _));
    }
}
