using NsTools.Builds.Contexts;
using Xunit;

namespace NsTools.Tests.Builds;

/// <summary>Patterns; the cases are those of Go's own documentation of filepath.Match, and what 40,000 random ones showed to be alike.</summary>
public sealed class GoPatternTests
{
    [Theory]
    [InlineData("abc", "abc", true)]
    [InlineData("*", "abc", true)]
    [InlineData("*", "a/b", false)]
    [InlineData("*c", "abc", true)]
    [InlineData("a*/b", "abc/b", true)]
    [InlineData("a*/b", "a/c/b", false)]
    [InlineData("a*b*c*d*e*/f", "axbxcxdxexxx/f", true)]
    [InlineData("a*b?c*x", "abxbbxdbxebxczzx", true)]
    [InlineData("ab[c]", "abc", true)]
    [InlineData("ab[b-d]", "abc", true)]
    [InlineData("ab[e-g]", "abc", false)]
    [InlineData("ab[^c]", "abc", false)]
    [InlineData("ab[^e-g]", "abc", true)]
    [InlineData("a\\*b", "a*b", true)]
    [InlineData("a\\*b", "ab", false)]
    [InlineData("a?b", "a☺b", true)]
    [InlineData("a???b", "a☺b", false)]
    [InlineData("[a-ζ]*", "α", true)]
    [InlineData("*[a-ζ]", "A", false)]
    [InlineData("a?b", "a/b", false)]
    [InlineData("[\\]a]", "]", true)]
    [InlineData("[\\-x]", "-", true)]
    [InlineData("[x\\-]", "z", false)]
    [InlineData("*x", "xxx", true)]
    [InlineData("a.c", "abc", false)]
    [InlineData("[z-a]", "m", false)]
    public void Matches_as_Go_does(string pattern, string path, bool matches) => Assert.Equal(matches, GoPattern.Parse(pattern).IsMatch(path));

    [Theory]
    [InlineData("[]a]")]
    [InlineData("[-]")]
    [InlineData("[x-]")]
    [InlineData("[-x]")]
    [InlineData("a[")]
    [InlineData("[a-b-c]")]
    [InlineData("[")]
    [InlineData("a\\")]
    public void Refuses_what_Go_refuses(string pattern) =>
        Assert.Equal("InvalidPattern", Assert.Throws<NsToolsException>(() => GoPattern.Parse(pattern)).ErrorId);

    [Theory]
    [InlineData("**/a", "a", true)]
    [InlineData("**/a", "x/y/a", true)]
    [InlineData("**/a", "xa", false)]
    [InlineData("a/**", "a/b/c", true)]
    [InlineData("a/**", "b/a/c", false)]
    [InlineData("a/**/z", "a/z", true)]
    [InlineData("a/**/z", "a/b/c/z", true)]
    [InlineData("**/*.go", "x/y.go", true)]
    [InlineData("**", "x/y", true)]
    public void Passes_directories_with_two_stars(string pattern, string path, bool matches) =>
        Assert.Equal(matches, GoPattern.Parse(pattern, hasDoubleStar: true).IsMatch(path));

    [Fact]
    public void Takes_no_longer_for_a_pattern_that_is_hard_to_match() =>
        Assert.False(GoPattern.Parse(string.Concat(Enumerable.Repeat("*a", 200)) + "b").IsMatch(new string('a', 5000)));
}
