//! The opcodes: names, formats, what their index means, and where control goes from them.
//!
//! Source: the Dalvik bytecode page and `dex_instruction_list.h` of AOSP's libdexfile. Opcodes
//! that are unused there, or that only the optimizer of old Android versions wrote, are unknown
//! here too: they never stand in a file that Android installs.

/// Layout of an instruction, named as in the specification: code units, registers, and what else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[rustfmt::skip]
#[expect(missing_docs, reason = "the names are the specification's")]
pub enum Format {
    F10x, F12x, F11n, F11x, F10t, F20t, F22x, F21t, F21s, F21h, F21c, F23x, F22b, F22t, F22s, F22c,
    F32x, F30t, F31t, F31i, F31c, F35c, F3rc, F45cc, F4rcc, F51l,
}

impl Format {
    /// Length of the instruction in code units.
    #[must_use]
    #[rustfmt::skip]
    pub const fn units(self) -> u8 {
        match self {
            Self::F10x | Self::F12x | Self::F11n | Self::F11x | Self::F10t => 1,
            Self::F20t | Self::F22x | Self::F21t | Self::F21s | Self::F21h | Self::F21c | Self::F23x
            | Self::F22b | Self::F22t | Self::F22s | Self::F22c => 2,
            Self::F32x | Self::F30t | Self::F31t | Self::F31i | Self::F31c | Self::F35c | Self::F3rc => 3,
            Self::F45cc | Self::F4rcc => 4,
            Self::F51l => 5,
        }
    }
}

/// The table that an instruction's index points into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IndexKind {
    /// It has no index.
    None,
    /// String table.
    String,
    /// Type table.
    Type,
    /// Field table.
    Field,
    /// Method table.
    Method,
    /// Prototype table.
    Prototype,
    /// Call sites.
    CallSite,
    /// Method handles.
    MethodHandle,
}

/// What an instruction does to control and to its first register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow(u8);

impl Flow {
    /// Control may go on to the next instruction.
    pub const CONTINUE: Self = Self(1);
    /// It may throw.
    pub const THROW: Self = Self(2);
    /// It may go to its target.
    pub const BRANCH: Self = Self(4);
    /// It may go to a target of its payload.
    pub const SWITCH: Self = Self(8);
    /// It leaves the method.
    pub const RETURN: Self = Self(16);
    /// It calls a method.
    pub const INVOKE: Self = Self(32);
    /// It sets its first register.
    pub const SETS: Self = Self(64);
    /// It sets its first register and the one behind it.
    pub const SETS_WIDE: Self = Self(128);

    /// Whether all flags of `other` are set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    const fn all(flags: &[Self]) -> Self {
        let mut bits = 0;
        let mut rest = flags;
        while let [first, tail @ ..] = rest {
            bits |= first.0;
            rest = tail;
        }
        Self(bits)
    }
}

macro_rules! opcodes {
    ($($code:literal $variant:ident $name:literal $format:ident $index:ident $($flow:ident)+,)+) => {
        /// An opcode that stands in files.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Opcode { $(#[doc = concat!("`", $name, "`")] $variant = $code,)+ }

        /// By byte; an array access by byte needs no bounds check.
        static BY_BYTE: [Option<Opcode>; 256] = {
            let mut table = [None; 256];
            $(table[$code] = Some(Opcode::$variant);)+
            table
        };

        /// Length in code units by byte, 0 for an unused one.
        static UNITS: [u8; 256] = {
            let mut table = [0; 256];
            $(table[$code] = Format::$format.units();)+
            table
        };

        impl Opcode {
            /// All opcodes in the order of their bytes.
            pub const ALL: &'static [Opcode] = &[$(Opcode::$variant,)+];

            /// The name, such as `invoke-virtual/range`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The layout of the instruction.
            #[must_use]
            pub const fn format(self) -> Format {
                match self { $(Self::$variant => Format::$format,)+ }
            }

            /// The table its index points into.
            #[must_use]
            pub const fn index_kind(self) -> IndexKind {
                match self { $(Self::$variant => IndexKind::$index,)+ }
            }

            /// Where control goes from it.
            #[must_use]
            pub const fn flow(self) -> Flow {
                match self { $(Self::$variant => const { Flow::all(&[$(Flow::$flow,)+]) },)+ }
            }

            /// Length of the instruction in code units.
            #[must_use]
            pub const fn units(self) -> u8 {
                match self { $(Self::$variant => const { Format::$format.units() },)+ }
            }
        }
    };
}

