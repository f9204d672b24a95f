//! What an indicator says.

use super::{Body, Cell, Inline, Relations, Sheet, code, references, signatures, text};
use crate::signatures::catalogue::{Catalogue, sort_of_kind};
use crate::signatures::schema::{CardName, Confidence, Counted, Indicator, Severity, Status, When};

impl Sheet {
    pub(super) fn indicator(&mut self, catalogue: &Catalogue<'_>, relations: &Relations) {
        let Some(indicator) = catalogue.parsed.indicators.get(&self.entry.path) else {
            return;
        };
        self.fact("severity", code(severity(indicator.severity)));
        self.fact("confidence", code(confidence(indicator.confidence)));
        self.fact("added", text(&indicator.added));
        self.optional("modified", indicator.modified.as_ref());
        self.prose("description", &indicator.description);
        self.part(
            "condition",
            Body::Rows {
                columns: &["part", "name", "listed-in"],
                rows: condition(indicator.when.get_ref(), catalogue, relations),
            },
        );
        self.prose("impact", &indicator.impact);
        self.prose("false-positives", &indicator.false_positives);
        self.prose("false-negatives", &indicator.false_negatives);
        self.weight(catalogue, indicator);
        self.part("references", Body::Items(references(&indicator.references)));
        let each = |ids: Vec<&str>| Body::Items(ids.into_iter().map(|id| signatures([id])).collect());
        let id = self.entry.id.clone();
        let related = indicator.related.iter().map(|one| one.get_ref().as_str());
        self.part("related", each(related.collect()));
        self.part("used-by-indicators", each(relations.indicators(&id).collect()));
        self.part("used-by-rules", each(relations.rules(&id).collect()));
        self.examples(&indicator.examples);
    }

    fn weight(&mut self, catalogue: &Catalogue<'_>, indicator: &Indicator) {
        let scoring = catalogue.ruleset.scoring();
        let of_this = scoring
            .weight
            .iter()
            .map(|weight| weight.get_ref())
            .filter(|weight| weight.indicator == self.entry.id);
        let mut rows: Vec<Vec<Cell>> = Vec::new();
        for weight in of_this {
            let group = scoring
                .group
                .iter()
                .map(|group| group.get_ref())
                .find(|group| group.id == weight.group);
            let Some(group) = group else { continue };
            let card = match group.card {
                CardName::Harvest => "harvest",
                CardName::Lending => "lending",
            };
            let counts = match indicator.status {
                Status::Experimental => weight.db / 2.0,
                _ => weight.db,
            };
            rows.push(vec![
                text(format!("{} dB", weight.db)),
                text(format!("{counts} dB")),
                code(card),
                text(&weight.why),
                code(&group.id),
                text(format!("{} dB", group.cap)),
                text(&group.why),
            ]);
        }
        if rows.is_empty() {
            self.part("weight", Body::Said("no-weight"));
            return;
        }
        self.part(
            "weight",
            Body::Rows {
                columns: &[
                    "weight",
                    "counts",
                    "card",
                    "reason",
                    "group",
                    "cap",
                    "group-reason",
                ],
                rows,
            },
        );
    }
}

/// The condition, a row for each kind or indicator it names.
fn condition(when: &When, catalogue: &Catalogue<'_>, relations: &Relations) -> Vec<Vec<Cell>> {
    let row = |part: &str, names: &[String]| {
        let shown = names.iter().map(|name| match catalogue.find(name) {
            Some(_) => Inline::Signature(name.clone()),
            None => Inline::Code(name.clone()),
        });
        let listed: Vec<Inline> = names.iter().flat_map(|name| listed_in(name, relations)).collect();
        vec![text(part), shown.collect(), listed]
    };
    let mut rows = vec![vec![text("scope"), code(when.scope.name()), Vec::new()]];
    for (part, names) in [
        ("all", &when.all),
        ("any", &when.any),
        ("also-any", &when.also_any),
        ("none", &when.none),
    ] {
        rows.extend(names.iter().map(|name| row(part, std::slice::from_ref(name))));
    }
    if let Some(at_least) = &when.at_least {
        let part = format!("at-least {}", at_least.distinct);
        rows.extend(at_least.of.iter().map(|counted| match counted {
            Counted::Each(name) => row(&part, std::slice::from_ref(name)),
            Counted::Together(names) => row(&part, names),
        }));
    }
    rows
}

/// Where a kind comes from.
fn listed_in(kind: &str, relations: &Relations) -> Vec<Inline> {
    if let Some(sort) = sort_of_kind(kind) {
        return vec![Inline::Sort(sort)];
    }
    relations
        .vocabulary(kind)
        .map(|id| Inline::Signature(id.to_owned()))
        .collect()
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
    }
}

fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Low => "low",
        Confidence::Medium => "medium",
        Confidence::High => "high",
    }
}
