using System.Diagnostics;
using NsTools.Builds.Parsing;
using Xunit;

namespace NsTools.Tests.Builds;

/// <summary>Expansion of variables; bash is the oracle where it has the form.</summary>
public sealed class ShellLexerTests
{
    private static readonly Dictionary<string, string> s_values = new() { ["x"] = "alpha/beta/alpha.tar.gz", ["empty"] = "", ["n"] = "a*b?c", ["_y1"] = "y" };

    public static TheoryData<string> SharedWithBash() =>
    [
        "$x", "${x}", "a${x}b", "$_y1-$_y1", "${_y1}2", "\"$x\"", "'$x'", "\\$x", "\"\\$x\"", "\"\\\"q\\\"\"", "'a b'\"c d\"", "a\\ b", "$",
        "${none:-def}", "${none-def}", "${empty:-def}", "${empty-def}", "${x:-def}", "${none:-${empty:-deep}}", "${none:-'a b'}",
        "${none:+alt}", "${x:+alt}", "${empty:+alt}", "${empty+alt}", "${none+alt}", "${x:?msg}", "${x?msg}", "${empty?msg}",
        "${x#alpha}", "${x#*/}", "${x##*/}", "${x%.*}", "${x%%.*}", "${x%/*}", "${x%%/*}", "${x#nothing}", "${x%?z}", "${x#?}", "${n#a\\*}", "${n%\\?c}",
        "${x/alpha/o}", "${x//alpha/o}", "${x/a*a/-}", "${x//a/}", "${x/nothing/o}", "${x//?/z}", "${n/\\*/+}",
        "pre'${x}'post", "\"a'b\"", "'a\"b'", "a\"\"b", "''",
    ];

    [Theory]
    [MemberData(nameof(SharedWithBash))]
    public void Expands_as_bash_does(string word)
    {
        ProcessStartInfo start = new("bash") { RedirectStandardOutput = true, ArgumentList = { "-c", $"printf %s {word}" } };
        // A blank that quotes do not keep would part words.
        start.ArgumentList[1] = $"IFS=; set -f; printf %s {word}";
        foreach ((string name, string value) in s_values)
            start.Environment[name] = value;
        using Process bash = Process.Start(start)!;
        string expected = bash.StandardOutput.ReadToEnd();
        bash.WaitForExit();
        Assert.Equal(0, bash.ExitCode);
        Assert.Equal(expected, Lexer(word).Expand());
    }

    [Theory]
    [InlineData("'a", 0)]
    [InlineData("x\"a", 1)]
    [InlineData("ab${x", 2)]
    [InlineData("${", 0)]
    [InlineData("${}", 0)]
    [InlineData("${:-a}", 0)]
    [InlineData("${x:", 0)]
    [InlineData("${x:#a}", 0)]
    [InlineData("${x!a}", 0)]
    [InlineData("${x/a}", 4)]
    [InlineData("${x#a\\b}", 0)]
    [InlineData("${none:?must be there}", 0)]
    [InlineData("${empty:?}", 0)]
    public void Tells_where_it_is_wrong(string word, int index) =>
        Assert.Equal(index, Assert.Throws<SyntaxException>(() => Lexer(word).Expand()).Index);

    [Fact]
    public void Keeps_what_is_not_set_where_asked_and_tells_its_names()
    {
        ShellLexer lexer = new("$a ${b} ${c:-d} $x", '\\', s_values.GetValueOrDefault) { KeepsUnset = true };
        Assert.Equal($"$a ${{b}} ${{c:-d}} {s_values["x"]}", lexer.Expand());
        Assert.Equal(["a", "b", "c"], lexer.Unset.Order());
    }

    [Fact]
    public void Parts_words_after_it_has_expanded_them() =>
        Assert.Equal(["80", "443/tcp", "a b", "c d"], new ShellLexer("$ports 'a b' c\\ d", '\\', _ => "80 443/tcp").ExpandWords());

    [Fact]
    public void Takes_a_backtick_for_the_escape_character() => Assert.Equal("C:\\dir $x", new ShellLexer("C:\\dir` `$x", '`', s_values.GetValueOrDefault).Expand());

    [Fact]
    public void Refuses_what_is_in_itself_too_often() =>
        Assert.Throws<SyntaxException>(() => Lexer(string.Concat(Enumerable.Repeat("${none:-", 100_000)) + new string('}', 100_000)).Expand());

    private static ShellLexer Lexer(string word) => new(word, '\\', s_values.GetValueOrDefault);
}
