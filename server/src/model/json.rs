//! JSON that borrows its texts from where it was read.
//!
//! Most of what an SDK sends is kept as it came, and most of that is never looked at before it is
//! written again. A `serde_json::Value` owns every text and hashes every key; making one costs several
//! times as much as this.

use std::{borrow::Cow, fmt, ops::Index};

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Number, Value};

/// A text that is borrowed wherever it was written plainly.
pub type Text<'t> = Cow<'t, str>;

/// A value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Node<'t> {
    /// `null`
    #[default]
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number that `serde_json` can write and read again.
    Number(Number),
    /// A text, without NUL and lone surrogates.
    Text(Text<'t>),
    /// A list.
    List(Vec<Node<'t>>),
    /// An object.
    Object(Fields<'t>),
}

/// The fields of an object in their order, each key once.
///
/// Looked up from front to back: objects are small. Who asks a large one many times makes an
/// [`index`](Fields::index) of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields<'t>(Vec<(Text<'t>, Node<'t>)>);

/// More fields than this are compared by hash: senders decide how many there are.
const FEW: usize = 16;

impl<'t> Fields<'t> {
    /// None.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Node<'t>> {
        self.iter()
            .find_map(|(name, value)| (name == key).then_some(value))
    }

    /// The value of a key, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node<'t>> {
        self.iter_mut()
            .find_map(|(name, value)| (name == key).then_some(value))
    }

    /// Whether there is such a key.
    pub fn contains_key(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Takes a key's value out; the others keep their order.
    pub fn take(&mut self, key: &str) -> Option<Node<'t>> {
        let at = self.0.iter().position(|(name, _)| name == key)?;
        Some(self.0.remove(at).1)
    }

    /// Gives a key a value, in place of what it had.
    pub fn insert(&mut self, key: impl Into<Text<'t>>, value: impl Into<Node<'t>>) {
        let key = key.into();
        match self.get_mut(&key) {
            Some(known) => *known = value.into(),
            None => self.0.push((key, value.into())),
        }
    }

    /// Adds a field at the end. If its key may be there already, [`unite`](Self::unite) has to follow
    /// once all are added.
    pub fn push(&mut self, key: impl Into<Text<'t>>, value: impl Into<Node<'t>>) {
        self.0.push((key.into(), value.into()));
    }

    /// Adds those of `others` whose keys are not there yet.
    pub fn add_missing(&mut self, others: Self) {
        let known = self.index();
        let missing = others.0.into_iter().filter(|(key, _)| !known.has(key));
        let missing: Vec<_> = missing.collect();
        self.0.extend(missing);
    }

    /// Adds `others`; of a key that both have the value of `others` counts.
    pub fn extend(&mut self, others: Self) {
        if self.is_empty() {
            *self = others;
        } else if !others.is_empty() {
            self.0.extend(others.0);
            self.unite();
        }
    }

    /// Keeps the fields that `is_kept` says.
    pub fn retain(&mut self, mut is_kept: impl FnMut(&str, &Node<'t>) -> bool) {
        self.0.retain(|(key, value)| is_kept(key, value));
    }

    /// Keeps the first `length` fields.
    pub fn truncate(&mut self, length: usize) {
        self.0.truncate(length);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The fields, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Node<'t>)> {
        self.0.iter().map(|(key, value)| (&**key, value))
    }

    /// The fields, in order, their values to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Node<'t>)> {
        self.0.iter_mut().map(|(key, value)| (&**key, value))
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(key, _)| key)
    }

    /// The keys, in order, to be changed. If two may become the same, [`unite`](Self::unite) has to
    /// follow.
    pub fn keys_mut(&mut self) -> impl Iterator<Item = &mut Text<'t>> {
        self.0.iter_mut().map(|(key, _)| key)
    }

    /// The values, in order.
    pub fn values(&self) -> impl Iterator<Item = &Node<'t>> {
        self.iter().map(|(_, value)| value)
    }

    /// The values, in order, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Node<'t>> {
        self.iter_mut().map(|(_, value)| value)
    }

    /// What finds many keys, however many fields there are.
    pub fn index(&self) -> FieldIndex<'_, 't> {
        FieldIndex {
            fields: self,
            hashed: (self.len() > FEW).then(|| self.iter().collect()),
        }
    }

    /// Of keys that are there several times keeps the first place and the last value.
    pub fn unite(&mut self) {
        if !self.has_repeated() {
            return;
        }
        let mut places = HashMap::with_capacity(self.0.len());
        let mut united: Vec<(Text<'t>, Node<'t>)> = Vec::with_capacity(self.0.len());
        for (key, value) in std::mem::take(&mut self.0) {
            if let Some(&place) = places.get(&key) {
                if let Some((_, known)) = united.get_mut(place) {
                    *known = value;
                }
            } else {
                places.insert(key.clone(), united.len());
                united.push((key, value));
            }
        }
        self.0 = united;
    }

    fn has_repeated(&self) -> bool {
        if self.0.len() > FEW {
            let mut seen = HashSet::with_capacity(self.0.len());
            return self.keys().any(|key| !seen.insert(key));
        }
        let mut seen = 0_u64;
        self.keys().enumerate().any(|(at, key)| {
            let bit = 1_u64 << trait_of(key);
            let is_suspect = seen & bit != 0;
            seen |= bit;
            is_suspect && self.keys().take(at).any(|earlier| earlier == key)
        })
    }
}

