//! The projects that are posted to: each with a member who gets mails, and with as many alert rules as
//! a project may have.

use anyhow::{Context, ensure};
use rollcage_server::{
    accounts,
    clock::Clock,
    model::{
        id::UserId,
        occurrence::Level,
        project::{Role, Scope},
        rule::{
            Audience, Filter, MAILS_PER_HOUR, RATE_COUNT_MAX, REACHED, RULES_MAX, Terms, Trigger,
        },
        text::{Environment, Name},
    },
    store::{Db, members, rules, users},
};

/// What makes projects, and whom their rules tell.
pub struct Projects {
    db: Db,
    member: UserId,
}

impl Projects {
    /// Makes the member. They cannot sign in, for no password has that hash.
    pub async fn start(db: &Db) -> anyhow::Result<Self> {
        let now = Clock::default().now();
        let member = users::insert(db, "bench@rollcage.test", "none", false, now).await?;
        Ok(Self {
            db: db.clone(),
            member: member.context("the instance is new")?,
        })
    }

    /// Makes a project: its id and a token of it, as the command line makes them while the server runs.
    pub async fn project(&self) -> anyhow::Result<(i64, String)> {
        let now = Clock::default().now();
        let mut tx = self.db.begin().await?;
        let created =
            accounts::create_project(&mut tx, "bench", &[Scope::PostServerItem], now).await?;
        let project = created.project.id;
        members::set(&mut *tx, project, self.member, Role::Member).await?;
        for terms in more_rules() {
            rules::insert(&mut *tx, project, &terms, now).await?;
        }
        let all = rules::of_project(&mut *tx, project).await?;
        ensure!(
            all.len() == RULES_MAX,
            "a project has as many rules as it may"
        );
        tx.commit().await?;
        let token = created.tokens.into_iter().next();
        let (_, token) = token.context("a project has the token that was asked for")?;
        Ok((project.0, token))
    }
}

/// What people add to the rules that a project begins with: of each trigger some, with and without a
/// filter, up to the dearest that there are.
fn more_rules() -> Vec<Terms> {
    let reached = REACHED.map(Trigger::Reached);
    let rates = [
        (10, 1),
        (50, 1),
        (100, 5),
        (500, 30),
        (RATE_COUNT_MAX, 10),
        (RATE_COUNT_MAX, 60),
    ]
    .map(|(count, minutes)| Trigger::Rate { count, minutes });
    let plain = reached.into_iter().chain(rates);
    let filtered = [
        Trigger::New,
        Trigger::Reactivated,
        Trigger::Reached(REACHED[1]),
        Trigger::Rate {
            count: 20,
            minutes: 1,
        },
    ];
    let of_production = Filter {
        environments: vec![Environment::new("production")],
        level: Some(Level::Error),
        words: Vec::new(),
    };
    let of_timeouts = Filter {
        words: vec!["timeout".to_owned()],
        ..Filter::default()
    };
    plain
        .map(|trigger| (trigger, Filter::default()))
        .chain(filtered.map(|trigger| (trigger, of_production.clone())))
        .chain([Trigger::New, Trigger::Reactivated].map(|trigger| (trigger, of_timeouts.clone())))
        .map(|(trigger, filter)| Terms {
            name: Name::new(trigger.as_str()),
            trigger,
            filter,
            audience: Audience::Everybody,
            mails_per_hour: MAILS_PER_HOUR,
        })
        .collect()
}
