using NsTools.Interop.Cgroups;
using Xunit;

namespace NsTools.Tests.Cgroups;

public sealed class ControlFileTests
{
    [Theory]
    [InlineData("4096", 4096L)]
    [InlineData("max", ControlFile.Unlimited)]
    [InlineData("-1", ControlFile.Unlimited)]
    [InlineData("9223372036854771712", ControlFile.Unlimited)] // v1's largest page counter
    [InlineData("18446744073709551615", ControlFile.Unlimited)]
    [InlineData("FROZEN", null)]
    [InlineData("", null)]
    public void A_value_is_a_number_or_no_limit(string text, long? expected) => Assert.Equal(expected, ControlFile.Value(text));

    [Fact]
    public void A_key_is_a_whole_word()
    {
        const string Events = "low 1\nhigh 2\nmax 3\noom 4\noom_kill 5\n";
        Assert.Equal(4, ControlFile.Keyed(Events, "oom"));
        Assert.Equal(5, ControlFile.Keyed(Events, "oom_kill"));
        Assert.Null(ControlFile.Keyed(Events, "oom_group_kill"));
        Assert.Null(ControlFile.Keyed("", "oom"));
    }

    [Fact]
    public void A_nested_key_is_found_in_its_line()
    {
        const string Line = "8:16 rbps=2097152 wbps=max riops=max wiops=120";
        Assert.Equal("2097152", ControlFile.Nested(Line, "rbps").ToString());
        Assert.Equal(ControlFile.Unlimited, ControlFile.Value(ControlFile.Nested(Line, "wbps")));
        Assert.True(ControlFile.Nested(Line, "bps").IsEmpty);
    }

    [Fact]
    public void Pressure_has_its_windows_and_totals()
    {
        CgroupPressure pressure = CgroupPressure.Parse(
            "some avg10=1.50 avg60=0.25 avg300=0.00 total=2500000\nfull avg10=0.50 avg60=0.00 avg300=0.00 total=1000\n")!;
        Assert.Equal(1.5, pressure.Some10);
        Assert.Equal(0.25, pressure.Some60);
        Assert.Equal(TimeSpan.FromSeconds(2.5), pressure.SomeTime);
        Assert.Equal(0.5, pressure.Full10);
        Assert.Equal(TimeSpan.FromMilliseconds(1), pressure.FullTime);
        Assert.Null(CgroupPressure.Parse(null));
    }

    [Theory]
    [InlineData(100, 1024)]
    [InlineData(50, 512)]
    [InlineData(1, 10)]
    [InlineData(10_000, 102_400)]
    public void Weights_and_shares_convert_at_the_kernels_rate(int weight, long shares)
    {
        Assert.Equal(shares, CpuWeight.ToShares(weight));
        Assert.Equal(weight, CpuWeight.FromShares(shares));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(100, 100)]
    [InlineData(10_000, 1000)]
    public void I_O_weights_fit_in_the_range_that_ends_at_1000(int weight, long value)
    {
        Assert.Equal(value, IoWeight.ToThousand(weight));
        Assert.Equal(weight, IoWeight.FromThousand(value));
    }

    [Fact]
    public void Only_what_is_given_is_given()
    {
        CgroupResources resources = new()
        {
            Memory = 1,
            OomGroup = false,
            Io = [new CgroupIoLimit { Device = "8:0", ReadBytes = 1, Latency = TimeSpan.FromMilliseconds(1) }],
        };
        Assert.Equal(CgroupSetting.Memory | CgroupSetting.OomGroup | CgroupSetting.Io | CgroupSetting.IoLatency, resources.Given());
        Assert.Equal(new CgroupResources { Memory = 1 }, resources.Only(CgroupSetting.Memory));
    }
}
