//! What the weights must have.

use super::{Complaints, codes};
use crate::signatures::Ruleset;

/// Letters below which a text gives no reason.
const SHORTEST: usize = 5;

impl Complaints<'_> {
    pub(super) fn scoring(&mut self, ruleset: &Ruleset) {
        let scoring = ruleset.scoring();
        self.open("scoring.toml");
        for (id, why) in [
            ("card.harvest", &scoring.card.harvest.why),
            ("card.lending", &scoring.card.lending.why),
            ("band", &scoring.band.why),
        ] {
            self.at_text(&format!("[{id}]"));
            self.why(id, why);
        }
        for group in &scoring.group {
            self.at(&group.span());
            let group = group.get_ref();
            self.why(&group.id, &group.why);
            if !scoring
                .weight
                .iter()
                .any(|weight| weight.get_ref().group == group.id)
            {
                self.add(&group.id, codes::G03, &[]);
            }
        }
        for weight in &scoring.weight {
            self.at(&weight.span());
            let weight = weight.get_ref();
            self.why(&weight.indicator, &weight.why);
            let mut groups = scoring.group.iter().map(|group| group.get_ref());
            if let Some(group) = groups.find(|group| group.id == weight.group && group.cap < weight.db) {
                let (db, cap) = (weight.db.to_string(), group.cap.to_string());
                let values = [("weight", db.as_str()), ("group", &group.id), ("cap", &cap)];
                self.add(&weight.indicator, codes::G02, &values);
            }
        }
    }

    fn why(&mut self, id: &str, why: &str) {
        if why.trim().chars().count() < SHORTEST {
            self.add(id, codes::G01, &[]);
        }
    }
}