/// A number below 64 that two different keys seldom share.
fn trait_of(key: &str) -> usize {
    let bytes = key.as_bytes();
    let end = |byte: Option<&u8>| byte.copied().map_or(0, usize::from);
    (end(bytes.first()) * 7 + end(bytes.last()) * 31 + key.len() * 13) % 64
}

/// Finds keys of a [`Fields`].
pub struct FieldIndex<'f, 't> {
    fields: &'f Fields<'t>,
    /// Of many fields.
    hashed: Option<HashMap<&'f str, &'f Node<'t>>>,
}

impl<'f, 't> FieldIndex<'f, 't> {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&'f Node<'t>> {
        match &self.hashed {
            Some(hashed) => hashed.get(key).copied(),
            None => self.fields.get(key),
        }
    }

    /// Whether there is such a key.
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }
}

impl<'t> From<Vec<(Text<'t>, Node<'t>)>> for Fields<'t> {
    /// Of a key that comes several times the first place and the last value are kept.
    fn from(fields: Vec<(Text<'t>, Node<'t>)>) -> Self {
        let mut fields = Self(fields);
        fields.unite();
        fields
    }
}

impl<'t> FromIterator<(Text<'t>, Node<'t>)> for Fields<'t> {
    /// Likewise.
    fn from_iter<I: IntoIterator<Item = (Text<'t>, Node<'t>)>>(fields: I) -> Self {
        fields.into_iter().collect::<Vec<_>>().into()
    }
}

impl<'t> IntoIterator for Fields<'t> {
    type Item = (Text<'t>, Node<'t>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'t> Node<'t> {
    /// The value of a key, if this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Node<'t>> {
        self.as_object()?.get(key)
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

    /// The number, if it is one and whole.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Number(number) => number.as_i64(),
            _ => None,
        }
    }

    /// The number, if it is one, whole and not negative.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Number(number) => number.as_u64(),
            _ => None,
        }
    }

    /// The fields, if it is an object.
    pub fn as_object(&self) -> Option<&Fields<'t>> {
        match self {
            Self::Object(fields) => Some(fields),
            _ => None,
        }
    }

    /// Whether it is an object.
    pub fn is_object(&self) -> bool {
        self.as_object().is_some()
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        *self == Self::Null
    }

    /// Whether it says nothing: null, an empty text, list or object.
    pub fn is_nothing(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.is_empty(),
            Self::List(list) => list.is_empty(),
            Self::Object(fields) => fields.is_empty(),
            Self::Bool(_) | Self::Number(_) => false,
        }
    }
}

impl fmt::Display for Node<'_> {
    /// As JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_error| fmt::Error)?)
    }
}

impl<'t> From<&'t str> for Node<'t> {
    fn from(text: &'t str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Node<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'t> From<Text<'t>> for Node<'t> {
    fn from(text: Text<'t>) -> Self {
        Self::Text(text)
    }
}

impl<'t> From<Fields<'t>> for Node<'t> {
    fn from(fields: Fields<'t>) -> Self {
        Self::Object(fields)
    }
}

impl From<usize> for Node<'_> {
    fn from(number: usize) -> Self {
        Self::Number(number.into())
    }
}

impl From<Value> for Node<'_> {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Bool(flag),
            Value::Number(number) => Self::Number(number),
            Value::String(text) => text.into(),
            Value::Array(list) => Self::List(list.into_iter().map(Self::from).collect()),
            Value::Object(map) => Self::Object(map.into()),
        }
    }
}

