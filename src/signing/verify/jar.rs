//! The JAR signature (v1), by Android's rules.
//!
//! Rules: apksig `V1SchemeVerifier`, AOSP `StrictJarVerifier`. A signature block (`.RSA`, `.DSA`,
//! `.EC`) signs a signature file (`.SF`), which states digests of `MANIFEST.MF` or of its sections,
//! which state the digests of the entries. What stands in META-INF itself is not protected.
//!
//! The outcome is that of the lowest version that the app supports, or of Android 7 where that one
//! takes what older ones refuse.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::digest::Digest;
use super::sections::{Section, Sections, base64};
use super::{Work, good, jar_block};
use crate::anomaly::{Anomalies, AnomalyKind};
use crate::container::{Container, Entry};
use crate::limits::{Budget, Limits};
use crate::signing::block::SIGNERS;
use crate::signing::jar::SIGNATURE_BYTES;
use crate::signing::verdict::NOUGAT;
use crate::signing::{Certificate, Outcome, Reason, Scheme, Status, Verify};

/// The list of entries and their digests.
const MANIFEST: &str = "META-INF/MANIFEST.MF";
/// First API level that takes the strongest digest stated, and not a list of them.
const JELLY_BEAN_MR2: u32 = 18;
/// First API level that knows SHA-384 and SHA-512 in these files.
const GINGERBREAD: u32 = 9;

/// What became of the JAR signature.
pub(super) struct Jar<'a> {
    pub(super) outcome: Outcome,
    /// The lowest API level that takes it.
    pub(super) from: u32,
    /// The certificates of the signers that count.
    pub(super) certificates: Vec<Certificate<'a>>,
}

/// Verifies the JAR signature for an app that runs from `min_sdk` on and has the other schemes
/// `found`.
pub(super) fn verify<'a>(
    container: &Container<'_>,
    min_sdk: u32,
    found: &[Scheme],
    verify: Verify,
    work: &mut Work<'_>,
) -> Jar<'a> {
    let attempt = |level: u32, work: &mut Work<'_>| {
        let case = Case {
            container,
            level,
            found,
            verify,
        };
        let (outcome, certificates) = match case.verify(work) {
            Ok(certificates) => (good(verify), certificates),
            Err(outcome) => (outcome, Vec::new()),
        };
        Jar {
            outcome,
            from: level,
            certificates,
        }
    };
    if min_sdk >= NOUGAT && !found.is_empty() {
        return Jar {
            outcome: Outcome::because(Reason::NotUsed),
            from: 0,
            certificates: Vec::new(),
        };
    }
    let first = attempt(min_sdk, work);
    if first.outcome.status == Status::Broken && min_sdk < NOUGAT {
        // What is left of the budget says nothing of the second attempt.
        work.budget = Budget::new(work.limits);
        let second = attempt(NOUGAT, work);
        if second.outcome.status != Status::Broken {
            return second;
        }
    }
    first
}

/// One verification.
struct Case<'c, 'p> {
    container: &'c Container<'p>,
    /// The lowest API level that has to be content.
    level: u32,
    found: &'c [Scheme],
    verify: Verify,
}

/// One signature file with what it signs.
struct Signer<'c> {
    certificate: Vec<u8>,
    /// Names of the entries it speaks of.
    names: Vec<Cow<'c, [u8]>>,
}