impl Opcode {
    /// The opcode with this byte, `None` when it is unused.
    #[inline]
    #[must_use]
    pub fn from_byte(byte: u8) -> Option<Self> {
        BY_BYTE.get(usize::from(byte)).copied().flatten()
    }

    #[inline]
    pub(super) fn units_of_byte(byte: u8) -> u8 {
        UNITS.get(usize::from(byte)).copied().unwrap_or_default()
    }
}

opcodes! {
    0x00 Nop "nop" F10x None CONTINUE,
    0x01 Move "move" F12x None CONTINUE SETS,
    0x02 MoveFrom16 "move/from16" F22x None CONTINUE SETS,
    0x03 Move16 "move/16" F32x None CONTINUE SETS,
    0x04 MoveWide "move-wide" F12x None CONTINUE SETS_WIDE,
    0x05 MoveWideFrom16 "move-wide/from16" F22x None CONTINUE SETS_WIDE,
    0x06 MoveWide16 "move-wide/16" F32x None CONTINUE SETS_WIDE,
    0x07 MoveObject "move-object" F12x None CONTINUE SETS,
    0x08 MoveObjectFrom16 "move-object/from16" F22x None CONTINUE SETS,
    0x09 MoveObject16 "move-object/16" F32x None CONTINUE SETS,
    0x0a MoveResult "move-result" F11x None CONTINUE SETS,
    0x0b MoveResultWide "move-result-wide" F11x None CONTINUE SETS_WIDE,
    0x0c MoveResultObject "move-result-object" F11x None CONTINUE SETS,
    0x0d MoveException "move-exception" F11x None CONTINUE SETS,
    0x0e ReturnVoid "return-void" F10x None RETURN,
    0x0f Return "return" F11x None RETURN,
    0x10 ReturnWide "return-wide" F11x None RETURN,
    0x11 ReturnObject "return-object" F11x None RETURN,
    0x12 Const4 "const/4" F11n None CONTINUE SETS,
    0x13 Const16 "const/16" F21s None CONTINUE SETS,
    0x14 Const "const" F31i None CONTINUE SETS,
    0x15 ConstHigh16 "const/high16" F21h None CONTINUE SETS,
    0x16 ConstWide16 "const-wide/16" F21s None CONTINUE SETS_WIDE,
    0x17 ConstWide32 "const-wide/32" F31i None CONTINUE SETS_WIDE,
    0x18 ConstWide "const-wide" F51l None CONTINUE SETS_WIDE,
    0x19 ConstWideHigh16 "const-wide/high16" F21h None CONTINUE SETS_WIDE,
    0x1a ConstString "const-string" F21c String CONTINUE THROW SETS,
    0x1b ConstStringJumbo "const-string/jumbo" F31c String CONTINUE THROW SETS,
    0x1c ConstClass "const-class" F21c Type CONTINUE THROW SETS,
    0x1d MonitorEnter "monitor-enter" F11x None CONTINUE THROW,
    0x1e MonitorExit "monitor-exit" F11x None CONTINUE THROW,
    0x1f CheckCast "check-cast" F21c Type CONTINUE THROW,
    0x20 InstanceOf "instance-of" F22c Type CONTINUE THROW SETS,
    0x21 ArrayLength "array-length" F12x None CONTINUE THROW SETS,
    0x22 NewInstance "new-instance" F21c Type CONTINUE THROW SETS,
    0x23 NewArray "new-array" F22c Type CONTINUE THROW SETS,
    0x24 FilledNewArray "filled-new-array" F35c Type CONTINUE THROW,
    0x25 FilledNewArrayRange "filled-new-array/range" F3rc Type CONTINUE THROW,
    0x26 FillArrayData "fill-array-data" F31t None CONTINUE THROW,
    0x27 Throw "throw" F11x None THROW,
    0x28 Goto "goto" F10t None BRANCH,
    0x29 Goto16 "goto/16" F20t None BRANCH,
    0x2a Goto32 "goto/32" F30t None BRANCH,
    0x2b PackedSwitch "packed-switch" F31t None CONTINUE SWITCH,
    0x2c SparseSwitch "sparse-switch" F31t None CONTINUE SWITCH,
    0x2d CmplFloat "cmpl-float" F23x None CONTINUE SETS,
    0x2e CmpgFloat "cmpg-float" F23x None CONTINUE SETS,
    0x2f CmplDouble "cmpl-double" F23x None CONTINUE SETS,
    0x30 CmpgDouble "cmpg-double" F23x None CONTINUE SETS,
    0x31 CmpLong "cmp-long" F23x None CONTINUE SETS,
    0x32 IfEq "if-eq" F22t None CONTINUE BRANCH,
    0x33 IfNe "if-ne" F22t None CONTINUE BRANCH,
    0x34 IfLt "if-lt" F22t None CONTINUE BRANCH,
    0x35 IfGe "if-ge" F22t None CONTINUE BRANCH,
    0x36 IfGt "if-gt" F22t None CONTINUE BRANCH,
    0x37 IfLe "if-le" F22t None CONTINUE BRANCH,
    0x38 IfEqz "if-eqz" F21t None CONTINUE BRANCH,
    0x39 IfNez "if-nez" F21t None CONTINUE BRANCH,
    0x3a IfLtz "if-ltz" F21t None CONTINUE BRANCH,
    0x3b IfGez "if-gez" F21t None CONTINUE BRANCH,
    0x3c IfGtz "if-gtz" F21t None CONTINUE BRANCH,
    0x3d IfLez "if-lez" F21t None CONTINUE BRANCH,
    0x44 Aget "aget" F23x None CONTINUE THROW SETS,
    0x45 AgetWide "aget-wide" F23x None CONTINUE THROW SETS_WIDE,
    0x46 AgetObject "aget-object" F23x None CONTINUE THROW SETS,
    0x47 AgetBoolean "aget-boolean" F23x None CONTINUE THROW SETS,
    0x48 AgetByte "aget-byte" F23x None CONTINUE THROW SETS,
    0x49 AgetChar "aget-char" F23x None CONTINUE THROW SETS,
    0x4a AgetShort "aget-short" F23x None CONTINUE THROW SETS,
    0x4b Aput "aput" F23x None CONTINUE THROW,
    0x4c AputWide "aput-wide" F23x None CONTINUE THROW,
    0x4d AputObject "aput-object" F23x None CONTINUE THROW,
    0x4e AputBoolean "aput-boolean" F23x None CONTINUE THROW,
    0x4f AputByte "aput-byte" F23x None CONTINUE THROW,
    0x50 AputChar "aput-char" F23x None CONTINUE THROW,
    0x51 AputShort "aput-short" F23x None CONTINUE THROW,
    0x52 Iget "iget" F22c Field CONTINUE THROW SETS,
    0x53 IgetWide "iget-wide" F22c Field CONTINUE THROW SETS_WIDE,
    0x54 IgetObject "iget-object" F22c Field CONTINUE THROW SETS,
    0x55 IgetBoolean "iget-boolean" F22c Field CONTINUE THROW SETS,
    0x56 IgetByte "iget-byte" F22c Field CONTINUE THROW SETS,
    0x57 IgetChar "iget-char" F22c Field CONTINUE THROW SETS,
    0x58 IgetShort "iget-short" F22c Field CONTINUE THROW SETS,
    0x59 Iput "iput" F22c Field CONTINUE THROW,
    0x5a IputWide "iput-wide" F22c Field CONTINUE THROW,
    0x5b IputObject "iput-object" F22c Field CONTINUE THROW,
    0x5c IputBoolean "iput-boolean" F22c Field CONTINUE THROW,
    0x5d IputByte "iput-byte" F22c Field CONTINUE THROW,
    0x5e IputChar "iput-char" F22c Field CONTINUE THROW,
    0x5f IputShort "iput-short" F22c Field CONTINUE THROW,
    0x60 Sget "sget" F21c Field CONTINUE THROW SETS,
    0x61 SgetWide "sget-wide" F21c Field CONTINUE THROW SETS_WIDE,
    0x62 SgetObject "sget-object" F21c Field CONTINUE THROW SETS,
    0x63 SgetBoolean "sget-boolean" F21c Field CONTINUE THROW SETS,
    0x64 SgetByte "sget-byte" F21c Field CONTINUE THROW SETS,
    0x65 SgetChar "sget-char" F21c Field CONTINUE THROW SETS,
    0x66 SgetShort "sget-short" F21c Field CONTINUE THROW SETS,
    0x67 Sput "sput" F21c Field CONTINUE THROW,
    0x68 SputWide "sput-wide" F21c Field CONTINUE THROW,
    0x69 SputObject "sput-object" F21c Field CONTINUE THROW,
    0x6a SputBoolean "sput-boolean" F21c Field CONTINUE THROW,
    0x6b SputByte "sput-byte" F21c Field CONTINUE THROW,
    0x6c SputChar "sput-char" F21c Field CONTINUE THROW,
    0x6d SputShort "sput-short" F21c Field CONTINUE THROW,
    0x6e InvokeVirtual "invoke-virtual" F35c Method CONTINUE THROW INVOKE,
    0x6f InvokeSuper "invoke-super" F35c Method CONTINUE THROW INVOKE,
    0x70 InvokeDirect "invoke-direct" F35c Method CONTINUE THROW INVOKE,
    0x71 InvokeStatic "invoke-static" F35c Method CONTINUE THROW INVOKE,
    0x72 InvokeInterface "invoke-interface" F35c Method CONTINUE THROW INVOKE,
    0x74 InvokeVirtualRange "invoke-virtual/range" F3rc Method CONTINUE THROW INVOKE,
    0x75 InvokeSuperRange "invoke-super/range" F3rc Method CONTINUE THROW INVOKE,
    0x76 InvokeDirectRange "invoke-direct/range" F3rc Method CONTINUE THROW INVOKE,
    0x77 InvokeStaticRange "invoke-static/range" F3rc Method CONTINUE THROW INVOKE,
    0x78 InvokeInterfaceRange "invoke-interface/range" F3rc Method CONTINUE THROW INVOKE,
    0x7b NegInt "neg-int" F12x None CONTINUE SETS,
    0x7c NotInt "not-int" F12x None CONTINUE SETS,
    0x7d NegLong "neg-long" F12x None CONTINUE SETS_WIDE,
    0x7e NotLong "not-long" F12x None CONTINUE SETS_WIDE,
    0x7f NegFloat "neg-float" F12x None CONTINUE SETS,
    0x80 NegDouble "neg-double" F12x None CONTINUE SETS_WIDE,
    0x81 IntToLong "int-to-long" F12x None CONTINUE SETS_WIDE,
    0x82 IntToFloat "int-to-float" F12x None CONTINUE SETS,
    0x83 IntToDouble "int-to-double" F12x None CONTINUE SETS_WIDE,
    0x84 LongToInt "long-to-int" F12x None CONTINUE SETS,
    0x85 LongToFloat "long-to-float" F12x None CONTINUE SETS,
    0x86 LongToDouble "long-to-double" F12x None CONTINUE SETS_WIDE,
    0x87 FloatToInt "float-to-int" F12x None CONTINUE SETS,
    0x88 FloatToLong "float-to-long" F12x None CONTINUE SETS_WIDE,
    0x89 FloatToDouble "float-to-double" F12x None CONTINUE SETS_WIDE,
    0x8a DoubleToInt "double-to-int" F12x None CONTINUE SETS,
    0x8b DoubleToLong "double-to-long" F12x None CONTINUE SETS_WIDE,
    0x8c DoubleToFloat "double-to-float" F12x None CONTINUE SETS,
    0x8d IntToByte "int-to-byte" F12x None CONTINUE SETS,
    0x8e IntToChar "int-to-char" F12x None CONTINUE SETS,
    0x8f IntToShort "int-to-short" F12x None CONTINUE SETS,
    0x90 AddInt "add-int" F23x None CONTINUE SETS,
    0x91 SubInt "sub-int" F23x None CONTINUE SETS,
    0x92 MulInt "mul-int" F23x None CONTINUE SETS,
    0x93 DivInt "div-int" F23x None CONTINUE THROW SETS,
    0x94 RemInt "rem-int" F23x None CONTINUE THROW SETS,
    0x95 AndInt "and-int" F23x None CONTINUE SETS,
    0x96 OrInt "or-int" F23x None CONTINUE SETS,
    0x97 XorInt "xor-int" F23x None CONTINUE SETS,
    0x98 ShlInt "shl-int" F23x None CONTINUE SETS,
    0x99 ShrInt "shr-int" F23x None CONTINUE SETS,
    0x9a UshrInt "ushr-int" F23x None CONTINUE SETS,
    0x9b AddLong "add-long" F23x None CONTINUE SETS_WIDE,
    0x9c SubLong "sub-long" F23x None CONTINUE SETS_WIDE,
    0x9d MulLong "mul-long" F23x None CONTINUE SETS_WIDE,
    0x9e DivLong "div-long" F23x None CONTINUE THROW SETS_WIDE,
    0x9f RemLong "rem-long" F23x None CONTINUE THROW SETS_WIDE,
    0xa0 AndLong "and-long" F23x None CONTINUE SETS_WIDE,
    0xa1 OrLong "or-long" F23x None CONTINUE SETS_WIDE,
    0xa2 XorLong "xor-long" F23x None CONTINUE SETS_WIDE,
    0xa3 ShlLong "shl-long" F23x None CONTINUE SETS_WIDE,
    0xa4 ShrLong "shr-long" F23x None CONTINUE SETS_WIDE,
    0xa5 UshrLong "ushr-long" F23x None CONTINUE SETS_WIDE,
    0xa6 AddFloat "add-float" F23x None CONTINUE SETS,
    0xa7 SubFloat "sub-float" F23x None CONTINUE SETS,
    0xa8 MulFloat "mul-float" F23x None CONTINUE SETS,
    0xa9 DivFloat "div-float" F23x None CONTINUE SETS,
    0xaa RemFloat "rem-float" F23x None CONTINUE SETS,
    0xab AddDouble "add-double" F23x None CONTINUE SETS_WIDE,
    0xac SubDouble "sub-double" F23x None CONTINUE SETS_WIDE,
    0xad MulDouble "mul-double" F23x None CONTINUE SETS_WIDE,
    0xae DivDouble "div-double" F23x None CONTINUE SETS_WIDE,
    0xaf RemDouble "rem-double" F23x None CONTINUE SETS_WIDE,
    0xb0 AddInt2Addr "add-int/2addr" F12x None CONTINUE SETS,
    0xb1 SubInt2Addr "sub-int/2addr" F12x None CONTINUE SETS,
    0xb2 MulInt2Addr "mul-int/2addr" F12x None CONTINUE SETS,
    0xb3 DivInt2Addr "div-int/2addr" F12x None CONTINUE THROW SETS,
    0xb4 RemInt2Addr "rem-int/2addr" F12x None CONTINUE THROW SETS,
    0xb5 AndInt2Addr "and-int/2addr" F12x None CONTINUE SETS,
    0xb6 OrInt2Addr "or-int/2addr" F12x None CONTINUE SETS,
    0xb7 XorInt2Addr "xor-int/2addr" F12x None CONTINUE SETS,
    0xb8 ShlInt2Addr "shl-int/2addr" F12x None CONTINUE SETS,
    0xb9 ShrInt2Addr "shr-int/2addr" F12x None CONTINUE SETS,
    0xba UshrInt2Addr "ushr-int/2addr" F12x None CONTINUE SETS,
    0xbb AddLong2Addr "add-long/2addr" F12x None CONTINUE SETS_WIDE,
    0xbc SubLong2Addr "sub-long/2addr" F12x None CONTINUE SETS_WIDE,
    0xbd MulLong2Addr "mul-long/2addr" F12x None CONTINUE SETS_WIDE,
    0xbe DivLong2Addr "div-long/2addr" F12x None CONTINUE THROW SETS_WIDE,
    0xbf RemLong2Addr "rem-long/2addr" F12x None CONTINUE THROW SETS_WIDE,
    0xc0 AndLong2Addr "and-long/2addr" F12x None CONTINUE SETS_WIDE,
    0xc1 OrLong2Addr "or-long/2addr" F12x None CONTINUE SETS_WIDE,
    0xc2 XorLong2Addr "xor-long/2addr" F12x None CONTINUE SETS_WIDE,
    0xc3 ShlLong2Addr "shl-long/2addr" F12x None CONTINUE SETS_WIDE,
    0xc4 ShrLong2Addr "shr-long/2addr" F12x None CONTINUE SETS_WIDE,
    0xc5 UshrLong2Addr "ushr-long/2addr" F12x None CONTINUE SETS_WIDE,
    0xc6 AddFloat2Addr "add-float/2addr" F12x None CONTINUE SETS,
    0xc7 SubFloat2Addr "sub-float/2addr" F12x None CONTINUE SETS,
    0xc8 MulFloat2Addr "mul-float/2addr" F12x None CONTINUE SETS,
    0xc9 DivFloat2Addr "div-float/2addr" F12x None CONTINUE SETS,
    0xca RemFloat2Addr "rem-float/2addr" F12x None CONTINUE SETS,
    0xcb AddDouble2Addr "add-double/2addr" F12x None CONTINUE SETS_WIDE,
    0xcc SubDouble2Addr "sub-double/2addr" F12x None CONTINUE SETS_WIDE,
    0xcd MulDouble2Addr "mul-double/2addr" F12x None CONTINUE SETS_WIDE,
    0xce DivDouble2Addr "div-double/2addr" F12x None CONTINUE SETS_WIDE,
    0xcf RemDouble2Addr "rem-double/2addr" F12x None CONTINUE SETS_WIDE,
    0xd0 AddIntLit16 "add-int/lit16" F22s None CONTINUE SETS,
    0xd1 RsubInt "rsub-int" F22s None CONTINUE SETS,
    0xd2 MulIntLit16 "mul-int/lit16" F22s None CONTINUE SETS,
    0xd3 DivIntLit16 "div-int/lit16" F22s None CONTINUE THROW SETS,
    0xd4 RemIntLit16 "rem-int/lit16" F22s None CONTINUE THROW SETS,
    0xd5 AndIntLit16 "and-int/lit16" F22s None CONTINUE SETS,
    0xd6 OrIntLit16 "or-int/lit16" F22s None CONTINUE SETS,
    0xd7 XorIntLit16 "xor-int/lit16" F22s None CONTINUE SETS,
    0xd8 AddIntLit8 "add-int/lit8" F22b None CONTINUE SETS,
    0xd9 RsubIntLit8 "rsub-int/lit8" F22b None CONTINUE SETS,
    0xda MulIntLit8 "mul-int/lit8" F22b None CONTINUE SETS,
    0xdb DivIntLit8 "div-int/lit8" F22b None CONTINUE THROW SETS,
    0xdc RemIntLit8 "rem-int/lit8" F22b None CONTINUE THROW SETS,
    0xdd AndIntLit8 "and-int/lit8" F22b None CONTINUE SETS,
    0xde OrIntLit8 "or-int/lit8" F22b None CONTINUE SETS,
    0xdf XorIntLit8 "xor-int/lit8" F22b None CONTINUE SETS,
    0xe0 ShlIntLit8 "shl-int/lit8" F22b None CONTINUE SETS,
    0xe1 ShrIntLit8 "shr-int/lit8" F22b None CONTINUE SETS,
    0xe2 UshrIntLit8 "ushr-int/lit8" F22b None CONTINUE SETS,
    0xfa InvokePolymorphic "invoke-polymorphic" F45cc Method CONTINUE THROW INVOKE,
    0xfb InvokePolymorphicRange "invoke-polymorphic/range" F4rcc Method CONTINUE THROW INVOKE,
    0xfc InvokeCustom "invoke-custom" F35c CallSite CONTINUE THROW INVOKE,
    0xfd InvokeCustomRange "invoke-custom/range" F3rc CallSite CONTINUE THROW INVOKE,
    0xfe ConstMethodHandle "const-method-handle" F21c MethodHandle CONTINUE THROW SETS,
    0xff ConstMethodType "const-method-type" F21c Prototype CONTINUE THROW SETS,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_and_its_opcode_are_one() {
        assert_eq!(Opcode::ALL.len(), 224);
        for opcode in Opcode::ALL {
            assert_eq!(Opcode::from_byte(*opcode as u8), Some(*opcode));
        }
        let unused = (0..=255).filter(|byte| Opcode::from_byte(*byte).is_none());
        assert_eq!(unused.count(), 256 - 224);
    }

    #[test]
    fn every_opcode_leads_somewhere() {
        for opcode in Opcode::ALL {
            let flow = opcode.flow();
            let onwards = [Flow::CONTINUE, Flow::BRANCH, Flow::RETURN, Flow::THROW];
            assert!(
                onwards.iter().any(|flag| flow.contains(*flag)),
                "{}",
                opcode.name()
            );
            assert_eq!(
                flow.contains(Flow::INVOKE),
                opcode.name().starts_with("invoke-"),
                "{}",
                opcode.name()
            );
        }
    }
}