impl From<Map<String, Value>> for Fields<'_> {
    fn from(map: Map<String, Value>) -> Self {
        let fields = map.into_iter();
        Self(
            fields
                .map(|(key, value)| (Cow::Owned(key), value.into()))
                .collect(),
        )
    }
}

impl From<&Node<'_>> for Value {
    fn from(node: &Node<'_>) -> Self {
        match node {
            Node::Null => Self::Null,
            Node::Bool(flag) => Self::Bool(*flag),
            Node::Number(number) => Self::Number(number.clone()),
            Node::Text(text) => Self::String(text.clone().into_owned()),
            Node::List(list) => list.iter().map(Self::from).collect(),
            Node::Object(fields) => Self::Object(fields.into()),
        }
    }
}

impl From<&Fields<'_>> for Map<String, Value> {
    fn from(fields: &Fields<'_>) -> Self {
        fields
            .iter()
            .map(|(key, value)| (key.to_owned(), value.into()))
            .collect()
    }
}

impl<'t> Index<&str> for Fields<'t> {
    type Output = Node<'t>;

    /// The value of a key; null where it is not there, as of a `Value`.
    fn index(&self, key: &str) -> &Node<'t> {
        self.get(key).unwrap_or(&Node::Null)
    }
}

impl<'t> Index<&str> for Node<'t> {
    type Output = Node<'t>;

    fn index(&self, key: &str) -> &Node<'t> {
        self.get(key).unwrap_or(&Node::Null)
    }
}

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(flag) => serializer.serialize_bool(*flag),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(list) => serializer.collect_seq(list),
            Self::Object(fields) => fields.serialize(serializer),
        }
    }
}

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (key, value) in self.iter() {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Node<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from)
    }
}

impl<'de> Deserialize<'de> for Fields<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    impl PartialEq<Value> for Node<'_> {
        fn eq(&self, other: &Value) -> bool {
            let other = Node::from(other.clone());
            *self == other
        }
    }

    impl PartialEq<Value> for Fields<'_> {
        fn eq(&self, other: &Value) -> bool {
            matches!(Node::from(other.clone()), Node::Object(fields) if fields == *self)
        }
    }

    impl PartialEq<&str> for Node<'_> {
        fn eq(&self, other: &&str) -> bool {
            self.as_str() == Some(other)
        }
    }

    #[test]
    fn of_repeated_keys_the_first_place_and_the_last_value_stay() {
        for others in [0, FEW, 3 * FEW] {
            let names: Vec<String> = (0..others).map(|at| format!("key {at}")).collect();
            let others = names
                .iter()
                .map(|name| (Cow::Borrowed(name.as_str()), Node::Null));
            let repeated = [("a", "1"), ("b", "2"), ("a", "3")];
            let repeated = repeated.map(|(key, text)| (Cow::Borrowed(key), Node::from(text)));
            let fields: Fields<'_> = repeated.into_iter().chain(others).collect();
            assert_eq!(fields.len(), 2 + names.len());
            assert_eq!(fields.keys().next(), Some("a"));
            assert_eq!(fields.get("a"), Some(&"3".into()));
            assert_eq!(fields.index().get("b"), Some(&"2".into()));
            assert!(!fields.index().has("c"));
        }
    }

    #[test]
    fn fields_of_two_objects_are_put_together() {
        let object = |value: Value| match Node::from(value) {
            Node::Object(fields) => fields,
            other => panic!("an object, not {other:?}"),
        };
        let mut fields = object(json!({"a": 1, "b": 2}));
        fields.extend(object(json!({"b": 3, "c": 4})));
        assert_eq!(fields, json!({"a": 1, "b": 3, "c": 4}));
        fields.add_missing(object(json!({"c": 5, "d": 6})));
        assert_eq!(fields, json!({"a": 1, "b": 3, "c": 4, "d": 6}));
        fields.insert("a", "text");
        assert_eq!(fields.take("b"), Some(Node::from(3_usize)));
        assert_eq!(fields, json!({"a": "text", "c": 4, "d": 6}));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let value = json!({"z": [1, -2, 0.5, null, true], "a": {"text": "ä\"\\"}});
        let node = Node::from(value.clone());
        assert_eq!(node, value);
        let text = node.to_string();
        assert_eq!(text, value.to_string());
        assert_eq!(serde_json::from_str::<Node<'_>>(&text).ok(), Some(node));
    }
}