impl Case<'_, '_> {
    fn verify<'a>(&self, work: &mut Work<'_>) -> Result<Vec<Certificate<'a>>, Outcome> {
        self.names_are_unique()?;
        let Some(manifest) = self.container.find(MANIFEST) else {
            return Err(Outcome::because(Reason::NoEntryList));
        };
        let manifest = self.read(manifest, u64::MAX, work)?;
        let (main, sections) = self.sections(&manifest)?;
        let signers = self.signers(&manifest, &main, &sections, work)?;
        let used = self.entries(&sections, &signers, work)?;
        let certificate =
            |signer: &Signer<'_>| Certificate::new(Scheme::V1, Cow::Owned(signer.certificate.clone()));
        Ok(used
            .into_iter()
            .filter_map(|at| signers.get(at))
            .map(certificate)
            .collect())
    }

    fn names_are_unique(&self) -> Result<(), Outcome> {
        let mut names: Vec<&[u8]> = self
            .container
            .entries()
            .iter()
            .map(|entry| entry.raw_name)
            .collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair.first() == pair.last()) {
            Some([name, ..]) => Err(Outcome::because(Reason::EntryTwice).of(&String::from_utf8_lossy(name))),
            _ => Ok(()),
        }
    }

    /// The contents of `entry`, of at most `most` bytes.
    fn read<'d>(&self, entry: &Entry<'d>, most: u64, work: &mut Work<'_>) -> Result<Cow<'d, [u8]>, Outcome> {
        let limits = Limits {
            entry_bytes: work.limits.entry_bytes.min(most),
            ..work.limits.clone()
        };
        let mut anomalies = Anomalies::new(0);
        let read = work
            .inflater
            .read(entry, &limits, &mut work.budget, &mut anomalies);
        if work.budget.is_spent() || anomalies.count(AnomalyKind::ZipBomb) > 0 {
            return Err(Outcome::because(Reason::LimitReached).of(&entry.name));
        }
        read.map_err(|_| Outcome::because(Reason::EntryUnreadable).of(&entry.name))
    }

    /// The first section of the list of entries, and the others by name.
    fn sections<'m>(&self, manifest: &'m [u8]) -> Result<(Section<'m>, ByName<'m>), Outcome> {
        let mut all = Sections::of(manifest);
        let main = all.next().unwrap_or_default();
        let mut sections = BTreeMap::new();
        for section in all {
            let Some(name) = section.name().map(<[u8]>::to_vec) else {
                return Err(Outcome::because(Reason::Malformed).of(MANIFEST));
            };
            let text = String::from_utf8_lossy(&name).into_owned();
            if self.container.find(&text).is_none() {
                return Err(Outcome::because(Reason::EntryMissing).of(&text));
            }
            if sections.insert(name, section).is_some() {
                return Err(Outcome::because(Reason::EntryTwice).of(&text));
            }
        }
        Ok((main, sections))
    }

    /// The signers whose signature files agree with the list of entries. One that is not well formed
    /// does not count; one that is wrong refuses the package.
    fn signers(
        &self,
        manifest: &[u8],
        main: &Section<'_>,
        sections: &ByName<'_>,
        work: &mut Work<'_>,
    ) -> Result<Vec<Signer<'static>>, Outcome> {
        let mut read = Vec::new();
        for (block, file) in self.files() {
            if read.len() == SIGNERS {
                return Err(Outcome::because(Reason::TooManySigners));
            }
            let text = self.read(file, u64::MAX, work)?;
            let signature = self.read(block, SIGNATURE_BYTES, work)?;
            let certificate = jar_block::verify(&signature, &text, self.level)
                .map_err(|reason| Outcome::because(reason).of(&block.name))?;
            read.push((file, text, certificate));
        }
        let mut signers = Vec::new();
        for (file, text, certificate) in read {
            let names = self
                .signature_file(&text, manifest, main, sections)
                .map_err(|reason| Outcome::because(reason).of(&file.name))?;
            signers.extend(names.map(|names| Signer { certificate, names }));
        }
        if signers.is_empty() {
            return Err(Outcome::because(Reason::NoSigners));
        }
        Ok(signers)
    }

    /// The signature blocks, each with its signature file.
    fn files(&self) -> Vec<(&Entry<'_>, &Entry<'_>)> {
        let blocks = self.container.entries().iter().filter(|entry| {
            let ends = [".RSA", ".DSA", ".EC"]
                .iter()
                .any(|end| entry.name.ends_with(end));
            ends && entry.name.starts_with("META-INF/")
        });
        blocks
            .filter_map(|block| {
                let (stem, _) = block.name.rsplit_once('.')?;
                Some((block, self.container.find(&format!("{stem}.SF"))?))
            })
            .collect()
    }

    /// The names of the entries that the signature file `text` speaks of; `None` when the file does
    /// not count.
    fn signature_file(
        &self,
        text: &[u8],
        manifest: &[u8],
        manifest_main: &Section<'_>,
        sections: &ByName<'_>,
    ) -> Result<Option<Vec<Cow<'static, [u8]>>>, Reason> {
        let mut all = Sections::of(text);
        let main = all.next().unwrap_or_default();
        if main.value("Signature-Version").is_none() {
            return Ok(None);
        }
        self.nothing_stripped(&main)?;
        let created = main.value("Created-By").unwrap_or_default();
        let by_signtool = memchr::memmem::find(created, b"signtool").is_some();
        let suffix = if by_signtool {
            "-Digest"
        } else {
            "-Digest-Manifest"
        };
        let whole = self.agrees(&main, suffix, manifest).unwrap_or(false);
        let main_text = manifest.get(manifest_main.range.clone()).unwrap_or_default();
        if !by_signtool && self.agrees(&main, "-Digest-Manifest-Main-Attributes", main_text) == Some(false) {
            return Err(Reason::EntryListChanged);
        }
        let mut names: Vec<Cow<'static, [u8]>> = Vec::new();
        for section in all {
            let Some(name) = section.name() else {
                return Ok(None);
            };
            if !whole {
                let Some(listed) = sections.get(name) else {
                    return Ok(None);
                };
                let mut listed = manifest.get(listed.range.clone()).unwrap_or_default();
                if by_signtool && listed.ends_with(b"\n\n") {
                    listed = listed.get(..listed.len().saturating_sub(1)).unwrap_or_default();
                }
                if self.agrees(&section, "-Digest", listed) != Some(true) {
                    return Err(Reason::EntryListChanged);
                }
            }
            names.push(Cow::Owned(name.to_vec()));
        }
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        Ok((names.len() == count).then_some(names))
    }

    /// Whether the schemes are there that the package was signed with as well.
    fn nothing_stripped(&self, main: &Section<'_>) -> Result<(), Reason> {
        let stated = main.value("X-Android-APK-Signed").unwrap_or_default();
        let is_whole = stated
            .split(|byte| *byte == b',')
            .all(|id| match id.trim_ascii() {
                b"2" => self.found.contains(&Scheme::V2),
                b"3" => self.found.contains(&Scheme::V3),
                _ => true,
            });
        if is_whole {
            Ok(())
        } else {
            Err(Reason::SchemeStripped)
        }
    }

    /// Compares the entries with their digests. The signers that signed all of them are those that
    /// count.
    fn entries(
        &self,
        sections: &ByName<'_>,
        signers: &[Signer<'_>],
        work: &mut Work<'_>,
    ) -> Result<Vec<usize>, Outcome> {
        let mut used: Option<Vec<usize>> = None;
        let protected =
            |entry: &&Entry<'_>| !entry.is_directory() && !entry.raw_name.starts_with(b"META-INF/");
        for entry in self.container.entries().iter().filter(protected) {
            let fault = |reason| Err(Outcome::because(reason).of(&entry.name));
            let Some(section) = sections.get(entry.raw_name) else {
                return fault(Reason::EntryNotSigned);
            };
            let signed_by: Vec<usize> = signers
                .iter()
                .enumerate()
                .filter(|(_, signer)| {
                    let name = |known: &Cow<'_, [u8]>| known.as_ref().cmp(entry.raw_name);
                    signer.names.binary_search_by(name).is_ok()
                })
                .map(|(at, _)| at)
                .collect();
            if signed_by.is_empty() {
                return fault(Reason::EntryNotSigned);
            }
            if *used.get_or_insert_with(|| signed_by.clone()) != signed_by {
                return fault(Reason::EntrySignersDiffer);
            }
            if self.verify == Verify::Everything {
                let contents = self.read(entry, u64::MAX, work)?;
                let agrees = self.agrees(section, "-Digest", &contents);
                work.inflater.recycle(contents);
                match agrees {
                    Some(true) => {}
                    Some(false) => return fault(Reason::EntryChanged),
                    None => return fault(Reason::EntryNotSigned),
                }
            }
        }
        used.ok_or_else(|| Outcome::because(Reason::EntryNotSigned))
    }

    /// Whether `contents` have the digests that `section` states in the attributes of this suffix and
    /// that the versions would look at; `None` when there are none.
    fn agrees(&self, section: &Section<'_>, suffix: &str, contents: &[u8]) -> Option<bool> {
        let strongest = [
            (Digest::Sha512, "SHA-512"),
            (Digest::Sha384, "SHA-384"),
            (Digest::Sha256, "SHA-256"),
            (Digest::Sha1, "SHA1"),
        ]
        .into_iter()
        .find_map(|(digest, name)| Some((digest, section.value(&format!("{name}{suffix}"))?)));
        let old = (self.level < JELLY_BEAN_MR2).then(|| self.by_list(section, suffix));
        let stated = match old {
            Some(old) => [Some(old?), strongest.filter(|strongest| Some(*strongest) != old)],
            None => [strongest, None],
        };
        let mut stated = stated.into_iter().flatten().peekable();
        stated.peek()?;
        Some(stated.all(|(digest, text)| base64(&digest.of(&[contents])) == text.trim_ascii()))
    }

    /// The digest that versions before Android 4.3 look at: the first known one of a list.
    fn by_list<'s>(&self, section: &'s Section<'_>, suffix: &str) -> Option<(Digest, &'s [u8])> {
        let list = section.value("Digest-Algorithms").unwrap_or(b"SHA SHA1");
        let list = String::from_utf8_lossy(list).into_owned();
        list.split_ascii_whitespace().find_map(|name| {
            let stated = section.value(&format!("{name}{suffix}"))?;
            let digest = match name.to_ascii_uppercase().as_str() {
                "MD5" => Digest::Md5,
                "SHA" | "SHA1" | "SHA-1" => Digest::Sha1,
                "SHA-256" => Digest::Sha256,
                "SHA-384" if self.level >= GINGERBREAD => Digest::Sha384,
                "SHA-512" if self.level >= GINGERBREAD => Digest::Sha512,
                _ => return None,
            };
            Some((digest, stated))
        })
    }
}

/// The sections of the list of entries by the name of the entry.
type ByName<'m> = BTreeMap<Vec<u8>, Section<'m>>;
