//! Where the analysis begins: the places of the code that name the address of a provider, and for
//! other kinds of data the calls and callbacks that bring it in.

use std::collections::BTreeSet;

use super::flow::Engine;
use super::flow::reflection::{Reflected, invoked};
use super::flow::slots::Shape;
use super::models::{Address, ClassModel, Models, Position};
use super::program::{MethodId, Program};
use super::texts::{Evaluator, HOLE};
use super::world::{Place, World};
use crate::formats::dex::{IndexKind, StringSet};

/// Calls of `Uri.parse` whose argument is evaluated.
const PARSED: usize = 4_000;

/// A place where the analysis begins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seed {
    place: Place,
    data: String,
    shape: Shape,
    begins: Begins,
}

/// What is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Begins {
    /// The address of a provider.
    Address,
    /// The data itself, as a result or as this parameter.
    Data(Option<u16>),
}

/// Everything in the code that the models name as a beginning.
pub(super) fn find(world: &World<'_, '_>) -> Vec<Seed> {
    let mut seeds = addresses_in_fields(world);
    seeds.extend(addresses_in_texts(world));
    seeds.extend(addresses_put_together(world));
    seeds.extend(addresses_given_out(world));
    seeds.extend(sources(world));
    seeds.extend(reflected_sources(world));
    seeds.sort();
    seeds.dedup();
    seeds
}

/// Starts the engine there.
pub(super) fn plant(seeds: &[Seed], engine: &mut Engine<'_, '_, '_>) {
    for seed in seeds {
        match seed.begins {
            Begins::Address => engine.seed_address(seed.place, &seed.data, seed.shape),
            Begins::Data(parameter) => engine.seed_read(seed.place, parameter, &seed.data, seed.shape),
        }
    }
}

fn address(place: Place, data: &str, shape: Shape) -> Seed {
    Seed {
        place,
        data: data.to_owned(),
        shape,
        begins: Begins::Address,
    }
}

fn named_address(place: Place, named: &Address) -> Seed {
    let shape = if named.is_lookup {
        Shape::Lookup
    } else {
        Shape::Bulk
    };
    address(place, &named.data, shape)
}

fn addresses_in_fields(world: &World<'_, '_>) -> Vec<Seed> {
    let program = world.program;
    let mut found = Vec::new();
    let Some(kind) = program.find_type(b"Landroid/net/Uri;") else {
        return found;
    };
    for (name, named) in &world.bound.models().address_fields {
        let Some((class, name)) = name.split_once("->") else {
            continue;
        };
        let ids = program
            .find_type(class.as_bytes())
            .zip(program.find_name(name.as_bytes()));
        let Some(field) = ids.and_then(|(class, name)| program.find_field(class, name, kind)) else {
            continue;
        };
        let reads = world.places(world.index.reads_of(field));
        found.extend(reads.map(|place| named_address(place, named)));
    }
    found
}

/// Addresses that a method of the framework gives back.
fn addresses_given_out(world: &World<'_, '_>) -> Vec<Seed> {
    let mut found = Vec::new();
    for (name, named) in &world.bound.models().address_methods {
        let Some((class, name)) = name.split_once("->") else {
            continue;
        };
        for method in world.methods_of(class, name) {
            let calls = world.places(world.index.calls_to(method));
            found.extend(calls.map(|place| named_address(place, named)));
        }
    }
    found
}

/// What an address in words stands for.
fn address_of<'m>(models: &'m Models, text: &str) -> Option<&'m Address> {
    models
        .address_texts
        .iter()
        .filter(|(start, _)| {
            text.strip_prefix(start.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', HOLE]))
        })
        .max_by_key(|(start, _)| start.len())
        .map(|(_, address)| address)
}

