//! What each command does.

use anyhow::{Context, bail, ensure};
use rollcage_web::mail::TestMail;
use serde_json::{Map, Value, json};
use tokio::signal::unix::{SignalKind, signal};
use tracing::info;

use super::database::Database;
use crate::{
    accounts::{self, Created},
    alerts::transport::{Destination, Transport},
    app::App,
    clock::Clock,
    config::{Config, Secret},
    model::{
        id::TokenId,
        project::{Project, Scope},
        text::Name,
    },
    secrets,
    store::{projects, tokens},
    telemetry,
};

pub async fn serve(config: Config, clock: Clock) -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let app = App::start(config, clock, telemetry::install_metrics()).await?;
    let ready = tokio::select! {
        ready = app.ready() => Some(ready),
        _ = interrupt.recv() => None,
        _ = terminate.recv() => None,
    };
    match ready {
        None => {}
        Some(Err(error)) => {
            app.stop().await;
            return Err(error);
        }
        Some(Ok(setup_url)) => {
            if super::is_root() {
                info!(
                    "running as root: consider a user of its own, as deploy/rollcage.service does"
                );
            }
            println!("Rollcage is running: {}", app.base_url());
            if let Some(url) = setup_url {
                println!("Set up: {url}");
            }
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
    }
    info!("stopping");
    app.stop().await;
    Ok(())
}

pub async fn migrate(config: &Config) -> anyhow::Result<()> {
    let database = Database::open(config).await?;
    database.close().await;
    println!("the schema is up to date");
    Ok(())
}

pub fn check_config(config: &Config) -> anyhow::Result<()> {
    let transport = transport(config)?;
    println!("listen:       {}", config.listen);
    println!("admin_listen: {}", config.admin_listen);
    println!("public_url:   {}", config.base_url());
    println!("data_dir:     {}", config.data_dir.display());
    match &config.database_url {
        Some(_) => println!("database:     the one that DATABASE_URL or database_url names"),
        None => println!(
            "database:     a private Postgres in {}",
            config.data_dir.join("postgres").display()
        ),
    }
    match transport.destination() {
        Destination::Smtp(server) => {
            println!("mails:        by {server}, from {}", config.mail_from);
        }
        Destination::Folder(folder) => println!("mails:        written to {}", folder.display()),
    }
    println!("the settings are good");
    Ok(())
}

pub async fn send_test_mail(config: &Config, to: &str) -> anyhow::Result<()> {
    ensure!(
        to.parse::<lettre::Address>().is_ok(),
        "{to:?} is not a mail address"
    );
    let transport = transport(config)?;
    let mail = TestMail {
        public_url: config.base_url(),
    }
    .render()?;
    transport
        .send(mail, to, &format!("test {}", secrets::secret()))
        .await?;
    match transport.destination() {
        Destination::Smtp(server) => println!("sent to {to} by {server}"),
        Destination::Folder(folder) => {
            println!(
                "no smtp_url is set: the mail to {to} is in {}",
                folder.display()
            );
        }
    }
    Ok(())
}

pub async fn add_project(config: &Config, name: &str, as_json: bool) -> anyhow::Result<()> {
    ensure!(
        !Name::new(name).as_str().is_empty(),
        "the project needs a name"
    );
    with_database(config, async |database| {
        let mut tx = database.db.begin().await?;
        let created =
            accounts::create_project(&mut tx, name, &Scope::ALL, Clock::default().now()).await?;
        tx.commit().await?;
        accounts::announce_tokens(&database.db).await;
        print_project(&created, &config.base_url(), as_json)
    })
    .await
}

pub async fn list_projects(config: &Config) -> anyhow::Result<()> {
    with_database(config, async |database| {
        for project in projects::all(&database.db).await? {
            println!("{}\t{}\t{}", project.id, project.slug, project.name);
        }
        Ok(())
    })
    .await
}

pub async fn add_token(
    config: &Config,
    slug: &str,
    scope: Scope,
    name: &str,
) -> anyhow::Result<()> {
    let name = Name::new(name);
    ensure!(!name.as_str().is_empty(), "the token needs a name");
    with_database(config, async |database| {
        let mut tx = database.db.begin().await?;
        let project = find_project(&mut tx, slug).await?;
        let token = accounts::create_token(
            &mut tx,
            &project,
            &name,
            scope,
            None,
            Clock::default().now(),
        )
        .await?;
        tx.commit().await?;
        accounts::announce_tokens(&database.db).await;
        println!("{token}");
        Ok(())
    })
    .await
}

pub async fn list_tokens(config: &Config, slug: &str) -> anyhow::Result<()> {
    with_database(config, async |database| {
        let mut connection = database.db.acquire().await?;
        let project = find_project(&mut connection, slug).await?;
        for token in tokens::of_project(&mut *connection, project.id).await? {
            let state = if token.enabled { "enabled" } else { "disabled" };
            println!("{}\t{}\t{state}\t{}", token.id, token.scope, token.name);
        }
        Ok(())
    })
    .await
}

pub async fn enable_token(
    config: &Config,
    slug: &str,
    id: i64,
    enabled: bool,
) -> anyhow::Result<()> {
    with_database(config, async |database| {
        let mut connection = database.db.acquire().await?;
        let project = find_project(&mut connection, slug).await?;
        let is_there =
            tokens::set_enabled(&mut *connection, project.id, TokenId(id), enabled).await?;
        drop(connection);
        ensure!(
            is_there,
            "{slug} has no token {id}; `rollcage token list --project {slug}` shows those it has"
        );
        accounts::announce_tokens(&database.db).await;
        println!(
            "token {id} is {}",
            if enabled { "enabled" } else { "disabled" }
        );
        Ok(())
    })
    .await
}

fn transport(config: &Config) -> anyhow::Result<Transport> {
    Transport::new(
        config.smtp_url.as_ref().map(Secret::expose),
        &config.mail_from,
        &config.data_dir,
    )
}

/// Does `work` on the database, and lets go of it however that goes.
pub async fn with_database(
    config: &Config,
    work: impl AsyncFnOnce(&Database) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let database = Database::open(config).await?;
    let done = work(&database).await;
    database.close().await;
    done
}

pub async fn find_project(db: &mut sqlx::PgConnection, slug: &str) -> anyhow::Result<Project> {
    let Some(project) = projects::by_slug(db, slug).await? else {
        bail!("there is no project {slug:?}; `rollcage project list` shows those there are");
    };
    Ok(project)
}

fn print_project(created: &Created, base_url: &str, as_json: bool) -> anyhow::Result<()> {
    let project = &created.project;
    let server_token = created
        .tokens
        .iter()
        .find(|(scope, _)| *scope == Scope::PostServerItem);
    let (_, server_token) = server_token.context("a project is made with a token of each scope")?;
    let dsn = accounts::dsn(base_url, project, server_token)?;
    if as_json {
        let tokens: Map<String, Value> = created
            .tokens
            .iter()
            .map(|(scope, token)| (scope.to_string(), token.as_str().into()))
            .collect();
        println!(
            "{}",
            json!({ "id": project.id, "slug": project.slug, "tokens": tokens, "dsn": dsn })
        );
        return Ok(());
    }
    println!(
        "project {} is made: {base_url}/p/{}/items",
        project.name, project.slug
    );
    for (scope, token) in &created.tokens {
        println!("  {:<17} {token}", scope.as_str());
    }
    println!("  {:<17} {dsn}", "Sentry DSN");
    println!("The read and write tokens are not shown again.");
    Ok(())
}
