//! The stored form of an occurrence: JSON, compressed.
//!
//! The first byte says with what: 0 is nothing else, 1 is a dictionary, whose [`DictionaryName`]
//! follows.

use std::{
    cell::RefCell,
    fmt,
    io::{BufReader, Read},
};

use sha2::{Digest, Sha256};
use zstd::zstd_safe::{CCtx, CDict, compress_bound};

use super::{occurrence::Occurrence, text::cut};

const NO_DICTIONARY: u8 = 0;
const DICTIONARY: u8 = 1;

/// The level of compression. Higher ones cost ingest more than they save the disk.
const ZSTD_LEVEL: i32 = 1;

/// Bytes that a body may have once decompressed: several times what ingest lets in, so only a
/// damaged row meets it.
const DECODED_MAX_BYTES: u64 = 64 << 20;

/// What a thread keeps of its buffers: more than nearly all occurrences need.
const SCRATCH_BYTES: usize = 256 << 10;

/// Bytes of an SDK's name: of those that exist, the longest has 40.
const SDK_MAX_BYTES: usize = 100;

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::new(Scratch {
        context: CCtx::create(),
        json: Vec::new(),
        packed: Vec::new(),
    });
}

/// What a thread compresses with: making it costs as much as compressing a small body.
struct Scratch {
    context: CCtx<'static>,
    json: Vec<u8>,
    packed: Vec<u8>,
}

/// The first bytes of a dictionary's SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DictionaryName(pub [u8; 8]);

impl DictionaryName {
    /// What a dictionary of those bytes is called.
    pub fn of(dictionary: &[u8]) -> Self {
        let mut name = [0; 8];
        name.copy_from_slice(&Sha256::digest(dictionary)[..8]);
        Self(name)
    }

    /// The name that a column or a file holds.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().map(Self).ok()
    }
}

impl fmt::Display for DictionaryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

/// A dictionary to compress with.
pub struct Dictionary {
    name: DictionaryName,
    prepared: CDict<'static>,
}

impl Dictionary {
    /// From what it was trained to.
    pub fn new(bytes: &[u8]) -> Self {
        Self {
            name: DictionaryName::of(bytes),
            prepared: CDict::create(bytes, ZSTD_LEVEL),
        }
    }

    /// What it is called.
    pub fn name(&self) -> DictionaryName {
        self.name
    }
}

/// The name of the SDK that sent an occurrence: of those of one project that it sent, bodies are
/// alike. Empty where it says none.
pub fn sdk<'o>(occurrence: &'o Occurrence<'_>) -> &'o str {
    let notifier = occurrence.notifier.as_ref();
    let name = notifier.and_then(|notifier| notifier.name.as_deref());
    cut(name.unwrap_or_default(), SDK_MAX_BYTES)
}

/// Why a stored body cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Written by a version that knows more.
    #[error("it is of a form that this version does not know")]
    Form,
    /// The dictionary is not there.
    #[error("it was compressed with the dictionary {0}, which is not there")]
    Dictionary(DictionaryName),
    /// Not what was written.
    #[error("it does not decompress: {0}")]
    Damaged(#[from] std::io::Error),
    /// Not an occurrence's JSON.
    #[error("it is not an occurrence: {0}")]
    Json(#[from] serde_json::Error),
}

/// `occurrence` as it is stored.
pub fn encode(occurrence: &Occurrence<'_>, dictionary: Option<&Dictionary>) -> Vec<u8> {
    SCRATCH.with_borrow_mut(|scratch| {
        scratch.json.clear();
        serde_json::to_writer(&mut scratch.json, occurrence)
            .expect("an occurrence has only texts as keys");
        let stored = scratch.compress(dictionary);
        scratch.json.shrink_to(SCRATCH_BYTES);
        scratch.packed.shrink_to(SCRATCH_BYTES);
        stored
    })
}

/// JSON as it is stored.
pub fn pack(json: &[u8], dictionary: Option<&Dictionary>) -> Vec<u8> {
    SCRATCH.with_borrow_mut(|scratch| {
        scratch.json.clear();
        scratch.json.extend_from_slice(json);
        scratch.compress(dictionary)
    })
}

impl Scratch {
    /// The stored form of what `json` holds.
    fn compress(&mut self, dictionary: Option<&Dictionary>) -> Vec<u8> {
        let (json, packed) = (&self.json, &mut self.packed);
        packed.clear();
        packed.reserve(compress_bound(json.len()));
        let compressed = match dictionary {
            None => self.context.compress(packed, json, ZSTD_LEVEL),
            Some(dictionary) => {
                let prepared = &dictionary.prepared;
                self.context.compress_using_cdict(packed, json, prepared)
            }
        };
        compressed.expect("the bound is room enough");
        let name = dictionary.map_or(&[][..], |dictionary| &dictionary.name.0);
        let form = if name.is_empty() {
            NO_DICTIONARY
        } else {
            DICTIONARY
        };
        let mut stored = Vec::with_capacity(1 + name.len() + packed.len());
        stored.push(form);
        stored.extend_from_slice(name);
        stored.extend_from_slice(packed);
        stored
    }
}

/// The dictionary that a stored body wants.
pub fn dictionary(stored: &[u8]) -> Option<DictionaryName> {
    let [DICTIONARY, rest @ ..] = stored else {
        return None;
    };
    rest.first_chunk().copied().map(DictionaryName)
}

/// Reads what `encode` wrote, with the dictionary that it wants, if it wants one.
pub fn decode(stored: &[u8], dictionary: Option<&[u8]>) -> Result<Occurrence<'static>, Unreadable> {
    Ok(serde_json::from_slice(&json(stored, dictionary)?)?)
}

