//! Method signatures as a person reads them: `Lcom/example/Sync;->run(I)V` as
//! `com.example.Sync.run(int)`.
//!
//! The names come from the file and pass [`short`]; a text that is no signature is shown as it is.

use super::sanitize::short;

/// Most arguments that are written out; a method has at most 255.
const ARGUMENTS: usize = 16;

/// A signature taken apart, not yet fit to be shown.
struct Parts<'a> {
    /// The class as a descriptor.
    class: &'a str,
    name: &'a str,
    /// The descriptors between the parentheses.
    arguments: &'a str,
}

impl<'a> Parts<'a> {
    fn of(signature: &'a str) -> Option<Self> {
        let (class, rest) = signature.split_once("->")?;
        let (name, rest) = rest.split_once('(')?;
        let (arguments, _) = rest.split_once(')')?;
        Some(Self {
            class,
            name,
            arguments,
        })
    }
}

/// The class of a signature, `com.example.Sync`, not yet fit to be shown.
#[must_use]
pub fn class(signature: &str) -> Option<String> {
    let (class, _) = signature.split_once("->")?;
    Some(named(class))
}

/// `com.example.Sync.run(String, int)`.
#[must_use]
pub fn readable(signature: &str) -> String {
    let Some(parts) = Parts::of(signature) else {
        return short(signature);
    };
    short(&format!(
        "{}.{}({})",
        named(parts.class),
        parts.name,
        arguments(parts.arguments)
    ))
}

/// `Sync.run(String, int)`.
#[must_use]
pub fn compact(signature: &str) -> String {
    let Some(parts) = Parts::of(signature) else {
        return short(signature);
    };
    short(&format!(
        "{}.{}({})",
        last_label(&named(parts.class)),
        parts.name,
        arguments(parts.arguments)
    ))
}

/// `Sync.run`.
#[must_use]
pub fn brief(signature: &str) -> String {
    let Some(parts) = Parts::of(signature) else {
        return short(signature);
    };
    short(&format!("{}.{}", last_label(&named(parts.class)), parts.name))
}

fn arguments(descriptors: &str) -> String {
    let mut names = Vec::new();
    let mut rest = descriptors;
    while !rest.is_empty() {
        if names.len() == ARGUMENTS {
            names.push("…".to_owned());
            break;
        }
        let (one, after) = first(rest);
        names.push(last_label(&named(one)).to_owned());
        rest = after;
    }
    names.join(", ")
}

/// The first descriptor of a row of them, and the rest; all of it when it is none.
fn first(descriptors: &str) -> (&str, &str) {
    let base = descriptors.trim_start_matches('[');
    let dimensions = descriptors.len() - base.len();
    let length = match base.chars().next() {
        Some('L') => base.find(';').map_or(base.len(), |end| end + 1),
        Some(other) => other.len_utf8(),
        None => 0,
    };
    descriptors
        .split_at_checked(dimensions + length)
        .unwrap_or((descriptors, ""))
}

/// A descriptor as Java writes the type.
fn named(descriptor: &str) -> String {
    let base = descriptor.trim_start_matches('[');
    let dimensions = descriptor.len() - base.len();
    let name = match base {
        "Z" => "boolean".to_owned(),
        "B" => "byte".to_owned(),
        "S" => "short".to_owned(),
        "C" => "char".to_owned(),
        "I" => "int".to_owned(),
        "J" => "long".to_owned(),
        "F" => "float".to_owned(),
        "D" => "double".to_owned(),
        "V" => "void".to_owned(),
        _ => base
            .strip_prefix('L')
            .and_then(|name| name.strip_suffix(';'))
            .unwrap_or(base)
            .replace('/', "."),
    };
    name + &"[]".repeat(dimensions)
}

fn last_label(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_read_like_java() {
        for (signature, long, middle, few) in [
            (
                "Lcom/example/Sync;->run(Ljava/lang/String;I[[BLa/b/C$D;)V",
                "com.example.Sync.run(String, int, byte[][], C$D)",
                "Sync.run(String, int, byte[][], C$D)",
                "Sync.run",
            ),
            ("La;-><init>()V", "a.<init>()", "a.<init>()", "a.<init>"),
            (
                "[I->clone()Ljava/lang/Object;",
                "int[].clone()",
                "int[].clone()",
                "int[].clone",
            ),
            (
                "LA;->m(ZSCJFD)V",
                "A.m(boolean, short, char, long, float, double)",
                "A.m(boolean, short, char, long, float, double)",
                "A.m",
            ),
        ] {
            assert_eq!(readable(signature), long);
            assert_eq!(compact(signature), middle);
            assert_eq!(brief(signature), few);
        }
        assert_eq!(class("Lcom/example/Sync;->run()V").unwrap(), "com.example.Sync");
    }

    #[test]
    fn what_is_no_signature_is_shown_as_it_is() {
        for text in ["", "x", "La;", "La;->b", "La;->b(", "->", "贷->"] {
            assert_eq!(readable(text), text);
            assert_eq!(brief(text), text);
        }
        // Descriptors that do not end, and characters that act on a terminal.
        assert_eq!(readable("La;->b([)V"), "a.b([])");
        assert_eq!(readable("La;->b(Lx)V"), "a.b(Lx)");
        assert_eq!(readable("La;->b(贷[贷)V"), "a.b(贷, 贷[])");
        assert_eq!(readable("La;->\u{1b}[2J()V"), "a.\\u{1b}[2J()");
        let many = format!("La;->b({})V", "I".repeat(255));
        assert_eq!(readable(&many).matches("int").count(), ARGUMENTS);
    }
}
