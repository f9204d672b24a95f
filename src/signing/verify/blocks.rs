//! The schemes v2, v3 and v3.1: signatures over signed data, and digests of the whole package in it.
//!
//! Rules: AOSP `ApkSignatureSchemeV2Verifier`, `ApkSignatureSchemeV3Verifier`; apksig
//! `V2SchemeVerifier`, `V3SchemeVerifier`. Of the signatures of one signer those are checked that some
//! Android version would choose: the strongest chunked one and the strongest one with verity.

use super::contents::{Contents, Kind};
use super::digest::Digest;
use super::key::{self, Algorithm};
use super::{good, lineage};
use crate::bytes::u32_at;
use crate::container::Container;
use crate::signing::block::{self, Levels, SIGNERS, Signer};
use crate::signing::certificate::Fields;
use crate::signing::verdict::since;
use crate::signing::{Outcome, Reason, Scheme, Status, Verify};

/// In v2: the number of a newer scheme that must be there as well.
const STRIPPING_PROTECTION: u32 = 0xbeef_f00d;
/// In v3: the history of the key.
const PROOF_OF_ROTATION: u32 = 0x3ba0_6f8c;
/// In v3: the API level from which on v3.1 must be there.
const ROTATION_MIN_SDK: u32 = 0x559f_8b02;
/// In v3.1: the lowest level is that of the version before a preview.
const DEVELOPMENT_RELEASE: u32 = 0xc2a6_b3ba;
/// The level that stands for all to come.
const ALL_TO_COME: u32 = i32::MAX as u32;

/// What became of one scheme.
pub(super) struct Block<'a> {
    pub(super) scheme: Scheme,
    pub(super) outcome: Outcome,
    /// The lowest API level of its signers.
    pub(super) from: u32,
    /// The certificates of the verified history, oldest first.
    pub(super) lineage: Vec<&'a [u8]>,
}

/// The signers of the scheme that is being verified, and what has to fit together with them.
struct Case<'c> {
    scheme: Scheme,
    offset: u64,
    /// The schemes of the block.
    found: &'c [Scheme],
    /// The lowest level of v3.1, when that is there.
    rotation: Option<u32>,
}

/// How the signature algorithm `id` of the signing block works, and what it digests.
pub(super) fn algorithm(id: u32) -> Option<(Algorithm, Kind)> {
    Some(match id {
        0x0101 => (Algorithm::Pss(Digest::Sha256), Kind::Chunked256),
        0x0102 => (Algorithm::Pss(Digest::Sha512), Kind::Chunked512),
        0x0103 => (Algorithm::Pkcs1(Digest::Sha256), Kind::Chunked256),
        0x0104 => (Algorithm::Pkcs1(Digest::Sha512), Kind::Chunked512),
        0x0201 => (Algorithm::Ecdsa(Digest::Sha256), Kind::Chunked256),
        0x0202 => (Algorithm::Ecdsa(Digest::Sha512), Kind::Chunked512),
        0x0301 => (Algorithm::Dsa(Digest::Sha256), Kind::Chunked256),
        0x0421 => (Algorithm::Pkcs1(Digest::Sha256), Kind::Verity),
        0x0423 => (Algorithm::Ecdsa(Digest::Sha256), Kind::Verity),
        0x0425 => (Algorithm::Dsa(Digest::Sha256), Kind::Verity),
        _ => return None,
    })
}

