using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ImageBuilder.Pipeline.Plan;

/// <summary>A plan as JSON: for people and programs (<c>summary --json</c>), and the canonical form that its hash covers.</summary>
internal static class PlanJson
{
    /// <summary>What is shown in place of a secret.</summary>
    private const string Hidden = "(given)";

    /// <summary>For people: paths and origins, no secrets.</summary>
    public static string ToShow(BuildPlan plan) => Encoding.UTF8.GetString(Write(plan, canonical: false)) + "\n";

    /// <summary>
    /// Everything that decides bytes and nothing else: no folder, no origins, no budgets; secrets included. Of files it says that
    /// they are there: what they hold enters the key of the stage that reads them.
    /// </summary>
    public static byte[] ToHash(BuildPlan plan) => Write(plan, canonical: true);

    private static byte[] Write(BuildPlan plan, bool canonical)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = !canonical, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            new Writer(json, canonical).Plan(plan);
        return stream.ToArray();
    }

    private sealed class Writer(Utf8JsonWriter json, bool canonical)
    {
        public void Plan(BuildPlan plan)
        {
            json.WriteStartObject();
            json.WriteString("name", plan.Name);
            json.WriteString("version", plan.Version);
            json.WriteString("architecture", plan.Architecture);
            Base(plan.Base);
            Objects("layers", plan.Layers, Layer);
            List("packages", plan.Packages);
            if (!canonical)
                Objects("impliedPackages", plan.ImpliedPackages, package => { json.WriteString("name", package.Name); json.WriteString("reason", package.Reason); });
            List("localPackages", plan.LocalPackages.Select(File));
            json.WriteStartObject("kernel");
            json.WriteString("package", plan.Kernel.Package);
            json.WriteString("cmdline", plan.Kernel.CommandLine);
            json.WriteEndObject();
            json.WriteString("drivers", plan.Drivers.Profile);
            List("modules", plan.Drivers.Modules);
            json.WriteString("hostname", plan.Hostname);
            json.WriteString("locale", plan.Locale);
            json.WriteString("timezone", plan.Timezone);
            json.WriteString("keymap", plan.Keymap);
            Objects("users", plan.Users, User);
            json.WriteStartObject("services");
            List("enable", plan.Services.Enable);
            List("disable", plan.Services.Disable);
            json.WriteEndObject();
            Objects("files", plan.Files, FileEntry);
            Objects("scripts", plan.Scripts, Script);
            json.WriteString("compression", plan.Compression.Level == 0 ? plan.Compression.Compressor : $"{plan.Compression.Compressor}:{plan.Compression.Level}");
            json.WriteString("bootOrder", plan.BootOrder is { } order ? File(order) : null);
            json.WriteStartObject("keep");
            json.WriteBoolean("apt", plan.Keep.Apt);
            json.WriteBoolean("kernel", plan.Keep.Kernel);
            json.WriteEndObject();
            json.WriteStartObject("upper");
            json.WriteString("kind", plan.Upper.Kind);
            json.WriteString("size", plan.Upper.Size);
            Number("limit", plan.Upper.Limit);
            json.WriteEndObject();
            json.WriteString("onUpperFailure", plan.Upper.MemoryOnFailure ? "tmpfs" : "stop");
            json.WriteNumber("snapshots", plan.Upper.Snapshots);
            List("persist", plan.Persist);
            Objects("writable", plan.Writable, area => { json.WriteString("path", area.Path); json.WriteNumber("size", area.Size); });
            Number("reserve", plan.Reserve);
            json.WriteStartObject("disk");
            Number("size", plan.Disk.Size);
            json.WriteNumber("sectorSize", plan.Disk.SectorSize);
            json.WriteEndObject();
            json.WriteBoolean("agent", plan.Agent);
            Update(plan.Update);
            json.WriteStartObject("bootMenu");
            json.WriteString("password", Secret(plan.BootMenu.Password));
            json.WriteString("passwordHash", Secret(plan.BootMenu.PasswordHash));
            json.WriteNumber("timeout", plan.BootMenu.Seconds);
            json.WriteEndObject();
            json.WriteBoolean("shell", plan.Shell);
            List("outputs", plan.Outputs.Select(output => output.ToString().ToLowerInvariant()));
            if (!canonical)
                ForPeople(plan);
            json.WriteEndObject();
        }

        private void Update(UpdatePlan? update)
        {
            if (update is null)
            {
                json.WriteNull("update");
                return;
            }
            json.WriteStartObject("update");
            update.Settings.WriteTo(json);
            json.WriteNumber("epoch", update.Epoch);
            json.WriteEndObject();
        }

        private void ForPeople(BuildPlan plan)
        {
            json.WriteStartObject("limits");
            Number("iso", plan.Limits.Iso);
            Number("disk", plan.Limits.Disk);
            Number("initramfs", plan.Limits.Initramfs);
            Number("bootMilliseconds", (long?)plan.Limits.Boot?.TotalMilliseconds);
            json.WriteEndObject();
            json.WriteString("artefact", plan.ArtefactName);
            json.WriteString("folder", plan.SpecFolder);
            json.WriteString("plan", PlanHash.Of(plan));
        }

        private void Base(BasePlan root)
        {
            json.WriteStartObject("base");
            if (root is ReadyBase ready and not LayersBase)
            {
                json.WriteString(ready.Key, File(ready.Path));
                if (ready.BootLoader is { } suite)
                    Debian("bootLoader", suite);
                else
                    json.WriteNull("bootLoader");
            }
            else if (root is DebianBase debian)
            {
                Debian("debian", debian);
            }
            json.WriteEndObject();
        }

        private void Layer(LayerPlan layer)
        {
            json.WriteString(layer.Spec is null ? "image" : "spec", File(layer.Path));
            if (layer.Spec is { } spec)
                json.WriteString("plan", PlanHash.Of(spec));
        }

        private void Debian(string key, DebianBase debian)
        {
            json.WriteStartObject(key);
            json.WriteString("suite", debian.Suite);
            json.WriteString("mirror", debian.Mirror);
            json.WriteString("variant", debian.Variant);
            List("components", debian.Components);
            Objects("sources", debian.Sources, source =>
            {
                json.WriteString("uri", source.Uri);
                json.WriteString("suite", source.Suite);
                List("components", source.Components);
                json.WriteString("key", source.Key is null ? null : File(source.Key));
            });
            json.WriteBoolean("recommends", debian.Recommends);
            json.WriteString("snapshot", debian.Snapshot);
            json.WriteEndObject();
        }

        private void User(UserPlan user)
        {
            json.WriteString("name", user.Name);
            Number("uid", user.Uid);
            json.WriteString("password", Secret(user.Password));
            json.WriteString("passwordHash", Secret(user.PasswordHash));
            List("sshKeys", user.SshKeys);
            List("groups", user.Groups);
            json.WriteString("shell", user.Shell);
            json.WriteString("home", user.Home);
            json.WriteString("comment", user.Comment);
            json.WriteBoolean("autologin", user.Autologin);
        }

        private void FileEntry(FilePlan file)
        {
            json.WriteString("path", file.Path);
            json.WriteString("source", file.Source is null ? null : File(file.Source));
            json.WriteString("content", file.Content);
            json.WriteString("mode", file.Mode is { } mode ? PlanSummary.Octal(mode) : null);
            json.WriteString("owner", file.Owner);
            json.WriteString("group", file.Group);
            Origin(file.Origin);
        }

        private void Script(ScriptPlan script)
        {
            json.WriteString("run", script.Run);
            json.WriteString("stage", script.Stage.ToString().ToLowerInvariant());
            Origin(script.Origin);
        }

        private void Origin(string origin)
        {
            if (!canonical)
                json.WriteString("origin", origin);
        }

        private string File(string path) => canonical ? "(file)" : path;

        private string? Secret(string? secret) => canonical || secret is null ? secret : Hidden;

        private void Number(string name, long? number)
        {
            if (number is { } value)
                json.WriteNumber(name, value);
            else
                json.WriteNull(name);
        }

        private void List(string name, IEnumerable<string> values)
        {
            json.WriteStartArray(name);
            foreach (var value in values)
                json.WriteStringValue(value);
            json.WriteEndArray();
        }

        private void Objects<T>(string name, IEnumerable<T> items, Action<T> write)
        {
            json.WriteStartArray(name);
            foreach (var item in items)
            {
                json.WriteStartObject();
                write(item);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
    }
}
