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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harvest::assembly::{method, with};
    use crate::harvest::models::Models;

    /// Shows a body; the steps `const/4` of register 1 with the numbers 0, 1, 2 … are its marks.
    fn ways(code: &str, look: impl Fn(&Body, &dyn Fn(i64) -> u32)) {
        let app = format!("class LMain;\nmethod static run(Z)V 3\n{code}\nreturn-void");
        with(&app, &Models::default(), |world| {
            let body = world.body(method(world, "LMain;->run(Z)V")).unwrap();
            let mark = |number: i64| {
                let mut steps = (0u32..).zip(body.steps());
                steps.find(|(_, row)| row.literal == Some(number)).unwrap().0
            };
            look(&body, &mark);
        });
    }

    #[test]
    fn a_straight_way_passes_every_step() {
        ways("const/4 v1 #0\nconst/4 v1 #1\nconst/4 v1 #2", |body, mark| {
            assert!(!comes_without(body, None, mark(2), mark(1)));
            assert!(!comes_without(body, Some(mark(0)), mark(2), mark(1)));
            assert!(comes_without(body, Some(mark(1)), mark(2), mark(0)));
            assert!(comes_without(body, None, mark(0), mark(1)));
            assert!(
                !comes_without(body, Some(mark(2)), mark(0), mark(1)),
                "no way back"
            );
        });
    }

    #[test]
    fn a_diamond_has_a_way_around_each_side() {
        let code = "
            const/4 v1 #0
            if-eqz p0 :other
            const/4 v1 #1
            goto :end
            :other
            const/4 v1 #2
            :end
            const/4 v1 #3";
        ways(code, |body, mark| {
            assert!(comes_without(body, None, mark(3), mark(1)));
            assert!(comes_without(body, None, mark(3), mark(2)));
            assert!(!comes_without(body, None, mark(3), mark(0)));
            assert!(
                !comes_without(body, Some(mark(1)), mark(2), mark(0)),
                "no way across"
            );
        });
    }

    #[test]
    fn a_loop_leads_back() {
        let code = "
            :again
            const/4 v1 #0
            if-eqz p0 :end
            const/4 v1 #1
            const/4 v1 #2
            goto :again
            :end
            const/4 v1 #3";
        ways(code, |body, mark| {
            assert!(comes_without(body, Some(mark(1)), mark(0), mark(3)));
            assert!(
                !comes_without(body, Some(mark(2)), mark(1), mark(0)),
                "the head is on the way"
            );
            assert!(
                !comes_without(body, Some(mark(1)), mark(1), mark(2)),
                "once around"
            );
            assert!(comes_without(body, Some(mark(2)), mark(3), mark(1)));
            assert!(comes_without(body, None, mark(3), mark(1)), "no round at all");
        });
    }
}
