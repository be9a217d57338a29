//! A project's alert rules.

use std::collections::HashMap;

use axum::{
    Form,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::Form as RepeatedForm;
use chrono::TimeDelta;
use rollcage_web::{
    Notice,
    pages::{RuleBounds, RuleForm, RuleMember, RulePage, RuleRow, RulesPage},
    paths,
};
use serde::Deserialize;

use crate::{
    accounts,
    alerts::{triggers, wording},
    model::{
        hour::hour_of,
        id::{RuleId, UserId},
        project::Role,
        rule::{
            Audience, MAILS_PER_HOUR, MAILS_PER_HOUR_MAX, RATE_COUNT_MAX, RATE_MINUTES_MAX,
            REACHED, RULES_MAX, Rule, Typed,
        },
    },
    pages::{
        Pages,
        render::{Page, PageError},
        viewer::InProject,
    },
    store::{
        members::{self, Member},
        outbox, rule_hours, rules,
    },
};

/// Hours that rules' firings are counted over, beside the one that has begun.
const HOURS: TimeDelta = TimeDelta::hours(23);

/// What may be typed into the form.
const BOUNDS: RuleBounds = RuleBounds {
    reached: &REACHED,
    count: RATE_COUNT_MAX,
    minutes: RATE_MINUTES_MAX,
    mails_per_hour: MAILS_PER_HOUR_MAX,
};

/// What the form of a rule sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Fields {
    name: String,
    trigger: String,
    reached: String,
    count: String,
    minutes: String,
    environments: String,
    level: String,
    words: String,
    audience: String,
    /// The members who are ticked.
    person: Vec<String>,
    mails_per_hour: String,
}

/// What the switch of a rule sends.
#[derive(Deserialize)]
pub struct EnabledForm {
    enabled: bool,
}

/// What was just done, for the notice above the page.
#[derive(Deserialize)]
pub struct Done {
    done: Option<String>,
}

/// `GET /p/{slug}/settings/rules`
pub async fn list(State(pages): State<Pages>, access: InProject) -> Result<Response, PageError> {
    let rules = rules::of_project(&pages.db, access.project.id).await?;
    let members = members::of_project(&pages.db, access.project.id).await?;
    let page = RulesPage {
        frame: access.frame(&pages, None).await?,
        rules: rows(&pages, &access, &rules, &members).await?,
        most: RULES_MAX,
    };
    Ok(Page::ok(page).into_response())
}

/// `GET /p/{slug}/settings/rules/new`
pub async fn show_new(
    State(pages): State<Pages>,
    access: InProject,
) -> Result<Response, PageError> {
    access.at_least(Role::Owner)?;
    let form = RuleForm {
        trigger: "new".to_owned(),
        mails_per_hour: MAILS_PER_HOUR.to_string(),
        ..RuleForm::default()
    };
    Ok(
        Page::ok(page(&pages, &access, None, Some((form, Vec::new())), None).await?)
            .into_response(),
    )
}

/// `POST /p/{slug}/settings/rules`
pub async fn create(
    State(pages): State<Pages>,
    access: InProject,
    RepeatedForm(fields): RepeatedForm<Fields>,
) -> Result<Response, PageError> {
    access.at_least(Role::Owner)?;
    let typed = fields.typed();
    let terms = match typed.read(&user_ids(&pages, &access).await?) {
        Ok(terms) => terms,
        Err(mistake) => return again(&pages, &access, None, typed, mistake.to_string()).await,
    };
    let mut tx = pages.db.begin().await?;
    let count = rules::lock_count(&mut tx, access.project.id)
        .await?
        .ok_or(PageError::NotFound)?;
    if count >= RULES_MAX {
        drop(tx);
        let error = format!("A project has at most {RULES_MAX} rules. Delete one to make another.");
        return again(&pages, &access, None, typed, error).await;
    }
    let now = pages.clock.now();
    let id = rules::insert(&mut *tx, access.project.id, &terms, now).await?;
    tx.commit().await?;
    Ok(Redirect::to(&paths::rule_done(&access.project.slug, id, "saved")).into_response())
}

