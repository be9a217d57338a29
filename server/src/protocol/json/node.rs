//! What JSON says, before it is known what of it is kept.

use std::borrow::Cow;

use serde_json::{Map, Number, Value};

/// A value that borrows its texts from the body wherever they are written plainly.
///
/// A [`Value`] owns every text and hashes every key, though most keys are only looked at once to see
/// which field of ours they mean; making one costs several times as much as this.
#[derive(Clone, Debug, PartialEq)]
pub enum Node<'t> {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number that `serde_json` can write and read again.
    Number(Number),
    /// A text, without NUL and lone surrogates.
    Text(Cow<'t, str>),
    /// A list.
    List(Vec<Node<'t>>),
    /// An object.
    Object(Fields<'t>),
}

/// The fields of an object in their order. Of a key that is there twice the last counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields<'t>(pub(super) Vec<(Cow<'t, str>, Node<'t>)>);

impl<'t> Fields<'t> {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Node<'t>> {
        self.0
            .iter()
            .rev()
            .find_map(|(name, value)| (name == key).then_some(value))
    }

    /// Takes the value of a key out.
    pub fn take(&mut self, key: &str) -> Option<Node<'t>> {
        let mut taken = None;
        self.0.retain_mut(|(name, value)| {
            let is_it = name == key;
            if is_it {
                taken = Some(std::mem::replace(value, Node::Null));
            }
            !is_it
        });
        taken
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| &**name)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is kept: texts of its own.
    pub fn into_map(self) -> Map<String, Value> {
        let mut map = Map::with_capacity(self.0.len());
        for (name, value) in self.0 {
            map.insert(name.into_owned(), value.into_value());
        }
        map
    }
}

impl<'t> IntoIterator for Fields<'t> {
    type Item = (Cow<'t, str>, Node<'t>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'t> Node<'t> {
    /// What is kept: texts of its own.
    pub fn into_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(flag) => Value::Bool(flag),
            Self::Number(number) => Value::Number(number),
            Self::Text(text) => Value::String(text.into_owned()),
            Self::List(list) => Value::Array(list.into_iter().map(Self::into_value).collect()),
            Self::Object(fields) => Value::Object(fields.into_map()),
        }
    }

    /// The value of a key, if this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Node<'t>> {
        match self {
            Self::Object(fields) => fields.get(key),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The flag, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(flag) => Some(*flag),
            _ => None,
        }
    }
}
