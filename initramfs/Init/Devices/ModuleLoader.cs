using System.Collections.Concurrent;
using ImageBuilder.Linux;
using ImageBuilder.Linux.Modules;

namespace ImageBuilder.Init;

/// <summary>Loads modules, each once, after what it depends on, and side by side where nothing stands between them.</summary>
/// <param name="table">What there is.</param>
/// <param name="load">Loads one file with parameters.</param>
/// <param name="parameters">The parameters for a module.</param>
/// <param name="blacklist">Modules that are not loaded for a device.</param>
/// <param name="failed">Told about modules that did not load; from any thread.</param>
internal sealed class ModuleLoader(
    ModuleTable table, Action<string, string> load, Func<string, string> parameters, IReadOnlySet<string> blacklist, Action<string, string> failed)
{
    private readonly ConcurrentDictionary<string, Lazy<Task<bool>>> started = new(StringComparer.Ordinal);
    private volatile bool stopped;

    public ModuleTable Table => table;

    /// <summary>Names of the modules asked for so far, sorted.</summary>
    public IEnumerable<string> Started => started.Keys.Order(StringComparer.Ordinal);

    /// <summary>Starts loading what matches a device's alias; the modules.</summary>
    public IReadOnlyList<string> LoadForDevice(string alias)
    {
        var matches = table.Match(alias);
        foreach (var module in matches)
            if (!blacklist.Contains(module))
                _ = LoadAsync(module);
        return matches;
    }

    /// <summary>Loads a module by name or alias ("fs-iso9660"). True when it is loaded, or part of the kernel; false when it failed or is not there.</summary>
    public async Task<bool> LoadAsync(string nameOrAlias)
    {
        var name = KernelModule.Normalize(nameOrAlias);
        if (table.Builtin.Contains(name))
            return true;
        var matches = table.Match(nameOrAlias);
        if (matches.Count == 0)
            return false;
        var results = await Task.WhenAll(matches.Select(LoadOnce)).ConfigureAwait(false);
        return results.Contains(true);
    }

    /// <summary>Starts no more modules; those that have begun go on.</summary>
    public void Stop() => stopped = true;

    /// <summary>Waits for what is being loaded. False when the time was too short; then <paramref name="late"/> has the names.</summary>
    public bool Settle(TimeSpan timeout, out IReadOnlyList<string> late)
    {
        var names = Started.ToList();
        var done = Task.WhenAll(names.Select(name => started[name].Value)).Wait(timeout);
        late = done ? [] : [.. names.Where(name => !started[name].Value.IsCompleted)];
        return done;
    }

    private Task<bool> LoadOnce(string name) => started.GetOrAdd(name, static (name, loader) => new Lazy<Task<bool>>(() => loader.Run(name)), this).Value;

    private async Task<bool> Run(string name)
    {
        if (!table.Modules.TryGetValue(name, out var module))
            return table.Builtin.Contains(name);
        // Wishes and needs alike first; only the needs decide.
        await Task.WhenAll(module.Before.Select(LoadOnce)).ConfigureAwait(false);
        var needs = await Task.WhenAll(module.Dependencies.Select(LoadOnce)).ConfigureAwait(false);
        if (needs.Contains(false))
        {
            failed(name, "a module that it needs did not load");
            return false;
        }
        var loaded = await Task.Run(() => Load(module)).ConfigureAwait(false);
        foreach (var after in module.After)
            _ = LoadOnce(after);
        return loaded;
    }

    private bool Load(ModuleEntry module)
    {
        if (stopped)
            return false;
        try
        {
            load(module.File, parameters(module.Name));
            return true;
        }
        catch (LinuxException error) when (error.Number == Errno.ENODEV)
        {
            failed(module.Name, "found no hardware for it");
            return false;
        }
        catch (IOException error)
        {
            failed(module.Name, error.Message);
            return false;
        }
    }
}
