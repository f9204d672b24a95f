//! One input, from its bytes to its report, whatever happens.
//!
//! An input is one file, an app in several packages, or a folder with one decoded app.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use super::content::{Pipes, failure};
use super::digest::Digest;
use super::given::Opened;
use crate::analysis::Input as Given;
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

    /// Analyses the input `name`, whose [`Given::sha256`] is `sha256`.
    fn analyze(&self, input: Given<'_>, name: &str, sha256: &str) -> Report;
}

/// The report on an input that could not be analysed.
#[must_use]
pub fn failed(tool: &Tool, name: &str, size: Option<u64>, error: Failure) -> Report {
    let input = Input::single(name.to_owned(), InputKind::Unknown, size, None);
    build::failed(tool.clone(), input, error)
}

/// The report on the file at `path`, or on the decoded app in the folder there, called `name` in it;
/// when there are `parts`, on the app that they are.
#[must_use]
pub fn file(path: &Path, parts: &[PathBuf], name: &str, pipes: Pipes, analyzer: &dyn Analyze) -> Report {
    match Opened::open(path, parts, pipes) {
        Ok(opened) => opened_input(&opened, name, &opened.digest(), analyzer),
        Err(error) => failed(analyzer.tool(), name, None, error),
    }
}

/// The report on an opened input. An analysis that panics gives a failed report with the kind
/// `internal-error`.
#[must_use]
pub fn opened_input(opened: &Opened, name: &str, digest: &Digest, analyzer: &dyn Analyze) -> Report {
    let sha256 = digest.hex();
    let size = opened.with(|input| input.size());
    // Unwind safe: nothing but the report leaves the closure, and the analyser is only read.
    let result = catch_unwind(AssertUnwindSafe(|| {
        opened.with(|input| analyzer.analyze(input, name, &sha256))
    }));
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
