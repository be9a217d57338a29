//! Writes JSON, most of which is texts without anything to escape.
//!
//! The same bytes that `serde_json` writes, which looks at each byte of a text by itself: this takes two
//! thirds of its time.

use serde::{
    Serialize, Serializer,
    ser::{
        Error as _, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
        SerializeTuple, SerializeTupleStruct, SerializeTupleVariant,
    },
};
use serde_json::Error;

use super::plain_length;

/// Appends `value` to `out`. Fails where `serde_json` would: a key that is no text, or a value that
/// refuses; what was written of it then stays.
pub fn write(out: &mut Vec<u8>, value: &impl Serialize) -> Result<(), Error> {
    value.serialize(Writer { out })
}

/// `value` as JSON; fails likewise.
pub fn to_vec(value: &impl Serialize) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    write(&mut out, value)?;
    Ok(out)
}

/// Where JSON goes.
struct Writer<'o> {
    out: &'o mut Vec<u8>,
}

impl<'o> Writer<'o> {
    fn text(self, text: &str) {
        self.out.reserve(text.len() + 2);
        self.out.push(b'"');
        let mut rest = text.as_bytes();
        loop {
            let (plain, special) = rest.split_at(plain_length(rest));
            self.out.extend_from_slice(plain);
            let Some((&special, after)) = special.split_first() else {
                break;
            };
            self.out.push(b'\\');
            match special {
                b'"' | b'\\' => self.out.push(special),
                0x08 => self.out.push(b'b'),
                b'\t' => self.out.push(b't'),
                b'\n' => self.out.push(b'n'),
                0x0c => self.out.push(b'f'),
                b'\r' => self.out.push(b'r'),
                control => {
                    let digit = b"0123456789abcdef"[usize::from(control & 0xf)];
                    self.out.extend_from_slice(b"u00");
                    self.out.extend_from_slice(&[b'0' + (control >> 4), digit]);
                }
            }
            rest = after;
        }
        self.out.push(b'"');
    }

    /// Numbers are `serde_json`'s.
    fn number(self, number: impl Serialize) -> Result<(), Error> {
        serde_json::to_writer(self.out, &number)
    }

    fn begin(self, opening: &[u8], closing: &'static [u8]) -> Inside<'o> {
        self.out.extend_from_slice(opening);
        Inside {
            out: self.out,
            is_first: true,
            closing,
        }
    }

    /// An object of one field, which is the name of a variant.
    fn begin_variant(self, variant: &str, opening: &[u8], closing: &'static [u8]) -> Inside<'o> {
        self.out.push(b'{');
        Writer { out: self.out }.text(variant);
        self.out.push(b':');
        self.begin(opening, closing)
    }
}

/// A list or an object that is being written.
struct Inside<'o> {
    out: &'o mut Vec<u8>,
    is_first: bool,
    closing: &'static [u8],
}

impl Inside<'_> {
    fn separate(&mut self) {
        if !std::mem::take(&mut self.is_first) {
            self.out.push(b',');
        }
    }

    fn item<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Error> {
        self.separate();
        item.serialize(Writer { out: self.out })
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Error> {
        self.separate();
        Writer { out: self.out }.text(name);
        self.out.push(b':');
        value.serialize(Writer { out: self.out })
    }

    fn close(self) {
        self.out.extend_from_slice(self.closing);
    }
}

impl<'o> Serializer for Writer<'o> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Inside<'o>;
    type SerializeTuple = Inside<'o>;
    type SerializeTupleStruct = Inside<'o>;
    type SerializeTupleVariant = Inside<'o>;
    type SerializeMap = Inside<'o>;
    type SerializeStruct = Inside<'o>;
    type SerializeStructVariant = Inside<'o>;

    fn serialize_bool(self, flag: bool) -> Result<(), Error> {
        let word: &[u8] = if flag { b"true" } else { b"false" };
        self.out.extend_from_slice(word);
        Ok(())
    }

    fn serialize_i8(self, number: i8) -> Result<(), Error> {
        self.number(number)
    }

    fn serialize_i16(self, number: i16) -> Result<(), Error> {
        self.number(number)
    }

    fn serialize_i32(self, number: i32) -> Result<(), Error> {
        self.number(number)
    }

    fn serialize_i64(self, number: i64) -> Result<(), Error> {
        self.number(number)
    }

    fn serialize_u8(self, number: u8) -> Result<(), Error> {
        self.number(number)
    }

    fn serialize_u16(self, number: u16) -> Result<(), Error> {
        self.number(number)
    }

    fn serialize_u32(self, number: u32) -> Result<(), Error> {
        self.number(number)
    }

