namespace ImageBuilder.Sequences;

/// <summary>
/// The part of LINQ that programs on the device use, with the same names and meanings (System.Linq.Enumerable's documentation). The framework's own is made
/// for speed: it has code for every pair of a source's and a result's type, which took a quarter of the boot program. This one has a loop for each call.
/// </summary>
internal static class SequenceOperators
{
    public static IEnumerable<TResult> Select<T, TResult>(this IEnumerable<T> source, Func<T, TResult> selector)
    {
        foreach (var item in source)
            yield return selector(item);
    }

    public static IEnumerable<TResult> Select<T, TResult>(this IEnumerable<T> source, Func<T, int, TResult> selector)
    {
        var index = 0;
        foreach (var item in source)
            yield return selector(item, index++);
    }

    public static IEnumerable<TResult> SelectMany<T, TResult>(this IEnumerable<T> source, Func<T, IEnumerable<TResult>> selector)
    {
        foreach (var item in source)
            foreach (var result in selector(item))
                yield return result;
    }

    public static IEnumerable<TResult> SelectMany<T, TMiddle, TResult>(this IEnumerable<T> source, Func<T, IEnumerable<TMiddle>> selector, Func<T, TMiddle, TResult> result)
    {
        foreach (var item in source)
            foreach (var middle in selector(item))
                yield return result(item, middle);
    }

    public static IEnumerable<T> Where<T>(this IEnumerable<T> source, Func<T, bool> predicate)
    {
        foreach (var item in source)
            if (predicate(item))
                yield return item;
    }

    public static IEnumerable<T> OfType<T>(this System.Collections.IEnumerable source)
    {
        foreach (var item in source)
            if (item is T typed)
                yield return typed;
    }

    public static IEnumerable<T> Cast<T>(this System.Collections.IEnumerable source)
    {
        foreach (var item in source)
            yield return (T)item!;
    }

    public static IEnumerable<T> Concat<T>(this IEnumerable<T> first, IEnumerable<T> second)
    {
        foreach (var item in first)
            yield return item;
        foreach (var item in second)
            yield return item;
    }

    public static IEnumerable<T> Append<T>(this IEnumerable<T> source, T last) => source.Concat([last]);

    public static IEnumerable<T> Prepend<T>(this IEnumerable<T> source, T first) => ((IEnumerable<T>)[first]).Concat(source);

    public static IEnumerable<T> Skip<T>(this IEnumerable<T> source, int count)
    {
        foreach (var item in source)
            if (count-- <= 0)
                yield return item;
    }

    public static IEnumerable<T> Take<T>(this IEnumerable<T> source, int count)
    {
        if (count <= 0)
            yield break;
        foreach (var item in source)
        {
            yield return item;
            if (--count == 0)
                yield break;
        }
    }

    public static IEnumerable<T> TakeWhile<T>(this IEnumerable<T> source, Func<T, bool> predicate)
    {
        foreach (var item in source)
        {
            if (!predicate(item))
                yield break;
            yield return item;
        }
    }

    public static IEnumerable<(TFirst First, TSecond Second)> Zip<TFirst, TSecond>(this IEnumerable<TFirst> first, IEnumerable<TSecond> second)
    {
        using var other = second.GetEnumerator();
        foreach (var item in first)
        {
            if (!other.MoveNext())
                yield break;
            yield return (item, other.Current);
        }
    }

    public static IEnumerable<T> Distinct<T>(this IEnumerable<T> source, IEqualityComparer<T>? comparer = null)
    {
        var seen = new HashSet<T>(comparer);
        foreach (var item in source)
            if (seen.Add(item))
                yield return item;
    }

    public static IEnumerable<T> Except<T>(this IEnumerable<T> source, IEnumerable<T> others, IEqualityComparer<T>? comparer = null)
    {
        var seen = new HashSet<T>(others, comparer);
        foreach (var item in source)
            if (seen.Add(item))
                yield return item;
    }

    public static IEnumerable<T> DefaultIfEmpty<T>(this IEnumerable<T> source, T other = default!)
    {
        var isEmpty = true;
        foreach (var item in source)
        {
            isEmpty = false;
            yield return item;
        }
        if (isEmpty)
            yield return other;
    }

    public static IEnumerable<T> Reverse<T>(this IEnumerable<T> source)
    {
        var items = source.ToList();
        for (var i = items.Count - 1; i >= 0; i--)
            yield return items[i];
    }

