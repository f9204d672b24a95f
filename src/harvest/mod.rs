//! The harvest analysis: what an app reads of contacts, messages and calls, and where it goes.

#![deny(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]
#![cfg_attr(
    test,
    allow(
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "tests build their own input"
    )
)]

mod arguments;
pub mod body;
mod control_flow;
mod grouped;
pub mod hierarchy;
pub mod index;
mod lists;
mod numbering;
pub mod program;
mod values;

#[cfg(test)]
#[path = "../../tests/support/dex.rs"]
#[allow(
    clippy::duplicate_mod,
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "the dex reader's tests have the builder too; each uses its part"
)]
mod builder;