    fn serialize_u64(self, number: u64) -> Result<(), Error> {
        self.number(number)
    }

    fn serialize_f32(self, number: f32) -> Result<(), Error> {
        self.number(number)
    }

    fn serialize_f64(self, number: f64) -> Result<(), Error> {
        self.number(number)
    }

    fn serialize_char(self, one: char) -> Result<(), Error> {
        self.serialize_str(one.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, text: &str) -> Result<(), Error> {
        self.text(text);
        Ok(())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), Error> {
        self.collect_seq(bytes)
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.out.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), Error> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        let mut object = self.begin(b"{", b"}");
        object.field(variant, value)?;
        object.close();
        Ok(())
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Inside<'o>, Error> {
        Ok(self.begin(b"[", b"]"))
    }

    fn serialize_tuple(self, _length: usize) -> Result<Inside<'o>, Error> {
        Ok(self.begin(b"[", b"]"))
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        _length: usize,
    ) -> Result<Inside<'o>, Error> {
        Ok(self.begin(b"[", b"]"))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Inside<'o>, Error> {
        Ok(self.begin_variant(variant, b"[", b"]}"))
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Inside<'o>, Error> {
        Ok(self.begin(b"{", b"}"))
    }

    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Inside<'o>, Error> {
        Ok(self.begin(b"{", b"}"))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Inside<'o>, Error> {
        Ok(self.begin_variant(variant, b"{", b"}}"))
    }
}

impl SerializeSeq for Inside<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Error> {
        self.item(item)
    }

    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}

impl SerializeTuple for Inside<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Error> {
        self.item(item)
    }

    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}

impl SerializeTupleStruct for Inside<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Error> {
        self.item(item)
    }

    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}

impl SerializeTupleVariant for Inside<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Error> {
        self.item(item)
    }

    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}

impl SerializeMap for Inside<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.separate();
        let from = self.out.len();
        key.serialize(Writer { out: self.out })?;
        if self.out.get(from) == Some(&b'"') {
            Ok(())
        } else {
            Err(Error::custom("a key must be a text"))
        }
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.out.push(b':');
        value.serialize(Writer { out: self.out })
    }

    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}

impl SerializeStruct for Inside<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.field(name, value)
    }

    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}

impl SerializeStructVariant for Inside<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.field(name, value)
    }

    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{super::Node, *};

    #[derive(Serialize)]
    enum Shape {
        Unit,
        Newtype(u8),
        Tuple(i16, f32),
        Struct { a: char, b: Option<bool> },
    }

    #[derive(Serialize)]
    struct Everything<'e> {
        shapes: [Shape; 4],
        pair: (u64, i64),
        none: Option<u8>,
        nothing: (),
        numbers: [f64; 4],
        #[serde(flatten)]
        rest: BTreeMap<&'e str, &'e str>,
    }

    #[test]
    fn each_shape_is_written_as_serde_json_does() {
        let everything = Everything {
            shapes: [
                Shape::Unit,
                Shape::Newtype(1),
                Shape::Tuple(-1, 0.5),
                Shape::Struct {
                    a: '"',
                    b: Some(true),
                },
            ],
            pair: (u64::MAX, i64::MIN),
            none: None,
            nothing: (),
            numbers: [0.1, 1e300, f64::NAN, -0.0],
            rest: [("a \"key\"", "a\\b"), ("", "")].into(),
        };
        assert_eq!(
            to_vec(&everything).expect("plain"),
            serde_json::to_vec(&everything).expect("plain")
        );
    }

    #[test]
    fn a_key_that_is_no_text_is_refused() {
        assert!(to_vec(&BTreeMap::from([(1, 2)])).is_err());
    }

    fn value() -> impl Strategy<Value = Value> {
        let text = prop_oneof!["[\\x00-\\x7f]{0,20}", "\\PC{0,20}"];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            text.clone().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 30, 5, move |inner| {
            let list = prop::collection::vec(inner.clone(), 0..5);
            let fields = prop::collection::vec((text.clone(), inner), 0..5);
            prop_oneof![
                list.prop_map(Value::from),
                fields.prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_value_is_written_as_serde_json_does(value in value()) {
            let node = Node::from(value.clone());
            prop_assert_eq!(
                String::from_utf8(to_vec(&node).expect("plain")).expect("UTF-8"),
                value.to_string()
            );
        }
    }

    #[test]
    fn what_is_there_stays() {
        let mut out = b"before ".to_vec();
        write(&mut out, &json!(["after"])).expect("plain");
        assert_eq!(out, b"before [\"after\"]");
    }
}
