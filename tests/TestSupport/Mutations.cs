using System.Diagnostics;

namespace ImageBuilder.TestSupport;

/// <summary>Damages a valid image in many ways, the same ones each run, and hands each to a reader.</summary>
public static class Mutations
{
    private static readonly byte[] Extremes = [0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF];

    /// <summary>
    /// Reads every mutant. Fails when a reader throws anything but <typeparamref name="TExpected"/>, takes a second or more, or allocates more
    /// than the cap.
    /// </summary>
    /// <param name="valid">The image; read once whole first.</param>
    /// <param name="count">How many mutants.</param>
    /// <param name="seed">Decides them.</param>
    /// <param name="memoryCap">Bytes that one execution may allocate.</param>
    /// <param name="read">Opens the image and reads all that is in it.</param>
    /// <returns>How many mutants were refused.</returns>
    public static int Survive<TExpected>(byte[] valid, int count, int seed, long memoryCap, Action<byte[]> read)
        where TExpected : Exception
    {
        read(valid);
        var random = new Random(seed);
        var used = Enumerable.Range(0, valid.Length).Where(at => valid[at] != 0).ToArray();
        var refused = 0;
        for (var round = 0; round < count; round++)
        {
            var mutant = Mutate(valid, used, random);
            var clock = Stopwatch.StartNew();
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                read(mutant);
            }
            catch (TExpected)
            {
                refused++;
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"mutant {round} of seed {seed}: {error}", error);
            }
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (allocated > memoryCap)
                throw new InvalidOperationException($"mutant {round} of seed {seed} took {allocated} bytes of memory; the cap is {memoryCap}");
            // One that is late once may have met a busy machine; it is late again when it is the mutant's doing.
            if (clock.ElapsedMilliseconds >= 1000 && Again(mutant, read) >= 1000)
                throw new InvalidOperationException($"mutant {round} of seed {seed} took {clock.ElapsedMilliseconds} ms");
        }
        return refused;
    }

    private static long Again<T>(T mutant, Action<T> read)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            read(mutant);
        }
        catch (Exception)
        {
            // known already
        }
        return clock.ElapsedMilliseconds;
    }

    /// <summary>One to eight changes, mostly where the image says something: a byte, a bit, an extreme, a number, bytes moved elsewhere; now and then cut off.</summary>
    private static byte[] Mutate(byte[] valid, int[] used, Random random)
    {
        var mutant = (byte[])valid.Clone();
        for (var change = random.Next(8); change >= 0; change--)
        {
            var at = random.Next(10) == 0 ? random.Next(mutant.Length) : used[random.Next(used.Length)];
            switch (random.Next(6))
            {
                case 0:
                    mutant[at] = (byte)random.Next(256);
                    break;
                case 1:
                    mutant[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    mutant[at] = Extremes[random.Next(Extremes.Length)];
                    break;
                case 3:
                    mutant[at]++;
                    break;
                case 4:
                    mutant.AsSpan(at, Math.Min(4, mutant.Length - at)).Fill(Extremes[random.Next(Extremes.Length)]);
                    break;
                default:
                    var from = used[random.Next(used.Length)];
                    var length = Math.Min(random.Next(1, 40), mutant.Length - Math.Max(from, at));
                    valid.AsSpan(from, length).CopyTo(mutant.AsSpan(at));
                    break;
            }
        }
        return random.Next(25) == 0 ? mutant[..random.Next(mutant.Length)] : mutant;
    }
}
