using System.Net;
using NsTools.Containers.Networks;
using Xunit;

namespace NsTools.Tests.Containers;

public sealed class SubnetChooserTests
{
    private static readonly IPNetwork[] s_allLarge = [.. Enumerable.Range(112, 8).Select(second => IPNetwork.Parse($"10.{second}.0.0/16"))];

    [Fact]
    public void TheFirstThatNothingOfTheHostOverlapsIsChosen()
    {
        SubnetChooser chooser = new([IPNetwork.Parse("10.112.7.0/24"), IPNetwork.Parse("10.113.0.0/16")]);
        Assert.Equal(IPNetwork.Parse("10.114.0.0/16"), chooser.ChooseIPv4(isLarge: true));
        Assert.Equal(IPNetwork.Parse("10.120.0.0/24"), chooser.ChooseIPv4(isLarge: false));
    }

    [Fact]
    public void ASmallOneDoesWhereNoLargeOneIsFree() =>
        Assert.Equal(IPNetwork.Parse("10.120.1.0/24"), new SubnetChooser([.. s_allLarge, IPNetwork.Parse("10.120.0.0/24")]).ChooseIPv4(isLarge: true));

    [Fact]
    public void WhereNoneIsFreeThatIsSaid() =>
        Assert.Equal("NoFreeSubnet", Assert.Throws<NsToolsException>(() => new SubnetChooser([IPNetwork.Parse("10.0.0.0/8")]).ChooseIPv4(isLarge: true)).ErrorId);
}
