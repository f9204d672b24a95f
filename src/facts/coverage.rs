//! What could be seen of an app, and what could not.

use std::collections::BTreeSet;

use super::layers::{LayerCoverage, LayerName, Layers};

/// State of one layer of the package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layer {
    /// Not in the package.
    #[default]
    Absent,
    /// Present, and nothing of it could be read.
    Unreadable,
    /// Read in part.
    Partial,
    /// Read to its end.
    Read,
}

/// Something in the package that is out of sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Opaque {
    /// The app's own classes are not in the dex files: they are unpacked at run time.
    PackedCode,
    /// A dex file stands outside of where Android looks; it was read all the same.
    HiddenDex,
    /// Code can be loaded at run time.
    DynamicCode,
    /// A dex file could not be read.
    UnreadableDex,
    /// The app is an empty shell around a web page.
    WebShell,
    /// Native libraries, which are not looked into.
    NativeCode,
    /// The package holds no code, though its manifest names components.
    NoCode,
    /// The file is cut off or its directory broken: what else it held is unknown.
    IncompletePackage,
    /// Code of a JavaScript, Dart or .NET payload that could not be read as text to its end.
    ScriptCode,
    /// What the scripts of an app written in JavaScript do: only their words are read.
    ScriptFlows,
    /// Code that was disassembled to smali, which is not read.
    SmaliCode,
    /// The app's base is not among the packages given.
    MissingBase,
    /// A package that came with the app was not read, or is missing.
    UnreadPackage,
    /// Expansion files (OBB), which are not looked into.
    ExpansionFile,
    /// A module that the app is installed with was not given: its code and texts.
    MissingModule,
    /// Splits that the app is installed with were not given: what is for one kind of device, such as
    /// its native libraries.
    MissingSplit,
    /// Splits with the app's texts in further languages were not given.
    MissingLanguage,
}

impl Opaque {
    /// All of them.
    pub const ALL: &'static [Opaque] = &[
        Self::PackedCode,
        Self::HiddenDex,
        Self::DynamicCode,
        Self::UnreadableDex,
        Self::WebShell,
        Self::NativeCode,
        Self::NoCode,
        Self::IncompletePackage,
        Self::ScriptCode,
        Self::ScriptFlows,
        Self::SmaliCode,
        Self::MissingBase,
        Self::UnreadPackage,
        Self::ExpansionFile,
        Self::MissingModule,
        Self::MissingSplit,
        Self::MissingLanguage,
    ];

    /// The stable name, in kebab case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PackedCode => "packed-code",
            Self::HiddenDex => "hidden-dex",
            Self::DynamicCode => "dynamic-code",
            Self::UnreadableDex => "unreadable-dex",
            Self::WebShell => "web-shell",
            Self::NativeCode => "native-code",
            Self::NoCode => "no-code",
            Self::IncompletePackage => "incomplete-package",
            Self::ScriptCode => "script-code",
            Self::ScriptFlows => "script-flows",
            Self::SmaliCode => "smali-code",
            Self::MissingBase => "missing-base",
            Self::UnreadPackage => "unread-package",
            Self::ExpansionFile => "expansion-file",
            Self::MissingModule => "missing-module",
            Self::MissingSplit => "missing-split",
            Self::MissingLanguage => "missing-language",
        }
    }
}

/// What was seen of one app.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// The manifest.
    pub manifest: Layer,
    /// The resource table.
    pub resources: Layer,
    /// Inflated size of the dex files that could be read, in bytes.
    pub dex_bytes_read: u64,
    /// Inflated or, where that failed, stated size of all dex files, in bytes.
    pub dex_bytes: u64,
    /// Methods with code; `None` when the code was not walked.
    pub methods: Option<u64>,
    /// Methods decoded to their end; `None` when the code was not walked.
    pub methods_decoded: Option<u64>,
    /// What stands in each layer, and how much of it was read.
    pub layers: Layers,
    /// What is out of sight.
    pub opaque: BTreeSet<Opaque>,
    /// Names of what was not given, as far as the app says them, each with what is missing in it.
    pub missing: BTreeSet<(Opaque, String)>,
    /// Whether the work budget was spent.
    pub budget_spent: bool,
}

impl Coverage {
    /// The layer called `name`, for saying what became of a part of it.
    pub fn layer(&mut self, name: LayerName) -> &mut LayerCoverage {
        self.layers.layer(name)
    }

    /// Share of the code that was examined, 0 to 1; `None` when there is none or it is hidden.
    #[must_use]
    pub fn code(&self) -> Option<f64> {
        if self.dex_bytes == 0 || self.opaque.contains(&Opaque::PackedCode) {
            return None;
        }
        let bytes = ratio(self.dex_bytes_read, self.dex_bytes);
        let methods = match (self.methods_decoded, self.methods) {
            (Some(decoded), Some(all)) if all > 0 => ratio(decoded, all),
            _ => 1.0,
        };
        Some(bytes.min(methods))
    }

    /// Whether some part that was looked for could not be read.
    #[must_use]
    pub fn is_degraded(&self) -> bool {
        self.budget_spent
            || matches!(self.manifest, Layer::Absent | Layer::Unreadable | Layer::Partial)
            || matches!(self.resources, Layer::Unreadable | Layer::Partial)
            || self.dex_bytes_read < self.dex_bytes
            || self.opaque.contains(&Opaque::UnreadableDex)
            || self.opaque.contains(&Opaque::MissingSplit)
            || self.is_incomplete()
    }

    /// Whether it is known that something of the app itself is missing.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        let missing = [
            Opaque::IncompletePackage,
            Opaque::MissingBase,
            Opaque::UnreadPackage,
            Opaque::MissingModule,
        ];
        missing.iter().any(|opaque| self.opaque.contains(opaque))
    }
}

#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
fn ratio(part: u64, whole: u64) -> f64 {
    (part as f64 / whole as f64).min(1.0)
}
