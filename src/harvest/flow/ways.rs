//! Ways through a method that avoid a step.

use crate::harvest::body::Body;

/// Whether control can come to the step `to` without passing the step `avoided`: from behind the
/// step `from`, or from the beginning of the method. Methods of very many blocks are said to.
pub(super) fn comes_without(body: &Body, from: Option<u32>, to: u32, avoided: u32) -> bool {
    const BLOCKS: u32 = 4_000;
    let block_of = |step: u32| body.step(step).map(|row| row.block);
    let (Some(end), Some(barrier)) = (block_of(to), block_of(avoided)) else {
        return true;
    };
    if body.block_count() > BLOCKS {
        return true;
    }
    let start = match from.map(block_of) {
        None => 0,
        Some(Some(block)) => block,
        Some(None) => return true,
    };
    let first = from.map_or(0, |from| from.saturating_add(1));
    // Within the first block, only what lies behind the start counts.
    let is_barred = |block: u32, entered_at: u32| block == barrier && entered_at <= avoided;
    if start == end && first <= to && !(is_barred(start, first) && avoided < to) {
        return true;
    }
    if is_barred(start, first) {
        return false;
    }
    let mut seen = vec![false; body.block_count() as usize];
    let mut left = vec![start];
    while let Some(block) = left.pop() {
        for edge in body.successors(block) {
            let Some(mark) = seen.get_mut(edge.block as usize) else {
                continue;
            };
            if std::mem::replace(mark, true) {
                continue;
            }
            if edge.block == end && !(edge.block == barrier && avoided < to) {
                return true;
            }
            if edge.block != barrier {
                left.push(edge.block);
            }
        }
    }
    false
}
