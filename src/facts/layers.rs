//! What stands in each layer of a package, and how much of it was read.
//!
//! Whoever reads something says so, once for each thing and with its size:
//!
//! ```
//! use dunwatch::facts::layers::{LayerName, Layers};
//!
//! let mut layers = Layers::default();
//! let libraries = layers.layer(LayerName::NativeLibraries);
//! libraries.present(9_000);
//! libraries.present(500);
//! libraries.present(70);
//! libraries.read(500);
//! libraries.unreadable(70);
//! assert_eq!(libraries.unexamined().bytes, 9_000);
//! ```
//!
//! What is present and of which nobody says anything was not examined. Sizes are those of the
//! contents, once inflated, in bytes. A new layer is one more line in the list of [`LayerName`].

/// A number of things, and their size together in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many.
    pub count: u64,
    /// Their size, in bytes.
    pub bytes: u64,
}

impl Tally {
    /// Whether there is nothing.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }

    fn add(&mut self, count: u64, bytes: u64) {
        self.count = self.count.saturating_add(count);
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

macro_rules! layer_names {
    ($($(#[$doc:meta])+ $variant:ident = $name:literal,)+) => {
        /// The layers of a package, in the order they are reported in. Each entry of an archive belongs to
        /// one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum LayerName { $($(#[$doc])+ $variant,)+ }

        impl LayerName {
            /// All layers.
            pub const ALL: &'static [LayerName] = &[$(LayerName::$variant,)+];

            /// The stable name, in kebab case.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(LayerName::$variant => $name,)+ }
            }
        }
    };
}

layer_names! {
    /// The manifest.
    Manifest = "manifest",
    /// The resource table.
    Resources = "resources",
    /// Other files of resources: compiled XML, images.
    ResourceFiles = "resource-files",
    /// Dex files, wherever they stand.
    Dex = "dex",
    /// Native libraries in the place Android loads them from.
    NativeLibraries = "native-libraries",
    /// Pages, scripts and other text files.
    TextAssets = "text-assets",
    /// Any other asset.
    OtherAssets = "other-assets",
    /// Packages within the package.
    NestedPackages = "nested-packages",
    /// The signing block, and the files of JAR signatures.
    Certificates = "certificates",
    /// Anything else.
    OtherFiles = "other-files",
}

/// What stands in one layer. A thing counts once, in the worst state that a part of it is in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LayerCoverage {
    stated: Tally,
    read: Tally,
    unreadable: Tally,
    skipped: Tally,
}

impl LayerCoverage {
    /// One more thing is there, of `bytes` as stated.
    pub fn present(&mut self, bytes: u64) {
        self.stated.add(1, bytes);
    }

    /// One was read to its end.
    pub fn read(&mut self, bytes: u64) {
        self.read.add(1, bytes);
    }

    /// One could not be read: it is broken, encrypted or in a form that is not known.
    pub fn unreadable(&mut self, bytes: u64) {
        self.unreadable.add(1, bytes);
    }

    /// One was left out, because a cap was met or the work budget was spent.
    pub fn skipped(&mut self, bytes: u64) {
        self.skipped.add(1, bytes);
    }

    /// Of one the first `bytes` were read, and `rest` bytes left out for a cap or the work budget.
    pub fn cut(&mut self, bytes: u64, rest: u64) {
        self.read.add(0, bytes);
        self.skipped(rest);
    }

    /// Of one `bytes` were read, and `rest` bytes could not be.
    pub fn broken(&mut self, bytes: u64, rest: u64) {
        self.read.add(0, bytes);
        self.unreadable(rest);
    }

    /// What is there: what was stated, and at least what was spoken of.
    #[must_use]
    pub fn all(&self) -> Tally {
        let spoken = self.spoken();
        Tally {
            count: self.stated.count.max(spoken.count),
            bytes: self.stated.bytes.max(spoken.bytes),
        }
    }

    /// What was read to its end, and the bytes of the rest that were read.
    #[must_use]
    pub fn was_read(&self) -> Tally {
        self.read
    }

    /// What could not be read.
    #[must_use]
    pub fn was_unreadable(&self) -> Tally {
        self.unreadable
    }

    /// What was left out for a cap or the work budget.
    #[must_use]
    pub fn was_skipped(&self) -> Tally {
        self.skipped
    }

    /// What nothing looked into: no reader is made for it, or the app gave no reason to.
    #[must_use]
    pub fn unexamined(&self) -> Tally {
        let spoken = self.spoken();
        Tally {
            count: self.stated.count.saturating_sub(spoken.count),
            bytes: self.stated.bytes.saturating_sub(spoken.bytes),
        }
    }

    fn spoken(&self) -> Tally {
        let mut spoken = self.read;
        spoken.add(self.unreadable.count, self.unreadable.bytes);
        spoken.add(self.skipped.count, self.skipped.bytes);
        spoken
    }

    fn merge(&mut self, other: &Self) {
        self.stated.add(other.stated.count, other.stated.bytes);
        self.read.add(other.read.count, other.read.bytes);
        self.unreadable
            .add(other.unreadable.count, other.unreadable.bytes);
        self.skipped.add(other.skipped.count, other.skipped.bytes);
    }
}

/// All layers of one app.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layers(std::collections::BTreeMap<LayerName, LayerCoverage>);

impl Layers {
    /// The layer called `name`, for saying what became of a part of it.
    pub fn layer(&mut self, name: LayerName) -> &mut LayerCoverage {
        self.0.entry(name).or_default()
    }

    /// The layer called `name`, as far as anything was said of it.
    #[must_use]
    pub fn get(&self, name: LayerName) -> LayerCoverage {
        self.0.get(&name).copied().unwrap_or_default()
    }

    /// The layers in which something is, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (LayerName, &LayerCoverage)> {
        let layers = self.0.iter().map(|(name, layer)| (*name, layer));
        layers.filter(|(_, layer)| !layer.all().is_zero())
    }

    /// Adds what was said of another part of the same app.
    pub fn merge(&mut self, other: &Self) {
        for (name, layer) in &other.0 {
            self.layer(*name).merge(layer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(count: u64, bytes: u64) -> Tally {
        Tally { count, bytes }
    }

    #[test]
    fn every_thing_counts_once_and_every_byte_where_it_belongs() {
        let mut layer = LayerCoverage::default();
        for bytes in [10, 20, 40, 80, 160, 320] {
            layer.present(bytes);
        }
        layer.read(10);
        layer.unreadable(20);
        layer.skipped(40);
        layer.cut(30, 50);
        layer.broken(100, 60);
        assert_eq!(layer.all(), tally(6, 630));
        assert_eq!(layer.was_read(), tally(1, 140));
        assert_eq!(layer.was_unreadable(), tally(2, 80));
        assert_eq!(layer.was_skipped(), tally(2, 90));
        assert_eq!(layer.unexamined(), tally(1, 320));
    }

    #[test]
    fn what_was_read_is_present_whatever_was_stated() {
        let mut layer = LayerCoverage::default();
        layer.present(5);
        layer.read(90);
        layer.read(1);
        assert_eq!(layer.all(), tally(2, 91));
        assert_eq!(layer.unexamined(), tally(0, 0));
    }

    #[test]
    fn parts_of_an_app_add_up_and_empty_layers_are_not_listed() {
        let (mut first, mut second) = (Layers::default(), Layers::default());
        first.layer(LayerName::OtherFiles).present(1);
        first.layer(LayerName::Manifest);
        second.layer(LayerName::OtherFiles).present(2);
        second.layer(LayerName::Dex).skipped(7);
        first.merge(&second);
        let names: Vec<&str> = first.iter().map(|(name, _)| name.name()).collect();
        assert_eq!(names, ["dex", "other-files"]);
        assert_eq!(first.get(LayerName::OtherFiles).all(), tally(2, 3));
        assert_eq!(first.get(LayerName::Dex).was_skipped(), tally(1, 7));
    }

    #[test]
    fn names_are_told_apart() {
        let names: std::collections::BTreeSet<&str> =
            LayerName::ALL.iter().map(|layer| layer.name()).collect();
        assert_eq!(names.len(), LayerName::ALL.len());
    }
}
