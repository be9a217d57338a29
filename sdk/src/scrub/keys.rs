//! Names that secrets go under.
//!
//! Names are compared without case, and without whatever separates their words: `api_key`,
//! `X-Api-Key`, `apiKey` and `card[cvc]` are looked at as their letters, and where words begin.

use std::{
    hash::{Hash, Hasher},
    sync::LazyLock,
};

use regex::Regex;

/// What a name says of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Secrecy {
    /// Nothing.
    Open,
    /// A secret, unless it is a number: `tokens` is a list of them or a count.
    Count,
    /// A secret.
    Secret,
}

/// Where in a name the letters must be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Anywhere, also within a word: `userpassword2`.
    Anywhere,
    /// Whole words: `cvc` in `card[cvc]`.
    Words,
    /// The end, also of a longer word, but for digits: `csrftoken`.
    End,
    /// The last words: `db_pass`, not `compass`.
    LastWords,
    /// The whole name.
    Whole,
}

const RULES: [(&str, Place, Secrecy); 46] = [
    ("password", Place::Anywhere, Secrecy::Secret),
    ("passwd", Place::Anywhere, Secrecy::Secret),
    ("passphrase", Place::Anywhere, Secrecy::Secret),
    ("passcode", Place::Anywhere, Secrecy::Secret),
    ("passwort", Place::Anywhere, Secrecy::Secret),
    ("pass", Place::LastWords, Secrecy::Secret),
    ("pwd", Place::LastWords, Secrecy::Secret),
    ("pw", Place::LastWords, Secrecy::Secret),
    ("secret", Place::Anywhere, Secrecy::Secret),
    ("tokens", Place::End, Secrecy::Count),
    ("token", Place::End, Secrecy::Secret),
    ("tokenvalue", Place::End, Secrecy::Secret),
    ("tokenhash", Place::End, Secrecy::Secret),
    ("tokensecret", Place::End, Secrecy::Secret),
    ("tokenkey", Place::End, Secrecy::Secret),
    ("apikey", Place::Anywhere, Secrecy::Secret),
    ("apikeys", Place::Anywhere, Secrecy::Secret),
    ("accesskey", Place::Anywhere, Secrecy::Secret),
    ("authkey", Place::Anywhere, Secrecy::Secret),
    ("privatekey", Place::Anywhere, Secrecy::Secret),
    ("signingkey", Place::Anywhere, Secrecy::Secret),
    ("encryptionkey", Place::Anywhere, Secrecy::Secret),
    ("masterkey", Place::Anywhere, Secrecy::Secret),
    ("sshkey", Place::Anywhere, Secrecy::Secret),
    ("authorization", Place::Anywhere, Secrecy::Secret),
    ("auth", Place::LastWords, Secrecy::Secret),
    ("bearer", Place::LastWords, Secrecy::Secret),
    ("jwt", Place::Words, Secrecy::Secret),
    ("credential", Place::Anywhere, Secrecy::Secret),
    ("cookie", Place::LastWords, Secrecy::Secret),
    ("cookies", Place::LastWords, Secrecy::Secret),
    ("sessionid", Place::Anywhere, Secrecy::Secret),
    ("sessid", Place::Anywhere, Secrecy::Secret),
    ("sessionkey", Place::Anywhere, Secrecy::Secret),
    ("sid", Place::Whole, Secrecy::Secret),
    // The cookie of Express.
    ("connectsid", Place::Whole, Secrecy::Secret),
    ("csrf", Place::Words, Secrecy::Secret),
    ("xsrf", Place::Words, Secrecy::Secret),
    ("cardnumber", Place::Words, Secrecy::Secret),
    ("creditcard", Place::Anywhere, Secrecy::Secret),
    ("ccnumber", Place::Words, Secrecy::Secret),
    ("cvv", Place::Words, Secrecy::Secret),
    ("cvc", Place::Words, Secrecy::Secret),
    ("securitycode", Place::Anywhere, Secrecy::Secret),
    ("ssn", Place::Words, Secrecy::Secret),
    ("otp", Place::Words, Secrecy::Secret),
];

/// Letters that some part of each rule's names has, however their words are separated.
///
/// Texts are searched for these, and what lies around them is then looked at as a name.
const STEMS: &str = "pass|pwd|pw|secret|token|key|auth|bearer|jwt|cred|cookie|sess|sid|csrf|xsrf|card|cc|cvv|cvc|security|ssn|otp";

/// Names with these letters are of something else.
const NOT_SECRET: [&str; 2] = ["secretar", "tokeniz"];

static BUILT_IN: LazyLock<Regex> = LazyLock::new(|| stems(&[]));

/// The names whose values are secrets: those that everybody has, and a project's own.
///
/// Making one with names of one's own compiles a pattern: keep it with the project.
#[derive(Clone, Debug, Default)]
pub struct ScrubKeys {
    own: Vec<Own>,
    /// None for the built-in names alone.
    stems: Option<Regex>,
}

