//! Where versions are tried, where they are written, and in the warehouse.

use shop::{catalogue, checkout, jobs, mail, payments::Gateway, settings, warehouse, web};

use super::{busy, even, scene};
use crate::{
    cast::ARTICLES,
    story::{
        Environment::{Development, Production, Staging},
        Machine::{Scanner, Web, Worker},
        Scene,
    },
};

/// Barcodes with a wrong last digit: one that is right would report nothing.
const MISREAD: [&str; 4] = [
    "4006381333937",
    "4006381392886",
    "4006381304393",
    "4006381007125",
];

/// All of them.
pub const SCENES: [Scene; 12] = [
    scene(Staging, Web, &[busy(9.6, 9.2, 24.0)], |cast| {
        let visit = cast.get("/healthz", "/healthz");
        web::serve(visit, || settings::check_schema("orders_v2"));
    }),
    scene(Staging, Web, &[busy(1.7, 0.0, 6.0)], |cast| {
        let visit = cast.post("/cart/gift-card", "/cart/gift-card");
        web::serve(visit, catalogue::gift_card);
    }),
    scene(Staging, Worker, &[busy(1.9, 0.0, 4.0)], |_cast| {
        jobs::run("send-mails", 1, || {
            mail::send(
                "test@example.org",
                "parcel-sent",
                "On its way: {{ parcel.link }}",
            );
        });
    }),
    scene(Staging, Worker, &[busy(13.5, 0.0, 6.0)], |cast| {
        let sku = cast.dice.one_of(&ARTICLES);
        jobs::run("check-catalogue", 1, move || {
            catalogue::without_picture(sku);
        });
    }),
    scene(Staging, Web, &[busy(7.4, 6.6, 8.0)], |cast| {
        let mut order = cast.order();
        order.address = Some(checkout::Address { country: "GB" });
        let visit = cast.post("/checkout", "/checkout");
        web::serve(visit, move || {
            checkout::place(&order, Gateway::Answers(200));
        });
    }),
    scene(Development, Web, &[busy(12.2, 0.0, 2.0)], |cast| {
        let visit = cast.get("/healthz", "/healthz");
        web::serve(visit, settings::payments);
    }),
    scene(Development, Web, &[busy(13.2, 0.0, 3.0)], |cast| {
        let name = cast.dice.one_of(&["new-checkout", "old-search"]);
        let visit = cast.get("/", "/");
        web::serve(visit, move || settings::unknown_switch(name));
    }),
    scene(Development, Web, &[busy(3.2, 0.4, 4.0)], |cast| {
        let visit = cast.post("/cart/gift-card", "/cart/gift-card");
        web::serve(visit, catalogue::gift_card);
    }),
    scene(Development, Worker, &[busy(5.5, 5.0, 12.0)], |_cast| {
        jobs::run("import-feed", 1, || {
            shop::import::from_feed("atelier-9", b"{");
        });
    }),
    scene(Production, Scanner, &[busy(13.0, 0.0, 11.0)], |cast| {
        let code = cast.dice.one_of(&MISREAD);
        jobs::run("scan", 1, move || warehouse::scan(code));
    }),
    scene(Production, Scanner, &[even(12.0, 0.0, 3.0)], |cast| {
        let percent = cast.number(3, 10);
        jobs::run("watch-battery", 1, move || warehouse::battery(percent));
    }),
    scene(Production, Scanner, &[busy(4.5, 0.0, 1.5)], |cast| {
        let aisle = cast.dice.between(3, 6) as usize;
        jobs::run("sort-pallet", 1, move || {
            warehouse::shelf_of(&["A", "B", "C"], aisle);
        });
    }),
];
