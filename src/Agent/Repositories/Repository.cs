using ImageBuilder.Formats;

namespace ImageBuilder.Agent.Repositories;

/// <summary>Opens repositories of every kind.</summary>
internal static class Repository
{
    /// <summary>
    /// Opens http(s)://… (an OCI image layout on any web server), oci://HOST/NAME and oci+http://HOST/NAME (an OCI registry), or a path: a folder with a layout, or a tar of one.
    /// Nothing is asked of a server yet.
    /// </summary>
    /// <returns>The repository; failures that may pass are retried in it, and what it gives is slowed down to the rate.</returns>
    /// <exception cref="ImageException">IB6126: no such address. IB6121: nothing at the path, or no repository. IB6127: a file of options cannot be used.</exception>
    public static IRepository Open(string urlOrPath, RepositoryOptions options)
    {
        if (RepositoryAddress.TryParse(urlOrPath) is { } address)
        {
            var client = new WebClient(options, Credentials.For(address, options));
            return new RetryingRepository(address.IsRegistry ? new RegistryRepository(address, client) : new WebRepository(address, client), options);
        }
        if (Directory.Exists(urlOrPath))
            return new RetryingRepository(new FolderRepository(urlOrPath), options);
        if (File.Exists(urlOrPath))
            return new RetryingRepository(ArchiveRepository.Open(urlOrPath), options);
        throw new ImageException(ImageErrorKind.Io, "IB6121", $"{urlOrPath} is not there: expected a folder or tar with a repository (made by `imagebuilder publish`), http://…, https://… or oci://HOST/NAME");
    }
}
