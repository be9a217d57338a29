//! Records that could not be digested: once more, saved as a file, or deleted.

use axum::{
    Json,
    extract::{Path, State},
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_DISPOSITION},
    },
    response::{IntoResponse, Redirect, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use rollcage_web::{Notice, paths};
use serde_json::{Value, json};
use tracing::info;

use super::system;
use crate::{
    model::{body, entry::Entry, record::Record},
    pages::{
        Pages,
        render::{Page, PageError},
        viewer::{Admin, Viewer},
    },
    protocol::rollbar,
    store::{dead_letters, dictionaries},
};

/// `POST /admin/dead-letters/{id}/retry`
pub async fn retry(
    State(pages): State<Pages>,
    Admin(viewer): Admin,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    match again(&pages, &[id_of(&id)?]).await? {
        Ok(0) => Err(PageError::NotFound),
        done => answer(&pages, &viewer, done).await,
    }
}

/// `POST /admin/dead-letters/retry`: those that there are now. What comes back is not among them, so
/// this ends.
pub async fn retry_all(
    State(pages): State<Pages>,
    Admin(viewer): Admin,
) -> Result<Response, PageError> {
    let mut records = 0;
    let sizes = dead_letters::sizes(&pages.db, None).await?;
    for part in dead_letters::parts(&sizes) {
        match again(&pages, &part).await? {
            Ok(more) => records += more,
            full => return answer(&pages, &viewer, full).await,
        }
    }
    answer(&pages, &viewer, Ok(records)).await
}

/// Puts dead letters into this node's journal again: how many, or why it takes none.
///
/// They are forgotten only once they are durable there. A crash between the two leaves both, and the
/// digest counts a UUID once; two who retry at once lock each letter once.
async fn again(pages: &Pages, ids: &[i64]) -> Result<Result<usize, String>, PageError> {
    let mut tx = pages.db.begin().await?;
    let (ids, records): (Vec<i64>, Vec<Vec<u8>>) =
        dead_letters::lock(&mut *tx, ids).await?.into_iter().unzip();
    if let Err(error) = (pages.append)(records).await {
        return Ok(Err(error));
    }
    dead_letters::delete(&mut *tx, &ids).await?;
    tx.commit().await?;
    Ok(Ok(ids.len()))
}

async fn answer(
    pages: &Pages,
    viewer: &Viewer,
    done: Result<usize, String>,
) -> Result<Response, PageError> {
    match done {
        Ok(records) => {
            info!(user.id = %viewer.id, records, "dead letters were put into the journal again");
            Ok(Redirect::to(&paths::system_retried(records)).into_response())
        }
        Err(error) => {
            let notice = format!("Dead letters stay as they are: {error}. Try again later.");
            let page = system::page(pages, viewer, Some(Notice::failed(notice))).await?;
            Ok(Page(StatusCode::SERVICE_UNAVAILABLE, page).into_response())
        }
    }
}

/// `POST /admin/dead-letters/{id}/deletion`
pub async fn delete(
    State(pages): State<Pages>,
    Admin(viewer): Admin,
    Path(id): Path<String>,
) -> Result<Redirect, PageError> {
    let id = id_of(&id)?;
    if dead_letters::delete(&pages.db, &[id]).await? == 0 {
        return Err(PageError::NotFound);
    }
    info!(user.id = %viewer.id, letter.id = id, "a dead letter was deleted");
    Ok(Redirect::to(&paths::system_dead_letters()))
}

/// `GET /admin/dead-letters/{id}/letter.json`: as far as it can be read, and its bytes where it
/// cannot.
pub async fn save(
    State(pages): State<Pages>,
    Admin(viewer): Admin,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let id = id_of(&id)?;
    let letter = dead_letters::by_id(&pages.db, id)
        .await?
        .ok_or(PageError::NotFound)?;
    let mut shown = match Record::decode(&letter.record) {
        Ok(Record::Occurrence(entry)) => occurrence(&pages, &entry).await?,
        Ok(Record::Attachment(attachment, bytes)) => {
            json!({ "attachment": attachment, "bytes_base64": STANDARD.encode(bytes) })
        }
        Ok(Record::Feedback(feedback)) => json!({ "feedback": feedback }),
        Err(_unreadable) => json!({ "record_base64": STANDARD.encode(&letter.record) }),
    };
    shown["reason"] = letter.reason.into();
    shown["given_up_at"] = json!(letter.at);
    info!(user.id = %viewer.id, letter.id = id, "a dead letter was saved as a file");
    let mut response = Json(shown).into_response();
    let headers = response.headers_mut();
    let name = format!("attachment; filename=\"dead-letter-{id}.json\"");
    if let Ok(name) = HeaderValue::try_from(name) {
        headers.insert(CONTENT_DISPOSITION, name);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    Ok(response)
}

/// The occurrence as it would be shown, in the shape in which Rollbar's SDKs report; its head alone
/// where its body cannot be read.
async fn occurrence(pages: &Pages, entry: &Entry) -> Result<Value, PageError> {
    let head = &entry.head;
    let dictionary = match body::dictionary(&entry.body) {
        Some(name) => dictionaries::bytes(&pages.db, head.project, name).await?,
        None => None,
    };
    let read = body::decode(&entry.body, dictionary.as_deref());
    Ok(match read {
        Ok(occurrence) => {
            json!({ "received_at": head.received_at, "payload": rollbar::payload(&occurrence) })
        }
        Err(error) => json!({
            "head": head,
            "evidence": entry.evidence().ok(),
            "body_base64": STANDARD.encode(&entry.body),
            "body_unreadable": error.to_string(),
        }),
    })
}

fn id_of(text: &str) -> Result<i64, PageError> {
    text.parse().map_err(|_not_a_number| PageError::NotFound)
}
