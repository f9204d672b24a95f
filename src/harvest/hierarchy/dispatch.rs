//! Where a virtual call may lead.
//!
//! A virtual call is taken to reach the implementation of every class that is instantiated
//! somewhere and is a subtype of the one that is named: class hierarchy analysis, refined by
//! instantiation. Visibility is not looked at: a package-private method counts as overridden from
//! another package too.

use rustc_hash::FxHashSet;

use super::{Hierarchy, Implementation, TypeSet};
use crate::harvest::program::{MethodId, SelectorId, TypeId};

/// Subtypes looked at for one call.
const MAXIMUM_VISITS: usize = 1 << 16;

/// Where a virtual call may lead.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Targets {
    /// Methods with code, in ascending order.
    pub methods: Vec<MethodId>,
    /// Whether these are all; otherwise there were more than asked for.
    pub complete: bool,
}

impl Hierarchy<'_, '_> {
    /// Where a virtual or interface call of `selector` on `declared` may lead: what `declared`
    /// itself runs, and what its instantiated subtypes run. At most `cap` methods are told.
    #[must_use]
    pub fn targets(
        &self,
        declared: TypeId,
        selector: SelectorId,
        instantiated: &TypeSet,
        cap: usize,
    ) -> Targets {
        let mut targets = Targets {
            methods: self.resolve(declared, selector).into_iter().collect(),
            complete: true,
        };
        let candidates = self.program.methods_with(selector);
        // Few methods may share a selector while a type has thousands of subtypes, and the other
        // way round: the shorter list is gone through.
        let subtypes = self.all_subclasses(declared, candidates.len());
        if subtypes.len() < candidates.len() {
            let instantiated = subtypes.into_iter().filter(|id| instantiated.contains(*id));
            for method in instantiated.filter_map(|id| self.resolve(id, selector)) {
                if !targets.methods.contains(&method) {
                    targets.methods.push(method);
                }
                if targets.methods.len() > cap {
                    break;
                }
            }
        } else {
            self.search(declared, selector, instantiated, cap, &mut targets);
        }
        targets.complete &= targets.methods.len() <= cap;
        targets.methods.truncate(cap);
        targets.methods.sort_unstable();
        targets
    }

    /// For each implementation, looks for an object that runs it.
    pub(super) fn search(
        &self,
        declared: TypeId,
        selector: SelectorId,
        instantiated: &TypeSet,
        cap: usize,
        targets: &mut Targets,
    ) {
        let mut search = Search {
            hierarchy: self,
            declared,
            selector,
            instantiated,
            visits: 0,
            seen: FxHashSet::default(),
        };
        for candidate in self.program.methods_with(selector) {
            let class = self.program.method(*candidate).class;
            let has_code = matches!(self.implementation(class, selector), Implementation::Code(_));
            if has_code && !targets.methods.contains(candidate) && search.is_run(class, *candidate) {
                targets.methods.push(*candidate);
            }
            targets.complete = search.visits <= MAXIMUM_VISITS;
            if targets.methods.len() > cap || !targets.complete {
                break;
            }
        }
    }
}

/// The search for objects behind one call.
struct Search<'h, 'p, 'a> {
    hierarchy: &'h Hierarchy<'p, 'a>,
    declared: TypeId,
    selector: SelectorId,
    instantiated: &'h TypeSet,
    visits: usize,
    seen: FxHashSet<TypeId>,
}

impl Search<'_, '_, '_> {
    /// Whether a call on an instantiated subtype of the declared type runs `method` of `class`.
    fn is_run(&mut self, class: TypeId, method: MethodId) -> bool {
        self.seen.clear();
        let mut waiting = vec![class];
        while let Some(id) = waiting.pop() {
            self.visits = self.visits.saturating_add(1);
            if self.visits > MAXIMUM_VISITS {
                return false;
            }
            let runs_it = || self.hierarchy.resolve(id, self.selector) == Some(method);
            if self.instantiated.contains(id) && self.hierarchy.is_subtype(id, self.declared) && runs_it() {
                return true;
            }
            for below in self.hierarchy.subclasses(id) {
                // What stands below another implementation is found from there.
                let is_other = !matches!(
                    self.hierarchy.implementation(*below, self.selector),
                    Implementation::Missing
                );
                if !is_other && self.seen.insert(*below) {
                    waiting.push(*below);
                }
            }
        }
        false
    }
}
