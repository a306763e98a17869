using NsTools.Builds.Contexts;
using Xunit;

namespace NsTools.Tests.Builds;

/// <summary>What .dockerignore leaves out.</summary>
public sealed class IgnoreFileTests
{
    [Theory]
    [InlineData("*.md\n!README.md", "x.md", true)]
    [InlineData("*.md\n!README.md", "README.md", false)]
    [InlineData("*.md\n!README*.md\nREADME-secret.md", "README-secret.md", true)]
    [InlineData("*.md", "dir/x.md", false)]
    [InlineData("**/*.md", "dir/x.md", true)]
    [InlineData("dir", "dir/a/b", true)]
    [InlineData("dir/", "dir/a", true)]
    [InlineData("/dir", "dir/a", true)]
    [InlineData("dir\n!dir/keep", "dir/keep", false)]
    [InlineData("dir\n!dir/keep", "dir/other", true)]
    [InlineData("*\n!src", "src/a.c", false)]
    [InlineData("*\n!src", "obj/a.o", true)]
    [InlineData("# dir\n  \n", "dir", false)]
    [InlineData("  dir  ", "dir", true)]
    [InlineData("./a/../b//c", "b/c", true)]
    [InlineData("../x", "x", true)]
    [InlineData("", "x", false)]
    public void Leaves_out(string patterns, string path, bool isIgnored) => Assert.Equal(isIgnored, new IgnoreFile(patterns, ".dockerignore").Ignores(path));

    [Theory]
    [InlineData("a\n[", 2)]
    [InlineData("!", 1)]
    [InlineData("\n\nx\\", 3)]
    public void Tells_the_line_that_is_no_pattern(string patterns, int line)
    {
        NsToolsException failure = Assert.Throws<NsToolsException>(() => new IgnoreFile(patterns, "/c/.dockerignore"));
        Assert.Equal("InvalidPattern", failure.ErrorId);
        Assert.StartsWith($"/c/.dockerignore, line {line}:", failure.Message, StringComparison.Ordinal);
    }
}
