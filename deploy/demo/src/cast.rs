//! Who and what has a part in a scene: people, machines, orders.

use rollcage::{Person, Request};
use shop::{
    checkout::{Address, Line, Order},
    web::Visit,
};

use crate::dice::Dice;

/// What every secret here holds. None of them may ever be stored.
const SECRET: &str = "pa55phrase";
/// A number that cards are tested with.
const CARD: &str = "4111 1111 1111 1111";

const FIRST_NAMES: [&str; 15] = [
    "Mira", "Jonas", "Aylin", "Tom", "Chiara", "Pavel", "Nele", "Samuel", "Ines", "Oskar", "Leyla",
    "Anton", "Freya", "Luca", "Hanna",
];
const LAST_NAMES: [&str; 12] = [
    "Kovač", "Brandt", "Yılmaz", "Fletcher", "Rossi", "Novák", "Janssen", "Okafor", "Moreau",
    "Lind", "Schäfer", "Silva",
];
/// How many people the shop knows.
const PEOPLE: u32 = 60;

const BROWSERS: [&str; 4] = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
];

/// The articles of the shop.
pub const ARTICLES: [&str; 8] = [
    "LAMP-017",
    "CHAIR-204",
    "RUG-331",
    "VASE-009",
    "DESK-112",
    "CLOCK-045",
    "SHELF-078",
    "THROW-256",
];
/// Its suppliers.
pub const SUPPLIERS: [&str; 5] = [
    "nordlicht",
    "casa-viva",
    "holzwerk",
    "blue-barn",
    "atelier-9",
];
/// What people look for.
pub const WORDS: [&str; 8] = [
    "oak desk",
    "lamp",
    "round rug",
    "bedside lamp brass",
    "vase",
    "küchenstuhl",
    "shelf 80 cm",
    "gift",
];

/// Chance, and what it brings onto the stage.
#[derive(Debug)]
pub struct Cast {
    /// What decides.
    pub dice: Dice,
    /// The version of the shop that plays.
    pub version: &'static str,
}

impl Cast {
    /// One of its threads.
    pub fn thread(&mut self) -> u64 {
        u64::from(self.dice.below(8)) + 1
    }

    /// An article.
    pub fn sku(&mut self) -> &'static str {
        self.dice.one_of(&ARTICLES)
    }

    /// A number, as a value of custom data.
    pub fn number(&mut self, from: u32, to: u32) -> u64 {
        self.dice.between(from, to).into()
    }

    /// Somebody looks at a page.
    pub fn get(&mut self, route: &'static str, path: &str) -> Visit {
        self.visit(route, "GET", path)
    }

    /// Somebody sends a form, with what forms have that nobody may see.
    pub fn post(&mut self, route: &'static str, path: &str) -> Visit {
        let mut visit = self.visit(route, "POST", path);
        visit.request = visit
            .request
            .header("Content-Type", "application/json")
            .param("password", format!("{SECRET}-of-a-customer"))
            .body(format!(
                r#"{{"card_number":"{CARD}","cvc":"737","password":"{SECRET}","note":"please ring twice"}}"#
            ));
        visit
    }

    fn visit(&mut self, route: &'static str, method: &str, path: &str) -> Visit {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let at = if query.is_empty() { "" } else { "?" };
        let mut request = Request::new()
            .method(method)
            .url(format!("https://shop.example.com{path}{at}{query}"))
            .user_ip(format!("203.0.113.{}", self.dice.between(1, 255)))
            .header("Host", "shop.example.com")
            .header("User-Agent", self.dice.one_of(&BROWSERS))
            .header(
                "Accept-Language",
                self.dice.one_of(&["de", "en-GB", "fr", "nl"]),
            )
            .header("Authorization", format!("Bearer {SECRET}"))
            .header("Cookie", format!("sid={SECRET}; theme=dark"));
        if !query.is_empty() {
            request = request.query_string(query);
        }
        Visit {
            route,
            request,
            person: self.person(),
            thread: self.thread(),
        }
    }

    /// Somebody; most are signed in, and some come more often than others.
    fn person(&mut self) -> Option<Person> {
        if self.dice.below(5) == 0 {
            return None;
        }
        let often = self.dice.below(PEOPLE).min(self.dice.below(PEOPLE));
        let first = FIRST_NAMES[often as usize % FIRST_NAMES.len()];
        let last = LAST_NAMES[often as usize * 7 % LAST_NAMES.len()];
        let name = format!("{first} {last}");
        let address = plain(&name.to_lowercase().replace(' ', "."));
        Some(
            Person::new((1001 + often * 37).to_string())
                .username(name)
                .email(format!("{address}@example.org")),
        )
    }

    /// An order that somebody places.
    pub fn order(&mut self) -> Order {
        let country = self.dice.one_of(&["DE", "DE", "DE", "AT", "NL", "FR"]);
        Order {
            number: self.dice.between(48_000, 61_000),
            cents: i64::from(self.dice.between(990, 89_900)),
            address: Some(Address { country }),
            lines: vec![self.line()],
        }
    }

    /// So many of an article.
    pub fn line(&mut self) -> Line {
        Line {
            sku: self.sku(),
            quantity: self.dice.between(4, 9),
        }
    }
}

/// Without what an address may not have.
fn plain(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            'č' => 'c',
            'ı' => 'i',
            'á' | 'ä' => 'a',
            letter => letter,
        })
        .collect()
}
