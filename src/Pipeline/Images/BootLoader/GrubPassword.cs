using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ImageBuilder.Pipeline.Plan;

namespace ImageBuilder.Pipeline.Images.BootLoader;

/// <summary>The password of a boot menu as GRUB's password_pbkdf2 takes it.</summary>
internal static class GrubPassword
{
    /// <summary>The only user that a menu knows.</summary>
    public const string User = "admin";

    private const int Iterations = 10000; // as grub-mkpasswd-pbkdf2: GRUB needs a part of a second for them
    private const int HashLength = 64;

    /// <summary>The plan's hash, or one of its password; "" when the menu is not locked. The salt comes from the plan, so that the same plan gives the same bytes.</summary>
    public static string Of(BuildPlan plan) => plan.BootMenu switch
    {
        { PasswordHash: { } hash } => hash,
        { Password: { } password } => Hash(password, SHA512.HashData(Encoding.UTF8.GetBytes($"imagebuilder menu salt\n{PlanHash.Of(plan)}"))),
        _ => "",
    };

    /// <summary>grub.pbkdf2.sha512.ITERATIONS.SALT.HASH, both in hexadecimal digits.</summary>
    internal static string Hash(string password, byte[] salt) => string.Create(CultureInfo.InvariantCulture,
        $"grub.pbkdf2.sha512.{Iterations}.{Convert.ToHexString(salt)}.{Convert.ToHexString(Rfc2898DeriveBytes.Pbkdf2(password, salt, Iterations, HashAlgorithmName.SHA512, HashLength))}");
}
