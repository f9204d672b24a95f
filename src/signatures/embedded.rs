//! The rule files of the repository, listed by the build script.

include!(concat!(env!("OUT_DIR"), "/signatures.rs"));
