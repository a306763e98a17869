using System.Globalization;
using System.Text;

namespace NsTools.Interop.Oci;

/// <summary>A config says something that is wrong, or that cannot be done here.</summary>
/// <param name="path">JSON path of the member, such as <c>$.mounts[2].destination</c>.</param>
/// <param name="problem">What is wrong with it.</param>
public sealed class RuntimeSpecException(string path, string problem) : Exception($"config {path}: {OneLine(problem)}.")
{
    /// <summary>JSON path of the member, such as <c>$.mounts[2].destination</c>.</summary>
    public string Path { get; } = path;

    /// <summary>What is wrong with it, in one line.</summary>
    public string Problem { get; } = OneLine(problem);

    // It may quote a value, and ends up in a terminal and in logs of one line an entry.
    private static string OneLine(string problem)
    {
        string text = problem.TrimEnd('.');
        if (!text.Any(char.IsControl))
            return text;
        var line = new StringBuilder(text.Length + 16);
        foreach (char letter in text)
        {
            if (char.IsControl(letter))
                line.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}");
            else
                line.Append(letter);
        }
        return line.ToString();
    }
}
