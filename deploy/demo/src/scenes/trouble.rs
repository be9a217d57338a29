//! What somebody did break: with a release, or two days ago, when the payment gateway was away.

use std::cell::RefCell;

use shop::{accounts, cache, catalogue, checkout, images, payments::Gateway, prices, search, web};

use super::{busy, even, web as on_web, web::pay};
use crate::{cast::ARTICLES, story::Scene};

/// All of them.
pub const SCENES: [Scene; 15] = [
    // The incident: the gateway was slow, failed, and then talked nonsense.
    on_web(
        &[
            busy(13.0, 2.2, 2.0),
            even(2.15, 2.02, 2_600.0),
            busy(1.2, 0.0, 4.0),
        ],
        |cast| {
            pay(cast, Gateway::TimesOut);
        },
    ),
    on_web(&[even(2.12, 2.03, 1_100.0)], |cast| {
        pay(cast, Gateway::Answers(502));
    }),
    on_web(&[even(2.1, 2.04, 500.0)], |cast| {
        pay(
            cast,
            Gateway::Says("<html><title>Down for maintenance</title>"),
        );
    }),
    on_web(&[even(2.1, 2.04, 450.0)], |cast| {
        let path = cast.dice.one_of(&["/", "/lamps", "/desks"]);
        let visit = cast.get("/{category}", path);
        web::serve(visit, move || cache::show(path));
    }),
    // With 1.8.0, mended in 1.9.1.
    on_web(&[busy(12.6, 9.12, 9.0)], |cast| {
        let visit = cast.get("/search", "/search?q=k%C3%BCchenstuhl");
        web::serve(visit, || {
            search::snippet("Ein Stuhl für die helle Küche, aus geölter Eiche");
        });
    }),
    // With 2.0.0.
    on_web(&[busy(6.0, 4.95, 15.0), busy(1.5, 0.0, 5.0)], |cast| {
        let sku = cast.sku();
        let visit = cast.get("/pictures/{sku}", &format!("/pictures/{sku}.png"));
        web::serve(visit, || {
            images::thumbnail_height(0, 1024);
        });
    }),
    on_web(&[busy(6.35, 2.1, 4.0), busy(0.7, 0.0, 9.0)], |cast| {
        let mut order = cast.order();
        order.address = Some(checkout::Address { country: "GB" });
        let visit = cast.post("/checkout", "/checkout");
        web::serve(visit, move || {
            checkout::place(&order, Gateway::Answers(200));
        });
    }),
    on_web(&[busy(5.2, 4.8, 14.0)], |cast| {
        let mut order = cast.order();
        order.cents = 4_000_000_000;
        let visit = cast.post("/checkout", "/checkout");
        web::serve(visit, move || {
            checkout::place(&order, Gateway::Answers(200));
        });
    }),
    on_web(&[busy(4.1, 0.0, 3.0)], |cast| {
        let (cents, discount) = (cast.dice.between(100, 900), cast.dice.between(1_000, 2_000));
        let visit = cast.post("/cart/voucher", "/cart/voucher");
        web::serve(visit, move || {
            prices::discounted(cents.into(), discount.into());
        });
    }),
    on_web(&[busy(3.4, 0.0, 7.0)], |cast| {
        let category = cast.dice.one_of(&["outdoor lamps", "lamps", "brass"]);
        let visit = cast.get("/{category}", "/lamps");
        web::serve(visit, move || catalogue::path_of(category));
    }),
    on_web(&[busy(3.0, 2.6, 24.0)], |cast| {
        let key = cast.dice.one_of(&["v1:7f3a", "v1:0b", "v1:c0ffee"]);
        let visit = cast.get("/account", "/account");
        web::serve(visit, move || {
            accounts::resume(key.as_bytes());
        });
    }),
    on_web(&[busy(9.8, 0.0, 3.0)], |cast| {
        let visit = cast.get("/account", "/account");
        web::serve(visit, || {
            accounts::resume(b"v1:\xff\xfe\x00damaged");
        });
    }),
    // With 2.1.0, since this morning.
    on_web(&[busy(0.84, 0.23, 5.0), even(0.22, 0.0, 70.0)], |cast| {
        let mut order = cast.order();
        order.address = None;
        let visit = cast.post("/checkout", "/checkout");
        web::serve(visit, move || {
            checkout::place(&order, Gateway::Answers(200));
        });
    }),
    on_web(&[even(0.12, 0.0, 60.0)], |cast| {
        let sku = cast.sku();
        let visit = cast.get("/articles/{sku}", &format!("/articles/{sku}"));
        web::serve(visit, || {
            catalogue::recommend(&RefCell::new(ARTICLES.to_vec()));
        });
    }),
    on_web(&[even(0.03, 0.0, 130.0)], |cast| {
        let visit = cast.post("/cart/gift-card", "/cart/gift-card");
        web::serve(visit, catalogue::gift_card);
    }),
];