/// Verifies each scheme of the signing block that a version from `min_sdk` on looks at, newest first.
/// Without `contents` the block does not stand where Android looks.
pub(super) fn verify<'a>(
    container: &Container<'a>,
    min_sdk: u32,
    mut contents: Option<&mut Contents<'a>>,
) -> Vec<Block<'a>> {
    let Some(signing_block) = container.signing_block() else {
        return Vec::new();
    };
    let mut found: Vec<Scheme> = Vec::new();
    let mut values = Vec::new();
    for scheme in [Scheme::V31, Scheme::V3, Scheme::V2] {
        if let Some(value) = scheme.id().and_then(|id| signing_block.value(id)) {
            found.push(scheme);
            values.push((scheme, value));
        }
    }
    let mut rotation = None;
    // The lowest level at which a newer scheme is taken.
    let mut newer = u32::MAX;
    let mut blocks = Vec::new();
    for (scheme, value) in values {
        let offset = scheme
            .id()
            .and_then(|id| signing_block.offset_of(id))
            .unwrap_or(signing_block.offset);
        let case = Case {
            scheme,
            offset,
            found: &found,
            rotation,
        };
        let mut block = match contents.as_deref_mut() {
            Some(_) if newer <= min_sdk => Block::of(scheme, Outcome::because(Reason::NotUsed)),
            Some(contents) => case.verify(value, contents),
            None => Block::of(scheme, Outcome::because(Reason::LayoutNotSigned)),
        };
        if scheme == Scheme::V31 {
            rotation = Some(block.from);
        }
        newer = since(scheme).max(block.from);
        if block.outcome.status == Status::Broken && block.outcome.offset.is_none() {
            block.outcome = block.outcome.at(offset);
        }
        blocks.push(block);
    }
    blocks
}

impl<'a> Block<'a> {
    fn of(scheme: Scheme, outcome: Outcome) -> Self {
        Self {
            scheme,
            outcome,
            from: 0,
            lineage: Vec::new(),
        }
    }
}

impl Case<'_> {
    fn verify<'a>(&self, value: &'a [u8], contents: &mut Contents<'a>) -> Block<'a> {
        let signers = match block::signers(value, self.offset, self.scheme != Scheme::V2) {
            Ok(signers) => signers,
            Err(error) => {
                return Block::of(self.scheme, Outcome::because(Reason::Malformed).at(error.offset));
            }
        };
        let mut block = Block::of(self.scheme, Outcome::verified());
        block.from = lowest(&signers);
        match signers.len() {
            0 => block.outcome = Outcome::because(Reason::NoSigners),
            count if count > SIGNERS => block.outcome = Outcome::because(Reason::TooManySigners),
            _ => match self.signers(&signers, contents) {
                Ok(lineage) => {
                    block.lineage = lineage;
                    let how = if contents.is_wanted() {
                        Verify::Everything
                    } else {
                        Verify::Signatures
                    };
                    block.outcome = good(how);
                }
                Err(outcome) => block.outcome = outcome,
            },
        }
        block
    }

    /// The longest history of the signers, all of which hold.
    fn signers<'a>(
        &self,
        signers: &[Signer<'a>],
        contents: &mut Contents<'a>,
    ) -> Result<Vec<&'a [u8]>, Outcome> {
        let mut longest = Vec::new();
        let mut not_checked = None;
        for signer in signers {
            let at = |reason: Reason| Outcome::because(reason).at(signer.offset);
            match self.signer(signer, contents) {
                Ok(lineage) if lineage.len() > longest.len() => longest = lineage,
                Ok(_) => {}
                Err(reason) if reason.status() == Status::NotChecked => not_checked = Some(at(reason)),
                Err(reason) => return Err(at(reason)),
            }
        }
        if self.scheme != Scheme::V2 && !covers_levels(signers, self.last_level()) {
            return Err(Outcome::because(Reason::LevelsNotCovered));
        }
        not_checked.map_or(Ok(longest), Err)
    }

    /// The level up to which the signers have to be there.
    fn last_level(&self) -> u32 {
        match (self.scheme, self.rotation) {
            (Scheme::V3, Some(rotation)) => rotation.saturating_sub(1),
            _ => ALL_TO_COME,
        }
    }

    /// The history of the signer's key, when the signer holds.
    fn signer<'a>(&self, signer: &Signer<'a>, contents: &mut Contents<'a>) -> Result<Vec<&'a [u8]>, Reason> {
        let chosen = choose(&signer.signatures);
        if chosen.is_empty() {
            return Err(Reason::NoKnownAlgorithm);
        }
        for (algorithm, _, signature) in &chosen {
            key::verify(signer.key, *algorithm, &[signer.signed], signature)?;
        }
        let own = *signer.certificates.first().ok_or(Reason::NoCertificate)?;
        if Fields::of(own).is_none_or(|fields| fields.key != signer.key) {
            return Err(Reason::CertificateDoesNotFit);
        }
        let ids = |list: &[(u32, &[u8])]| list.iter().map(|(id, _)| *id).collect::<Vec<_>>();
        if ids(&signer.signatures) != ids(&signer.digests) {
            return Err(Reason::AlgorithmsDiffer);
        }
        if let Some([outside, inside]) = signer.levels
            && (outside != inside || outside.lowest > outside.highest || outside.highest > ALL_TO_COME)
        {
            return Err(Reason::LevelsNotCovered);
        }
        self.nothing_stripped(signer)?;
        let lineage = match signer.attribute(PROOF_OF_ROTATION) {
            Some(value) if self.scheme != Scheme::V2 => lineage::verify(value, own)?,
            _ => Vec::new(),
        };
        if contents.is_wanted() {
            for (_, kind, _) in chosen {
                compare(signer, kind, contents)?;
            }
        }
        Ok(lineage)
    }

    /// Whether the schemes are there that the signer says were made together with this one.
    fn nothing_stripped(&self, signer: &Signer<'_>) -> Result<(), Reason> {
        let number = |id| signer.attribute(id).and_then(|value| u32_at(value, 0));
        let is_whole = match self.scheme {
            Scheme::V2 => {
                let is_v3 = number(STRIPPING_PROTECTION) == Some(3);
                !is_v3 || self.found.contains(&Scheme::V3)
            }
            Scheme::V3 => number(ROTATION_MIN_SDK).is_none_or(|level| self.rotation == Some(level)),
            _ => true,
        };
        if is_whole {
            Ok(())
        } else {
            Err(Reason::SchemeStripped)
        }
    }
}

