//! Lists of items.

use rollcage_web::{
    ItemFilter, Level, Sort, Status, StatusFilter,
    pages::{ItemRow, ItemsPage, StatusCounts},
};

use crate::{Gallery, Result, frame, hours, minutes_ago};

#[expect(
    clippy::too_many_arguments,
    reason = "a row of invented data reads best as a row"
)]
pub fn row(
    counter: i64,
    level: Level,
    title: &str,
    culprit: Option<&str>,
    environment: &str,
    status: Status,
    total: i64,
    last: i64,
    first: i64,
) -> ItemRow {
    ItemRow {
        counter,
        title: title.to_owned(),
        culprit: culprit.map(str::to_owned),
        environment: environment.to_owned(),
        level,
        status,
        hours: hours(counter, total.min(900)),
        total,
        first_seen_at: minutes_ago(first),
        last_seen_at: minutes_ago(last),
        merged: if counter == 142 { 2 } else { 0 },
    }
}

pub fn rows() -> Vec<ItemRow> {
    use Level::{Critical, Debug, Error, Info, Warning};
    use Status::{Active, Muted, Resolved};
    vec![
        row(
            142,
            Error,
            "KeyError: 'total'",
            Some("shop/cart.py in add_line"),
            "production",
            Active,
            1_204,
            0,
            9_000,
        ),
        row(
            141,
            Critical,
            "OperationalError: (psycopg2.OperationalError) could not connect to server: Connection refused. Is the server running on host \"10.0.3.7\" and accepting TCP/IP connections on port 5432?",
            Some("shop/db/session.py in connect"),
            "production",
            Active,
            48_210,
            3,
            60,
        ),
        row(
            139,
            Warning,
            "Stripe webhook took 8.2 s",
            None,
            "production",
            Active,
            77,
            12,
            43_000,
        ),
        row(
            137,
            Error,
            "TypeError: Cannot read properties of undefined (reading 'price')",
            Some("src/components/checkout/LineItems.tsx in LineItems.render"),
            "production",
            Active,
            312,
            44,
            1_000,
        ),
        row(
            131,
            Error,
            "größenberechnung fehlgeschlagen: „Frühstücksbrötchen“ ≠ 朝食のパン 🥐",
            Some("shop/größen/rechner.py in berechne"),
            "staging",
            Active,
            3,
            190,
            200,
        ),
        row(
            118,
            Info,
            "Feature flag “new-checkout” is unknown",
            None,
            "staging",
            Muted,
            1_800_455,
            1,
            300_000,
        ),
        row(
            97,
            Error,
            "NoMethodError: undefined method `fetch' for nil:NilClass",
            Some("app/models/order.rb in total_with_tax"),
            "production",
            Resolved,
            15,
            2_900,
            90_000,
        ),
        row(
            12,
            Debug,
            "cache miss",
            None,
            "development",
            Active,
            1,
            40_000,
            40_000,
        ),
    ]
}

pub fn items_page() -> ItemsPage {
    ItemsPage {
        frame: frame(),
        filter: ItemFilter::default(),
        environments: vec![
            "development".to_owned(),
            "production".to_owned(),
            "staging".to_owned(),
        ],
        status_counts: Some(StatusCounts {
            active: 148,
            resolved: 1_310,
            muted: 9,
            discarded: 2,
        }),
        rows: rows(),
        older: Some("/p/shop/items?before=1".to_owned()),
        newer: None,
        is_paged: false,
        has_items: true,
        live: Some("live".to_owned()),
    }
}

pub fn pages(gallery: &Gallery) -> Result<()> {
    gallery.page("items", &items_page())?;
    let filter = ItemFilter {
        status: StatusFilter::All,
        level: Some(Level::Warning),
        environment: Some("production".to_owned()),
        text: "checkout".to_owned(),
        sort: Sort::Total,
    };
    gallery.page(
        "items-filtered",
        &ItemsPage {
            filter: filter.clone(),
            newer: Some("/p/shop/items?after=1".to_owned()),
            status_counts: None,
            ..items_page()
        },
    )?;
    gallery.page(
        "items-no-match",
        &ItemsPage {
            filter,
            rows: vec![],
            older: None,
            ..items_page()
        },
    )?;
    gallery.page(
        "items-none-active",
        &ItemsPage {
            rows: vec![],
            older: None,
            ..items_page()
        },
    )?;
    gallery.page(
        "items-past-end",
        &ItemsPage {
            rows: vec![],
            older: None,
            is_paged: true,
            ..items_page()
        },
    )?;
    gallery.page(
        "items-empty",
        &ItemsPage {
            rows: vec![],
            older: None,
            has_items: false,
            ..items_page()
        },
    )
}