/// A project's own name of a secret.
#[derive(Clone, Debug, Hash)]
struct Own {
    /// Its letters and digits; empty where it has none of ASCII.
    letters: String,
    /// The whole name, lower case.
    whole: String,
}

impl Hash for ScrubKeys {
    /// Keys of the same hash find the same.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.own.hash(state);
    }
}

impl ScrubKeys {
    /// The built-in names and `own`, which count as whole words of a name: `iban` also finds
    /// `customer_iban` and `customerIban`.
    pub fn new(own: &[String]) -> Self {
        let own: Vec<Own> = own
            .iter()
            .map(|name| name.trim().to_lowercase())
            .filter(|name| !name.is_empty())
            .map(|whole| Own {
                letters: whole.chars().filter(char::is_ascii_alphanumeric).collect(),
                whole,
            })
            .collect();
        let stems = (!own.is_empty()).then(|| stems(&own));
        Self { own, stems }
    }

    /// What `name` says of its value.
    pub(super) fn secrecy(&self, name: &str) -> Secrecy {
        if self
            .own
            .iter()
            .any(|own| own.letters.is_empty() && own.whole == name.to_lowercase())
        {
            return Secrecy::Secret;
        }
        // Of an absurdly long name both ends tell.
        let head = Name::read(name.as_bytes().get(..NAME_BYTES).unwrap_or(name.as_bytes()));
        match self.secrecy_of(&head) {
            Secrecy::Open if name.len() > NAME_BYTES => self.secrecy_of(&Name::read(
                name.as_bytes()
                    .get(name.len() - NAME_BYTES..)
                    .unwrap_or_default(),
            )),
            secrecy => secrecy,
        }
    }

    fn secrecy_of(&self, name: &Name) -> Secrecy {
        let own = self
            .own
            .iter()
            .any(|own| !own.letters.is_empty() && name.has(own.letters.as_bytes(), Place::Words));
        if own {
            return Secrecy::Secret;
        }
        let rule = RULES
            .iter()
            .zip(RULE_LETTERS.iter())
            .find(|((letters, place, _), present)| {
                **present & name.present == **present && name.has(letters.as_bytes(), *place)
            });
        match rule {
            Some(((_, _, secrecy), _))
                if !NOT_SECRET
                    .iter()
                    .any(|other| name.has(other.as_bytes(), Place::Anywhere)) =>
            {
                *secrecy
            }
            _ => Secrecy::Open,
        }
    }

    /// Whether a text has anything that could be a secret's name.
    pub(super) fn is_in(&self, text: &str) -> bool {
        self.stems().is_match(text)
    }

    /// What finds places in a text that could be part of a secret's name.
    pub(super) fn stems(&self) -> &Regex {
        self.stems.as_ref().unwrap_or(&BUILT_IN)
    }
}

fn stems(own: &[Own]) -> Regex {
    let mut pattern = format!("(?i:{STEMS}");
    for name in own {
        // A name of several words may be written with any separator: its first word finds it.
        let word = name
            .whole
            .split(|c: char| !c.is_alphanumeric())
            .find(|word| !word.is_empty());
        if let Some(word) = word {
            pattern.push('|');
            pattern.push_str(&regex::escape(word));
        }
    }
    pattern.push(')');
    Regex::new(&pattern).expect("words joined by bars are a pattern")
}

/// How much of a name is looked at: as many bits as there are for the beginnings of words.
const NAME_BYTES: usize = 127;

/// A name as its letters, and where its words begin.
struct Name {
    letters: [u8; NAME_BYTES],
    length: usize,
    /// A bit for each letter with which a word begins, and for the end.
    starts: u128,
    /// A bit for each letter of the alphabet that is in it.
    present: u32,
}

/// The letters of each rule, as `Name::present` has them: most names lack one, and cost no more.
static RULE_LETTERS: LazyLock<Vec<u32>> = LazyLock::new(|| {
    RULES
        .iter()
        .map(|(letters, _, _)| Name::read(letters.as_bytes()).present)
        .collect()
});

impl Name {
    fn read(name: &[u8]) -> Self {
        let mut read = Self {
            letters: [0; NAME_BYTES],
            length: 0,
            starts: 0,
            present: 0,
        };
        let mut before = b' ';
        for (index, &byte) in name.iter().enumerate() {
            if byte.is_ascii_alphanumeric() {
                let after = name.get(index + 1).copied().unwrap_or(b' ');
                if begins_word(before, byte, after) {
                    read.starts |= 1 << read.length;
                }
                if let Some(slot) = read.letters.get_mut(read.length) {
                    *slot = byte.to_ascii_lowercase();
                    read.length += 1;
                }
                if byte.is_ascii_alphabetic() {
                    read.present |= 1 << (byte.to_ascii_lowercase() - b'a');
                }
            }
            before = byte;
        }
        read.starts |= 1 << read.length;
        read
    }

