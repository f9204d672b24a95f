//! What is known of the terminal: colours, width, language.

use std::io::{IsTerminal, StderrLock, StdoutLock};

use anstream::{AutoStream, ColorChoice};
use clap::ValueEnum;

use crate::messages::{Language, Messages};

/// Columns of a text that goes to a file or a pipe.
const PLAIN: usize = 100;

/// Columns beyond which lines are hard to read.
const WIDEST: usize = 120;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug)]
pub(super) struct Terminal {
    color: ColorChoice,
    language: Option<Language>,
}

impl Terminal {
    pub(super) fn new(color: Color, language: Option<Language>) -> Self {
        Self {
            color: match color {
                Color::Auto => ColorChoice::Auto,
                Color::Always => ColorChoice::Always,
                Color::Never => ColorChoice::Never,
            },
            language,
        }
    }

    /// The standard output for text; styles are taken out where they are not wanted.
    pub(super) fn out(&self) -> AutoStream<StdoutLock<'static>> {
        AutoStream::new(std::io::stdout().lock(), self.color)
    }

    /// The standard output for data, which no one may alter.
    pub(super) fn data(&self) -> StdoutLock<'static> {
        std::io::stdout().lock()
    }

    /// The standard error.
    pub(super) fn err(&self) -> AutoStream<StderrLock<'static>> {
        AutoStream::new(std::io::stderr().lock(), self.color)
    }

    /// The sentences for a person.
    pub(super) fn messages(&self) -> &'static Messages {
        let language = self.language.unwrap_or_else(|| {
            let locale = sys_locale::get_locale();
            Language::from_locale(locale.as_deref().unwrap_or_default())
        });
        Messages::of(language)
    }

    /// The sentences for a program: the locale does not change them.
    pub(super) fn stable_messages(&self) -> &'static Messages {
        Messages::of(self.language.unwrap_or_default())
    }

    /// Columns of the terminal, where the standard output is one.
    pub(super) fn width(&self) -> Option<usize> {
        if !std::io::stdout().is_terminal() {
            return None;
        }
        terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0))
    }

    /// Columns to lay text out for.
    pub(super) fn columns(&self) -> usize {
        self.width().map_or(PLAIN, |width| width.clamp(40, WIDEST))
    }
}
