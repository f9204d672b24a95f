//! The history of a key: each key signs the one that comes after it.
//!
//! Format: "APK Signature Scheme v3", *proof-of-rotation struct* (source.android.com); apksig
//! `V3SigningCertificateLineage`.

use super::blocks;
use super::key;
use crate::bytes::{OutOfBounds, Reader};
use crate::signing::Reason;
use crate::signing::block::prefixed;
use crate::signing::certificate::Fields;

/// The only version of the format.
const VERSION: u32 = 1;
/// Keys of one history that are looked at.
const MOST: usize = 32;

/// One key of the history.
struct Node<'a> {
    /// What the key before it signed: its certificate and the algorithm of that signature.
    signed: &'a [u8],
    certificate: &'a [u8],
    signed_algorithm: u32,
    /// How this key signs the next one.
    algorithm: u32,
    signature: &'a [u8],
}

/// The certificates of the history in `value`, oldest first.
///
/// # Errors
/// The reason why it does not hold.
pub(super) fn verify<'a>(value: &'a [u8], own: &[u8]) -> Result<Vec<&'a [u8]>, Reason> {
    let nodes = read(value).map_err(|_| Reason::LineageMalformed)?;
    let mut certificates: Vec<&[u8]> = Vec::new();
    let mut before: Option<&Node<'_>> = None;
    for node in &nodes {
        if let Some(before) = before {
            let (algorithm, _) = blocks::algorithm(before.algorithm).ok_or(Reason::LineageWrong)?;
            let key = Fields::of(before.certificate)
                .ok_or(Reason::LineageMalformed)?
                .key;
            if node.signed_algorithm != before.algorithm || certificates.contains(&node.certificate) {
                return Err(Reason::LineageWrong);
            }
            match key::verify(key, algorithm, &[node.signed], node.signature) {
                Err(Reason::KeyNotSupported) => return Err(Reason::KeyNotSupported),
                Err(_) => return Err(Reason::LineageWrong),
                Ok(()) => {}
            }
        }
        certificates.push(node.certificate);
        before = Some(node);
    }
    match certificates.last() {
        Some(last) if *last == own => Ok(certificates),
        _ => Err(Reason::LineageOfOtherKey),
    }
}

fn read(value: &[u8]) -> Result<Vec<Node<'_>>, OutOfBounds> {
    let mut reader = Reader::new(value);
    let refused = |reader: &Reader<'_>| OutOfBounds {
        offset: reader.offset(),
        wanted: 0,
        available: reader.remaining() as u64,
    };
    if reader.u32()? != VERSION {
        return Err(refused(&reader));
    }
    let mut nodes = Vec::new();
    while !reader.is_empty() {
        if nodes.len() == MOST {
            return Err(refused(&reader));
        }
        let mut node = prefixed(&mut reader)?;
        let mut signed = prefixed(&mut node)?;
        let whole = signed.rest();
        let _flags = node.u32()?;
        nodes.push(Node {
            signed: whole,
            certificate: prefixed(&mut signed)?.rest(),
            signed_algorithm: signed.u32()?,
            algorithm: node.u32()?,
            signature: prefixed(&mut node)?.rest(),
        });
    }
    Ok(nodes)
}
