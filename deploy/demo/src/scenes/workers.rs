//! The shop's nights, and everything else that runs where nobody waits.

use std::collections::BTreeSet;

use shop::{import, invoices, jobs, mail, prices, reports, search, shipping, stock};

use super::{busy, even, night, worker};
use crate::{
    cast::{SUPPLIERS, WORDS},
    story::Scene,
};

/// All of them.
pub const SCENES: [Scene; 22] = [
    worker(&[night(13.9, 0.0, 1.2)], |cast| {
        let supplier = cast.dice.one_of(&SUPPLIERS);
        let day = format!(
            "2026-{:02}-{:02}",
            cast.dice.between(1, 13),
            cast.dice.between(1, 29)
        );
        jobs::run("import-prices", 1, move || {
            import::from_file(supplier, &day);
        });
    }),
    worker(&[night(13.9, 0.0, 14.0)], |cast| {
        let supplier = cast.dice.one_of(&SUPPLIERS);
        let line = cast.dice.one_of(&[
            "LAMP-017;49.90",
            "RUG-331;;;;;;",
            "Total: 412",
            "VASE-009;9;9;9;9;9;9",
        ]);
        let number = cast.number(2, 4_000);
        jobs::run("import-prices", 1, move || {
            import::lines(supplier, line, number);
        });
    }),
    worker(&[even(10.0, 7.0, 6.0)], |_cast| {
        jobs::run("import-feed", 2, || {
            import::from_feed("casa-viva", b"<html>");
        });
    }),
    worker(&[even(5.1, 0.0, 2.0)], |_cast| {
        jobs::run("import-feed", 2, || {
            import::from_feed("holzwerk", b"[{\"name\":\"K\xfcche\"}]");
        });
    }),
    worker(&[even(1.3, 0.0, 4.0)], |_cast| {
        jobs::run("import-feed", 2, || import::from_feed("blue-barn", b"[]"));
    }),
    worker(&[even(8.5, 8.3, 220.0)], |cast| {
        let to = format!("customer-{}@example.org", cast.dice.below(900));
        jobs::run("send-mails", 3, move || {
            mail::send(&to, "order-confirmed", "Thank you!");
        });
    }),
    worker(&[busy(13.8, 0.0, 7.0)], |cast| {
        let to = cast
            .dice
            .one_of(&["mira.kovac(at)example.org", "none", "tom fletcher", "-"]);
        jobs::run("send-mails", 3, move || {
            mail::send(to, "newsletter", "News");
        });
    }),
    worker(&[busy(0.8, 0.0, 30.0)], |_cast| {
        jobs::run("send-mails", 4, || {
            mail::send(
                "ada@example.org",
                "parcel-sent",
                "On its way: {{ parcel.link }}",
            );
        });
    }),
    MAIL_QUEUE,
    worker(&[even(6.9, 0.0, 5.0)], |cast| {
        let (shard, minutes) = (cast.number(0, 6), cast.number(31, 240));
        jobs::run("reindex", 5, move || search::reindex(shard, minutes));
    }),
    worker(&[busy(13.6, 0.0, 5.0)], |cast| {
        let (order, country) = (cast.order().number, cast.dice.one_of(&["DE", "AT", "FR"]));
        jobs::run("print-labels", 6, move || {
            shipping::label(order, country, 1_200, 500);
        });
    }),
    worker(&[busy(13.1, 0.0, 4.0)], |cast| {
        let (order, country) = (cast.order().number, cast.dice.one_of(&["IS", "MT", "CY"]));
        jobs::run("print-labels", 6, move || {
            shipping::label(order, country, 900, 200);
        });
    }),
    worker(&[busy(9.2, 0.0, 1.5)], |cast| {
        let (order, grams) = (cast.order().number, cast.dice.between(31_501, 64_000));
        jobs::run("print-labels", 6, move || {
            shipping::label(order, "DE", grams, 200);
        });
    }),
    worker(&[even(7.6, 7.2, 30.0), even(0.5, 0.1, 30.0)], |cast| {
        let hours = cast.number(25, 60);
        jobs::run("exchange-rates", 2, move || prices::rates_are_old(hours));
    }),
    worker(&[even(12.0, 11.6, 14.0), even(4.0, 3.7, 18.0)], |cast| {
        let next = cast.dice.between(10_200, 10_900);
        jobs::run("write-invoices", 2, move || {
            invoices::write(&BTreeSet::from([next]), next);
        });
    }),
    worker(&[even(11.0, 0.0, 0.9)], |cast| {
        let (sku, booked) = (cast.sku(), i64::from(cast.dice.between(5, 40)));
        jobs::run("count-stock", 7, move || {
            stock::counted(sku, booked - 3, booked);
        });
    }),
    worker(&[busy(13.4, 0.0, 1.5)], |cast| {
        let (to, hours) = (cast.number(100, 9_000), cast.number(1, 90));
        jobs::run("report-sales", 4, move || reports::sales(to + hours, to));
    }),
    worker(&[night(6.1, 0.0, 2.5)], |cast| {
        let report = cast.dice.one_of(&["turnover", "returns"]);
        jobs::run("report-sales", 4, move || reports::collect(report));
    }),
    worker(&[night(13.8, 0.0, 2.0)], |cast| {
        let (job, seconds) = (
            cast.dice.one_of(&["reindex", "report-sales"]),
            cast.number(610, 1_900),
        );
        jobs::run("watch-jobs", 1, move || jobs::slow(job, seconds, 600));
    }),
    worker(&[night(13.7, 0.0, 1.0)], |cast| {
        let (carts, seconds) = (cast.number(120, 900), cast.number(3, 40));
        jobs::run("clean-up", 1, move || jobs::cleaned_up(carts, seconds));
    }),
    // One for each release.
    worker(
        &[
            even(12.3, 12.26, 60.0),
            even(9.1, 9.06, 60.0),
            even(6.4, 6.36, 60.0),
            even(2.02, 1.98, 60.0),
            even(0.85, 0.81, 60.0),
        ],
        |cast| {
            let (version, routes) = (cast.version, WORDS.len() as u64 + 40);
            jobs::run("start", 1, move || jobs::started(version, routes));
        },
    ),
    worker(&[even(7.9, 0.0, 1.0)], |cast| {
        let (order, status) = (cast.order().number, cast.dice.one_of(&[429, 503]));
        jobs::run("track-parcels", 6, move || shipping::track(order, status));
    }),
];

/// For `--live`: what is new each time.
pub static SUPPLIER_SILENT: Scene = worker(&[], |_cast| {});

/// Every few minutes, and last of all: then the server's clock shows the real time.
pub const MAIL_QUEUE: Scene = worker(&[even(1.1, 0.0, 240.0)], |cast| {
    let waiting = cast.number(800, 2_600);
    jobs::run("watch-queues", 1, move || jobs::backlog(waiting, 8));
});
