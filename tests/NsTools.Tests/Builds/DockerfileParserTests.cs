using NsTools.Builds.Parsing;
using Xunit;

namespace NsTools.Tests.Builds;

/// <summary>Reading Dockerfiles.</summary>
public sealed class DockerfileParserTests
{
    [Fact]
    public void Reads_stages_flags_and_lines()
    {
        Dockerfile file = Good("""
            # syntax=docker/dockerfile:1
            # check=skip=all
            ARG V=1

            # the builder
            FROM --platform=$BUILDPLATFORM alpine:$V AS Build
            RUN --mount=type=cache,target=/c --mount=type=tmpfs,target=/t \
                # a comment between
                make \
                  all
            from scratch
            COPY --from=build --chown=1:1 /a /b\ c /d/
            """);
        Assert.Equal(["syntax=docker/dockerfile:1", "check=skip=all"], file.Directives.Select(d => $"{d.Name}={d.Value}"));
        Assert.Equal(["ARG", "FROM", "RUN", "FROM", "COPY"], file.Instructions.Select(i => i.Instruction));
        Assert.Equal(["3-3", "6-6", "7-10", "11-11", "12-12"], file.Instructions.Select(i => $"{i.StartLine}-{i.EndLine}"));
        Assert.Null(file.Instructions[0].Stage);
        Assert.Equal(["the builder"], file.Instructions[1].Comments);
        Assert.Equal(["build", "1"], file.Stages.Select(s => s.ToString()));
        Assert.Equal("$BUILDPLATFORM", file.Stages[0].Platform);
        DockerfileInstruction run = file.Instructions[2];
        Assert.Equal(["make", "all"], Assert.Single(run.Arguments).Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(["type=cache,target=/c", "type=tmpfs,target=/t"], run.Flags.Select(f => f.Value));
        Assert.Equal(4, run.Original.Split('\n').Length);
        Assert.Equal(["/a", "/b\\", "c", "/d/"], file.Instructions[4].Arguments);
        Assert.Equal("build", file.Instructions[4].GetFlag("from"));
    }

    [Theory]
    [InlineData("CMD [\"a\", \"b c\"]", true, "a|b c")]
    [InlineData("CMD [ 'a' ]", false, "[ 'a' ]")]
    [InlineData("CMD [\"a\",]", false, "[\"a\",]")]
    [InlineData("CMD echo  $X  'y'", false, "echo  $X  'y'")]
    [InlineData("CMD []", true, "")]
    [InlineData("ENTRYPOINT", false, "")]
    [InlineData("ENV a=b c=\"d e\" f=g\\ h", false, "a=b|c=\"d e\"|f=g\\ h")]
    [InlineData("ENV a b=c  d", false, "a|b=c  d")]
    [InlineData("ENV a=", false, "a=")]
    [InlineData("LABEL \"x y\"=z", false, "\"x y\"=z")]
    [InlineData("ARG a b=c d=\"e f\"", false, "a|b=c|d=\"e f\"")]
    [InlineData("EXPOSE 80\t443/tcp", false, "80|443/tcp")]
    [InlineData("VOLUME [\"/a b\"]", true, "/a b")]
    [InlineData("VOLUME /a /b", false, "/a|/b")]
    [InlineData("HEALTHCHECK --interval=1m30s --retries=3 CMD [\"x\"]", true, "CMD|x")]
    [InlineData("healthcheck cmd a  b", false, "CMD|a  b")]
    [InlineData("HEALTHCHECK NONE", false, "NONE")]
    [InlineData("ONBUILD COPY a b", false, "COPY|a|b")]
    [InlineData("ONBUILD RUN [\"a\"]", false, "RUN|a")]
    [InlineData("SHELL [\"sh\", \"-c\"]", true, "sh|-c")]
    [InlineData("COPY -- --x y", false, "--x|y")]
    [InlineData("MAINTAINER a b <c>", false, "a b <c>")]
    public void Reads_arguments(string line, bool isExecForm, string arguments)
    {
        DockerfileInstruction instruction = Good($"FROM x\n{line}").Instructions[1];
        Assert.Equal(arguments, string.Join('|', instruction.Arguments));
        Assert.Equal(isExecForm, instruction.IsExecForm);
    }

    [Fact]
    public void Reads_texts()
    {
        Dockerfile file = Good("FROM x\nRUN <<A <<-'B' cat\none $x\nA\n\ttwo\n\tB\nCOPY <<\"CD\" <<E /f/\nC\nCD\nE\nONBUILD RUN <<F\nf\nF\nRUN [\"<<G\"]\n");
        DockerfileHeredoc[] heredocs = [.. file.Instructions.SelectMany(i => i.Heredocs)];
        Assert.Equal(["A", "B", "CD", "E", "F"], heredocs.Select(h => h.Name));
        Assert.Equal(["one $x\n", "\ttwo\n", "C\n", "", "f\n"], heredocs.Select(h => h.Content));
        Assert.Equal([true, false, false, true, true], heredocs.Select(h => h.IsExpanded));
        Assert.Equal([false, true, false, false, false], heredocs.Select(h => h.StripsTabs));
        Assert.Equal(["3-4", "5-6", "8-9", "10-10", "12-13"], heredocs.Select(h => $"{h.StartLine}-{h.EndLine}"));
        Assert.Equal(file.Instructions[3].Heredocs, file.Instructions[3].Trigger!.Heredocs);
    }

    [Fact]
    public void Takes_the_escape_character_of_the_directive()
    {
        Dockerfile file = Good("# escape=`\nFROM x\nRUN dir C:\\ `\n  and more\nWORKDIR C:\\\n");
        Assert.Equal('`', file.EscapeCharacter);
        Assert.Equal("dir C:\\   and more", file.Instructions[1].Arguments[0]);
        Assert.Equal("C:\\", file.Instructions[2].Arguments[0]);
    }

    [Theory]
    [InlineData("", 1, 1, "no instruction")]
    [InlineData("# only\n", 1, 1, "no instruction")]
    [InlineData("ARG a", 1, 1, "no FROM")]
    [InlineData("RUN a\nFROM x", 1, 1, "before the first FROM")]
    [InlineData("FROM x\n  RNU a", 2, 3, "'RNU' is no instruction")]
    [InlineData("FROM", 1, 1, "needs an argument")]
    [InlineData("FROM a b", 1, 1, "2 arguments")]
    [InlineData("FROM a AS 1x", 1, 1, "can't be a stage's name")]
    [InlineData("FROM x\nCOPY a", 2, 1, "needs 2 arguments")]
    [InlineData("FROM x\nCOPY --form=a b c", 2, 6, "no option --form")]
    [InlineData("FROM x\nCOPY \\\n  --from b c", 3, 3, "--from needs a value")]
    [InlineData("FROM x\nCOPY --link=maybe b c", 2, 6, "true or false")]
    [InlineData("FROM x\nCOPY --from=a --from=b c d", 2, 1, "there 2 times")]
    [InlineData("FROM x\nENV a", 2, 5, "a name and a value")]
    [InlineData("FROM x\nENV a=b c", 2, 9, "no =")]
    [InlineData("FROM x\nENV a=b \\\n =c", 3, 2, "no name before")]
    [InlineData("FROM x\nENV a='b", 2, 7, "single quote has no end")]
    [InlineData("FROM x\nENV a=1 \\\n  b=\"c", 3, 5, "double quote has no end")]
    [InlineData("FROM x\nWORKDIR ${a", 2, 9, "'}' is missing")]
    [InlineData("FROM x\nRUN <<E\na", 2, 5, "<<E has no end")]
    [InlineData("FROM x\nCOPY a <<E\nE", 2, 6, "destination")]
    [InlineData("FROM x\nCMD [\"a\", 1]", 2, 5, "something else than strings")]
    [InlineData("FROM x\nSHELL sh -c", 2, 7, "no JSON array")]
    [InlineData("FROM x\nHEALTHCHECK TCP 1", 2, 13, "no kind of HEALTHCHECK")]
    [InlineData("FROM x\nHEALTHCHECK --interval=x CMD a", 2, 26, "can't be --interval")]
    [InlineData("FROM x\nONBUILD ONBUILD RUN a", 2, 9, "can't be a trigger")]
    [InlineData("FROM x\nONBUILD FROM a", 2, 9, "can't be a trigger")]
    [InlineData("# escape=x\nFROM x", 1, 1, "can't be the escape character")]
    [InlineData("# syntax=a\n# syntax=b\nFROM x", 2, 1, "a second time")]
    public void Tells_line_and_column_of_what_is_wrong(string text, int line, int column, string message)
    {
        DockerfileSyntaxError error = Assert.Single(DockerfileParser.Parse(text, null).Errors);
        Assert.Equal((line, column), (error.Line, error.Column));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Goes_on_after_what_is_wrong()
    {
        DockerfileParse parse = DockerfileParser.Parse("FROM x\nRNU a\nCOPY --bad <<E /f\nRUN not an instruction\nE\nENV a\nRUN b", null);
        Assert.Equal([2, 3, 6], parse.Errors.Select(e => e.Line));
        Assert.Equal("Did you mean RUN?", parse.Errors[0].Remedy);
        Assert.Equal(["FROM", "RUN"], parse.File.Instructions.Select(i => i.Instruction));
    }

    [Theory]
    [InlineData(400_000, "RUN echo hello \\\n", "FROM x\n", "echo\n")]
    [InlineData(200_000, "ENV a=b\n", "FROM x\n", "")]
    [InlineData(200_000, "ONBUILD ", "FROM x\n", "RUN a")]
    [InlineData(200_000, "FROM x\n", "", "")]
    [InlineData(200_000, "a=\"b\" ", "FROM x\nENV ", "")]
    [InlineData(200_000, "FOO <<X\n", "FROM x\n", "")]
    [InlineData(300_000, "RUN <<X\nX\n", "FROM x\n", "")]
    [InlineData(500_000, "[", "FROM x\nCMD ", "")]
    public async Task Reads_megabytes_in_seconds(int times, string repeated, string before, string after)
    {
        string text = before + string.Concat(Enumerable.Repeat(repeated, times)) + after;
        DockerfileParse parse = await Task.Run(() => DockerfileParser.Parse(text, null)).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.True(parse.File.Instructions.Count + parse.Errors.Count > 0);
    }

    [Fact]
    public void Survives_any_text()
    {
        string[] pieces =
        [
            "FROM ", "RUN ", "COPY ", "ENV ", "ONBUILD ", "HEALTHCHECK ", "ARG ", "CMD ", "AS ", "--from=", "--mount=", "<<EOF", "<<-", "EOF", "\n", "\\\n", "\\", "`", "'", "\"", "[", "]", "$", "${", "}", ":-", "#",
            "# escape=`\n", "=", " ", "\t", "\r\n", "a", "b=c", "\0", "\uFEFF", "\uD800", "☃", ",", "1", "/", "%", "//",
        ];
        Random random = new(20261123);
        for (int round = 0; round < 30_000; round++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => pieces[random.Next(pieces.Length)]));
            DockerfileParse parse = DockerfileParser.Parse(text, null);
            int lines = text.Count(c => c == '\n') + 1;
            Assert.All(parse.Errors, error => Assert.InRange(error.Line, 1, lines));
            Assert.All(parse.File.Instructions, i => Assert.InRange(i.EndLine, i.StartLine, lines));
            Assert.True(parse.Errors.Count > 0 || parse.File.Stages.Count > 0, text);
        }
    }

    private static Dockerfile Good(string text)
    {
        DockerfileParse parse = DockerfileParser.Parse(text, null);
        Assert.Empty(parse.Errors);
        return parse.File;
    }
}
