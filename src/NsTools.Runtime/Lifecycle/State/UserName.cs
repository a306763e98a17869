using System.Globalization;

namespace NsTools.Runtime.Lifecycle.State;

/// <summary>
/// Names of users, from <c>/etc/passwd</c> itself: the C library of a static executable cannot load the modules of
/// nsswitch.conf(5).
/// </summary>
internal static class UserName
{
    /// <summary>The user's name; its number where it has none there.</summary>
    /// <param name="id">User ID.</param>
    public static string Of(uint id)
    {
        string number = id.ToString(CultureInfo.InvariantCulture);
        try
        {
            foreach (string line in File.ReadLines("/etc/passwd"))
            {
                if (line.Split(':') is [string name, _, string user, ..] && user == number)
                    return name;
            }
        }
        catch (IOException)
        {
            // No such file: the number says it, too.
        }
        return number;
    }
}
