//! What an attacker, or an accident, sends.

use chrono::TimeDelta;
use rollcage_web::{
    BarChart, Datum, Level, MailProgress, Offer, PendingInvitation, Role, StatusView,
    breakdown::{Breakdown, Facet, Span},
    occurrence::{Body, FrameView, OccurrenceView, PersonView, RequestView, TraceView},
    pages::{
        DataPage, Deleted, Deletion, InvitationForm, InvitationPage, ItemHead, ItemPage, ItemsPage,
        MailState, Member, MembersPage, OccurrenceRow, OccurrencesPage, PersonSearch,
        ProjectDeletionForm, RetentionForm, Visitor,
    },
};

use crate::{
    Gallery, Result, frame, hostile_inbound,
    item::{group, head, item_page, kept},
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
        module: Some(long.clone()),
        mechanism: hostile_inbound::mechanism(&long),
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
        body: Body::Traces(vec![trace, TraceView::default()]),
        custom: Some(nested),
        request: Some(RequestView {
            url: Some(long.clone()),
            ..RequestView::default()
        }),
        person: Some(PersonView {
            email: Some(long.clone()),
            ..PersonView::default()
        }),
        raw_json: Some(wild.repeat(50)),
        ..hostile_inbound::beside(occurrence(), &long, &wild)
    };
    let page = ItemPage {
        item: item.clone(),
        group: Some(group(&wild, 100)),
        newest: Some(occurrence),
        why: Some(hostile_inbound::why(&long, &wild)),
        hours: BarChart::hours(vec![i64::MAX / 30; 24], now()),
        breakdown: Breakdown {
            span: Span::Days90,
            facets: ["version", "url", "tags.", "custom.<b>x</b>", &long]
                .map(|key| Facet {
                    key: key.to_owned(),
                    values: vec![(long.clone(), i64::MAX), (wild.clone(), i64::MAX)],
                    total: i64::MAX,
                })
                .to_vec(),
        },
        ..item_page()
    };
    gallery.page("hostile-item", &page)?;
    hostile_inbound::pages(gallery, &long, &wild)?;
    hostile_lists(gallery, item, &long, wild)?;
    hostile_people(gallery, &long)
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
            frame: frame(),
            item,
            kept: kept(i64::MAX),
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
    let mut surroundings = frame();
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

/// People and names as long as they may be, or longer.
fn hostile_people(gallery: &Gallery, long: &str) -> Result<()> {
    let mut surroundings = frame();
    surroundings.project = Some(project(&long[..100], "long"));
    let member = Member {
        id: 1,
        email: long[..254].to_owned(),
        role: Role::Owner,
        is_deactivated: true,
    };
    let invitation = PendingInvitation {
        id: 1,
        email: long[..254].to_owned(),
        offer: Offer::Instance { is_admin: false },
        invited_by: Some(long[..254].to_owned()),
        mail: MailProgress::Failed {
            error: long.to_owned(),
        },
        expires_at: now(),
    };
    gallery.page(
        "hostile-members",
        &MembersPage {
            frame: surroundings.clone(),
            members: vec![member],
            invitations: vec![invitation],
            form: InvitationForm::default(),
            mail: MailState::Folder {
                path: long.to_owned(),
            },
        },
    )?;
    let deletion = Deletion {
        what: Deleted::Person {
            id: Some(long.to_owned()),
        },
        asked_by: Some(long.to_owned()),
        asked_at: now(),
        total: i64::MAX,
        done: i64::MAX - 1,
        finished_at: None,
    };
    gallery.page(
        "hostile-data",
        &DataPage {
            frame: surroundings,
            retention: RetentionForm {
                days: long.to_owned(),
                per_hour: long.to_owned(),
                days_of_instance: i32::MAX,
                error: None,
            },
            person: PersonSearch {
                person: long.to_owned(),
                occurrences: Some(i64::MAX),
                are_more: false,
                error: None,
            },
            project: ProjectDeletionForm::default(),
            deletions: vec![deletion],
        },
    )?;
    gallery.page(
        "hostile-invitation",
        &InvitationPage {
            secret: long.to_owned(),
            email: long[..254].to_owned(),
            offer: Offer::Project {
                name: long[..100].to_owned(),
                role: Role::Viewer,
            },
            invited_by: Some(long[..254].to_owned()),
            visitor: Visitor::Other {
                email: long[..254].to_owned(),
            },
            error: None,
        },
    )
}
