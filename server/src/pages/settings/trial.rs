//! The test box: what would become of a payload if an SDK sent it from where the viewer is.
//!
//! It goes the way of ingest and digest by the same functions, and nothing is stored.

mod reading;

use std::net::SocketAddr;

use axum::{
    Form,
    extract::{ConnectInfo, State, rejection::FormRejection},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use chrono::TimeDelta;
use rollcage_web::{
    mail::ItemMail,
    pages::{Place, Trial, TrialMail, TrialPage, Verdict},
    paths,
};
use serde::Deserialize;
use tokio::sync::Semaphore;

use self::reading::{Looked, Reading};
use crate::{
    alerts::{
        triggers::{self, Firing},
        wording,
    },
    fingerprint,
    model::{
        id::{ItemCounter, ItemId, OccurrenceId},
        item::{Event, Item, Sighting, Transition},
        project::Role,
    },
    pages::{
        Pages,
        login::client_address,
        present,
        render::{Page, PageError},
        viewer::InProject,
    },
    protocol::{Received, sentry::EVENT_MAX_BYTES},
    store::{
        filters,
        fingerprints::{self, Key},
        items, members, occurrences, projects, rules,
    },
};

/// Bytes of a form with the largest payload: most of its characters may take three.
pub const FORM_MAX_BYTES: usize = 3 * EVENT_MAX_BYTES + 1_024;
/// An occurrence whose UUID was stored within this time is the same one, sent again.
const DUPLICATE_WITHIN: TimeDelta = TimeDelta::hours(24);
/// Fingerprints that are shown of an item.
const FINGERPRINTS: i64 = 50;

/// Payloads that are read at the same time: the tree of values of one takes many times its text.
static TURNS: Semaphore = Semaphore::const_new(2);

/// What the form sends.
#[derive(Deserialize)]
pub struct TrialForm {
    #[serde(default)]
    payload: String,
}

/// `GET /p/{slug}/settings/filters/test`
pub async fn show(State(pages): State<Pages>, access: InProject) -> Result<Response, PageError> {
    access.at_least(Role::Member)?;
    Ok(Page::ok(page(&pages, &access, String::new(), Ok(None)).await?).into_response())
}

/// `POST /p/{slug}/settings/filters/test`: the answer is the page itself, for nothing is changed.
pub async fn run(
    State(pages): State<Pages>,
    access: InProject,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    form: Result<Form<TrialForm>, FormRejection>,
) -> Result<Response, PageError> {
    access.at_least(Role::Member)?;
    let payload = form.map(|Form(form)| form.payload);
    let (payload, mistake) = match payload {
        Ok(payload) if payload.trim().is_empty() => {
            (payload, Some("Paste what an SDK sends.".to_owned()))
        }
        Ok(payload) => (payload, None),
        Err(_refused) => (String::new(), Some(too_large())),
    };
    let received = Received {
        peer: Some(client_address(&pages, peer, &headers)),
    };
    let trial = match mistake {
        Some(mistake) => Err(mistake),
        None => try_out(&pages, &access, &payload, received).await?,
    };
    let is_mistake = trial.is_err();
    let page = page(&pages, &access, payload, trial.map(Some)).await?;
    Ok(if is_mistake {
        Page::again(page).into_response()
    } else {
        Page::ok(page).into_response()
    })
}

fn too_large() -> String {
    format!("The test box takes {EVENT_MAX_BYTES} bytes.")
}

async fn page(
    pages: &Pages,
    access: &InProject,
    payload: String,
    trial: Result<Option<Trial>, String>,
) -> Result<TrialPage, PageError> {
    let (trial, error) = trial.map_or_else(|error| (None, Some(error)), |trial| (trial, None));
    Ok(TrialPage {
        frame: access.frame(pages, None).await?,
        payload,
        error,
        trial,
    })
}

/// What would become of a payload, or why that cannot be said.
async fn try_out(
    pages: &Pages,
    access: &InProject,
    payload: &str,
    received: Received,
) -> Result<Result<Trial, String>, PageError> {
    if payload.len() > EVENT_MAX_BYTES {
        return Ok(Err(too_large()));
    }
    let project = access.project.id;
    let intake = filters::intake(&pages.db, project).await?;
    let (payload, now) = (payload.to_owned(), pages.clock.now());
    let turn = TURNS.acquire().await;
    // Beside the runtime, as ingest works on large bodies.
    let reading = tokio::task::spawn_blocking(move || {
        let reading = reading::read(payload.as_bytes(), &received, &intake, project, now);
        drop(turn);
        reading
    })
    .await;
    match reading {
        Ok(Reading::Occurrence(looked)) => Ok(Ok(place(pages, access, *looked).await?)),
        Ok(Reading::Ended(trial)) => Ok(Ok(*trial)),
        Ok(Reading::Nothing(why)) => Ok(Err(why)),
        Err(_panicked) => Ok(Err("Reading it failed, by a mistake of ours.".to_owned())),
    }
}

/// What would become of an occurrence.
async fn place(pages: &Pages, access: &InProject, looked: Looked) -> Result<Trial, PageError> {
    let item = existing(pages, &looked).await?;
    let leading = match &item {
        Some(item) => {
            fingerprints::of_items(&pages.db, item.project_id, &item.group(), FINGERPRINTS).await?
        }
        None => Vec::new(),
    };
    let mut trial = Trial {
        read_as: looked.read_as.clone(),
        verdict: Verdict::Accepted,
        scrubbed: Some(looked.scrubbed.clone()),
        place: None,
        why: Some(present::why(&looked.evidence, &looked.lines, &leading)),
        mails: None,
        notes: looked.notes.clone(),
    };
    if let Some(met) = &looked.met {
        trial.verdict = Verdict::Filtered {
            outcome: met.filter.as_str().to_owned(),
            pattern: met.line.clone(),
        };
        return Ok(trial);
    }
    if let Some(item) = item.as_ref().filter(|item| item.is_discarded()) {
        trial.verdict = Verdict::Discarded {
            counter: item.counter.0,
        };
        return Ok(trial);
    }
    arrive(pages, access, &looked, item, &mut trial).await?;
    Ok(trial)
}

/// Which item it would join or begin, and whom that would be told.
async fn arrive(
    pages: &Pages,
    access: &InProject,
    looked: &Looked,
    item: Option<Item>,
    trial: &mut Trial,
) -> Result<(), PageError> {
    let (db, project, head) = (&pages.db, access.project.id, &looked.head);
    let within = head.received_at - DUPLICATE_WITHIN..head.received_at + DUPLICATE_WITHIN;
    let known = occurrences::known(db, &[project.0], &[head.uuid.0], within).await?;
    if !known.is_empty() {
        let uuid = head.uuid;
        trial.notes.push(format!(
            "The occurrence {uuid} is stored already: sent again, it would only be counted as a duplicate."
        ));
        trial.mails = Some(Vec::new());
        trial.place = item.map(|item| there(&item, false));
        return Ok(());
    }

    let is_new = item.is_none();
    let before = match item {
        Some(item) => item,
        None => begun(pages, looked).await?,
    };
    let sighting = Sighting {
        received_at: head.received_at,
        occurrence: OccurrenceId(0),
        code_version: head.code_version.clone(),
        is_stored: true,
    };
    let transition = before.clone().observe(&[sighting], is_new);
    let comes_back = transition.events.contains(&Event::Reactivated);
    let resolved_in = before.resolved_in.clone();
    trial.mails = Some(mails(pages, access, &transition, resolved_in).await?);
    trial.place = Some(if is_new {
        Place::New {
            title: before.title.to_string(),
            culprit: before.culprit,
            level: present::level(before.level),
            environment: before.environment.to_string(),
        }
    } else {
        there(&before, comes_back)
    });
    Ok(())
}

fn there(item: &Item, comes_back: bool) -> Place {
    Place::Existing {
        counter: item.counter.0,
        title: item.title.to_string(),
        status: present::status(item.status),
        comes_back,
    }
}

/// The item that its fingerprint leads to, or else one that older rules made of such occurrences; the
/// head of its group.
async fn existing(pages: &Pages, looked: &Looked) -> Result<Option<Item>, PageError> {
    let head = &looked.head;
    let evidence = &looked.evidence;
    let older = fingerprint::older(evidence).map(|(_version, fingerprint)| fingerprint);
    let keys: Vec<Key> = std::iter::once(fingerprint::fingerprint(evidence))
        .chain(older)
        .map(|fingerprint| Key {
            project: head.project,
            environment: head.environment.as_str().to_owned(),
            sha256: fingerprint.0,
        })
        .collect();
    let found = fingerprints::find(&pages.db, &keys).await?;
    let first = keys
        .iter()
        .find_map(|key| found.iter().find(|(known, _)| known == key));
    match first {
        Some((key, item)) => Ok(items::head(&pages.db, key.project, *item).await?),
        None => Ok(None),
    }
}

/// The item that it would begin, with the number that is next.
async fn begun(pages: &Pages, looked: &Looked) -> Result<Item, PageError> {
    let head = &looked.head;
    let newest = projects::newest_counter(&pages.db, head.project).await?;
    Ok(Item::begun_by(
        head,
        OccurrenceId(0),
        ItemId(0),
        ItemCounter(newest + 1),
        fingerprint::title::title(&looked.evidence),
        fingerprint::title::culprit(&looked.evidence),
    ))
}

/// The mails that would go out, by recipient.
async fn mails(
    pages: &Pages,
    access: &InProject,
    transition: &Transition,
    resolved_in: Option<String>,
) -> Result<Vec<TrialMail>, PageError> {
    let rules = rules::of_project(&pages.db, access.project.id).await?;
    let firings = triggers::firing(&rules, transition, resolved_in.as_deref(), |_| None);
    let recipients = members::recipients(&pages.db, &[access.project.id.0]).await?;
    let mut mails: Vec<TrialMail> = Vec::new();
    for firing in &firings {
        let subject = mail(access, firing).subject();
        for who in &recipients {
            // What happens mails a person once.
            let is_known = mails.iter().any(|mail| mail.recipient == who.email);
            if !is_known && triggers::is_told(firing.rule, who) {
                mails.push(TrialMail {
                    recipient: who.email.clone(),
                    subject: subject.clone(),
                });
            }
        }
    }
    Ok(mails)
}

/// The mail, as far as its subject needs it.
fn mail(access: &InProject, firing: &Firing<'_>) -> ItemMail {
    let item = firing.item;
    let resolved_in = firing.resolved_in.map(str::to_owned);
    ItemMail {
        reason: wording::reason(firing.rule.terms.trigger, resolved_in),
        project: access.project.name.to_string(),
        environment: item.environment.to_string(),
        level: present::level(item.level),
        counter: item.counter.0,
        title: item.title.to_string(),
        culprit: None,
        version: None,
        total: item.total,
        at: item.last_seen_at,
        zone: rollcage_web::Tz::UTC,
        item_url: paths::item(&access.project.slug, item.counter),
        why: String::new(),
        rule_url: None,
    }
}