    /// <summary>Stable, as LINQ's is.</summary>
    public static Ordered<T> OrderBy<T, TKey>(this IEnumerable<T> source, Func<T, TKey> key, IComparer<TKey>? comparer = null) => new(source, By(key, comparer));

    public static Ordered<T> OrderByDescending<T, TKey>(this IEnumerable<T> source, Func<T, TKey> key, IComparer<TKey>? comparer = null) => new(source, Down(By(key, comparer)));

    public static Ordered<T> Order<T>(this IEnumerable<T> source, IComparer<T>? comparer = null) => new(source, (comparer ?? Comparer<T>.Default).Compare);

    public static Ordered<T> OrderDescending<T>(this IEnumerable<T> source, IComparer<T>? comparer = null) => new(source, Down<T>((comparer ?? Comparer<T>.Default).Compare));

    public static Ordered<T> ThenBy<T, TKey>(this Ordered<T> source, Func<T, TKey> key, IComparer<TKey>? comparer = null) => source.Then(By(key, comparer));

    public static Ordered<T> ThenByDescending<T, TKey>(this Ordered<T> source, Func<T, TKey> key, IComparer<TKey>? comparer = null) => source.Then(Down(By(key, comparer)));

    /// <summary>In the order of the keys' first items.</summary>
    public static IEnumerable<Group<TKey, T>> GroupBy<T, TKey>(this IEnumerable<T> source, Func<T, TKey> key, IEqualityComparer<TKey>? comparer = null)
        where TKey : notnull
    {
        var groups = new List<Group<TKey, T>>();
        var places = new Dictionary<TKey, Group<TKey, T>>(comparer);
        foreach (var item in source)
        {
            var its = key(item);
            if (!places.TryGetValue(its, out var group))
                groups.Add(places[its] = group = new Group<TKey, T>(its));
            group.Add(item);
        }
        return groups;
    }

    public static bool Any<T>(this IEnumerable<T> source)
    {
        using var items = source.GetEnumerator();
        return items.MoveNext();
    }

    public static bool Any<T>(this IEnumerable<T> source, Func<T, bool> predicate)
    {
        foreach (var item in source)
            if (predicate(item))
                return true;
        return false;
    }

    public static bool All<T>(this IEnumerable<T> source, Func<T, bool> predicate) => !source.Any(item => !predicate(item));

    public static bool Contains<T>(this IEnumerable<T> source, T wanted, IEqualityComparer<T>? comparer = null) =>
        source.Any(item => (comparer ?? EqualityComparer<T>.Default).Equals(item, wanted));

    public static bool SequenceEqual<T>(this IEnumerable<T> first, IEnumerable<T> second)
    {
        using var other = second.GetEnumerator();
        foreach (var item in first)
            if (!other.MoveNext() || !EqualityComparer<T>.Default.Equals(item, other.Current))
                return false;
        return !other.MoveNext();
    }

    public static T First<T>(this IEnumerable<T> source, Func<T, bool>? predicate = null)
    {
        foreach (var item in source)
            if (predicate is null || predicate(item))
                return item;
        throw NoneThere();
    }

    public static T? FirstOrDefault<T>(this IEnumerable<T> source, Func<T, bool>? predicate = null)
    {
        foreach (var item in source)
            if (predicate is null || predicate(item))
                return item;
        return default;
    }

    public static T Last<T>(this IEnumerable<T> source, Func<T, bool>? predicate = null)
    {
        var matching = source.Where(item => predicate is null || predicate(item)).ToList();
        return matching.Count > 0 ? matching[^1] : throw NoneThere();
    }

    public static T? LastOrDefault<T>(this IEnumerable<T> source, Func<T, bool>? predicate = null)
    {
        T? last = default;
        foreach (var item in source)
            if (predicate is null || predicate(item))
                last = item;
        return last;
    }

    public static T Single<T>(this IEnumerable<T> source, Func<T, bool>? predicate = null)
    {
        var matching = source.Where(item => predicate is null || predicate(item)).Take(2).ToList();
        return matching.Count == 1 ? matching[0] : throw (matching.Count == 0 ? NoneThere() : new InvalidOperationException("the sequence has more than one such item"));
    }

    public static int Count<T>(this IEnumerable<T> source, Func<T, bool>? predicate = null)
    {
        var count = 0;
        foreach (var item in source)
            if (predicate is null || predicate(item))
                count++;
        return count;
    }