/// `GET /p/{slug}/settings/rules/{id}`
pub async fn show(
    State(pages): State<Pages>,
    access: InProject,
    Path((_, id)): Path<(String, String)>,
    Query(done): Query<Done>,
) -> Result<Response, PageError> {
    let rule = found(&pages, &access, &id).await?;
    let notice = match done.done.as_deref() {
        Some("saved") => Some(Notice::done("The rule is saved.")),
        Some("test") => Some(Notice::done(format!(
            "A test mail goes to {}, one a minute at most.",
            access.viewer.email
        ))),
        _ => None,
    };
    Ok(Page::ok(page(&pages, &access, Some(&rule), None, notice).await?).into_response())
}

/// `POST /p/{slug}/settings/rules/{id}`
pub async fn change(
    State(pages): State<Pages>,
    access: InProject,
    Path((_, id)): Path<(String, String)>,
    RepeatedForm(fields): RepeatedForm<Fields>,
) -> Result<Response, PageError> {
    access.at_least(Role::Owner)?;
    let rule = found(&pages, &access, &id).await?;
    let typed = fields.typed();
    let terms = match typed.read(&user_ids(&pages, &access).await?) {
        Ok(terms) => terms,
        Err(mistake) => {
            return again(&pages, &access, Some(&rule), typed, mistake.to_string()).await;
        }
    };
    if !rules::update(&pages.db, access.project.id, rule.id, &terms).await? {
        return Err(PageError::NotFound);
    }
    Ok(Redirect::to(&paths::rule_done(&access.project.slug, rule.id, "saved")).into_response())
}

/// `POST /p/{slug}/settings/rules/{id}/enabled`
pub async fn set_enabled(
    State(pages): State<Pages>,
    access: InProject,
    Path((slug, id)): Path<(String, String)>,
    Form(form): Form<EnabledForm>,
) -> Result<Redirect, PageError> {
    access.at_least(Role::Owner)?;
    let id = rule_id(&id)?;
    if !rules::set_enabled(&pages.db, access.project.id, id, form.enabled).await? {
        return Err(PageError::NotFound);
    }
    Ok(Redirect::to(&paths::rules(&slug)))
}

/// `POST /p/{slug}/settings/rules/{id}/deletion`
pub async fn delete(
    State(pages): State<Pages>,
    access: InProject,
    Path((slug, id)): Path<(String, String)>,
) -> Result<Redirect, PageError> {
    access.at_least(Role::Owner)?;
    if !rules::delete(&pages.db, access.project.id, rule_id(&id)?).await? {
        return Err(PageError::NotFound);
    }
    Ok(Redirect::to(&paths::rules(&slug)))
}

/// `POST /p/{slug}/settings/rules/{id}/test`: mails whoever asks.
pub async fn test(
    State(pages): State<Pages>,
    access: InProject,
    Path((slug, id)): Path<(String, String)>,
) -> Result<Redirect, PageError> {
    access.at_least(Role::Owner)?;
    let rule = found(&pages, &access, &id).await?;
    let now = pages.clock.now();
    let mail = triggers::test_mail(&rule, &access.viewer.email, now);
    outbox::insert(&pages.db, &[mail], now).await?;
    accounts::announce_mails(&pages.db).await;
    Ok(Redirect::to(&paths::rule_done(&slug, rule.id, "test")))
}

impl Fields {
    fn typed(self) -> Typed {
        Typed {
            name: self.name,
            trigger: self.trigger,
            reached: self.reached,
            count: self.count,
            minutes: self.minutes,
            environments: self.environments,
            level: self.level,
            words: self.words,
            is_for_chosen: self.audience == "chosen",
            // What is no number is nobody's.
            people: self
                .person
                .iter()
                .map(|person| UserId(person.parse().unwrap_or(0)))
                .collect(),
            mails_per_hour: self.mails_per_hour,
        }
    }
}

