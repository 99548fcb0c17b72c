namespace ImageBuilder.Agent.Repositories;

/// <summary>A layout on a web server, which needs to know nothing but files.</summary>
internal sealed class WebRepository(RepositoryAddress address, WebClient client) : LayoutRepository
{
    public override string Name => address.Name;

    public override void Dispose() => client.Dispose();

    protected override Stream? OpenFile(string path, long offset, CancellationToken cancel)
    {
        var answer = client.Get(new Uri(address.Base, path), offset, client.Credentials?.ToBasic(), null, cancel);
        return WebFile.Open(answer, offset, Name);
    }
}
