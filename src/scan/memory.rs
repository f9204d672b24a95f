//! Many inputs, one report each, and no file.

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::content::Pipes;
use super::examine::{self, Analyze};
use super::pipeline::{WINDOW, pool};
use super::source::{Input, Selection};
use super::{Error, Observer};
use crate::report::Report;

/// Examines the inputs of `selection` with `threads` workers and hands the reports to `each`, in the
/// order of the inputs. [`WINDOW`] inputs per thread are in memory at once.
///
/// # Errors
///
/// When a list cannot be read or the threads cannot be started. An input that cannot be read has a
/// report that says so.
pub fn reports(
    selection: &Selection,
    threads: usize,
    analyzer: &dyn Analyze,
    observer: &mut dyn Observer,
    mut each: impl FnMut(Report),
) -> Result<(), Error> {
    let threads = threads.max(1);
    let pool = pool(threads)?;
    let mut inputs = selection.inputs()?;
    loop {
        let window = inputs.by_ref().take(threads.saturating_mul(WINDOW));
        let window: Vec<Input> = window.collect::<Result<_, _>>()?;
        if window.is_empty() {
            return Ok(());
        }
        let examine = |input: &Input| report(input, analyzer);
        let reports: Vec<Report> = pool.install(|| window.par_iter().map(examine).collect());
        for report in reports {
            observer.recorded(report.input.size.unwrap_or_default());
            each(report);
        }
    }
}

fn report(input: &Input, analyzer: &dyn Analyze) -> Report {
    match &input.problem {
        Some(problem) => examine::failed(analyzer.tool(), &input.name, None, problem.clone()),
        None => examine::file(&input.path, &input.parts, &input.name, Pipes::Refuse, analyzer),
    }
}