    public static long Sum<T>(this IEnumerable<T> source, Func<T, long> value)
    {
        long sum = 0;
        foreach (var item in source)
            sum = checked(sum + value(item));
        return sum;
    }

    public static int Sum<T>(this IEnumerable<T> source, Func<T, int> value) => (int)source.Sum(item => (long)value(item));

    public static long Sum(this IEnumerable<long> source) => source.Sum(value => value);

    public static T Max<T>(this IEnumerable<T> source) => source.Greatest((left, right) => Comparer<T>.Default.Compare(left, right));

    public static T Min<T>(this IEnumerable<T> source) => source.Greatest((left, right) => Comparer<T>.Default.Compare(right, left));

    public static TResult Max<T, TResult>(this IEnumerable<T> source, Func<T, TResult> selector) => source.Select(selector).Max();

    public static TResult Min<T, TResult>(this IEnumerable<T> source, Func<T, TResult> selector) => source.Select(selector).Min();

    public static T? MaxBy<T, TKey>(this IEnumerable<T> source, Func<T, TKey> key)
    {
        var items = source.ToList();
        return items.Count == 0 ? default : items.Greatest((left, right) => Comparer<TKey>.Default.Compare(key(left), key(right)));
    }

    public static IEnumerable<T> AsEnumerable<T>(this IEnumerable<T> source) => source;

    public static List<T> ToList<T>(this IEnumerable<T> source) => new(source);

    public static T[] ToArray<T>(this IEnumerable<T> source) => new List<T>(source).ToArray();

    public static HashSet<T> ToHashSet<T>(this IEnumerable<T> source, IEqualityComparer<T>? comparer = null) => new(source, comparer);

    public static Dictionary<TKey, TValue> ToDictionary<T, TKey, TValue>(this IEnumerable<T> source, Func<T, TKey> key, Func<T, TValue> value, IEqualityComparer<TKey>? comparer = null)
        where TKey : notnull
    {
        var result = new Dictionary<TKey, TValue>(comparer);
        foreach (var item in source)
            result.Add(key(item), value(item));
        return result;
    }

    public static Dictionary<TKey, T> ToDictionary<T, TKey>(this IEnumerable<T> source, Func<T, TKey> key, IEqualityComparer<TKey>? comparer = null)
        where TKey : notnull => source.ToDictionary(key, item => item, comparer);

    private static Comparison<T> By<T, TKey>(Func<T, TKey> key, IComparer<TKey>? comparer)
    {
        var keys = comparer ?? Comparer<TKey>.Default;
        return (left, right) => keys.Compare(key(left), key(right));
    }

    private static Comparison<T> Down<T>(Comparison<T> compare) => (left, right) => compare(right, left);

    private static T Greatest<T>(this IEnumerable<T> source, Comparison<T> compare)
    {
        using var items = source.GetEnumerator();
        if (!items.MoveNext())
            throw NoneThere();
        var greatest = items.Current;
        while (items.MoveNext())
            if (compare(items.Current, greatest) > 0)
                greatest = items.Current;
        return greatest;
    }

    private static InvalidOperationException NoneThere() => new("the sequence has no such item");
}

/// <summary>Items with the same key, in their order.</summary>
internal sealed class Group<TKey, T>(TKey key) : List<T>
{
    public TKey Key { get; } = key;
}

/// <summary>Sorted when it is read; stable.</summary>
internal sealed class Ordered<T>(IEnumerable<T> source, Comparison<T> compare) : IEnumerable<T>
{
    /// <summary>Decides between those that are equal so far.</summary>
    public Ordered<T> Then(Comparison<T> next) => new(source, (left, right) => compare(left, right) is not 0 and var result ? result : next(left, right));

    // The index decides between equals: List.Sort is not stable.
    public IEnumerator<T> GetEnumerator()
    {
        var items = source.ToList();
        var order = new List<int>(items.Count);
        for (var i = 0; i < items.Count; i++)
            order.Add(i);
        order.Sort((left, right) => compare(items[left], items[right]) is not 0 and var result ? result : left.CompareTo(right));
        foreach (var index in order)
            yield return items[index];
    }

    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>As System.Linq.Enumerable.</summary>
internal static class Enumerable
{
    public static IEnumerable<int> Range(int start, int count)
    {
        for (var i = 0; i < count; i++)
            yield return start + i;
    }

    public static IEnumerable<T> Repeat<T>(T item, int count)
    {
        for (var i = 0; i < count; i++)
            yield return item;
    }
}
