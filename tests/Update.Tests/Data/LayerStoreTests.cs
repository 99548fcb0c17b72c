using System.Security.Cryptography;
using ImageBuilder.Formats;
using ImageBuilder.Linux.Files;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.Tests.Cuts;
using ImageBuilder.Update.Tests.Model;
using Xunit.Abstractions;
using DeviceState = ImageBuilder.Update.Tests.Model.State;

namespace ImageBuilder.Update.Tests.Data;

/// <summary>The store of layers: what has a name is right, whatever was cut, and a second attempt comes to the end.</summary>
[Collection(CutGroup.Name)]
public class LayerStoreTests(Results results, ITestOutputHelper output)
{
    private static readonly byte[] Content = Noise(6_000, 1);
    private static readonly StackBlob Layer = new(Convert.ToHexStringLower(SHA256.HashData(Content)), Content.Length);
    private static readonly StackManifest Stack = new() { Name = "a", Version = "1", Layers = [Layer] };

    [Fact]
    public void A_cut_anywhere_leaves_what_is_named_right_and_the_next_attempt_ends_well()
    {
        var whole = new World(new DeviceState());
        Install(new ModelFiles(whole));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var resumed = 0;
        foreach (var kind in Enum.GetValues<FaultKind>())
            for (var at = 0; at < whole.Operations; at++)
            {
                var world = new World(new DeviceState()) { Fault = new Fault(at, kind) };
                var isDone = false;
                try
                {
                    Install(new ModelFiles(world));
                    isDone = true;
                }
                catch (PowerCutException)
                {
                }
                catch (ImageException)
                {
                    Assert.NotEqual(FaultKind.Cut, kind);
                }
                foreach (var state in kind == FaultKind.Cut || isDone ? world.AfterCut() : [world.AfterShutdown()])
                    if (seen.Add(state.Digest()))
                        resumed += Recover(state, $"{kind} at {at}", isDone) ? 1 : 0;
            }
        output.WriteLine($"{whole.Operations} operations, {seen.Count} distinct states, {resumed} of them with a part to go on from");
        results.Add("a layer and a stack into the store", whole.Operations, seen.Count, 0);
        Assert.True(seen.Count > 150 && resumed > 20, $"{seen.Count} states, {resumed} resumed: the model does not cut");
    }

    [Fact]
    public void A_length_that_was_not_flushed_is_not_believed()
    {
        var files = new ModelFiles(new World(new DeviceState()));
        var store = new LayerStore(files);
        store.Begin(Layer).Append(Content.AsSpan(0, 5000)); // cut: never disposed
        using (var partial = store.Begin(Layer))
        {
            Assert.Equal(0, partial.Length);
            partial.Append(Content.AsSpan(0, 1000));
        }
        Assert.Equal(1000, store.PartOf(Layer));
    }

    [Fact]
    public void Other_bytes_get_no_name_and_are_thrown_away()
    {
        var files = new ModelFiles(new World(new DeviceState()));
        var store = new LayerStore(files);
        using (var partial = store.Begin(Layer))
        {
            partial.Append(new byte[Content.Length - 1]);
            Assert.Equal("IB6028", Assert.Throws<ImageException>(partial.Finish).Id);
            partial.Append([0]);
            Assert.Equal("IB6028", Assert.Throws<ImageException>(() => partial.Append([0])).Id);
            Assert.Equal("IB6027", Assert.Throws<ImageException>(partial.Finish).Id);
        }
        Assert.False(store.Has(Layer));
        Assert.Empty(files.List(DataLayout.Layers));
    }

    [Fact]
    public void A_damaged_layer_is_found_and_replaced_in_one_step()
    {
        var files = new ModelFiles(new World(new DeviceState()));
        Install(files);
        var store = new LayerStore(files);
        Assert.Null(store.Check(Layer));
        files.WriteAt($"{DataLayout.Layers}/{Layer.Sha256}.squashfs", 777, [1, 2, 3]);
        Assert.Contains("its digest is", store.Check(Layer), StringComparison.Ordinal);
        Fill(store);
        Assert.Null(store.Check(Layer));
    }

    [Fact]
    public void Collection_takes_what_no_stack_names_and_nothing_when_a_stack_is_unknown()
    {
        var files = new ModelFiles(new World(new DeviceState()));
        Install(files);
        var store = new LayerStore(files);
        var (begun, other) = (new StackBlob(new string('b', 64), 10), new StackBlob(new string('c', 64), 10));
        store.Begin(begun).Dispose();
        store.Begin(other).Dispose();
        var staged = Stack with { Version = "2", Layers = [begun, Layer] };

        Assert.Empty(store.Collect([Stack.Id, staged.Id])); // its manifest is nowhere
        Assert.Equal([$".new-{other.Sha256}"], store.Collect([Stack.Id, staged.Id], [staged]));
        Assert.Equal(4, store.Collect([]).Count);
        Assert.Empty(files.List(DataLayout.Layers));
        Assert.Empty(files.List(DataLayout.Stacks));
    }

    private static bool Recover(DeviceState state, string when, bool isDone)
    {
        var files = new ModelFiles(new World(state));
        var store = new LayerStore(files);
        if (store.Has(Layer))
            Assert.True(store.Check(Layer) is null, $"{when}: a layer has its name and not its bytes");
        Assert.True(!isDone || (store.Has(Layer) && store.FindStack(Stack.Id) is not null), $"{when}: said to be done, and it is not there");
        var part = store.PartOf(Layer);
        Install(files);
        Assert.True(store.Has(Layer) && store.Check(Layer) is null && store.FindStack(Stack.Id) is not null, $"{when}: the second attempt did not come to the end");
        store.Collect([Stack.Id]);
        Assert.Equal([$"{Layer.Sha256}.squashfs"], files.List(DataLayout.Layers));
        Assert.Equal([$"{Stack.Id}.json", $"{Stack.Id}.json.minisig.0"], files.List(DataLayout.Stacks));
        return part > 0;
    }

    /// <summary>Two rounds, as if the network broke off between them.</summary>
    private static void Install(IFileTree files)
    {
        var store = new LayerStore(files);
        store.PutStack(Stack.ToBytes(), ["signature"]);
        if (store.Has(Layer))
            return;
        using (var partial = store.Begin(Layer))
            if (partial.Length < 3000)
                partial.Append(Content.AsSpan((int)partial.Length, 3000 - (int)partial.Length));
        Fill(store);
    }

    private static void Fill(LayerStore store)
    {
        using var partial = store.Begin(Layer);
        while (partial.Length < Content.Length)
            partial.Append(Content.AsSpan((int)partial.Length, Math.Min(2_000, Content.Length - (int)partial.Length)));
        partial.Finish();
    }

    private static byte[] Noise(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
