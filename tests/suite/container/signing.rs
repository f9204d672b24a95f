//! The comparison with the stock library, and the signing block.

use dunwatch::anomaly::{Anomalies, AnomalyKind as Kind};
use dunwatch::container::{Container, Inflater};
use dunwatch::limits::{Budget, Limits};
use dunwatch::signing::{self, Demands, Reason, Scheme, Verify};

use super::{DEX, Outcome, app};
use crate::support::zip::{self, File};

fn cross_check(bytes: &[u8]) -> Vec<String> {
    let mut anomalies = Anomalies::new(8);
    let container = Container::open(bytes, &Limits::default(), &mut anomalies).unwrap();
    container.cross_check(&mut anomalies);
    anomalies
        .kept()
        .iter()
        .filter(|found| found.kind == Kind::ZipCrossCheck)
        .map(|found| found.subject.clone().unwrap())
        .collect()
}

#[test]
fn the_stock_library_agrees_on_honest_archives() {
    assert!(cross_check(&app().build()).is_empty());
    assert!(cross_check(&app().comment(b"c").build()).is_empty());
    let descriptor = File::deflated("x", b"xxxx").with_descriptor();
    assert!(cross_check(&app().file(descriptor).build()).is_empty());
}

#[test]
fn the_stock_library_disagrees_on_forged_ones() {
    let hidden = app().end(|end| (end.count, end.count_on_disk) = (1, 1)).build();
    let broken = app().file(File::stored("x", b"").central(|header| header.signature = [0; 4]));
    for bytes in [
        broken.build(),
        app().appended(b"PK\x05\x06").without_end().build(),
    ] {
        assert_eq!(cross_check(&bytes), ["refused"]);
    }
    let duplicate = app().file(File::stored(DEX, b"1")).build();
    assert_eq!(cross_check(&duplicate), ["number of entries"]);
    // It obeys the count as Android does.
    assert!(cross_check(&hidden).is_empty());
}

#[test]
fn signing_blocks() {
    let value = zip::v2_value(&[b"first", b"second"]);
    let bytes = app().signing_block(&[(0x7109_871a, &value), (7, b"x")]).build();
    let mut anomalies = Anomalies::new(8);
    let limits = Limits::default();
    let container = Container::open(&bytes, &limits, &mut anomalies).unwrap();
    let block = container.signing_block().expect("a signing block");
    assert_eq!(block.pairs.len(), 2);
    assert_eq!(block.value(7), Some(&b"x"[..]));
    assert!(bytes[usize::try_from(block.offset + block.size).unwrap()..].starts_with(b"PK\x01\x02"));
    assert_eq!(block.offset_of(7), Some(block.offset + block.size - 24 - 1));
    let mut inflater = Inflater::new();
    let signing = signing::read(
        &container,
        Demands::default(),
        Verify::None,
        &mut inflater,
        &limits,
        &mut Budget::new(&limits),
        &mut anomalies,
    );
    let found = signing.certificates;
    let ders: Vec<_> = found
        .iter()
        .map(|found| (found.scheme, found.der.as_ref()))
        .collect();
    assert_eq!(ders, [(Scheme::V2, &b"first"[..]), (Scheme::V2, b"second")]);
    assert_eq!(found[0].subject(), None);
    let digest = "a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e";
    assert_eq!(found[0].sha256(), digest);
    assert_eq!(signing.verdict.unwrap().reason, Some(Reason::NotAsked));
    assert!(anomalies.is_empty());
}

#[test]
fn malformed_signing_blocks() {
    let block = zip::signing_block(&[(7, b"value")]);
    let edited = |edit: fn(&mut Vec<u8>)| {
        let mut block = block.clone();
        edit(&mut block);
        app().raw_signing_block(&block).build()
    };
    // The two sizes differ.
    Outcome::of(&edited(|block| block[0] ^= 1)).shows(&[Kind::SigningBlockMalformed, Kind::ZipGap]);
    // The size reaches before the start of the file.
    Outcome::of(&edited(|block| {
        let at = block.len() - 17;
        block[at] = 0x7f;
    }))
    .shows(&[Kind::SigningBlockMalformed, Kind::ZipGap]);
    // A pair reaches past the end.
    Outcome::of(&edited(|block| block[8] = 0xff)).shows(&[Kind::SigningBlockMalformed]);
    // A gap between block and directory: Android does not see the block.
    let gap = app().raw_signing_block(&block).before_directory(b"x").build();
    Outcome::of(&gap).shows(&[Kind::SigningBlockMalformed, Kind::ZipGap]);
}
