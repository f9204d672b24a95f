//! Whether an object that reachable code makes gets to anybody who could call it back, and what
//! reflection makes and calls by names that stand in the code.

use super::{Explorer, Reason};
use crate::formats::dex::{IndexKind, Opcode};
use crate::harvest::body::{Body, Use, ValueId};
use crate::harvest::program::{FieldId, MethodId, TypeId};

impl Explorer<'_, '_, '_> {
    /// Whether an object made in a method gets anywhere: somebody else can only call it back then.
    /// Objects of classes that nothing outside the app calls back are taken to.
    pub(super) fn is_handed_on(&self, method: MethodId, class: TypeId) -> bool {
        let world = self.world;
        if world.bound.classes(class).is_empty() {
            return true;
        }
        let Some(body) = world.body(method) else {
            return true;
        };
        let made = body.steps().iter().zip(0u32..).filter_map(|(row, step)| {
            let is_made =
                row.opcode == Opcode::NewInstance && world.class(method, &body, step) == Some(class);
            row.result.filter(|_| is_made && !world.is_dead(method, step))
        });
        made.into_iter()
            .any(|value| self.gets_anywhere(method, &body, value, true))
    }

    pub(super) fn gets_anywhere(
        &self,
        method: MethodId,
        body: &Body,
        value: ValueId,
        follow_fields: bool,
    ) -> bool {
        let world = self.world;
        body.uses(value).iter().any(|one| match *one {
            Use::Phi(_) => true,
            Use::Step { step, operand } => {
                let Some(row) = body.step(step) else { return true };
                match row.opcode {
                    Opcode::CheckCast | Opcode::MonitorEnter | Opcode::MonitorExit | Opcode::InstanceOf => {
                        false
                    }
                    Opcode::IputObject | Opcode::SputObject => {
                        let field = world.field(method, body, step);
                        operand == 0 && field.is_none_or(|field| !follow_fields || self.is_taken_out(field))
                    }
                    _ => match world.call(method, body, step) {
                        Some(call) if operand == 0 && !call.is_static => {
                            let name = world.named(call.callee).1;
                            let is_setting = ["set", "get", "is", "<init>"]
                                .iter()
                                .any(|start| name.starts_with(start));
                            !is_setting
                        }
                        _ => true,
                    },
                }
            }
        })
    }

    /// Whether what a field keeps gets anywhere from there.
    pub(super) fn is_taken_out(&self, field: FieldId) -> bool {
        const READS: usize = 8;
        let reads = self.world.index.reads_of(field);
        reads.len() > READS
            || reads.iter().any(|site| {
                let taken = || {
                    let place = self.world.place(site.method, site.address)?;
                    let body = self.world.body(place.method)?;
                    let value = body.step(place.step)?.result?;
                    Some(self.gets_anywhere(place.method, &body, value, false))
                };
                taken().unwrap_or(true)
            })
    }

    pub(super) fn is_reflection(&self, callee: MethodId) -> bool {
        matches!(
            self.world.named(callee),
            ("Ljava/lang/Class;", "forName" | "getMethod" | "getDeclaredMethod")
                | ("Ljava/lang/ClassLoader;", "loadClass")
        )
    }

    /// Takes every class and method that a reflecting method names by a constant as made and called.
    pub(super) fn reflect(&mut self, method: MethodId) {
        let world = self.world;
        let Some(definition) = world.program.definition(method) else {
            return;
        };
        let Some(code) = world.program.code(method) else {
            return;
        };
        let mut classes: Vec<TypeId> = world.index.class_literals(method).to_vec();
        let mut names = Vec::new();
        for reference in code.references() {
            if reference.kind != IndexKind::String {
                continue;
            }
            let Some(text) = world.program.string_at(definition.file, reference.index) else {
                continue;
            };
            match world.class_named(&text) {
                Some(class) => classes.push(class),
                None => names.extend(world.program.find_name(text.as_bytes())),
            }
        }
        for class in classes {
            self.instantiate(class, Reason::Callback(method));
            let Some(row) = world.program.class(class) else {
                continue;
            };
            for called in &row.methods {
                let name = world.program.method(*called).name;
                if names.contains(&name) || world.program.name(name) == b"<init>" {
                    self.reach(*called, Reason::Callback(method));
                }
            }
        }
    }
}
