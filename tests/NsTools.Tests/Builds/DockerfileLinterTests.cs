using NsTools.Builds.Linting;
using Xunit;

namespace NsTools.Tests.Builds;

/// <summary>Each rule finds what it is for, where it is, and nothing where it is not.</summary>
public sealed class DockerfileLinterTests
{
    [Theory]
    [InlineData("UnpinnedBaseImage", "FROM alpine", 1)]
    [InlineData("UnpinnedBaseImage", "FROM host:5000/alpine:latest", 1)]
    [InlineData("UndefinedStage", "FROM a:1 AS x\nCOPY --from=y a b\nFROM b:1 AS y", 2)]
    [InlineData("UndefinedStage", "FROM a:1 AS x\nCOPY --from=x a b", 2)]
    [InlineData("UndefinedStage", "FROM a:1\nCOPY --from=3 a b", 2)]
    [InlineData("UndefinedStage", "FROM a:1 AS builder\nFROM b:1\nRUN --mount=type=bind,from=bulder,target=/x true", 3)]
    [InlineData("DuplicateStageName", "FROM a:1 AS x\nFROM b:1 AS x", 2)]
    [InlineData("ReservedStageName", "FROM a:1 AS scratch", 1)]
    [InlineData("StageNameCasing", "FROM a:1 AS Xy", 1)]
    [InlineData("FromAsCasing", "FROM a:1 as xy", 1)]
    [InlineData("FromPlatformFlagConstDisallowed", "FROM --platform=linux/arm64 a:1", 1)]
    [InlineData("RedundantTargetPlatform", "FROM --platform=$TARGETPLATFORM a:1", 1)]
    [InlineData("NoEmptyContinuation", "FROM a:1\nRUN a \\\n\n b", 3)]
    [InlineData("ConsistentInstructionCasing", "FROM a:1\nRUN a\nrun b", 3)]
    [InlineData("ConsistentInstructionCasing", "from a:1\nrun a\nRUN b", 3)]
    [InlineData("MaintainerDeprecated", "FROM a:1\nMAINTAINER me", 2)]
    [InlineData("LegacyKeyValueFormat", "FROM a:1\nENV a b", 2)]
    [InlineData("MultipleInstructionsDisallowed", "FROM a:1\nCMD [\"a\"]\nCMD [\"b\"]", 2)]
    [InlineData("ExposeProtoCasing", "FROM a:1\nEXPOSE 80/TCP", 2)]
    [InlineData("ExposeInvalidFormat", "FROM a:1\nEXPOSE 8080:80", 2)]
    [InlineData("WorkdirRelativePath", "FROM a:1\nWORKDIR app", 2)]
    [InlineData("AddInsteadOfCopy", "FROM a:1\nADD a b", 2)]
    [InlineData("LooksLikeJson", "FROM a:1\nCMD ['a', 'b']", 2)]
    [InlineData("JSONArgsRecommended", "FROM a:1\nCMD a b", 2)]
    [InlineData("LastUserIsRoot", "FROM a:1\nUSER app\nUSER root", 3)]
    [InlineData("SecretsUsedInArgOrEnv", "FROM a:1\nARG DB_PASSWORD", 2)]
    [InlineData("SecretsUsedInArgOrEnv", "FROM a:1\nENV API_KEY=1", 2)]
    [InlineData("UndefinedArgInFrom", "ARG VERSION=1\nFROM a:$VERSON", 2)]
    [InlineData("InvalidDefaultArgInFrom", "ARG BASE\nFROM $BASE", 2)]
    [InlineData("UndefinedVar", "FROM scratch\nENV a=$b", 2)]
    [InlineData("UndefinedVar", "FROM a:1\nARG target\nWORKDIR /$tarfet", 3)]
    [InlineData("SyntaxError", "FROM a:1\nRUNN a", 2)]
    [InlineData("SyntaxError", "FROM a:1\nONBUILD RUNN a", 2)]
    [InlineData("SecretsUsedInArgOrEnv", "FROM a:1\nONBUILD ENV DB_PASSWORD=x", 2)]
    [InlineData("LegacyKeyValueFormat", "FROM a:1\nONBUILD ENV a b", 2)]
    [InlineData("ExposeProtoCasing", "FROM a:1\nONBUILD EXPOSE 80/TCP", 2)]
    [InlineData("AddInsteadOfCopy", "FROM a:1\nONBUILD ADD a b", 2)]
    [InlineData("LooksLikeJson", "FROM a:1\nONBUILD RUN ['a', 'b']", 2)]
    [InlineData("JSONArgsRecommended", "FROM a:1\nONBUILD CMD a b", 2)]
    public void Finds(string rule, string text, int line)
    {
        DockerfileFinding finding = Assert.Single(DockerfileLinter.Check(text, null, null), finding => finding.Rule == rule);
        Assert.Equal(line, finding.Line);
        Assert.Equal(DockerfileLinter.Rules.Single(known => known.Name == rule).Severity, finding.Severity);
    }

