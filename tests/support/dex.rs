//! Builds small dex files that Android's verifier accepts, and breaks them on purpose.
//!
//! Everything is given by name; the builder fills, sorts and links the tables.

#[path = "dex/malformation.rs"]
mod malformation;
#[path = "dex/tables.rs"]
mod tables;
#[path = "dex/write.rs"]
mod write;

pub use malformation::Malformation;
pub use write::container;

/// A prototype: return type and parameter types.
pub type Shape = (String, Vec<String>);

/// One code unit, or what becomes one once the tables are known.
#[derive(Debug, Clone)]
pub enum Unit {
    /// As it stands.
    Raw(u16),
    /// Index of a string.
    Text(String),
    /// Index of a type.
    Type(String),
    /// Index of a field: class, name, type.
    Field(String, String, String),
    /// Index of a method: class, name, shape.
    Method(String, String, Shape),
    /// Index of a prototype.
    Shape(Shape),
}

/// An encoded value.
#[derive(Debug, Clone)]
pub enum Literal {
    /// An `int`.
    Int(i32),
    /// A string.
    Text(String),
    /// A class.
    Type(String),
    /// The null reference.
    Null,
    /// Several values.
    Array(Vec<Literal>),
    /// An annotation.
    Note(Note),
}

/// An annotation, always visible at run time.
#[derive(Debug, Clone)]
pub struct Note {
    /// Its type.
    pub class: String,
    /// Its elements.
    pub elements: Vec<(String, Literal)>,
}

/// A range of instructions and its handlers.
#[derive(Debug, Clone)]
pub struct Try {
    /// First code unit.
    pub start: u32,
    /// Length in code units.
    pub length: u16,
    /// Exception types and addresses.
    pub typed: Vec<(String, u32)>,
    /// Address where everything is caught.
    pub all: Option<u32>,
}

/// The code of a method.
#[derive(Debug, Clone, Default)]
pub struct Body {
    /// Registers, those of the arguments included.
    pub registers: u16,
    /// Registers of the arguments.
    pub ins: u16,
    /// Registers of the arguments of calls.
    pub outs: u16,
    /// The instructions.
    pub units: Vec<Unit>,
    /// The exception ranges.
    pub tries: Vec<Try>,
}

impl Body {
    /// The code of a method without arguments that returns at once, behind what `units` say.
    pub fn returning(mut units: Vec<Unit>) -> Self {
        units.push(Unit::Raw(0x000e));
        Self {
            registers: 2,
            ins: 0,
            outs: 2,
            units,
            tries: Vec::new(),
        }
    }
}

/// A method of a class.
#[derive(Debug, Clone)]
pub struct Method {
    /// Its name.
    pub name: String,
    /// Its prototype.
    pub shape: Shape,
    /// Its access flags.
    pub access: u32,
    /// Its code.
    pub body: Option<Body>,
    /// Its annotations.
    pub notes: Vec<Note>,
    /// The annotations of its parameters.
    pub parameter_notes: Vec<Vec<Note>>,
}

impl Method {
    fn is_direct(&self) -> bool {
        self.access & 0x1_000a != 0
    }
}

/// A field of a class.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub class: String,
    /// Its access flags.
    pub access: u32,
    /// Its initial value; static fields only.
    pub value: Option<Literal>,
    /// Its annotations.
    pub notes: Vec<Note>,
}

/// A class.
#[derive(Debug, Clone)]
pub struct Class {
    /// Its descriptor.
    pub name: String,
    /// Its access flags.
    pub access: u32,
    /// Its superclass.
    pub superclass: Option<String>,
    /// Its interfaces.
    pub interfaces: Vec<String>,
    /// Its source file.
    pub source: Option<String>,
    /// Its fields.
    pub fields: Vec<Field>,
    /// Its methods.
    pub methods: Vec<Method>,
    /// Its annotations.
    pub notes: Vec<Note>,
}

impl Class {
    /// A public class without members.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            access: 1,
            superclass: Some("Ljava/lang/Object;".to_owned()),
            interfaces: Vec::new(),
            source: None,
            fields: Vec::new(),
            methods: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Adds a public static method.
    pub fn method(mut self, name: &str, shape: Shape, body: Body) -> Self {
        self.methods.push(Method {
            name: name.to_owned(),
            shape,
            access: 9,
            body: Some(body),
            notes: Vec::new(),
            parameter_notes: Vec::new(),
        });
        self
    }

    /// Adds a method that makes a class loader for files.
    pub fn loading(self) -> Self {
        let loader = "Ldalvik/system/DexClassLoader;".to_owned();
        let text = "Ljava/lang/String;";
        let of = shape("V", &[text, text, text, "Ljava/lang/ClassLoader;"]);
        let units = vec![
            Unit::Raw(0x0070),
            Unit::Method(loader, "<init>".to_owned(), of),
            Unit::Raw(0),
        ];
        self.method("load", shape("V", &[]), Body::returning(units))
    }
}

