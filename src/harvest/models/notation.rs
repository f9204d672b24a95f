//! The notation of rules: `2 -> this[1]`, `1.apply(this) -> return`, `return -> onPostExecute 1`,
//! `file 1`.

use super::ModelError;

/// A value at a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Position {
    /// The receiver.
    This,
    /// What the call returns.
    Return,
    /// An argument, counted from 1, the receiver left out.
    Argument(u8),
    /// Every argument but the receiver.
    Arguments,
    /// Every argument and the receiver.
    All,
}

impl Position {
    /// Reads `this`, `return`, `1` to `99`, `args` or `all`.
    ///
    /// # Errors
    /// When it is none of them.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        Ok(match text.trim() {
            "this" => Self::This,
            "return" => Self::Return,
            "args" => Self::Arguments,
            "all" => Self::All,
            number => match number.parse() {
                Ok(argument @ 1..=99) => Self::Argument(argument),
                _ => {
                    return Err(error(
                        text,
                        "this is no position: this, return, args, all or a number",
                    ));
                }
            },
        })
    }
}

/// The part of a value that a rule speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// All of it.
    Whole,
    /// What stands under the constant that this argument holds.
    Named(u8),
}

/// A rule of what flows where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Where the value comes from.
    pub from: Position,
    /// Which part of it.
    pub from_slot: Slot,
    /// Where it goes.
    pub to: Position,
    /// Which part that becomes.
    pub to_slot: Slot,
    /// Whether both are the same object.
    pub is_same: bool,
}

impl Rule {
    /// Reads `FROM -> TO` and `this = return`.
    ///
    /// # Errors
    /// When it is neither.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        Self::read(text).map_err(|mistake| error(text, mistake.problem))
    }

    fn read(text: &str) -> Result<Self, ModelError> {
        let (from, to, is_same) = if let Some((from, to)) = text.split_once("->") {
            (from, to, false)
        } else if let Some((from, to)) = text.split_once('=') {
            (from, to, true)
        } else {
            return Err(error(text, "a rule is FROM -> TO or FROM = TO"));
        };
        let (from, from_slot) = slotted(from)?;
        let (to, to_slot) = slotted(to)?;
        if from == Position::Return && !is_same {
            return Err(error(text, "what is returned is no beginning of a flow"));
        }
        Ok(Self {
            from,
            from_slot,
            to,
            to_slot,
            is_same,
        })
    }
}

fn slotted(text: &str) -> Result<(Position, Slot), ModelError> {
    let text = text.trim();
    let Some((position, rest)) = text.split_once('[') else {
        return Ok((Position::parse(text)?, Slot::Whole));
    };
    let name = rest
        .strip_suffix(']')
        .ok_or_else(|| error(text, "the bracket is not closed"))?;
    let slot = match name {
        "*" => Slot::Whole,
        _ => match Position::parse(name)? {
            Position::Argument(argument) => Slot::Named(argument),
            _ => return Err(error(text, "an argument names the slot")),
        },
    };
    Ok((Position::parse(position)?, slot))
}

/// Whose method a callback calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// That of a value at the call.
    At(Position),
    /// Those of all objects the app makes of a class, by its descriptor.
    AllOf(String),
}

/// A call of the framework back into the app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// The object whose method is called.
    pub object: Target,
    /// The method's name.
    pub method: String,
    /// What its arguments get.
    pub arguments: Vec<Option<Position>>,
    /// The argument, counted from 1, that the callback fills, and where that goes at the call.
    pub fills: Option<(u8, Position)>,
    /// Where the callback's result goes at the call.
    pub result: Option<Position>,
}

impl Invocation {
    /// Reads `N.method(arguments)` or `Lclass;.method(arguments)`, with `-> return` or another position behind it.
    ///
    /// # Errors
    /// When it is something else.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        Self::read(text).map_err(|mistake| error(text, mistake.problem))
    }

    fn read(text: &str) -> Result<Self, ModelError> {
        let (call, result) = match text.split_once("->") {
            Some((call, target)) => (call.trim(), Some(Position::parse(target)?)),
            None => (text.trim(), None),
        };
        if matches!(result, Some(Position::Arguments | Position::All)) {
            return Err(error(text, "a callback's result goes to one value"));
        }
        let problem = || error(text, "a callback is OBJECT.METHOD(ARGUMENTS)");
        let (object, rest) = call.split_once('.').ok_or_else(problem)?;
        let (method, rest) = rest.split_once('(').ok_or_else(problem)?;
        let inner = rest.strip_suffix(')').ok_or_else(problem)?.trim();
        let mut arguments = Vec::new();
        let mut fills = None;
        for argument in inner
            .split(',')
            .map(str::trim)
            .filter(|argument| !argument.is_empty())
        {
            let number = u8::try_from(arguments.len().saturating_add(1)).map_err(|_| problem())?;
            arguments.push(match argument.strip_prefix('>') {
                Some(target) => {
                    fills = Some((number, Position::parse(target)?));
                    None
                }
                None if argument == "_" => None,
                None => Some(Position::parse(argument)?),
            });
        }
        Ok(Self {
            object: match object.trim() {
                class if class.starts_with('L') => Target::AllOf(class.to_owned()),
                position => Target::At(Position::parse(position)?),
            },
            method: method.trim().to_owned(),
            arguments,
            fills,
            result,
        })
    }
}

