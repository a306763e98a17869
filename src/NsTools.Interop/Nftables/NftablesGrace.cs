namespace NsTools.Interop.Nftables;

/// <summary>
/// Closes sockets of nftables a moment after their use: while a change is not over, the kernel would wait for it before it
/// closes any (<c>nft_rcv_nl_event()</c>), with a lock held that every new or leaving link needs.
/// </summary>
internal static class NftablesGrace
{
    // Several grace periods of the kernel's RCU; should it take longer, closing does wait.
    private static readonly TimeSpan s_delay = TimeSpan.FromMilliseconds(200);

    /// <summary>Has something closed later.</summary>
    /// <param name="close">Closes it; does not throw.</param>
    public static void Run(Action close) => _ = Task.Delay(s_delay).ContinueWith(_ => close(), TaskScheduler.Default);
}
