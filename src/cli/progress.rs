//! The progress bar of a scan, on the standard error and only when that is a terminal.

use std::fmt::Write;
use std::io::IsTerminal;

use clap::ValueEnum;
use indicatif::{HumanBytes, ProgressBar, ProgressState, ProgressStyle};

use crate::scan::{Observer, Selection};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    Auto,
    Never,
}

/// A bar, or nothing.
pub(super) struct Progress {
    bar: ProgressBar,
    bytes: u64,
}

impl Progress {
    /// Shows the bar, and counts the inputs beside the scan so that it can say how long it takes.
    pub(super) fn start(when: When, selection: &Selection) -> Self {
        if when == When::Never || !std::io::stderr().is_terminal() {
            return Self {
                bar: ProgressBar::hidden(),
                bytes: 0,
            };
        }
        let bar = ProgressBar::no_length();
        bar.set_style(style("{spinner} {human_pos} {rate} {msg}"));
        bar.enable_steady_tick(std::time::Duration::from_millis(250));
        if !selection.lists.iter().any(|list| list.as_os_str() == "-") {
            let (bar, selection) = (bar.clone(), selection.clone());
            // Never joined: when the scan is done first, nobody asks for the number any more.
            std::thread::spawn(move || {
                if let Ok(inputs) = selection.inputs() {
                    let count = inputs.count() as u64;
                    bar.set_length(count);
                    bar.set_style(style(
                        "{wide_bar} {human_pos}/{human_len} {rate}, {eta} left {msg}",
                    ));
                }
            });
        }
        Self { bar, bytes: 0 }
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.with_key("rate", |state: &ProgressState, out: &mut dyn Write| {
        let _ = write!(out, "{:.0} APK/s", state.per_sec());
    })
}

impl Observer for Progress {
    fn resumed(&mut self, records: u64) {
        self.bar.set_position(records);
        self.bar.reset_eta();
    }

    fn recorded(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
        self.bar.inc(1);
        if !self.bar.is_hidden() {
            self.bar.set_message(HumanBytes(self.bytes).to_string());
        }
    }
}
