using NsTools.Interop.Syscalls;
using Xunit;

namespace NsTools.Tests;

public sealed class ErrnoTests
{
    [Theory]
    [InlineData(1, "EPERM", "Operation not permitted")]
    [InlineData(40, "ELOOP", "Too many levels of symbolic links")]
    [InlineData(95, "EOPNOTSUPP", "Operation not supported")]
    [InlineData(133, "EHWPOISON", "Memory page has hardware error")]
    public void A_number_has_its_name_and_the_librarys_words(int number, string name, string words)
    {
        Assert.Equal(name, Errno.Name(number));
        Assert.Equal(words, Errno.Describe(number));
    }
}
