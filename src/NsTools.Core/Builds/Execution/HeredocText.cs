using System.Text;

namespace NsTools.Builds.Execution;

/// <summary>The texts of instructions as they are used.</summary>
internal static class HeredocText
{
    /// <summary>A text, without the tabs that its <c>&lt;&lt;-</c> takes away.</summary>
    /// <param name="heredoc">The text.</param>
    public static string Of(DockerfileHeredoc heredoc)
    {
        if (!heredoc.StripsTabs)
            return heredoc.Content;
        StringBuilder text = new();
        for (int start = 0; start < heredoc.Content.Length;)
        {
            int feed = heredoc.Content.IndexOf('\n', start);
            int next = feed < 0 ? heredoc.Content.Length : feed + 1;
            text.Append(heredoc.Content.AsSpan(start..next).TrimStart('\t'));
            start = next;
        }
        return text.ToString();
    }
}
