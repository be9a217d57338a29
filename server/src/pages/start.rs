//! A project that waits for its first occurrence: snippets, a test button, and the arrival.

use axum::{
    Form, Json,
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use rollcage_web::{
    Notice,
    pages::StartPage,
    paths,
    snippets::{self, Sdk},
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Pages,
    render::{Page, PageError},
    viewer::InProject,
};
use crate::{
    model::{
        id::OccurrenceUuid,
        json::Fields,
        occurrence::{Body, Frame, Notifier, Occurrence, Request, Trace},
        project::{Project, Role, Scope},
        text::Environment,
    },
    store::{item_sums, tokens, users},
};

/// An SDK that is to be shown.
#[derive(Deserialize)]
pub struct Choice {
    sdk: Option<String>,
}

/// `GET /p/{slug}/start`: with `?sdk=` another one than the person chose.
pub async fn show(
    State(pages): State<Pages>,
    access: InProject,
    Query(choice): Query<Choice>,
) -> Result<Response, PageError> {
    access.at_least(Role::Member)?;
    let asked = choice.sdk.as_deref().and_then(snippets::by_id);
    page(&pages, &access, asked, None).await
}

/// `POST /p/{slug}/start/sdk`: shows another SDK, from now on.
pub async fn choose(
    State(pages): State<Pages>,
    access: InProject,
    Form(choice): Form<Choice>,
) -> Result<Redirect, PageError> {
    access.at_least(Role::Member)?;
    let sdk = choice.sdk.as_deref().and_then(snippets::by_id);
    let sdk = sdk.ok_or(PageError::BadRequest)?;
    users::set_snippet(&pages.db, access.viewer.id, sdk.id).await?;
    Ok(Redirect::to(&paths::start(&access.project.slug)))
}

/// `GET /p/{slug}/start/first`: where the first item is, for the script that waits for it.
pub async fn first(
    State(pages): State<Pages>,
    access: InProject,
) -> Result<Json<Value>, PageError> {
    Ok(Json(
        json!({ "url": first_item(&pages, &access.project).await? }),
    ))
}

/// `POST /p/{slug}/start/test`: reports an occurrence as an SDK would.
pub async fn test(State(pages): State<Pages>, access: InProject) -> Result<Response, PageError> {
    access.at_least(Role::Member)?;
    if (pages.report)(access.project.id, test_occurrence(&pages)).await {
        return Ok(Redirect::to(&paths::start(&access.project.slug)).into_response());
    }
    page(
        &pages,
        &access,
        None,
        Some(Notice::failed(
            "The test error was not taken: the journal has no room. Try again in a moment.",
        )),
    )
    .await
}

/// The page with the SDK that was asked for, or the one that the person chose last.
async fn page(
    pages: &Pages,
    access: &InProject,
    asked: Option<&'static Sdk>,
    notice: Option<Notice>,
) -> Result<Response, PageError> {
    let sdk = match asked {
        Some(sdk) => sdk,
        None => users::snippet(&pages.db, access.viewer.id)
            .await?
            .and_then(|id| snippets::by_id(&id))
            .unwrap_or_else(snippets::first),
    };
    let all = tokens::of_project(&pages.db, access.project.id).await?;
    let token = |scope| {
        let found = all
            .iter()
            .find(|token| token.scope == scope && token.enabled && token.expires_at.is_none());
        found
            .and_then(|token| token.plain.clone())
            .unwrap_or_else(|| "make-a-token-in-the-settings".into())
    };
    let page = StartPage {
        frame: access.frame(pages, notice).await?,
        public_url: pages.base_url.to_string(),
        server_token: token(Scope::PostServerItem),
        client_token: token(Scope::PostClientItem),
        project: access.project.id.0,
        sdk,
        first: first_item(pages, &access.project).await?,
    };
    Ok(Page::ok(page).into_response())
}

async fn first_item(pages: &Pages, project: &Project) -> Result<Option<String>, PageError> {
    let counter = item_sums::first_counter(&pages.db, project.id).await?;
    Ok(counter.map(|counter| paths::item(&project.slug, counter)))
}

/// An occurrence that shows what there is to see.
fn test_occurrence(pages: &Pages) -> Occurrence<'static> {
    let frame = |filename: &'static str, line, method: &'static str, code: &'static str| Frame {
        filename: Some(filename.into()),
        line: Some(line),
        method: Some(method.into()),
        code: Some(code.into()),
        ..Frame::default()
    };
    let mut raised = frame(
        "shop/checkout.py",
        27,
        "total",
        "    raise TestError(\"this is a test error\")",
    );
    raised.pre = vec![
        "def total(cart):".into(),
        "    # Nothing is broken: you pressed the button.".into(),
    ];
    raised.post = vec![
        "".into(),
        "    return sum(line.price for line in cart)".into(),
    ];
    raised.locals =
        Fields::from_iter([("cart".into(), json!([{ "sku": "A1", "price": 100 }]).into())]);
    let body = Body::Traces(vec![Trace {
        class: Some("TestError".into()),
        message: "this is a test error".into(),
        frames: vec![
            frame(
                "shop/views.py",
                112,
                "checkout",
                "    amount = total(session.cart)",
            ),
            raised,
        ],
        ..Trace::default()
    }]);
    Occurrence {
        happened_at: Some(pages.clock.now()),
        environment: Environment::new("test"),
        context: Some("/checkout".into()),
        language: Some("python".into()),
        notifier: Some(Notifier {
            name: Some("rollcage".into()),
            version: Some(env!("CARGO_PKG_VERSION").into()),
        }),
        request: Some(Request {
            url: Some(format!("{}/checkout", pages.base_url).into()),
            method: Some("POST".into()),
            ..Request::default()
        }),
        custom: Fields::from_iter([("sent_by".into(), "the test button".into())]),
        ..Occurrence::new(OccurrenceUuid(Uuid::now_v7()), body)
    }
}