/// Of the signatures the strongest chunked one and the strongest one with verity; the earlier one
/// where two are equal.
fn choose<'s>(signatures: &[(u32, &'s [u8])]) -> Vec<(Algorithm, Kind, &'s [u8])> {
    let mut chosen: Vec<(Algorithm, Kind, &[u8])> = Vec::new();
    for (id, signature) in signatures {
        let Some((algorithm, kind)) = algorithm(*id) else {
            continue;
        };
        let is_verity = |kind| kind == Kind::Verity;
        match chosen
            .iter_mut()
            .find(|(_, known, _)| is_verity(*known) == is_verity(kind))
        {
            Some(known) if kind > known.1 => *known = (algorithm, kind, signature),
            Some(_) => {}
            None => chosen.push((algorithm, kind, signature)),
        }
    }
    chosen
}

/// Whether the package has the digests of `kind` that the signer states.
fn compare(signer: &Signer<'_>, kind: Kind, contents: &mut Contents<'_>) -> Result<(), Reason> {
    for (id, stated) in &signer.digests {
        if algorithm(*id).is_some_and(|(_, known)| known == kind) && contents.digest(kind) != Some(*stated) {
            return Err(Reason::ContentsChanged);
        }
    }
    Ok(())
}

fn lowest(signers: &[Signer<'_>]) -> u32 {
    let levels = signers.iter().filter_map(|signer| signer.levels);
    levels.map(|[outside, _]| outside.lowest).min().unwrap_or(0)
}

/// Whether the levels of the signers follow each other up to `last`.
fn covers_levels(signers: &[Signer<'_>], last: u32) -> bool {
    let mut levels: Vec<(Levels, bool)> = signers
        .iter()
        .filter_map(|signer| {
            let is_preview = signer.attribute(DEVELOPMENT_RELEASE).is_some();
            signer.levels.map(|[outside, _]| (outside, is_preview))
        })
        .collect();
    levels.sort_by_key(|(levels, _)| (levels.highest, levels.lowest));
    let follow = levels.windows(2).all(|pair| match pair {
        [(before, _), (after, is_preview)] => {
            after.lowest == before.highest.saturating_add(1)
                || (*is_preview && after.lowest == before.highest)
        }
        _ => true,
    });
    follow && levels.last().is_some_and(|(levels, _)| levels.highest >= last)
}
