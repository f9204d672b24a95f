//! Who calls what, reads and writes which field, and makes objects of which class: one walk over
//! all code of a program, in the order of the files.
//!
//! The walk is linear, as [`Code::instructions`](crate::formats::dex::Code::instructions) walks, and
//! reads on behind what cannot be decoded. It sees code that is never reached as well. Calls are
//! noted by the method that is written there. `invoke-custom`, which names no method, is not noted.

use super::hierarchy::{Hierarchy, TypeSet};
use super::lists::Lists;
use super::program::{FieldId, MethodId, Program, TypeId};
use crate::formats::dex::{Code, Instruction, Opcode};
use crate::limits::Budget;

/// Calls, field accesses and object creations that are noted together. Methods may share their code, so that
/// the sum is not bounded by the size of the files.
const MAXIMUM_SITES: usize = 1 << 23;

/// A place in the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site {
    /// The method it lies in.
    pub method: MethodId,
    /// Address of the instruction in code units.
    pub address: u32,
}

/// How a call finds the method it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallKind {
    /// A constructor or private method: the one that is named.
    Direct,
    /// Without receiver: the one that is named, or that its class inherits.
    Static,
    /// The implementation of the superclass.
    Super,
    /// By the class of the receiver. Calls of method handles count here.
    Virtual,
    /// By the class of the receiver, named by an interface.
    Interface,
}

/// A call in the code of a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// The method as it is named.
    pub callee: MethodId,
    /// Address of the instruction in code units.
    pub address: u32,
    /// How the method is found.
    pub kind: CallKind,
}

/// What the code of a program refers to.
#[derive(Debug, Default)]
pub struct Index {
    calls_from: Lists<Call>,
    new_instances: Lists<TypeId>,
    class_literals: Lists<TypeId>,
    calls_to: Lists<Site>,
    /// By the field that a reference leads to, as `writes`.
    reads: Lists<Site>,
    writes: Lists<Site>,
    /// For each field the one that a reference to it leads to.
    canonical: Vec<FieldId>,
    instantiated: TypeSet,
    methods: usize,
    decoded: usize,
}

impl Index {
    /// Walks over the code of all methods.
    ///
    /// # Limits
    /// A step of the budget for each code unit, and 2^23 sites of each sort. When one is spent, the
    /// methods that are left count as not decoded.
    #[must_use]
    pub fn new(hierarchy: &Hierarchy<'_, '_>, budget: &mut Budget) -> Self {
        let program = hierarchy.program();
        let mut walk = Walk {
            program,
            index: Self {
                canonical: program.fields().map(|id| hierarchy.resolve_field(id)).collect(),
                instantiated: TypeSet::new(program),
                ..Self::default()
            },
            reads: Vec::new(),
            writes: Vec::new(),
        };
        let mut has_room = true;
        for method in program.methods() {
            let definition = program.definition(method).filter(|row| row.code_offset != 0);
            if let Some(definition) = definition {
                walk.index.methods = walk.index.methods.saturating_add(1);
                if let Some(code) = program.code(method).filter(|_| has_room) {
                    has_room = budget.steps(code.unit_count().into());
                    let is_whole = has_room && walk.read(method, definition.file, &code, &mut has_room);
                    walk.index.decoded = walk.index.decoded.saturating_add(usize::from(is_whole));
                }
            }
            walk.index.calls_from.close();
            walk.index.new_instances.close();
            walk.index.class_literals.close();
        }
        walk.finish()
    }

    /// The calls that name exactly this method, by method and address.
    #[must_use]
    pub fn calls_to(&self, callee: MethodId) -> &[Site] {
        self.calls_to.get(callee.number())
    }

    /// The calls in a method's code, by address.
    #[must_use]
    pub fn calls_from(&self, caller: MethodId) -> &[Call] {
        self.calls_from.get(caller.number())
    }

    /// The field that a reference leads to, see [`Hierarchy::resolve_field`].
    #[must_use]
    pub fn canonical(&self, field: FieldId) -> FieldId {
        self.canonical.get(field.index()).copied().unwrap_or(field)
    }