    [Theory]
    [InlineData("FROM scratch\nCOPY a /\nCMD [\"/a\"]")]
    [InlineData("ARG V=3.20\nFROM alpine:${V} AS build\nARG TARGETARCH\nENV A=$TARGETARCH B=${NONE:-x}\nRUN [ -f x ]\nFROM build\nUSER app\nWORKDIR /x\nWORKDIR y\nEXPOSE 80/tcp $PORT")]
    [InlineData("FROM a@sha256:0000000000000000000000000000000000000000000000000000000000000000\nADD x.tar.gz /\nADD https://h/x /y\nARG PUBLIC_KEY\nSHELL [\"bash\", \"-c\"]\nCMD a")]
    [InlineData("FROM a:1\nONBUILD COPY --from=later a b\nONBUILD WORKDIR x\nONBUILD ENV A=$FROM_CHILD\nONBUILD RUN a\n# check=skip=AddInsteadOfCopy\nONBUILD ADD a b\nCMD [\"a\"]\nONBUILD CMD [\"b\"]")]
    [InlineData("FROM --platform=$BUILDPLATFORM a:1 AS x\nFROM b:1\nCOPY --from=x a b\nCOPY --from=0 a b\nCOPY --from=c:1 a b")]
    public void Finds_nothing_where_nothing_is(string text) => Assert.Empty(DockerfileLinter.Check(text, null, null));

    [Theory]
    [InlineData("# check=skip=MaintainerDeprecated,UnpinnedBaseImage\nFROM a\nMAINTAINER b", 0)]
    [InlineData("# check=skip=all\nFROM a\nMAINTAINER b", 0)]
    [InlineData("FROM a:1\n# check=skip=MaintainerDeprecated\nMAINTAINER b\nMAINTAINER c", 1)]
    public void Skips_what_the_file_says(string text, int count) => Assert.Equal(count, DockerfileLinter.Check(text, null, null).Count);

    [Fact]
    public void Makes_errors_of_warnings_where_the_file_says_so() =>
        Assert.All(DockerfileLinter.Check("# check=error=true\nFROM a\nMAINTAINER b", null, null), finding => Assert.Equal(DockerfileSeverity.Error, finding.Severity));

    [Fact]
    public void Finds_what_the_ignore_file_leaves_out()
    {
        string context = Directory.CreateTempSubdirectory("nstools-lint-").FullName;
        try
        {
            File.WriteAllText(Path.Join(context, ".dockerignore"), "*.log\nobj");
            DockerfileFinding[] findings = [.. DockerfileLinter.Check("FROM a:1\nCOPY x.log y /d/\nCOPY obj/z /d/\nCOPY --from=b:1 obj /d/", null, context)];
            Assert.Equal([("CopyIgnoredFile", 2), ("CopyIgnoredFile", 3)], findings.Select(finding => (finding.Rule, finding.Line)));
        }
        finally
        {
            Directory.Delete(context, true);
        }
    }
}
