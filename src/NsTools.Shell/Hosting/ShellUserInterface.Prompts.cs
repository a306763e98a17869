using System.Collections.ObjectModel;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace NsTools.Shell.Hosting;

/// <summary>What the engine asks: missing mandatory parameters, -Confirm questions, credentials.</summary>
internal sealed partial class ShellUserInterface
{
    /// <inheritdoc/>
    public override string ReadLine() => ReadAnswer() ?? "";

    /// <inheritdoc/>
    public override SecureString ReadLineAsSecureString()
    {
        ThrowIfNonInteractive();
        _progress.Clear();
        var secret = new SecureString();
        if (Console.IsInputRedirected)
        {
            foreach (char character in ReadLine())
                secret.AppendChar(character);
        }
        else
        {
            for (ConsoleKeyInfo key = Console.ReadKey(true); key.Key != ConsoleKey.Enter; key = Console.ReadKey(true))
            {
                if (key.Key == ConsoleKey.Backspace && secret.Length > 0)
                    secret.RemoveAt(secret.Length - 1);
                else if (!char.IsControl(key.KeyChar))
                    secret.AppendChar(key.KeyChar);
            }
            Console.Out.WriteLine();
        }
        secret.MakeReadOnly();
        return secret;
    }

    /// <inheritdoc/>
    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions)
    {
        ThrowIfNonInteractive();
        WriteHeading(caption, message);
        var answers = new Dictionary<string, PSObject>();
        foreach (FieldDescription field in descriptions)
        {
            Type type = LanguagePrimitives.TryConvertTo(field.ParameterAssemblyFullName is { Length: > 0 } full ? full : field.ParameterTypeFullName, out Type? found)
                || LanguagePrimitives.TryConvertTo(field.ParameterTypeFullName, out found) ? found! : typeof(string);
            answers[field.Name] = type switch
            {
                _ when type == typeof(SecureString) => PSObject.AsPSObject(Ask(field.Name, ReadLineAsSecureString)),
                _ when type == typeof(PSCredential) => PSObject.AsPSObject(PromptForCredential("", "", "", "")),
                { IsArray: true } => PSObject.AsPSObject(AskForList(field.Name)),
                _ => PSObject.AsPSObject(Ask(field.Name, ReadLine)),
            };
        }
        return answers;
    }

    /// <inheritdoc/>
    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
    {
        ThrowIfNonInteractive();
        WriteHeading(caption, message);
        (string Key, string Label)[] labels = [.. choices.Select(choice => SplitLabel(choice.Label))];
        string line = string.Join("  ", labels.Select(label => $"[{label.Key}] {label.Label}")) + "  [?] Help";
        if (defaultChoice >= 0)
            line += $" (default is \"{labels[defaultChoice].Key}\")";
        while (true)
        {
            Write($"{line}: ");
            // At the end of input nobody will ever answer.
            string answer = ReadAnswer()?.Trim() ?? throw new PipelineStoppedException();
            if (answer.Length == 0 && defaultChoice >= 0)
                return defaultChoice;
            if (answer == "?")
            {
                foreach ((ChoiceDescription choice, (string key, _)) in choices.Zip(labels))
                    WriteLine($"{key} - {choice.HelpMessage}");
                continue;
            }
            int chosen = Array.FindIndex(labels, label =>
                answer.Equals(label.Key, StringComparison.OrdinalIgnoreCase) || answer.Equals(label.Label, StringComparison.OrdinalIgnoreCase));
            if (chosen >= 0)
                return chosen;
        }
    }

    /// <inheritdoc/>
    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) =>
        PromptForCredential(caption, message, userName, targetName, PSCredentialTypes.Default, PSCredentialUIOptions.Default);

    /// <inheritdoc/>
    public override PSCredential PromptForCredential(
        string caption, string message, string userName, string targetName, PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options)
    {
        ThrowIfNonInteractive();
        WriteHeading(caption, message);
        string user = string.IsNullOrEmpty(userName) ? Ask("User", ReadLine) : userName;
        return new PSCredential(user, Ask(string.Create(CultureInfo.InvariantCulture, $"Password for user {user}"), ReadLineAsSecureString));
    }

    /// <summary><c>&amp;Yes</c> as the key <c>Y</c> and the words <c>Yes</c>.</summary>
    internal static (string Key, string Label) SplitLabel(string label)
    {
        int mark = label.IndexOf('&', StringComparison.Ordinal);
        string words = mark < 0 ? label : label.Remove(mark, 1);
        return mark >= 0 && mark < words.Length ? (words[mark].ToString().ToUpperInvariant(), words) : (words, words);
    }

    private string? ReadAnswer()
    {
        ThrowIfNonInteractive();
        _progress.Clear();
        return Console.In.ReadLine();
    }

    private T Ask<T>(string name, Func<T> read)
    {
        Write($"{name}: ");
        return read();
    }

    private List<string> AskForList(string name)
    {
        List<string> values = [];
        while (true)
        {
            string value = Ask(string.Create(CultureInfo.InvariantCulture, $"{name}[{values.Count}]"), ReadLine);
            if (value.Length == 0)
                return values;
            values.Add(value);
        }
    }

    private void WriteHeading(string caption, string message)
    {
        if (!string.IsNullOrEmpty(caption) || !string.IsNullOrEmpty(message))
            WriteLine("");
        if (!string.IsNullOrEmpty(caption))
            WriteLine($"{PSStyle.Instance.Bold}{caption}{PSStyle.Instance.Reset}");
        if (!string.IsNullOrEmpty(message))
            WriteLine(message);
    }

    private void ThrowIfNonInteractive()
    {
        if (nonInteractive)
            throw new HostException("nstools runs with -NonInteractive: nothing can be asked.");
    }
}