/// How a provider is read by an address in words: one that ends in a number names a row.
fn shape_of(text: &str, address: &Address) -> Shape {
    let path = text.split('?').next().unwrap_or(text);
    let last = path.rsplit('/').next().unwrap_or_default();
    let names_row = !last.is_empty() && last.chars().all(|one| one.is_ascii_digit());
    let is_filter = path.contains("/filter") || path.contains("phone_lookup") || path.contains("/lookup");
    if address.is_lookup || names_row || is_filter {
        Shape::Lookup
    } else if last.contains(HOLE) {
        Shape::Unknown
    } else {
        Shape::Bulk
    }
}

fn addresses_in_texts(world: &World<'_, '_>) -> Vec<Seed> {
    let models = world.bound.models();
    let mut found = Vec::new();
    for (number, file) in (0u32..).zip(world.program.files()) {
        let mut wanted = StringSet::new(file.dex.string_count());
        let starts = models.address_texts.keys().chain(models.picker_texts.keys());
        for start in starts {
            for index in file.dex.strings_starting_with(start) {
                wanted.insert(index);
            }
        }
        if wanted.count() == 0 {
            continue;
        }
        for (method, offset, index) in uses_of(world.program, number, &wanted) {
            let Some(text) = world.program.string_at(number, index) else {
                continue;
            };
            let Some(place) = world.place(method, offset) else {
                continue;
            };
            if let Some(known) = address_of(models, &text) {
                found.push(address(place, &known.data, shape_of(&text, known)));
            } else if let Some(data) = models.picker_texts.get(text.as_ref()) {
                found.push(address(place, data, Shape::Picked));
            }
        }
    }
    found
}

/// The instructions of one dex file that load certain texts.
fn uses_of(program: &Program<'_>, file: u32, wanted: &StringSet) -> Vec<(MethodId, u32, u32)> {
    let mut found = Vec::new();
    for class in program.classes().filter(|class| class.file == file) {
        for method in &class.methods {
            let Some(code) = program.code(*method) else {
                continue;
            };
            for reference in code.references() {
                if reference.kind == IndexKind::String && wanted.contains(reference.index) {
                    found.push((*method, reference.address, reference.index));
                }
            }
        }
    }
    found
}

/// Addresses that are put together before they are parsed.
fn addresses_put_together(world: &World<'_, '_>) -> Vec<Seed> {
    let models = world.bound.models();
    let mut found = Vec::new();
    for (name, class) in [
        ("parse", "Landroid/net/Uri;"),
        ("build", "Landroid/net/Uri$Builder;"),
    ] {
        for method in world.methods_of(class, name) {
            let calls = world.index.calls_to(method);
            let calls = calls.get(..PARSED).unwrap_or(calls);
            for place in world.places(calls) {
                for text in put_together(world, place) {
                    if let Some(known) = address_of(models, &text) {
                        found.push(address(place, &known.data, shape_of(&text, known)));
                    }
                }
            }
        }
    }
    found
}

/// The texts of an address that is put together where it is parsed. A constant, an argument or a
/// field is followed forward from the constant itself.
fn put_together(world: &World<'_, '_>, place: Place) -> BTreeSet<String> {
    let texts = || {
        let body = world.body(place.method)?;
        let argument = body.operands(place.step).first().copied()?;
        let step = World::made_by(&body, argument)?;
        world.call(place.method, &body, step)?;
        Some(Evaluator::new(world).texts(place.method, argument).texts)
    };
    texts().unwrap_or_default()
}

/// Calls and callbacks that the models name as sources of their own.
fn sources(world: &World<'_, '_>) -> Vec<Seed> {
    let mut found = Vec::new();
    if !has_sources(world.bound.models()) {
        return found;
    }
    for method in world.program.methods() {
        let Some(source) = world.bound.of(method).and_then(|binding| binding.source) else {
            continue;
        };
        for place in world.places(world.index.calls_to(method)) {
            if source.at.contains(&Position::Return) {
                found.push(data(place, &source.data, None));
            }
        }
    }
    for class in world.program.classes() {
        for model in world.bound.classes(class.id) {
            for (name, source) in &model.callback_sources {
                for method in &class.methods {
                    if world.named(*method).1 != name || world.program.code(*method).is_none() {
                        continue;
                    }
                    let place = Place {
                        method: *method,
                        step: 0,
                    };
                    found.extend(source.at.iter().filter_map(|position| match position {
                        Position::Argument(number) => {
                            Some(data(place, &source.data, Some(u16::from(*number))))
                        }
                        _ => None,
                    }));
                }
            }
        }
    }
    found
}