    /// Where a field is read, by whichever reference, by method and address.
    #[must_use]
    pub fn reads_of(&self, field: FieldId) -> &[Site] {
        self.reads.get(self.canonical(field).number())
    }

    /// Where a field is written, by whichever reference, by method and address.
    #[must_use]
    pub fn writes_of(&self, field: FieldId) -> &[Site] {
        self.writes.get(self.canonical(field).number())
    }

    /// The classes of which the code makes objects.
    #[must_use]
    pub fn instantiated(&self) -> &TypeSet {
        &self.instantiated
    }

    /// The classes of which a method makes objects, each once, in the order of the code.
    #[must_use]
    pub fn new_instances_in(&self, method: MethodId) -> &[TypeId] {
        self.new_instances.get(method.number())
    }

    /// The types that a method names as class objects, each once, in the order of the code.
    #[must_use]
    pub fn class_literals(&self, method: MethodId) -> &[TypeId] {
        self.class_literals.get(method.number())
    }

    /// How many methods are defined with code.
    #[must_use]
    pub fn methods(&self) -> usize {
        self.methods
    }

    /// How many of them were decoded from beginning to end.
    #[must_use]
    pub fn decoded(&self) -> usize {
        self.decoded
    }
}

/// The walk over all code.
struct Walk<'p, 'a> {
    program: &'p Program<'a>,
    index: Index,
    /// Field and site.
    reads: Vec<(u32, Site)>,
    writes: Vec<(u32, Site)>,
}

impl Walk<'_, '_> {
    /// Notes what one method refers to; `false` when some of it cannot be decoded.
    fn read(&mut self, method: MethodId, file: u32, code: &Code<'_>, has_room: &mut bool) -> bool {
        let mut is_whole = !code.is_clipped();
        for instruction in code.instructions() {
            let Ok(instruction) = instruction else {
                is_whole = false;
                continue;
            };
            let Some(usage) = usage(instruction.opcode) else {
                continue;
            };
            if self.note(method, file, &instruction, usage) == Some(false) {
                *has_room = false;
                return false;
            }
        }
        is_whole
    }

    /// Notes one reference. `None` when its index leads nowhere, `false` when there is no room.
    #[inline]
    fn note(
        &mut self,
        method: MethodId,
        file: u32,
        instruction: &Instruction<'_>,
        usage: Usage,
    ) -> Option<bool> {
        let target = instruction.index()?;
        let address = instruction.address;
        let site = Site { method, address };
        match usage {
            Usage::Call(kind) => {
                let call = Call {
                    callee: self.program.method_at(file, target)?,
                    address,
                    kind,
                };
                Some(self.index.calls_from.push_below(MAXIMUM_SITES, call))
            }
            Usage::Read | Usage::Write => {
                let field = self.program.field_at(file, target)?;
                let field = self.index.canonical(field).number();
                let sites = match usage {
                    Usage::Read => &mut self.reads,
                    _ => &mut self.writes,
                };
                sites.push((field, site));
                Some(sites.len() < MAXIMUM_SITES)
            }
            Usage::New => {
                let id = self.program.type_at(file, target)?;
                self.index.instantiated.insert(id);
                Some(push_once(&mut self.index.new_instances, id))
            }
            Usage::Literal => {
                let id = self.program.type_at(file, target)?;
                Some(push_once(&mut self.index.class_literals, id))
            }
        }
    }

    fn finish(self) -> Index {
        let Self {
            program,
            mut index,
            reads,
            writes,
        } = self;
        let fields = program.field_count();
        index.reads = Lists::sorted(fields, reads.iter().copied());
        index.writes = Lists::sorted(fields, writes.iter().copied());
        let calls = program.methods().flat_map(|method| {
            index.calls_from.get(method.number()).iter().map(move |call| {
                let address = call.address;
                (call.callee.number(), Site { method, address })
            })
        });
        index.calls_to = Lists::sorted(program.method_count(), calls);
        index
    }
}

/// Types of one method that are compared with each further one, so that large methods cost no more
/// than small ones.
const COMPARED: usize = 16;