/// A dex file to be.
#[derive(Debug, Clone)]
pub struct Builder {
    /// The three digits of the version.
    pub version: u16,
    /// Strings that nothing refers to.
    pub strings: Vec<String>,
    /// The classes; a superclass stands before its subclass.
    pub classes: Vec<Class>,
    /// Method handles: kind and method.
    pub handles: Vec<(u16, (String, String, Shape))>,
    /// Call sites: method handle, name and shape.
    pub call_sites: Vec<(u32, String, Shape)>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            version: 35,
            strings: Vec::new(),
            classes: Vec::new(),
            handles: Vec::new(),
            call_sites: Vec::new(),
        }
    }
}

/// A return type and parameters as a [`Shape`].
pub fn shape(returns: &str, parameters: &[&str]) -> Shape {
    (
        returns.to_owned(),
        parameters.iter().map(|name| (*name).to_owned()).collect(),
    )
}

/// Code units as they stand.
pub fn raw(units: &[u16]) -> Vec<Unit> {
    units.iter().copied().map(Unit::Raw).collect()
}

/// Writes a number.
pub fn put(bytes: &mut [u8], offset: usize, number: u32) {
    bytes[offset..offset + 4].copy_from_slice(&number.to_le_bytes());
}

/// Reads a number.
pub fn get(bytes: &[u8], offset: usize) -> u32 {
    u32::from_le_bytes(bytes[offset..offset + 4].try_into().unwrap())
}

/// Makes the checksum right.
pub fn seal(bytes: &mut [u8]) {
    let checksum = simd_adler32::adler32(&&bytes[12..]);
    put(bytes, 8, checksum);
}

/// A file with everything in it: strings of all sorts, fields with values, annotations, code with
/// a switch, an array and exception ranges.
pub fn sample() -> Builder {
    let text = |text: &str| Literal::Text(text.to_owned());
    let note = |class: &str, value: Literal| Note {
        class: class.to_owned(),
        elements: vec![("value".to_owned(), value)],
    };
    let println = Unit::Method(
        "Ljava/io/PrintStream;".to_owned(),
        "println".to_owned(),
        shape("V", &["Ljava/lang/String;"]),
    );
    let out = Unit::Field(
        "Ljava/lang/System;".to_owned(),
        "out".to_owned(),
        "Ljava/io/PrintStream;".to_owned(),
    );
    let mut units = raw(&[0x0062]);
    units.push(out);
    units.push(Unit::Raw(0x011a));
    units.push(Unit::Text("h\u{e9}llo \u{1f600}".to_owned()));
    units.push(Unit::Raw(0x206e));
    units.push(println);
    // packed-switch v2 at 0x8 to its payload at 0xe, goto +1, padding, return-void.
    units.extend(raw(&[0x0010, 0x0212, 0x022b, 6, 0, 0x0128, 0x000e, 0x0000]));
    units.extend(raw(&[0x0100, 1, 7, 0, 4, 0]));
    let body = Body {
        registers: 3,
        ins: 0,
        outs: 2,
        units,
        tries: vec![Try {
            start: 0,
            length: 7,
            typed: vec![("Ljava/lang/Exception;".to_owned(), 11)],
            all: Some(12),
        }],
    };
    let mut class = Class::new("Lcom/example/Main;").method("run", shape("V", &[]), body);
    class.source = Some("Main.java".to_owned());
    class.interfaces = vec!["Ljava/lang/Runnable;".to_owned()];
    class.notes = vec![note("Lcom/example/Named;", text("on the class"))];
    class.fields = vec![
        Field {
            name: "PATH".to_owned(),
            class: "Ljava/lang/String;".to_owned(),
            access: 0x19,
            value: Some(text("/v1/contacts")),
            notes: vec![note("Lcom/example/Named;", text("on the field"))],
        },
        Field {
            name: "count".to_owned(),
            class: "I".to_owned(),
            access: 2,
            value: None,
            notes: Vec::new(),
        },
    ];
    class.methods.push(Method {
        name: "post".to_owned(),
        shape: shape("Ljava/lang/String;", &["Ljava/lang/String;", "[I"]),
        access: 0x401,
        body: None,
        notes: vec![note(
            "Lcom/example/Paths;",
            Literal::Array(vec![text("/upload"), Literal::Int(-2), Literal::Null]),
        )],
        parameter_notes: vec![vec![note("Lcom/example/Named;", text("body"))], Vec::new()],
    });
    class.access = 0x401;
    Builder {
        strings: vec![String::new(), "nul\0inside".to_owned(), "zz last".to_owned()],
        classes: vec![class, Class::new("Lcom/example/Other;")],
        ..Builder::default()
    }
}
