namespace ImageBuilder.Pipeline.Inspection.Audit;

/// <summary>How the ssh server lets people in.</summary>
internal sealed class SshServerCheck : IAuditCheck
{
    private const string DropIn = "files: [{ path: /etc/ssh/sshd_config.d/10-image.conf, content: ";

    public IEnumerable<Finding> Run(AuditTarget target)
    {
        if (target.Tree.Resolve("/usr/sbin/sshd") is null)
            yield break;
        var config = SshdConfig.Read(target);
        var passwords = config.Value("PasswordAuthentication", "yes");
        var keyboard = config.Value("KbdInteractiveAuthentication", config.Value("ChallengeResponseAuthentication", "yes").Text);
        var asks = passwords.Text == "yes" || (keyboard.Text == "yes" && config.Value("UsePAM", "no").Text == "yes");
        var root = config.Value("PermitRootLogin", "prohibit-password");
        if (root.Text == "yes")
            yield return asks && AccountsCheck.HasPassword(target.Tree, "root")
                ? new Finding("AU0701", Severity.High, "PermitRootLogin", $"root may log in over the network with a password ({root.Where})", DropIn + "\"PermitRootLogin prohibit-password\\n\" }]")
                : new Finding("AU0701", Severity.Medium, "PermitRootLogin", $"root may log in over the network ({root.Where}); only that it has no password that works, or passwords are off, stands in the way", DropIn + "\"PermitRootLogin prohibit-password\\n\" }]");
        if (asks)
            yield return new Finding("AU0702", Severity.Medium, "PasswordAuthentication", $"passwords can be guessed over the network ({(passwords.Text == "yes" ? passwords.Where : keyboard.Where)})", DropIn + "\"PasswordAuthentication no\\nKbdInteractiveAuthentication no\\n\" }], and sshKeys: for who may log in");
        if (config.Value("PermitEmptyPasswords", "no") is { Text: "yes" } empty)
            yield return new Finding("AU0703", Severity.High, "PermitEmptyPasswords", $"accounts without a password can be used over the network ({empty.Where})", DropIn + "\"PermitEmptyPasswords no\\n\" }]");
        foreach (var (condition, keyword, value) in config.Conditional)
            if ((keyword, value) is ("permitrootlogin", "yes") or ("permitemptypasswords", "yes") || (keyword, value) is ("passwordauthentication", "yes") && passwords.Text != "yes")
                yield return new Finding("AU0704", Severity.Medium, $"Match {condition}", $"for some, sshd_config says '{keyword} {value}'", "see whether the condition is as narrow as it should be");
    }
}