/// A hop from one callback of an object to an argument of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// Where the first callback leaves the value: its result or an argument it fills.
    pub from: Position,
    /// Name of the callback that gets it.
    pub method: String,
    /// Which argument, counted from 1.
    pub argument: u8,
}

impl Hop {
    /// Reads `return -> onPostExecute 1`.
    ///
    /// # Errors
    /// When it is something else.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        Self::read(text).map_err(|mistake| error(text, mistake.problem))
    }

    fn read(text: &str) -> Result<Self, ModelError> {
        let problem = || error(text, "a hop is FROM -> METHOD ARGUMENT");
        let (from, to) = text.split_once("->").ok_or_else(problem)?;
        let (method, argument) = to.trim().split_once(' ').ok_or_else(problem)?;
        Ok(Self {
            from: Position::parse(from)?,
            method: method.to_owned(),
            argument: argument.trim().parse().map_err(|_| problem())?,
        })
    }
}

/// What a stream, a writer or a connection is attached to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// Something of this kind, such as `network`; the argument says which, as a path does.
    Kind {
        /// The kind.
        kind: String,
        /// The argument that names it.
        name: Option<u8>,
    },
    /// What this argument is attached to.
    Wraps(u8),
    /// Memory: nothing outside.
    Memory,
}

impl Opening {
    /// Reads `network`, `file 1`, `wraps 1` or `memory`.
    ///
    /// # Errors
    /// When the argument is no number.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        let (kind, argument) = match text.trim().split_once(' ') {
            Some((kind, argument)) => {
                let argument = argument.trim().parse();
                let argument = argument.map_err(|_| error(text, "the argument is no number"))?;
                (kind, Some(argument))
            }
            None => (text.trim(), None),
        };
        match (kind, argument) {
            ("wraps", Some(argument)) => Ok(Self::Wraps(argument)),
            ("wraps", None) => Err(error(text, "which argument is wrapped?")),
            ("memory", _) => Ok(Self::Memory),
            ("", _) => Err(error(text, "attached to what?")),
            (kind, name) => Ok(Self::Kind {
                kind: kind.to_owned(),
                name,
            }),
        }
    }
}

/// A mistake in this text. Rules name the text of the whole rule, by which it is found in its file.
fn error(text: &str, problem: &'static str) -> ModelError {
    ModelError {
        text: text.to_owned(),
        problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_as_they_are_written() {
        let rule = Rule::parse("2 -> this[1]").unwrap();
        assert_eq!((rule.from, rule.to), (Position::Argument(2), Position::This));
        assert_eq!((rule.from_slot, rule.to_slot), (Slot::Whole, Slot::Named(1)));
        assert!(Rule::parse("this = return").unwrap().is_same);
        assert_eq!(Rule::parse("this[*] -> return").unwrap().from_slot, Slot::Whole);
        for wrong in [
            "",
            "this",
            "2 -> ",
            "0 -> this",
            "return -> this",
            "1 -> this[return]",
            "1 -> this[1",
        ] {
            assert!(Rule::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn callbacks_and_hops_are_read_as_they_are_written() {
        let call = Invocation::parse("1.apply(this, _) -> return").unwrap();
        assert_eq!(call.object, Target::At(Position::Argument(1)));
        let call = Invocation::parse("La/B$C;.handle(1)").unwrap();
        assert_eq!(call.object, Target::AllOf("La/B$C;".to_owned()));
        let call = Invocation::parse("1.apply(this, _) -> return").unwrap();
        assert_eq!(call.arguments, [Some(Position::This), None]);
        assert_eq!(call.result, Some(Position::Return));
        assert_eq!(call.fills, None);
        let call = Invocation::parse("1.subscribe(this, >return)").unwrap();
        assert_eq!(call.fills, Some((2, Position::Return)));
        assert!(Invocation::parse("run()").is_err());
        assert!(Invocation::parse("this.run").is_err());
        let hop = Hop::parse("return -> onPostExecute 1").unwrap();
        assert_eq!(
            (hop.from, hop.method.as_str(), hop.argument),
            (Position::Return, "onPostExecute", 1)
        );
        assert!(Hop::parse("return -> onPostExecute").is_err());
    }

    #[test]
    fn openings_are_read_as_they_are_written() {
        assert_eq!(Opening::parse("wraps 2"), Ok(Opening::Wraps(2)));
        assert_eq!(Opening::parse("memory"), Ok(Opening::Memory));
        let file = Opening::Kind {
            kind: "file".to_owned(),
            name: Some(1),
        };
        assert_eq!(Opening::parse("file 1"), Ok(file));
        assert!(Opening::parse("wraps").is_err());
        assert!(Opening::parse("file x").is_err());
    }
}
