//! One input, from its bytes to its report, whatever happens.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::content::{self, Pipes, failure};
use super::digest::Digest;
use crate::report::v1::{Failure, Input, InputKind, Tool};
use crate::report::{Report, build};

/// What turns bytes into reports. Same bytes, same report, but for the name in it.
pub trait Analyze: Sync {
    /// The program and rules that stand in every report.
    fn tool(&self) -> &Tool;

    /// Settings beside the rules that change what stands in a record, one a line; a scan goes on only
    /// with the same ones.
    fn settings(&self) -> Vec<String> {
        Vec::new()
    }

    /// Analyses the bytes of the input `name`, whose SHA-256 in hex is `sha256`.
    fn analyze(&self, bytes: &[u8], name: &str, sha256: &str) -> Report;
}

/// The report on an input that could not be analysed.
#[must_use]
pub fn failed(tool: &Tool, name: &str, size: Option<u64>, error: Failure) -> Report {
    let input = Input {
        name: name.to_owned(),
        kind: InputKind::Unknown,
        size,
        sha256: None,
    };
    build::failed(tool.clone(), input, error)
}

/// The report on the file at `path`, called `name` in it.
#[must_use]
pub fn file(path: &Path, name: &str, pipes: Pipes, analyzer: &dyn Analyze) -> Report {
    match content::open(path, pipes) {
        Ok(bytes) => contents(&bytes, name, &Digest::of(&bytes), analyzer),
        Err(error) => failed(analyzer.tool(), name, None, error),
    }
}

/// The report on `bytes`. An analysis that panics gives a failed report with the kind
/// `internal-error`.
#[must_use]
pub fn contents(bytes: &[u8], name: &str, digest: &Digest, analyzer: &dyn Analyze) -> Report {
    let sha256 = digest.hex();
    let size = bytes.len() as u64;
    // Unwind safe: nothing but the report leaves the closure, and the analyser is only read.
    let result = catch_unwind(AssertUnwindSafe(|| analyzer.analyze(bytes, name, &sha256)));
    let mut report = result.unwrap_or_else(|payload| {
        let error = failure("internal-error", &panic_text(payload.as_ref()));
        failed(analyzer.tool(), name, Some(size), error)
    });
    report.input.size = Some(size);
    report.input.sha256 = Some(sha256);
    report
}

fn panic_text(payload: &(dyn Any + Send)) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    format!("The analysis panicked: {}", text.unwrap_or("without a message"))
}
