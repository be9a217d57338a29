//! The shop's days: what goes wrong there without anybody having broken anything.

use shop::{
    accounts, cart, checkout, images, payments::Gateway, prices, search, stock, web, webhooks,
};

use super::{busy, even, night, web as on_web};
use crate::{
    cast::{Cast, WORDS},
    story::Scene,
};

/// All of them.
pub const SCENES: [Scene; 14] = [
    on_web(&[busy(13.9, 0.0, 38.0)], |cast| {
        let reason = cast
            .dice
            .one_of(&["insufficient funds", "card expired", "lost card"]);
        pay(cast, Gateway::Declines(reason));
    }),
    on_web(&[busy(13.95, 0.0, 28.0)], |cast| {
        let line = cast.line();
        let visit = cast.post("/cart/{sku}", &format!("/cart/{}", line.sku));
        web::serve(visit, move || cart::add(&line));
    }),
    on_web(&[busy(11.2, 0.0, 4.0)], |cast| {
        let mut lines = vec![cast.line(), cast.line()];
        let index = cast.dice.between(2, 4) as usize;
        let visit = cast.post("/cart/lines/{index}", &format!("/cart/lines/{index}"));
        web::serve(visit, move || cart::set_quantity(&mut lines, index, 2));
    }),
    on_web(&[busy(9.4, 0.0, 6.0)], |cast| {
        let voucher = cast.dice.one_of(&["AUTUMN-10", "WELCOME-5", "THANKS-20"]);
        let visit = cast.post("/cart/voucher", "/cart/voucher");
        web::serve(visit, move || cart::redeem(voucher, 7));
    }),
    on_web(&[busy(13.8, 0.0, 12.0)], |cast| {
        let words = cast.dice.one_of(&WORDS);
        let page = cast.dice.one_of(&["-1", "70000", "two", "1'--", ""]);
        let path = format!("/search?q={}&page={page}", words.replace(' ', "+"));
        let visit = cast.get("/search", &path);
        web::serve(visit, move || search::show(words, page));
    }),
    on_web(&[busy(13.7, 0.0, 18.0)], |cast| {
        let words = cast.dice.one_of(&WORDS);
        let ms = cast.number(2_000, 9_000);
        let path = format!("/search?q={}", words.replace(' ', "+"));
        let visit = cast.get("/search", &path);
        web::serve(visit, move || search::slow(words, ms));
    }),
    on_web(&[night(13.6, 0.0, 3.0)], |cast| {
        let attempts = cast.number(10, 60);
        let address = format!("198.51.100.{}", cast.dice.between(1, 255));
        let visit = cast.post("/sign-in", "/sign-in");
        web::serve(visit, move || accounts::locked_out(attempts, &address));
    }),
    on_web(&[busy(13.5, 0.0, 5.0)], |cast| {
        let hours = cast.number(25, 90);
        let visit = cast.post("/account/password", "/account/password");
        web::serve(visit, move || accounts::set_password(hours));
    }),
    on_web(&[even(8.3, 0.0, 5.0)], |cast| {
        let text = cast
            .dice
            .one_of(&["unknown", "10.0.0.300", "_hidden", "203.0.113.9:4711 "]);
        let visit = cast.get("/", "/");
        web::serve(visit, move || accounts::note_client(text));
    }),
    on_web(&[busy(12.9, 0.0, 6.0)], |cast| {
        let head = cast
            .dice
            .one_of(&[*b"%PDF", *b"<htm", *b"\0\0\0\x20", *b"PK\x03\x04"]);
        let visit = cast.post("/admin/pictures", "/admin/pictures");
        web::serve(visit, move || images::upload(&head));
    }),
    on_web(&[busy(13.4, 0.0, 2.5)], |cast| {
        let (sku, text) = (
            cast.sku(),
            cast.dice.one_of(&["12,90", "€ 49", "19.90.", "soon"]),
        );
        let visit = cast.post("/admin/prices/{sku}", &format!("/admin/prices/{sku}"));
        web::serve(visit, move || prices::set(sku, text));
    }),
    on_web(&[busy(13.3, 0.0, 9.0), even(2.15, 2.03, 300.0)], |cast| {
        let line = cast.line();
        let visit = cast.post("/checkout", "/checkout");
        web::serve(visit, move || stock::take(line.sku, line.quantity));
    }),
    on_web(&[even(13.2, 0.0, 4.0)], |cast| {
        let sender = cast.dice.one_of(&["pay.example.net", "labels.example.net"]);
        let visit = cast.post("/hooks/{sender}", &format!("/hooks/{sender}"));
        web::serve(visit, move || {
            webhooks::take(sender, "payment.settled", false);
        });
    }),
    on_web(&[even(12.1, 0.0, 10.0)], |cast| {
        let kind = cast
            .dice
            .one_of(&["payout.planned", "terminal.updated", "mandate.revised"]);
        let visit = cast.post("/hooks/{sender}", "/hooks/pay.example.net");
        web::serve(visit, move || webhooks::take("pay.example.net", kind, true));
    }),
];

/// Somebody pays for an order.
pub fn pay(cast: &mut Cast, gateway: Gateway) {
    let order = cast.order();
    let visit = cast.post(
        "/checkout/{order}/payment",
        &format!("/checkout/{}/payment", order.number),
    );
    web::serve(visit, move || {
        checkout::place(&order, gateway);
    });
}
