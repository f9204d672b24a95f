//! Tables of what is found today, committed and compared; each row that falls short has its reason.

use std::fs;

use super::apps::repository;

/// Compares a table with the recorded one, line by line, or records it. The table is made from the
/// recorded text, which holds the reasons.
pub(crate) fn compare(path: &str, table: impl FnOnce(&str) -> String) {
    let path = repository(path);
    let recorded = fs::read_to_string(&path).unwrap_or_default();
    let table = table(&recorded);
    if std::env::var_os("UPDATE_RECORDS").is_some() {
        fs::write(&path, table).unwrap();
        return;
    }
    let missing = |lines: &str, other: &str, sign: &str| -> Vec<String> {
        let other: Vec<&str> = other.lines().collect();
        let lines = lines.lines().filter(|line| !other.contains(line));
        lines.map(|line| format!("{sign} {line}")).collect()
    };
    let mut changed = missing(&recorded, &table, "-");
    changed.extend(missing(&table, &recorded, "+"));
    let changed = changed.join("\n");
    assert!(
        recorded == table,
        "not as recorded in {}:\n{changed}",
        path.display()
    );
}
