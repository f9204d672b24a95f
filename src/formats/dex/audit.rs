//! The walk over a whole dex file that notes what the lazy accessors pass over in silence.

use super::table::{from, uleb128};
use super::{Dex, mutf8};
use crate::anomaly::{Anomalies, AnomalyKind};
use crate::limits::Budget;

impl Dex<'_> {
    /// Walks strings, class data and instructions and notes what is wrong with them:
    /// [`AnomalyKind::DexUnsorted`], [`AnomalyKind::DexString`] and [`AnomalyKind::DexCode`].
    ///
    /// # Limits
    /// A step of the budget for each string, member and instruction; when it is spent the walk
    /// ends and [`AnomalyKind::BudgetSpent`] is noted.
    pub fn audit(&self, budget: &mut Budget, anomalies: &mut Anomalies) {
        self.audit_strings(budget, anomalies);
        if self.audit_classes(budget, anomalies).is_none() {
            anomalies.at(AnomalyKind::BudgetSpent, self.offset);
        }
    }

    /// The part of [`Self::audit`] about the string table.
    pub fn audit_strings(&self, budget: &mut Budget, anomalies: &mut Anomalies) {
        if !self.is_sorted() {
            anomalies.at(
                AnomalyKind::DexUnsorted,
                self.absolute(self.header.strings.offset),
            );
        }
        let mut next = 0;
        let mut walk = self.strings();
        for (index, text) in walk.by_ref() {
            if !budget.steps(1) {
                anomalies.at(AnomalyKind::BudgetSpent, self.offset);
                return;
            }
            if next < index || !self.is_well_formed(index, text) {
                let offset = self.string_offset(index).unwrap_or(self.offset);
                anomalies.at(AnomalyKind::DexString, offset);
            }
            next = index.saturating_add(1);
        }
        if walk.is_cut_short() || next < self.string_count() {
            anomalies.at(AnomalyKind::DexString, self.absolute(self.header.strings.offset));
        }
    }

    /// Whether a string's NUL is there, its text valid, and its length the stated one.
    fn is_well_formed(&self, index: u32, text: &[u8]) -> bool {
        if text.len() >= self.string_cap {
            // It was cut, so nothing can be said of its end.
            return true;
        }
        let Some(row) = self.strings.get(index) else {
            return false;
        };
        let mut data = from(self.bytes, u32::from_le_bytes(*row));
        let stated = uleb128(&mut data);
        let length = mutf8::utf16_length(text).and_then(|length| u32::try_from(length).ok());
        length.is_some() && length == stated && data.get(text.len()) == Some(&0)
    }

    /// The part of [`Self::audit`] about classes; `None` when the budget is spent.
    fn audit_classes(&self, budget: &mut Budget, anomalies: &mut Anomalies) -> Option<()> {
        for (_, class) in self.classes() {
            let offset = self.absolute(class.data_offset);
            let Some(data) = self.class_data(&class) else {
                if class.data_offset != 0 {
                    anomalies.at(AnomalyKind::DexCode, offset);
                }
                continue;
            };
            let mut fields = data.fields();
            for field in fields.by_ref() {
                spend(budget)?;
                if field.field >= self.field_count() {
                    anomalies.at(AnomalyKind::DexCode, offset);
                }
            }
            let mut methods = data.methods();
            for method in methods.by_ref() {
                spend(budget)?;
                if method.method >= self.method_count() {
                    anomalies.at(AnomalyKind::DexCode, offset);
                }
                self.audit_code(method.code_offset, budget, anomalies)?;
            }
            if fields.is_broken() || methods.is_broken() {
                anomalies.at(AnomalyKind::DexCode, offset);
            }
        }
        Some(())
    }

    fn audit_code(&self, offset: u32, budget: &mut Budget, anomalies: &mut Anomalies) -> Option<()> {
        if offset == 0 {
            return Some(());
        }
        let code = self.code(offset);
        if code.is_none_or(|code| code.is_clipped()) {
            anomalies.at(AnomalyKind::DexCode, self.absolute(offset));
        }
        for instruction in code.into_iter().flat_map(|code| code.instructions()) {
            spend(budget)?;
            if instruction.is_err() {
                anomalies.at(AnomalyKind::DexCode, self.absolute(offset));
                break;
            }
        }
        Some(())
    }
}

fn spend(budget: &mut Budget) -> Option<()> {
    budget.steps(1).then_some(())
}