    fn has(&self, wanted: &[u8], place: Place) -> bool {
        let letters = self.letters.get(..self.length).unwrap_or_default();
        let starts_at = |at: usize| self.starts >> at & 1 == 1;
        match place {
            Place::Whole => letters == wanted,
            Place::End | Place::LastWords => {
                let digits = letters
                    .iter()
                    .rev()
                    .take_while(|byte| byte.is_ascii_digit())
                    .count();
                let letters = letters.get(..letters.len() - digits).unwrap_or_default();
                letters.ends_with(wanted)
                    && (place == Place::End || starts_at(letters.len() - wanted.len()))
            }
            Place::Anywhere => positions(letters, wanted).next().is_some(),
            Place::Words => {
                positions(letters, wanted).any(|at| starts_at(at) && starts_at(at + wanted.len()))
            }
        }
    }
}

fn positions<'l>(letters: &'l [u8], wanted: &'l [u8]) -> impl Iterator<Item = usize> + 'l {
    letters
        .windows(wanted.len())
        .enumerate()
        .filter(move |(_, window)| *window == wanted)
        .map(|(at, _)| at)
}

/// Whether a word begins with `byte`: after anything but a letter or digit, in `camelCase`, at the
/// last capital of `APIKey`, and between letters and digits.
fn begins_word(before: u8, byte: u8, after: u8) -> bool {
    !before.is_ascii_alphanumeric()
        || before.is_ascii_digit() != byte.is_ascii_digit()
        || before.is_ascii_lowercase() && byte.is_ascii_uppercase()
        || before.is_ascii_uppercase() && byte.is_ascii_uppercase() && after.is_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known() {
        let keys = ScrubKeys::default();
        for name in [
            "password",
            "PASSWORD",
            "user_password",
            "passwordConfirmation",
            "DB_PASS",
            "mysql_pwd",
            "pass_phrase",
            "secret",
            "client-secret",
            "SECRET_KEY_BASE",
            "token",
            "TOKEN",
            "access_token",
            "refreshToken",
            "id_token",
            "csrftoken",
            "authenticity_token",
            "X-Rollbar-Access-Token",
            "token2",
            "api_key",
            "X-Api-Key",
            "apikey",
            "apiKeys",
            "APIKey",
            "Authorization",
            "authorization",
            "Proxy-Authorization",
            "HTTP_AUTHORIZATION",
            "Cookie",
            "Set-Cookie",
            "cookies",
            "sessionid",
            "PHPSESSID",
            "JSESSIONID",
            "session_id",
            "connect.sid",
            "aws_credentials",
            "credentials",
            "private_key",
            "card[cvc]",
            "card[number]",
            "cardNumber",
            "creditCard",
            "cvv",
            "cvv2",
            "ssn",
            "user.ssn",
            "jwt",
            "AWS_SECRET_ACCESS_KEY",
            "X-CSRF-Token",
            "user[password]",
            "_csrf",
        ] {
            assert_eq!(keys.secrecy(name), Secrecy::Secret, "{name}");
        }
        assert_eq!(keys.secrecy("tokens"), Secrecy::Count);
        assert_eq!(keys.secrecy("max_tokens"), Secrecy::Count);
    }

    #[test]
    fn ordinary_names_are_left_alone() {
        let keys = ScrubKeys::default();
        for name in [
            "",
            "author",
            "authored_by",
            "tokenizer",
            "token_count",
            "tokens_used",
            "passenger",
            "compass",
            "bypass",
            "monkey",
            "key",
            "keyboard",
            "session",
            "cart_id",
            "order_id",
            "card",
            "cookie_enabled",
            "secretary",
            "classname",
            "cvs",
            "passed",
            "position",
            "assignee",
            "message",
            "side",
            "inside_id",
            "accessor",
            "пароль",
            "discard_number_of",
        ] {
            assert_eq!(keys.secrecy(name), Secrecy::Open, "{name}");
        }
    }

    #[test]
    fn a_projects_own_names_are_secrets_too() {
        let keys = ScrubKeys::new(&[
            "iban".to_owned(),
            "Mother's maiden name".to_owned(),
            "пароль".to_owned(),
            " ".to_owned(),
        ]);
        for name in [
            "iban",
            "customer_iban",
            "customerIBAN",
            "mothers_maiden_name",
            "Пароль",
        ] {
            assert_eq!(keys.secrecy(name), Secrecy::Secret, "{name}");
        }
        assert_eq!(keys.secrecy("urbane"), Secrecy::Open);
        assert_eq!(keys.secrecy("liban"), Secrecy::Open);
    }

    #[test]
    fn each_rule_is_found_in_texts() {
        for (letters, _, _) in RULES {
            assert!(ScrubKeys::default().is_in(letters), "{letters}");
        }
    }

    #[test]
    fn long_names_are_known_by_their_ends() {
        let keys = ScrubKeys::default();
        let middle = "x".repeat(5_000);
        assert_eq!(keys.secrecy(&format!("password_{middle}")), Secrecy::Secret);
        assert_eq!(keys.secrecy(&format!("{middle}_password")), Secrecy::Secret);
        assert_eq!(keys.secrecy(&middle), Secrecy::Open);
    }
}
