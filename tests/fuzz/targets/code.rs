//! The code of one method, as blocks and values. The input is a `code_item` of a dex file without
//! tables, so that nothing but code is mutated.
#![cfg_attr(fuzzing, no_main)]

use dunwatch::anomaly::Anomalies;
use dunwatch::formats::dex::Dex;
use dunwatch::harvest::body::Body;
use dunwatch::limits::{Budget, Limits};

/// A dex header of version 035 without tables.
fn header() -> Vec<u8> {
    let mut header = b"dex\n035\0".to_vec();
    header.resize(0x24, 0);
    for word in [0x70_u32, 0x1234_5678] {
        header.extend(word.to_le_bytes());
    }
    header.resize(0x70, 0);
    header
}

/// Reads `data` as the code of a method.
pub(crate) fn run(data: &[u8]) {
    let limits = Limits::default();
    let mut bytes = header();
    let start = bytes.len() as u32;
    bytes.extend(data);
    let mut budget = Budget::new(&limits);
    let files = Dex::parse(&bytes, &limits, &mut budget, &mut Anomalies::new(2));
    let Some(dex) = files.as_ref().ok().and_then(|files| files.first()) else {
        return;
    };
    let Some(code) = dex.code(start) else { return };
    for is_static in [true, false] {
        let Some(body) = Body::new(dex, None, is_static, &code) else {
            continue;
        };
        let steps = body.steps().len() as u32;
        assert!(steps > 0 && steps <= code.unit_count());
        for block in 0..body.block_count() {
            assert!(body.block(block).end <= steps);
            assert!(
                body.successors(block)
                    .iter()
                    .all(|edge| edge.block < body.block_count())
            );
        }
        for step in 0..steps {
            for value in body.operands(step) {
                assert!(value.index() < body.value_count());
                let _ = (body.origin(*value), body.phi_operands(*value), body.uses(*value));
            }
        }
        let _ = body.returns().count();
        let _ = body.follows(0, steps - 1);
    }
}

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));
