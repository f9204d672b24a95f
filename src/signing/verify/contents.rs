//! The digests of a whole package without its signing block.
//!
//! Formats: "APK Signature Scheme v2", *integrity-protected contents* (source.android.com), and
//! apksig's `VerityTreeBuilder`. The file falls into three sections: entries, central directory, end
//! record, the last one with the offset of the block in place of the directory's.
//!
//! * *Chunked*: each section is cut into pieces of 1 MiB, which are digested behind the byte `a5` and
//!   their length; the digest of all of that stands behind the byte `5a` and the number of pieces.
//! * *Verity*: a tree of digests over pages of 4 KiB, as the kernel's fs-verity knows it.

use sha2::{Digest as _, Sha256, Sha512};

use crate::container::Container;
use crate::signing::Verify;

const CHUNK: usize = 1 << 20;
const PAGE: usize = 4096;
/// What every page is digested behind.
const SALT: [u8; 8] = [0; 8];
/// Where the end record states the offset of the directory.
const DIRECTORY_FIELD: std::ops::Range<usize> = 16..20;

/// Kinds of digests, weaker ones first, in Android's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Chunked256,
    Verity,
    Chunked512,
}

/// The sections of a package, and the digests that were computed.
pub(super) struct Contents<'a> {
    sections: [&'a [u8]; 2],
    end: Vec<u8>,
    known: Vec<(Kind, Option<Vec<u8>>)>,
    /// Whether contents are to be compared at all.
    is_wanted: bool,
}

impl<'a> Contents<'a> {
    /// The sections; `None` when there is no signing block, or it does not stand where it counts.
    pub(super) fn of(container: &Container<'a>, verify: Verify) -> Option<Self> {
        let block = container.signing_block()?;
        let tail = container.tail()?;
        let data = container.data();
        let mut end = data.get(tail.end_record..)?.to_vec();
        let offset = u32::try_from(block.offset).ok()?;
        end.get_mut(DIRECTORY_FIELD)?
            .copy_from_slice(&offset.to_le_bytes());
        Some(Self {
            sections: [
                data.get(..usize::try_from(block.offset).ok()?)?,
                data.get(tail.directory..tail.end_record)?,
            ],
            end,
            known: Vec::new(),
            is_wanted: verify == Verify::Everything,
        })
    }

    pub(super) fn is_wanted(&self) -> bool {
        self.is_wanted
    }

    /// The digest of `kind`; `None` when the package cannot have one.
    pub(super) fn digest(&mut self, kind: Kind) -> Option<&[u8]> {
        let at = match self.known.iter().position(|(known, _)| *known == kind) {
            Some(at) => at,
            None => {
                let digest = match kind {
                    Kind::Chunked256 => self.chunked::<Sha256>(),
                    Kind::Chunked512 => self.chunked::<Sha512>(),
                    Kind::Verity => self.verity(),
                };
                self.known.push((kind, digest));
                self.known.len().saturating_sub(1)
            }
        };
        self.known.get(at)?.1.as_deref()
    }

    fn all(&self) -> [&[u8]; 3] {
        let [entries, directory] = self.sections;
        [entries, directory, &self.end]
    }

    fn chunked<D: sha2::Digest>(&self) -> Option<Vec<u8>> {
        let mut count = 0_u32;
        let mut digests = Vec::new();
        for chunk in self.all().iter().flat_map(|section| section.chunks(CHUNK)) {
            let length = u32::try_from(chunk.len()).ok()?;
            let digest = D::new()
                .chain_update([0xa5])
                .chain_update(length.to_le_bytes())
                .chain_update(chunk);
            digests.extend_from_slice(&digest.finalize());
            count = count.checked_add(1)?;
        }
        let top = D::new()
            .chain_update([0x5a])
            .chain_update(count.to_le_bytes())
            .chain_update(digests);
        Some(top.finalize().to_vec())
    }

    /// The root of the tree, and the number of bytes below it.
    fn verity(&self) -> Option<Vec<u8>> {
        let [entries, directory, end] = self.all();
        if entries.len() % PAGE != 0 {
            return None;
        }
        let length = [entries, directory, end]
            .iter()
            .try_fold(0_u64, |sum, section| sum.checked_add(section.len() as u64))?;
        let mut level = Vec::new();
        entries.chunks(PAGE).for_each(|page| add_page(&mut level, page));
        // Directory and end record follow each other without a gap.
        let rest = [directory, end].concat();
        rest.chunks(PAGE).for_each(|page| add_page(&mut level, page));
        while level.len() > PAGE {
            let mut next = Vec::new();
            level.chunks(PAGE).for_each(|page| add_page(&mut next, page));
            level = next;
        }
        let mut root = Vec::new();
        add_page(&mut root, &level);
        root.extend(length.to_le_bytes());
        Some(root)
    }
}

/// Adds the digest of `page`, filled up with zeros, to `level`.
fn add_page(level: &mut Vec<u8>, page: &[u8]) {
    let filling = [0; PAGE];
    let missing = filling.get(page.len()..).unwrap_or_default();
    let digest = Sha256::new()
        .chain_update(SALT)
        .chain_update(page)
        .chain_update(missing);
    level.extend_from_slice(&digest.finalize());
}
