//! Where the code uses what the tables name.
//!
//! The tables say that a name is used somewhere in the dex file; this walk says in which methods.
//! It is made only for apps that declare one of the permissions, and only over dex files whose
//! tables name a provider.

use std::collections::BTreeMap;

use super::Collector;
use super::dex::Located;
use crate::facts::{Fact, Location};
use crate::formats::dex::{Code, Dex, EncodedMethod, IndexKind};

/// A use in the code: method index and offset in 16-bit code units.
type Use = (u32, u32);

impl Collector<'_> {
    pub(super) fn add_code(&mut self, name: &str, dex: &Dex<'_>, located: &Located) {
        let mut uses: BTreeMap<&Fact, Vec<Use>> = BTreeMap::new();
        let (mut methods, mut decoded) = (0u64, 0u64);
        // Classes may share their data and methods their code; past the budget nothing is looked at.
        'walk: for (_, class) in dex.classes() {
            if !self.budget.steps(1) {
                break;
            }
            let Some(data) = dex.class_data(&class) else {
                continue;
            };
            for method in data.methods() {
                if !self.budget.steps(1) {
                    break 'walk;
                }
                let Some(code) = dex.code(method.code_offset) else {
                    continue;
                };
                methods = methods.saturating_add(1);
                if !self.budget.steps(code.unit_count().into()) {
                    break 'walk;
                }
                if self.find_uses(&method, &code, located, &mut uses) {
                    decoded = decoded.saturating_add(1);
                }
            }
        }
        let total = &mut self.coverage.methods;
        *total = Some(total.unwrap_or_default().saturating_add(methods));
        let total = &mut self.coverage.methods_decoded;
        *total = Some(total.unwrap_or_default().saturating_add(decoded));
        for (fact, places) in uses {
            for (method, offset) in places {
                let Some(method) = dex.method_signature(method) else {
                    continue;
                };
                let location = Location::DexCode {
                    dex: name.to_owned(),
                    method,
                    offset,
                };
                self.add(fact.clone(), location);
            }
        }
    }

    /// Whether the code could be decoded to its end.
    fn find_uses<'f>(
        &self,
        method: &EncodedMethod,
        code: &Code<'_>,
        located: &'f Located,
        uses: &mut BTreeMap<&'f Fact, Vec<Use>>,
    ) -> bool {
        let mut whole = !code.is_clipped();
        for instruction in code.instructions() {
            let Ok(instruction) = instruction else {
                whole = false;
                continue;
            };
            let rows = match instruction.opcode.index_kind() {
                IndexKind::String => &located.strings,
                IndexKind::Field => &located.fields,
                IndexKind::Method => &located.methods,
                _ => continue,
            };
            if let Some(fact) = instruction.index().and_then(|index| rows.get(index)) {
                let places = uses.entry(fact).or_default();
                if places.len() < self.limits.locations_per_fact {
                    places.push((method.method, instruction.address));
                }
            }
        }
        whole
    }
}