/// Sources that are called by reflection.
fn reflected_sources(world: &World<'_, '_>) -> Vec<Seed> {
    let mut found = Vec::new();
    if !has_sources(world.bound.models()) {
        return found;
    }
    for (place, reflected) in invoked(world) {
        if let Reflected::Outside(class, name) = reflected
            && let Some(source) = world.bound.outside(&class, &name).source
        {
            found.push(data(place, &source.data, None));
        }
    }
    found
}

fn has_sources(models: &Models) -> bool {
    let is_source = |model: &ClassModel| {
        !model.callback_sources.is_empty() || model.methods.values().any(|method| method.source.is_some())
    };
    models.classes.values().any(is_source)
}

fn data(place: Place, name: &str, parameter: Option<u16>) -> Seed {
    Seed {
        place,
        data: name.to_owned(),
        shape: Shape::Bulk,
        begins: Begins::Data(parameter),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn models() -> Models {
        let mut models = Models::default();
        for (start, data, is_lookup) in [
            ("content://sms", "sms", false),
            ("content://com.android.contacts", "contacts", false),
            ("content://com.android.contacts/phone_lookup", "numbers", true),
        ] {
            let data = data.to_owned();
            models
                .address_texts
                .insert(start.to_owned(), Address { data, is_lookup });
        }
        models
    }

    #[test]
    fn an_address_begins_with_whole_parts_of_a_known_one() {
        let models = models();
        let data = |text: &str| address_of(&models, text).map(|address| address.data.as_str());
        for text in [
            "content://sms",
            "content://sms/",
            "content://sms/inbox",
            "content://sms?limit=1",
            "content://sms\u{FFFC}",
        ] {
            assert_eq!(data(text), Some("sms"), "{text}");
        }
        for text in [
            "content://sms-foo",
            "content://smsx/inbox",
            "content://sm",
            "sms",
            "",
            " content://sms",
            "content://sms.example",
        ] {
            assert_eq!(data(text), None, "{text}");
        }
    }

    #[test]
    fn the_longest_beginning_counts() {
        let models = models();
        let data = |text: &str| address_of(&models, text).map(|address| address.data.as_str());
        assert_eq!(
            data("content://com.android.contacts/data/phones"),
            Some("contacts")
        );
        assert_eq!(
            data("content://com.android.contacts/phone_lookup/123"),
            Some("numbers")
        );
        assert_eq!(
            data("content://com.android.contacts/phone_lookups"),
            Some("contacts")
        );
    }

    #[test]
    fn the_path_tells_how_it_is_read() {
        let table = Address {
            data: "contacts".to_owned(),
            is_lookup: false,
        };
        for (text, shape) in [
            ("content://sms", Shape::Bulk),
            ("content://sms/inbox", Shape::Bulk),
            ("content://sms/", Shape::Bulk),
            ("content://sms/12", Shape::Lookup),
            ("content://sms/12?x=y", Shape::Lookup),
            ("content://sms/inbox?id=12", Shape::Bulk),
            ("content://sms/\u{FFFC}", Shape::Unknown),
            ("content://x/contacts/filter/Ann", Shape::Lookup),
            ("content://x/contacts/lookup/key", Shape::Lookup),
            ("content://x/12a", Shape::Bulk),
        ] {
            assert_eq!(shape_of(text, &table), shape, "{text}");
        }
        let lookup = Address {
            is_lookup: true,
            ..table
        };
        assert_eq!(shape_of("content://sms", &lookup), Shape::Lookup);
    }
}
