//! Articles and their categories.

use std::cell::RefCell;

use rollcage::{Level, Occurrence};

/// A category, as a list of its parents.
#[derive(Debug, thiserror::Error)]
#[error("category {0:?} is a parent of itself")]
pub struct Cycle(&'static str);

/// The way from a category to the top, which somebody made a circle of.
pub fn path_of(category: &'static str) {
    climb(category, 24);
}

fn climb(category: &'static str, left: u32) {
    if left == 0 {
        rollcage::capture(Occurrence::error(&Cycle(category)).custom("category", category));
    } else {
        climb(category, left - 1);
    }
}

/// What else people looked at. Whoever asks while the list is being filled is out of luck.
pub fn recommend(articles: &RefCell<Vec<&'static str>>) {
    let _filling = articles.borrow_mut();
    pick(articles);
}

fn pick(articles: &RefCell<Vec<&'static str>>) {
    articles.borrow_mut().truncate(3);
}

/// Says that an article has no picture.
pub fn without_picture(sku: &'static str) {
    rollcage::capture(
        Occurrence::message(Level::Debug, format!("{sku} has no picture"))
            .title("An article has no picture")
            .fingerprint("no-picture")
            .custom("sku", sku),
    );
}

/// Gift cards are to come.
pub fn gift_card() {
    todo!("gift cards");
}
