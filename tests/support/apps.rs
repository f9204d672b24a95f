//! The fixture apps, and the corpus of real apps where it is there.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use dunwatch::Ruleset;
use dunwatch::anomaly::Anomalies;
use dunwatch::container::{Container, Inflater};
use dunwatch::limits::{Budget, Limits};

/// The embedded rules, loaded once.
pub(crate) static RULES: LazyLock<Ruleset> = LazyLock::new(|| Ruleset::embedded().unwrap());

/// A row of a table with a header line.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    cells: Vec<(String, String)>,
}

impl Row {
    /// The cell in the column `name`.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.cells
            .iter()
            .find(|(column, _)| column == name)
            .map_or("", |(_, cell)| cell)
    }
}

/// The rows of a tab-separated file.
pub(crate) fn table(path: &Path) -> Vec<Row> {
    let text = fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let row = |line: &str| Row {
        cells: header
            .iter()
            .map(|name| (*name).to_owned())
            .zip(line.split('\t').map(str::to_owned))
            .collect(),
    };
    lines.map(row).collect()
}

/// A path within the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The fixture apps: the row that says what is expected, and the bytes.
pub(crate) fn fixtures() -> Vec<(Row, Vec<u8>)> {
    let rows = table(&repository("fixtures/expected.tsv"));
    let read = |row: Row| {
        let bytes = fs::read(repository(&format!("fixtures/apks/{}.apk", row.get("name")))).unwrap();
        (row, bytes)
    };
    rows.into_iter().map(read).collect()
}

/// The bytes of one fixture app.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    fs::read(repository(&format!("fixtures/apks/{name}.apk"))).unwrap()
}

/// The contents of one entry of an archive.
pub(crate) fn entry(archive: &[u8], name: &str) -> Vec<u8> {
    let limits = Limits::default();
    let mut anomalies = Anomalies::new(1);
    let container = Container::open(archive, &limits, &mut anomalies).unwrap();
    let entry = container.find(name).unwrap();
    let mut budget = Budget::new(&limits);
    let data = Inflater::new().read(entry, &limits, &mut budget, &mut anomalies);
    data.unwrap().into_owned()
}

/// The folder of real apps: `DUNWATCH_CORPUS`, or `../shared/corpus` beside the repository. Says
/// so when it is not there.
pub(crate) fn corpus() -> Option<PathBuf> {
    let folder =
        std::env::var_os("DUNWATCH_CORPUS").map_or_else(|| repository("../shared/corpus"), PathBuf::from);
    if folder.join("index.tsv").is_file() {
        return Some(folder);
    }
    println!("skipped: no corpus in {} (set DUNWATCH_CORPUS)", folder.display());
    None
}

/// The files of the corpus with their rows in the index.
pub(crate) fn corpus_files(corpus: &Path) -> impl Iterator<Item = (Row, PathBuf)> + use<> {
    let apks = corpus.join("apks");
    table(&corpus.join("index.tsv")).into_iter().map(move |row| {
        let path = apks.join(format!("{}.{}", row.get("sha256"), row.get("ext")));
        (row, path)
    })
}