fn rule_id(text: &str) -> Result<RuleId, PageError> {
    text.parse()
        .map(RuleId)
        .map_err(|_not_a_number| PageError::NotFound)
}

async fn found(pages: &Pages, access: &InProject, id: &str) -> Result<Rule, PageError> {
    rules::by_id(&pages.db, access.project.id, rule_id(id)?)
        .await?
        .ok_or(PageError::NotFound)
}

async fn user_ids(pages: &Pages, access: &InProject) -> Result<Vec<UserId>, PageError> {
    let members = members::of_project(&pages.db, access.project.id).await?;
    Ok(members.into_iter().map(|member| member.user).collect())
}

/// The form again, as it was typed.
async fn again(
    pages: &Pages,
    access: &InProject,
    rule: Option<&Rule>,
    typed: Typed,
    error: String,
) -> Result<Response, PageError> {
    let form = RuleForm {
        name: typed.name,
        trigger: typed.trigger,
        reached: typed.reached,
        count: typed.count,
        minutes: typed.minutes,
        environments: typed.environments,
        level: typed.level,
        words: typed.words,
        is_for_chosen: typed.is_for_chosen,
        mails_per_hour: typed.mails_per_hour,
        error: Some(error),
    };
    let form = Some((form, typed.people));
    Ok(Page::again(page(pages, access, rule, form, None).await?).into_response())
}

/// The page of a rule, with its form as it is stored, or else as it was typed with the people chosen.
async fn page(
    pages: &Pages,
    access: &InProject,
    rule: Option<&Rule>,
    typed: Option<(RuleForm, Vec<UserId>)>,
    notice: Option<Notice>,
) -> Result<RulePage, PageError> {
    let project = access.project.id;
    let members = members::of_project(&pages.db, project).await?;
    let reached = members::recipients(&pages.db, &[project.0]).await?;
    let row = match rule {
        Some(rule) => rows(pages, access, std::slice::from_ref(rule), &members)
            .await?
            .pop(),
        None => None,
    };
    let (form, chosen) = match (typed, rule) {
        (Some(typed), _) => typed,
        (None, Some(rule)) => stored(rule, &members),
        (None, None) => (RuleForm::default(), Vec::new()),
    };
    Ok(RulePage {
        frame: access.frame(pages, notice).await?,
        rule: row,
        form,
        members: members
            .into_iter()
            .map(|member| RuleMember {
                id: member.user.0,
                is_chosen: chosen.contains(&member.user),
                is_silent: !reached.iter().any(|who| who.user == member.user),
                email: member.email,
            })
            .collect(),
        bounds: BOUNDS,
    })
}

fn stored(rule: &Rule, members: &[Member]) -> (RuleForm, Vec<UserId>) {
    let terms = wording::terms(&rule.terms, members);
    let form = RuleForm::of(rule.terms.name.as_str(), &terms);
    let chosen = match &rule.terms.audience {
        Audience::Everybody => Vec::new(),
        Audience::Chosen(people) => people.clone(),
    };
    (form, chosen)
}

/// Rules with what they did.
async fn rows(
    pages: &Pages,
    access: &InProject,
    rules: &[Rule],
    members: &[Member],
) -> Result<Vec<RuleRow>, PageError> {
    let project = access.project.id;
    let since = hour_of(pages.clock.now()) - HOURS;
    let figures = rule_hours::figures(&pages.db, project, since).await?;
    let failed: HashMap<RuleId, i64> = outbox::failed_of_rules(&pages.db, project)
        .await?
        .into_iter()
        .collect();
    Ok(rules
        .iter()
        .map(|rule| {
            let did = figures.iter().find(|figures| figures.rule == rule.id);
            RuleRow {
                id: rule.id.0,
                name: rule.terms.name.to_string(),
                is_on: rule.is_enabled,
                terms: wording::terms(&rule.terms, members),
                fired: did.map_or(0, |did| did.fired),
                held: did.map_or(0, |did| did.held),
                failed: failed.get(&rule.id).copied().unwrap_or(0),
            }
        })
        .collect())
}
