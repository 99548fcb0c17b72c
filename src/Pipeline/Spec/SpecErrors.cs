using System.Reflection;

namespace ImageBuilder.Pipeline.Spec;

/// <summary>The register of spec errors. An id is never used again for something else.</summary>
public static class SpecErrors
{
    // 11xx: the YAML itself.
    public static readonly SpecError CannotRead = new("IB1101", "The file cannot be read: it is missing, a folder, not permitted, or larger than 1 MiB.");
    public static readonly SpecError Syntax = new("IB1102", "The text is not YAML: a bracket or quote is not closed, or an indentation does not fit its neighbours.");
    public static readonly SpecError Tab = new("IB1103", "YAML allows only spaces for indentation.");
    public static readonly SpecError DuplicateKey = new("IB1104", "A key stands twice in the same map; only one of the two could count.");
    public static readonly SpecError SeveralDocuments = new("IB1105", "A spec is one YAML document: write one file per image.");
    public static readonly SpecError Empty = new("IB1106", "The file holds no document. `imagebuilder init` writes one to start from.");
    public static readonly SpecError Alias = new("IB1107", "YAML anchors, aliases and tags are not used in specs: write the value out, or use `variables`.");
    public static readonly SpecError NotText = new("IB1108", "The file is not UTF-8 text.");
    public static readonly SpecError TooDeep = new("IB1109", "Maps and lists are nested far deeper than any spec needs.");
    public static readonly SpecError BareVariable = new("IB1110", "A value that begins with {{ must be quoted, since { opens a map in YAML.");

    // 12xx: keys and values.
    public static readonly SpecError SchemaVersion = new("IB1201", "`schema` says which version of the spec language is used; this program knows 1.");
    public static readonly SpecError MissingKey = new("IB1202", "A key that has no default is missing.");
    public static readonly SpecError WrongType = new("IB1203", "The value is of another type (text, number, boolean, list, map) than the key takes.");
    public static readonly SpecError UnknownKey = new("IB1204", "The key does not exist, or not in this place.");
    public static readonly SpecError NotAllowed = new("IB1205", "The key takes one of a few values, and this is none of them.");
    public static readonly SpecError Malformed = new("IB1206", "The value is not of the form that the key takes.");
    public static readonly SpecError OutOfRange = new("IB1207", "The number, text or list is too small or too large.");
    public static readonly SpecError NotYet = new("IB1208", "The key or value belongs to a feature that is not there yet. It is refused, since ignoring it would be worse.");
    public static readonly SpecError NoValue = new("IB1209", "The key is there, but has no value.");
    public static readonly SpecError Exclusive = new("IB1210", "The keys exclude one another.");
    public static readonly SpecError DuplicateItem = new("IB1211", "A list names the same thing twice.");

    // 13xx: what values mean together, and with the files they name.
    public static readonly SpecError UnknownVariable = new("IB1301", "{{…}} names a variable that is neither built in, nor under `variables`, nor given with --set.");
    public static readonly SpecError VariableSyntax = new("IB1302", "{{…}} in a value holds one variable's name. Write \\{{ for the two characters themselves.");
    public static readonly SpecError VariableCycle = new("IB1303", "Variables refer to each other in a circle.");
    public static readonly SpecError UnusedSet = new("IB1304", "--set names a variable that the spec neither declares nor uses: most likely a typo.");
    public static readonly SpecError MissingFile = new("IB1305", "A file or folder that the spec names does not exist, or is of another kind than needed.");
    public static readonly SpecError OutsideFolder = new("IB1306", "Files are taken from the spec's own folder and below, by relative path, so that the folder is all that a build needs.");
    public static readonly SpecError Template = new("IB1307", "A Handlebars template cannot be parsed or expanded.");
    public static readonly SpecError HiddenPath = new("IB1308", "The path lies where another file system is mounted at boot; what the image holds there could never be seen.");
    public static readonly SpecError Duplicate = new("IB1309", "Two users, or two files, have the same name, number or path.");
    public static readonly SpecError Autologin = new("IB1310", "Only one user can be logged in automatically.");
    public static readonly SpecError BootWord = new("IB1311", "A word on the kernel command line that the boot program refuses: an ib.* key that it does not know, a value that it cannot follow, or '--', which would keep the menu's words from it.");
    public static readonly SpecError Compression = new("IB1312", "The compressor does not take that level.");
    public static readonly SpecError Contradiction = new("IB1313", "Two values contradict each other.");
    public static readonly SpecError NeedsDebian = new("IB1315", "Packages are installed on base.debian only. Any other base is taken as it is, with the kernel and the packages that it holds.");
    public static readonly SpecError DefaultUnusable = new("IB1314", "The default of a key does not work here, so the spec has to give a value.");
    public static readonly SpecError NoOwnFolder = new("IB1316", "The folder can neither persist nor be writable on its own: it belongs to the image as a whole.");
    public static readonly SpecError LayerCircle = new("IB1317", "Specs name each other as layers in a circle.");

    /// <summary>All kinds of errors, by id.</summary>
    public static IReadOnlyList<SpecError> All { get; } =
        [.. typeof(SpecErrors).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => field.GetValue(null)).OfType<SpecError>().OrderBy(error => error.Id, StringComparer.Ordinal)];
}