/// The JSON of a stored body.
pub fn json(stored: &[u8], dictionary: Option<&[u8]>) -> Result<Vec<u8>, Unreadable> {
    let (compressed, dictionary) = match stored {
        [NO_DICTIONARY, compressed @ ..] => (compressed, &[][..]),
        [DICTIONARY, rest @ ..] => {
            let (name, compressed) = rest.split_first_chunk().ok_or(Unreadable::Form)?;
            let name = DictionaryName(*name);
            let dictionary = dictionary.filter(|bytes| DictionaryName::of(bytes) == name);
            let dictionary = dictionary.ok_or(Unreadable::Dictionary(name))?;
            (compressed, dictionary)
        }
        _ => return Err(Unreadable::Form),
    };
    let mut json = Vec::new();
    zstd::stream::read::Decoder::with_dictionary(BufReader::new(compressed), dictionary)?
        .take(DECODED_MAX_BYTES)
        .read_to_end(&mut json)?;
    Ok(json)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        id::OccurrenceUuid,
        json::Fields,
        occurrence::{Body, Message},
    };

    fn occurrence(text: &str) -> Occurrence<'_> {
        let message = Message {
            text: text.into(),
            template: None,
            frames: Vec::new(),
            extra: Fields::new(),
        };
        Occurrence::new(OccurrenceUuid(uuid::Uuid::nil()), Body::Message(message))
    }

    #[test]
    fn what_is_stored_is_read_with_the_same_dictionary_and_no_other() {
        let text = "the cart of customer 17 has no price";
        let one = occurrence(text);
        let plain = encode(&one, None);
        assert_eq!(dictionary(&plain), None);
        assert_eq!(decode(&plain, None).expect("readable"), one);

        let known = serde_json::to_vec(&occurrence(&text.replace("17", "4"))).expect("JSON");
        let with = Dictionary::new(&known);
        let packed = encode(&one, Some(&with));
        assert_eq!(dictionary(&packed), Some(with.name()));
        assert_eq!(with.name(), DictionaryName::of(&known));
        assert!(packed.len() < plain.len() / 2);
        assert_eq!(decode(&packed, Some(&known)).expect("readable"), one);
        for other in [None, Some(&b"another"[..])] {
            let result = decode(&packed, other);
            assert!(matches!(result, Err(Unreadable::Dictionary(name)) if name == with.name()));
        }
    }

    #[test]
    fn what_is_damaged_is_unreadable_and_no_panic() {
        let stored = encode(&occurrence("text"), None);
        assert!(matches!(decode(b"", None), Err(Unreadable::Form)));
        assert!(matches!(decode(b"\x01short", None), Err(Unreadable::Form)));
        assert!(matches!(decode(b"\x02", None), Err(Unreadable::Form)));
        assert!(decode(&stored[..stored.len() - 3], None).is_err());
    }
}
