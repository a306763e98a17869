using System.Text;

namespace NsTools.Runtime.Commands;

/// <summary>Tables as runc prints them: columns as wide as their widest cell, at least 12, three blanks or more between them.</summary>
internal static class TextTable
{
    private const int LeastWidth = 12;
    private const int Gap = 3;

    /// <summary>Formats the rows.</summary>
    /// <param name="rows">Rows with the same number of cells; the first one is the heading.</param>
    public static string Format(List<string[]> rows)
    {
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => Math.Max(LeastWidth, rows.Max(row => row[column].Length) + Gap))];
        var text = new StringBuilder();
        foreach (string[] row in rows)
        {
            for (int i = 0; i < row.Length; i++)
                text.Append(i == row.Length - 1 ? row[i] : row[i].PadRight(widths[i]));
            text.Append('\n');
        }
        return text.ToString();
    }
}
