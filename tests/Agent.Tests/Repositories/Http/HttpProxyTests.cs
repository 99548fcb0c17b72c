using ImageBuilder.Agent.Repositories.Http;
using ImageBuilder.Formats;

namespace ImageBuilder.Agent.Tests.Repositories.Http;

/// <summary>Which proxy the environment names for what.</summary>
public sealed class HttpProxyTests
{
    [Theory]
    [InlineData("http://host/", "", null)]
    [InlineData("http://host/", "http_proxy=http://proxy:3128", "http://proxy:3128/")]
    [InlineData("http://host/", "http_proxy=proxy:3128", "http://proxy:3128/")]
    [InlineData("http://host/", "HTTP_PROXY=http://proxy:3128", null)]
    [InlineData("http://host/", "https_proxy=http://proxy:3128", null)]
    [InlineData("https://host/", "HTTPS_PROXY=https://proxy", "https://proxy/")]
    [InlineData("https://host/", "all_proxy=http://proxy", "http://proxy/")]
    [InlineData("https://host/", "all_proxy=http://proxy https_proxy=http://other", "http://other/")]
    [InlineData("http://a.example.com/", "http_proxy=http://proxy no_proxy=host,example.com", null)]
    [InlineData("http://a.example.com/", "http_proxy=http://proxy no_proxy=.example.com", null)]
    [InlineData("http://a.example.com/", "http_proxy=http://proxy NO_PROXY=*", null)]
    [InlineData("http://notexample.com/", "http_proxy=http://proxy no_proxy=example.com,,.", "http://proxy/")]
    [InlineData("http://host:81/", "http_proxy=http://proxy no_proxy=host:80", "http://proxy/")]
    [InlineData("http://host:81/", "http_proxy=http://proxy no_proxy=host:81", null)]
    [InlineData("http://[::1]:81/", "http_proxy=http://proxy no_proxy=[::1]", null)]
    [InlineData("http://[::1]:81/", "http_proxy=http://proxy no_proxy=::1", null)]
    public void The_environment_names_it(string target, string environment, string? expected) => Assert.Equal(expected, Find(target, environment)?.Address.AbsoluteUri);

    [Theory]
    [InlineData("http_proxy=socks5://proxy")]
    [InlineData("http_proxy=http://")]
    [InlineData("all_proxy=file:///proxy")]
    public void A_proxy_that_cannot_be_used_is_not_passed_by(string environment)
    {
        var error = Assert.Throws<ImageException>(() => Find("http://host/", environment));
        Assert.Equal("IB6127", error.Id);
        Assert.Contains("is no proxy that can be used", error.Message);
    }

    private static HttpProxy? Find(string target, string environment)
    {
        var variables = environment.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToDictionary(word => word.Split('=', 2)[0], word => word.Split('=', 2)[1]);
        return HttpProxy.For(new Uri(target), variables.GetValueOrDefault);
    }
}
