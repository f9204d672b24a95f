//! Whether the condition of a query lets a whole table through or looks for one row.
//!
//! A condition on a column that tells rows apart (a key, a number, a name) looks something up; any
//! other one, such as on the kind of row, on a date or on whether there is a number, keeps the table
//! a table.

use super::flow::slots::Shape;
use super::texts::Texts;

/// Columns of the contacts, message and call tables that tell one person or row from another.
const IDENTIFYING: [&str; 16] = [
    "_id",
    "contact_id",
    "raw_contact_id",
    "lookup",
    "number",
    "data1",
    "data4",
    "normalized_number",
    "address",
    "person",
    "person_id",
    "display_name",
    "thread_id",
    "formatted_number",
    "phone_numbers_equal",
    "name",
];

/// How a table is read under a condition: null stands for none at all.
#[must_use]
pub fn shape(condition: &Texts) -> Shape {
    if condition.may_be_null && condition.texts.iter().all(|text| text == "0") {
        return Shape::Bulk;
    }
    let mut shapes = condition.texts.iter().map(|text| {
        if text
            .chars()
            .all(|one| one == super::texts::HOLE || one.is_whitespace())
            && !text.is_empty()
        {
            Shape::Unknown
        } else if looks_up(text) {
            Shape::Lookup
        } else {
            Shape::Bulk
        }
    });
    let first = if condition.may_be_null {
        Shape::Bulk
    } else {
        shapes.next().unwrap_or(Shape::Unknown)
    };
    shapes.fold(first, Shape::max)
}

fn looks_up(condition: &str) -> bool {
    let condition = condition.to_ascii_lowercase();
    IDENTIFYING.iter().any(|column| {
        condition.match_indices(column).any(|(start, _)| {
            let before = condition.get(..start).and_then(|text| text.chars().next_back());
            let after = start
                .checked_add(column.len())
                .and_then(|end| condition.get(end..));
            !before.is_some_and(is_word) && after.is_some_and(asks_for_one)
        })
    })
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// Whether what stands behind a column compares it with something.
fn asks_for_one(rest: &str) -> bool {
    if rest.chars().next().is_some_and(is_word) {
        return false;
    }
    let rest = rest.trim_start_matches([' ', ')', '"', '`', '\'', ']']);
    let word = |name: &str| {
        rest.strip_prefix(name)
            .is_some_and(|behind| !behind.chars().next().is_some_and(is_word))
    };
    // `phone_numbers_equal(column, ?)` is a function.
    rest.starts_with('=')
        || rest.starts_with('(')
        || rest.starts_with(',')
        || word("in")
        || word("like")
        || word("glob")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn one(text: &str) -> Texts {
        Texts {
            texts: BTreeSet::from([text.to_owned()]),
            may_be_null: false,
        }
    }

    #[test]
    fn conditions_on_keys_look_up_and_others_do_not() {
        for text in [
            "_id=?",
            "contact_id = ?",
            "CONTACT_ID=\u{FFFC} AND mimetype='x'",
            "data1 LIKE ?",
            "address IN (?,?)",
            "PHONE_NUMBERS_EQUAL(number, ?)",
            "display_name = 'x'",
        ] {
            assert_eq!(shape(&one(text)), Shape::Lookup, "{text}");
        }
        for text in [
            "",
            "has_phone_number=1",
            "mimetype=?",
            "date > ?",
            "_id > ?",
            "display_name IS NOT NULL",
            "data1 != ''",
            "in_visible_group=1",
            "type = 1",
        ] {
            assert_eq!(shape(&one(text)), Shape::Bulk, "{text}");
        }
    }

    #[test]
    fn no_condition_is_bulk_and_an_unknown_one_is_unknown() {
        let null = Texts {
            texts: BTreeSet::from(["0".to_owned()]),
            may_be_null: true,
        };
        assert_eq!(shape(&null), Shape::Bulk);
        assert_eq!(shape(&one("\u{FFFC}")), Shape::Unknown);
        let either = Texts {
            texts: BTreeSet::from(["_id=?".to_owned()]),
            may_be_null: true,
        };
        assert_eq!(shape(&either), Shape::Bulk);
    }
}
