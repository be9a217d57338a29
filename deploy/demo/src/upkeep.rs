//! What the people of the shop do about its items.

use serde_json::{Value, json};

use crate::{api::Api, story::Environment};

/// Something that somebody does to an item.
#[derive(Debug)]
pub struct Act {
    /// When.
    pub days_ago: f64,
    /// To the item of that environment
    pub environment: Environment,
    /// whose title has this.
    pub title: &'static str,
    /// What.
    pub deed: Deed,
}

/// What it is.
#[derive(Debug)]
pub enum Deed {
    /// It is mended.
    Resolve,
    /// It is mended in that version.
    ResolveIn(&'static str),
    /// It is known and of no interest.
    Mute,
    /// It is of another level.
    Level(&'static str),
    /// It has a better title.
    Title(&'static str),
}

/// Everything, in any order.
pub const ACTS: [Act; 20] = [
    // Gone for good.
    act(11.4, "exists already", Deed::Resolve),
    act(9.0, "char boundary", Deed::ResolveIn("1.9.1")),
    act(8.2, "mail server cannot be reached", Deed::Resolve),
    act(6.9, "the feed of casa-viva", Deed::Resolve),
    act(2.5, "key is not one of ours", Deed::ResolveIn("2.0.0")),
    act(1.9, "pay.example.net answered", Deed::Resolve),
    act(
        1.9,
        "answer of pay.example.net cannot be read",
        Deed::Resolve,
    ),
    act(1.85, "poisoned", Deed::ResolveIn("2.0.1")),
    // They come back.
    act(7.1, "exchange rates", Deed::Resolve),
    act(4.9, "divide by zero", Deed::ResolveIn("2.0.0")),
    act(2.9, "exists already", Deed::Resolve),
    act(2.0, "no rate of tax", Deed::ResolveIn("2.0.1")),
    act(1.9, "no answer from pay.example.net", Deed::Resolve),
    // Noise.
    act(12.2, "abandoned carts", Deed::Mute),
    act(11.0, "which nobody here knows", Deed::Mute),
    act(6.0, "not the address of a client", Deed::Mute),
    act(11.9, "no carrier goes to", Deed::Mute),
    // Second thoughts.
    act(10.8, "link to set a password", Deed::Level("debug")),
    act(
        3.6,
        "a discount of",
        Deed::Title("A discount is larger than the price"),
    ),
    act(2.09, "the stock of", Deed::Level("critical")),
];

const fn act(days_ago: f64, title: &'static str, deed: Deed) -> Act {
    Act {
        days_ago,
        environment: Environment::Production,
        title,
        deed,
    }
}

/// Does it.
pub fn carry_out(act: &Act, api: &Api) -> anyhow::Result<()> {
    let item = api.find(act.environment.name(), act.title)?;
    api.change(item, &act.deed.body())
}

impl Deed {
    fn body(&self) -> Value {
        match self {
            Self::Resolve => json!({ "status": "resolved" }),
            Self::ResolveIn(version) => {
                json!({ "status": "resolved", "resolved_in_version": version })
            }
            Self::Mute => json!({ "status": "muted" }),
            Self::Level(level) => json!({ "level": level }),
            Self::Title(title) => json!({ "title": title }),
        }
    }
}
