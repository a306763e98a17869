namespace NsTools.Images;

/// <summary>What a registry lets somebody in with. Its text never shows the secret.</summary>
/// <param name="userName">User name; <c>&lt;token&gt;</c> where the secret is an identity token.</param>
/// <param name="secret">Password or identity token.</param>
public sealed class RegistryCredential(string userName, string secret)
{
    /// <summary>The name that stands in place of a user's where the secret is an identity token, as Docker has it.</summary>
    public const string IdentityTokenName = "<token>";

    /// <summary>User name.</summary>
    public string UserName { get; } = userName;

    /// <summary>True when the secret is an OAuth2 refresh token.</summary>
    public bool IsIdentityToken => UserName == IdentityTokenName;

    /// <summary>Password or identity token.</summary>
    internal string Secret { get; } = secret;

    /// <inheritdoc/>
    public override string ToString() => UserName;
}
