//! What an attacker, or an accident, sends.

use chrono::TimeDelta;
use rollcage_web::{
    BarChart, Datum, Level, StatusView,
    occurrence::{Body, FrameView, OccurrenceView, PersonView, RequestView, TraceView},
    pages::{ItemHead, ItemPage, ItemsPage, OccurrenceRow, OccurrencesPage},
};

use crate::{
    Gallery, Result,
    item::{head, item_page},
    items::items_page,
    now,
    occurrence::occurrence,
    project,
};

/// Data that nobody sends on purpose.
pub fn pages(gallery: &Gallery) -> Result<()> {
    let long = "x".repeat(700);
    let wild = format!(
        "{long} <script>alert(1)</script> \u{202e}\u{0} {}",
        "🥐".repeat(40)
    );
    let mut nested = Datum::text(wild.clone());
    for _ in 0..60 {
        nested = Datum::List(vec![Datum::object([(long.clone(), nested)])]);
    }
    let frame = |number: i64| FrameView {
        file: format!("/{long}/{number}.py"),
        line: Some(i64::MAX - number),
        column: Some(i64::MIN),
        function: Some(long.clone()),
        in_app: number % 3 != 0,
        pre: vec![String::new(), wild.clone()],
        code: Some(wild.clone()),
        ..FrameView::default()
    };
    let trace = TraceView {
        class: long.clone(),
        message: wild.clone(),
        frames: (0..300).map(frame).collect(),
    };
    let item = ItemHead {
        title: wild.clone(),
        culprit: Some(long.clone()),
        environment: long.clone(),
        total: i64::MAX,
        status: StatusView {
            actor: Some(long.clone()),
            version: Some(long.clone()),
            ..head().status
        },
        ..head()
    };
    let occurrence = OccurrenceView {
        body: Body::Traces(vec![
            trace,
            TraceView {
                class: String::new(),
                message: String::new(),
                frames: vec![],
            },
        ]),
        custom: Some(nested),
        tags: vec![(long.clone(), long.clone())],
        request: Some(RequestView {
            url: Some(long.clone()),
            ..RequestView::default()
        }),
        person: Some(PersonView {
            email: Some(long.clone()),
            ..PersonView::default()
        }),
        raw_json: Some(wild.repeat(50)),
        ..occurrence()
    };
    let page = ItemPage {
        item: item.clone(),
        newest: Some(occurrence),
        hours: BarChart::hours(vec![i64::MAX / 30; 24], now()),
        ..item_page()
    };
    gallery.page("hostile-item", &page)?;
    hostile_lists(gallery, item, &long, wild)
}

pub fn hostile_lists(gallery: &Gallery, item: ItemHead, long: &str, wild: String) -> Result<()> {
    let row = OccurrenceRow {
        id: 1,
        received_at: now() + TimeDelta::days(9_000),
        level: Level::Debug,
        person: Some(long.to_owned()),
        host: Some(long.to_owned()),
        code_version: Some(long.to_owned()),
        url: Some(long.to_owned()),
    };
    gallery.page(
        "hostile-occurrences",
        &OccurrencesPage {
            frame: crate::frame(),
            item,
            rows: vec![row],
            older: None,
            newer: None,
            is_paged: false,
        },
    )?;
    let mut items = items_page();
    items.environments.push(long.to_owned());
    items.filter.text.clone_from(&wild);
    items.rows[0].title = wild;
    long.clone_into(&mut items.rows[0].environment);
    items.rows[0].culprit = Some(long.to_owned());
    items.rows[0].total = i64::MAX;
    let mut surroundings = crate::frame();
    long.clone_into(&mut surroundings.viewer.email);
    surroundings.project = Some(project(long, "long"));
    gallery.page(
        "hostile-items",
        &ItemsPage {
            frame: surroundings,
            ..items
        },
    )
}
