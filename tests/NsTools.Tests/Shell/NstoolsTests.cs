using System.Diagnostics;
using System.Runtime.InteropServices;
using Xunit;

namespace NsTools.Tests.Shell;

/// <summary><c>nstools</c> as a process of its own, as where there is no pwsh: streams and exit codes are pwsh's.</summary>
public sealed class NstoolsTests : IDisposable
{
    private static readonly string s_program = Path.Combine(TestEnvironment.Repository, "out", "shell", "nstools");
    private readonly string _folder = Directory.CreateTempSubdirectory("nstools-shell-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_module_is_there_in_a_load_context_of_its_own()
    {
        (int exitCode, string output, string error) = Run("-c", "[void](Get-Namespace -Type Pid); foreach ($context in [Runtime.Loader.AssemblyLoadContext]::All) { foreach ($assembly in $context.Assemblies) { if ($assembly.GetName().Name -eq 'NsTools.Core') { $context.Name } } }");
        Assert.Equal(("", 0), (error, exitCode));
        Assert.Equal("NsTools\n", output);
    }

    [Theory]
    [InlineData("exit 7", 7)]
    [InlineData("'fine'", 0)]
    [InlineData("throw 'boom'", 1)]
    [InlineData("sh -c 'exit 3'", 1)]
    [InlineData("Get-NoSuchCommand", 1)]
    [InlineData("Get-NoSuchCommand; 'fine'", 0)]
    [InlineData("1 +", 1)]
    public void Text_ends_with_the_exit_code_that_pwsh_gives(string text, int expected) => Assert.Equal(expected, Run("-c", text).ExitCode);

    [Theory]
    [InlineData("exit 5", 5)]
    [InlineData("sh -c 'exit 4'", 0)]
    [InlineData("throw 'boom'", 1)]
    [InlineData("1 +", 1)]
    [InlineData("& { exit 6 }; 'not reached'", 6)]
    public void A_script_ends_with_the_exit_code_that_pwsh_gives(string text, int expected) =>
        Assert.Equal(expected, Run(Script("ends.ps1", text)).ExitCode);

    [Fact]
    public void A_script_gets_its_arguments()
    {
        string script = Script("arguments.ps1", "param([string] $Name, [switch] $Really, [int[]] $Number) \"$Name $Really $Number\"; $PSCommandPath");
        Assert.Equal($"x True 3\n{script}\n", Run(script, "-Name", "x", "-Really", "-Number", "3").Output);
        Assert.Equal($"-x False \n{script}\n", Run(script, "-Name:-x", "-Really:$false").Output);
    }

    [Fact]
    public void Objects_go_to_standard_output_errors_to_standard_error_both_without_colours()
    {
        (_, string output, string error) = Run("-c", "[pscustomobject]@{ First = 1; Second = 'two' }; Get-NoSuchCommand");
        Assert.Equal("\nFirst Second\n----- ------\n    1 two\n\n", output);
        Assert.StartsWith("Get-NoSuchCommand: The term 'Get-NoSuchCommand' is not recognized", error, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', output + error);
    }

    [Fact]
    public void An_error_of_a_script_names_its_line()
    {
        string script = Script("throws.ps1", "'before'\nthrow 'boom'\n");
        (_, string output, string error) = Run(script);
        Assert.Equal("before\n", output);
        Assert.Contains($"{script}:2", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_parse_error_is_told() => Assert.Contains("You must provide a value expression", Run("-c", "1 +").Error, StringComparison.Ordinal);

    [Fact]
    public void Standard_input_is_the_script_without_arguments_and_input_of_a_command_that_reads_it()
    {
        Assert.Equal("42\n", Run("'{0}' -f (6 * 7)", []).Output);
        Assert.Equal("42\n", Run("'{0}' -f (6 * 7)", ["-"]).Output);
        Assert.Equal("<a>\n<b>\n", Run("a\nb\n", ["-c", "$input | ForEach-Object { \"<$_>\" }"]).Output);
        Assert.Equal("a\nb\n", Run("a\nb\n", ["-c", "cat"]).Output);
    }

    [Fact]
    public void A_script_that_is_not_there_and_an_unknown_option_are_wrong_usage()
    {
        (int exitCode, string output, string error) = Run(Path.Combine(_folder, "none.ps1"));
        Assert.Equal((64, ""), (exitCode, output));
        Assert.Contains("none.ps1", error, StringComparison.Ordinal);
        Assert.Equal(64, Run("-Nonsense").ExitCode);
    }

    [Fact]
    public void Nothing_is_asked_with_NonInteractive()
    {
        (int exitCode, _, string error) = Run("-NonInteractive", "-c", "Remove-Module NsTools -Confirm");
        Assert.Equal(1, exitCode);
        Assert.Contains("-NonInteractive", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_question_takes_its_answer_from_standard_input()
    {
        (int exitCode, string output, _) = Run("A\n", ["-c", "Remove-Module NsTools -Confirm; 'left: ' + @(Get-Module NsTools).Count"]);
        Assert.Equal(0, exitCode);
        Assert.EndsWith("left: 0\n", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, 130)]
    [InlineData(15, 143)]
    public void A_signal_stops_the_script_and_its_finally_blocks_run(int signal, int expected)
    {
        string script = Script("sleeps.ps1", "try { 'ready'; while ($true) { [Threading.Thread]::Sleep(50) } } finally { [Console]::Out.WriteLine('cleaned') }");
        using Process process = Start([script]);
        Assert.Equal("ready", process.StandardOutput.ReadLine());
        Assert.Equal(0, kill(process.Id, signal));
        Assert.Equal("cleaned", process.StandardOutput.ReadLine());
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(10)));
        Assert.Equal(expected, process.ExitCode);
    }

    [Fact]
    public void Version_and_help_say_what_they_should()
    {
        Assert.Matches(@"^nstools [0-9]+\.[0-9]+\.[0-9]+\n$", Run("-Version").Output);
        Assert.StartsWith("Usage: nstools", Run("--help").Output, StringComparison.Ordinal);
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int kill(int pid, int signal);

    private string Script(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static (int ExitCode, string Output, string Error) Run(params string[] arguments) => Run("", arguments);

    private static (int ExitCode, string Output, string Error) Run(string input, string[] arguments)
    {
        using Process process = Start(arguments);
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromSeconds(60)))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"nstools {string.Join(' ', arguments)} did not end.");
        }
        return (process.ExitCode, output.Result, error.Result);
    }

    private static Process Start(string[] arguments)
    {
        var start = new ProcessStartInfo(s_program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // As where there is no pwsh, whether there is one here or not; and with the module's own nsrun.
        start.Environment["NSTOOLS_PWSH_HOME"] = "none";
        start.Environment.Remove("NSTOOLS_RUNTIME");
        return Process.Start(start)!;
    }
}