fn push_once(types: &mut Lists<TypeId>, id: TypeId) -> bool {
    types
        .unfinished()
        .iter()
        .rev()
        .take(COMPARED)
        .any(|known| *known == id)
        || types.push_below(MAXIMUM_SITES, id)
}

/// What an instruction does with what it refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Usage {
    Call(CallKind),
    Read,
    Write,
    New,
    Literal,
}

#[rustfmt::skip]
fn usage(opcode: Opcode) -> Option<Usage> {
    use Opcode as Op;
    Some(match opcode {
        Op::InvokeVirtual | Op::InvokeVirtualRange
        | Op::InvokePolymorphic | Op::InvokePolymorphicRange => Usage::Call(CallKind::Virtual),
        Op::InvokeSuper | Op::InvokeSuperRange => Usage::Call(CallKind::Super),
        Op::InvokeDirect | Op::InvokeDirectRange => Usage::Call(CallKind::Direct),
        Op::InvokeStatic | Op::InvokeStaticRange => Usage::Call(CallKind::Static),
        Op::InvokeInterface | Op::InvokeInterfaceRange => Usage::Call(CallKind::Interface),
        Op::Iget | Op::IgetWide | Op::IgetObject | Op::IgetBoolean | Op::IgetByte | Op::IgetChar
        | Op::IgetShort | Op::Sget | Op::SgetWide | Op::SgetObject | Op::SgetBoolean | Op::SgetByte
        | Op::SgetChar | Op::SgetShort => Usage::Read,
        Op::Iput | Op::IputWide | Op::IputObject | Op::IputBoolean | Op::IputByte | Op::IputChar
        | Op::IputShort | Op::Sput | Op::SputWide | Op::SputObject | Op::SputBoolean | Op::SputByte
        | Op::SputChar | Op::SputShort => Usage::Write,
        Op::NewInstance => Usage::New,
        Op::ConstClass => Usage::Literal,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anomaly::Anomalies;
    use crate::formats::dex::Dex;
    use crate::formats::dex::builder::{self, Body, Builder, Class, Unit, raw, shape};
    use crate::harvest::program::CodeFile;
    use crate::limits::Limits;

    fn with<R>(classes: Vec<Class>, budget: &mut Budget, look: impl FnOnce(&Program<'_>, &Index) -> R) -> R {
        let bytes = Builder {
            classes,
            ..Builder::default()
        }
        .build();
        let limits = Limits::default();
        let mut enough = Budget::new(&limits);
        let files = Dex::parse(&bytes, &limits, &mut enough, &mut Anomalies::new(1)).unwrap();
        let name = "classes.dex";
        let files = files.iter().map(|dex| CodeFile { name, dex }).collect();
        let program = Program::new(files, &mut enough);
        look(&program, &Index::new(&Hierarchy::new(&program), budget))
    }

    fn budget(steps: u64) -> Budget {
        Budget::new(&Limits {
            steps,
            ..Limits::default()
        })
    }

    fn method(program: &Program<'_>, signature: &str) -> MethodId {
        program
            .methods()
            .find(|id| program.signature(*id) == signature)
            .unwrap()
    }

    fn callee(name: &str) -> Unit {
        Unit::Method("LOther;".to_owned(), name.to_owned(), shape("V", &[]))
    }

    fn body(units: Vec<Unit>) -> Body {
        Body {
            registers: 1,
            ins: 0,
            outs: 1,
            units,
            tries: Vec::new(),
        }
    }

    /// One `caller` with every kind of reference and an unused opcode, and one `again`.
    fn app() -> Vec<Class> {
        let field = |class: &str| Unit::Field(class.to_owned(), "kept".to_owned(), "I".to_owned());
        let named = |name: &str| Unit::Type(name.to_owned());
        let mut units = Vec::new();
        let mut reference = |start: u16, target: Unit, rest: &[u16]| {
            units.push(Unit::Raw(start));
            units.push(target);
            units.extend(raw(rest));
        };
        reference(0x0022, named("LOther;"), &[]);
        reference(0x0022, named("LOther;"), &[]);
        reference(0x001c, named("LLiteral;"), &[]);
        reference(0x106e, callee("a"), &[0]);
        reference(0x106f, callee("b"), &[0]);
        reference(0x1070, callee("a"), &[0]);
        reference(0x0071, callee("c"), &[0]);
        reference(0x0172, callee("d"), &[0]);
        reference(0x0174, callee("e"), &[0]);
        reference(0x0052, field("LLow;"), &[]);
        reference(0x0059, field("LTop;"), &[]);
        units.push(Unit::Raw(0x000e));
        let mut top = Class::new("LTop;");
        top.fields.push(builder::Field {
            name: "kept".to_owned(),
            class: "I".to_owned(),
            access: 1,
            value: None,
            notes: Vec::new(),
        });
        let mut low = Class::new("LLow;").method("caller", shape("V", &[]), body(units));
        low.superclass = Some("LTop;".to_owned());
        // An unused opcode in front: the walk goes on behind it.
        let again = vec![
            Unit::Raw(0x003e),
            Unit::Raw(0x0071),
            callee("c"),
            Unit::Raw(0),
            Unit::Raw(0x000e),
        ];
        vec![top, low.method("again", shape("V", &[]), body(again))]
    }

    #[test]
    fn calls_are_found_from_both_ends() {
        with(app(), &mut budget(99), |program, index| {
            let caller = method(program, "LLow;->caller()V");
            let again = method(program, "LLow;->again()V");
            let calls: Vec<(String, u32, CallKind)> = index
                .calls_from(caller)
                .iter()
                .map(|call| (program.signature(call.callee), call.address, call.kind))
                .collect();
            let call = |name: &str, address, kind| (format!("LOther;->{name}()V"), address, kind);
            assert_eq!(
                calls,
                [
                    call("a", 6, CallKind::Virtual),
                    call("b", 9, CallKind::Super),
                    call("a", 12, CallKind::Direct),
                    call("c", 15, CallKind::Static),
                    call("d", 18, CallKind::Interface),
                    call("e", 21, CallKind::Virtual),
                ]
            );
            let site = |method, address| Site { method, address };
            let to = |name: &str| index.calls_to(method(program, &format!("LOther;->{name}()V")));
            assert_eq!(to("a"), [site(caller, 6), site(caller, 12)]);
            let mut expected = [site(caller, 15), site(again, 1)];
            expected.sort();
            assert_eq!(to("c"), expected);
            assert_eq!(index.calls_to(caller), []);
        });
    }

    #[test]
    fn fields_are_noted_where_they_are_defined() {
        with(app(), &mut budget(99), |program, index| {
            let caller = method(program, "LLow;->caller()V");
            assert_eq!(program.field_count(), 2);
            for id in program.fields() {
                let site = |address| {
                    [Site {
                        method: caller,
                        address,
                    }]
                };
                assert_eq!(index.reads_of(id), site(24));
                assert_eq!(index.writes_of(id), site(26));
            }
        });
    }

    #[test]
    fn classes_are_noted_by_use() {
        with(app(), &mut budget(99), |program, index| {
            let caller = method(program, "LLow;->caller()V");
            let other = program.find_type(b"LOther;").unwrap();
            let literal = program.find_type(b"LLiteral;").unwrap();
            assert_eq!(index.new_instances_in(caller), [other]);
            assert_eq!(index.class_literals(caller), [literal]);
            assert!(index.instantiated().contains(other));
            assert!(!index.instantiated().contains(literal));
            assert_eq!(index.instantiated().len(), 1);
            assert_eq!(index.new_instances_in(method(program, "LLow;->again()V")), []);
        });
    }

    #[test]
    fn what_cannot_be_decoded_is_counted() {
        with(app(), &mut budget(99), |_, index| {
            assert_eq!((index.methods(), index.decoded()), (2, 1));
        });
    }

    #[test]
    fn a_spent_budget_leaves_methods_undecoded() {
        let mut few = budget(10);
        with(app(), &mut few, |program, index| {
            let all: usize = program.methods().map(|id| index.calls_from(id).len()).sum();
            assert!(all <= 1);
            assert_eq!((index.methods(), index.decoded()), (2, 0));
        });
        assert!(few.is_spent());
    }
}
