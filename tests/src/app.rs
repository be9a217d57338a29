//! The program in this process.

use chrono::TimeDelta;
use reqwest::{Client, Method};
use rollcage_server::{
    accounts, app,
    clock::Clock,
    config::{Config, Secret},
    digest,
    model::{
        id::UserId,
        project::{Role, Scope},
    },
    secrets,
    store::{
        listener::{self, Notice},
        members, users,
    },
    telemetry,
};
use std::sync::{Arc, LazyLock};

use crate::{
    Answer, Database, MailServer, Person, Project, http, place,
    place::Folder,
    project::{Tokens, Way},
    wait::until,
};

/// The password of everybody whom the harness makes.
pub const PASSWORD: &str = "correct horse battery";

static PASSWORD_HASH: LazyLock<String> = LazyLock::new(|| secrets::hash_password(PASSWORD));

/// The running program, on a database and a folder of its own.
///
/// It ends with the test's runtime; [`App::stop`] stops it in order.
pub struct App {
    program: app::App,
    /// The program's clock. It starts at the real time.
    pub clock: Clock,
    /// The database it works on.
    pub database: Database,
    data_dir: Arc<Folder>,
    client: Client,
}

/// An app that is not started yet.
#[must_use = "`start` starts it"]
pub struct Builder {
    config: Config,
    clock: Clock,
    database: Option<Database>,
    data_dir: Arc<Folder>,
    shows_metrics: bool,
}

impl App {
    /// Starts the program with its defaults, and waits until everything works.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// Chooses how to start it.
    pub fn builder() -> Builder {
        let data_dir = Arc::new(place::folder("data"));
        let mut config = Config::defaults(false);
        config.listen = ([127, 0, 0, 1], 0).into();
        config.admin_listen = ([127, 0, 0, 1], 0).into();
        data_dir.path().clone_into(&mut config.data_dir);
        Builder {
            config,
            clock: Clock::default(),
            database: None,
            data_dir,
            shows_metrics: false,
        }
    }

    /// Where it is reached, without a final slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.program.address())
    }

    /// Its folder.
    pub fn data_dir(&self) -> &std::path::Path {
        self.data_dir.path()
    }

    /// The program itself.
    pub fn program(&self) -> &app::App {
        &self.program
    }

    /// Waits until everything that was acknowledged is digested.
    pub async fn digested(&self) {
        self.program.digested().await;
    }

    /// Waits until the facets of what is digested are counted.
    pub async fn facets_counted(&self) {
        digest::add_facets(self.database.db())
            .await
            .expect("Postgres answers");
    }

    /// Moves its clock.
    pub fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    /// Stops it in order; its folder and database stay for another to start on.
    pub async fn stop(self) -> (Database, Arc<Folder>) {
        self.program.stop().await;
        (self.database, self.data_dir)
    }

    /// Sends a request as it is.
    pub async fn request(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> Answer {
        http::send(
            &self.client,
            method,
            &format!("{}{path}", self.url()),
            headers,
            body,
        )
        .await
    }

    /// Gets a path without being signed in.
    pub async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path, &[], "").await
    }

    /// Posts to ingest with a token in the header.
    pub async fn post_item(&self, token: &str, body: impl Into<reqwest::Body>) -> Answer {
        let headers = [
            ("x-rollbar-access-token", token),
            ("content-type", "application/json"),
            http::OF_A_PAGE,
        ];
        self.request(Method::POST, "/api/1/item/", &headers, body)
            .await
    }

    /// Makes a project, whose tokens ingest knows by then.
    pub async fn project(&self, name: &str) -> Project<'_> {
        let mut tx = self.database.db().begin().await.expect("Postgres answers");
        let created = accounts::create_project(&mut tx, name, &Scope::ALL, self.clock.now())
            .await
            .expect("a project can be made");
        tx.commit().await.expect("Postgres answers");
        accounts::announce_tokens(self.database.db()).await;
        let token = |scope| {
            let found = created.tokens.iter().find(|(has, _)| *has == scope);
            found
                .expect("a project has a token of each scope")
                .1
                .clone()
        };
        let tokens = Tokens {
            server: token(Scope::PostServerItem),
            client: token(Scope::PostClientItem),
            read: token(Scope::Read),
            write: token(Scope::Write),
        };
        self.knows(&tokens.read).await;
        Project::new(
            Way::new(self.url(), self.client.clone()),
            created.project,
            tokens,
            Some(self),
        )
    }

    /// Waits until ingest knows a token that may not post: it then says that, not that it is unknown.
    pub async fn knows(&self, read_token: &str) {
        until("ingest knows a new token", async || {
            (self.post_item(read_token, "{}").await.status == 403).then_some(())
        })
        .await;
    }

    /// Makes an account; nobody is signed in by that.
    pub async fn user(&self, email: &str, is_admin: bool) -> UserId {
        users::insert(
            self.database.db(),
            email,
            &PASSWORD_HASH,
            is_admin,
            self.clock.now(),
        )
        .await
        .expect("Postgres answers")
        .expect("the address has no account yet")
    }

    /// Makes an account without any project, and signs it in.
    pub async fn stranger(&self, email: &str) -> Person<'_> {
        let id = self.user(email, false).await;
        Person::sign_in(self, id, email).await
    }

    /// Makes an admin, and signs them in.
    pub async fn admin(&self) -> Person<'_> {
        let email = "admin@example.test";
        let id = self.user(email, true).await;
        Person::sign_in(self, id, email).await
    }

    /// Makes somebody who is signed in a member of a project.
    pub async fn join(&self, project: &Project<'_>, person: &Person<'_>, role: Role) {
        members::set(self.database.db(), project.id, person.id, role)
            .await
            .expect("Postgres answers");
    }

    /// Makes a member of a project, and signs them in.
    pub async fn member(&self, project: &Project<'_>, email: &str, role: Role) -> Person<'_> {
        let id = self.user(email, false).await;
        members::set(self.database.db(), project.id, id, role)
            .await
            .expect("Postgres answers");
        Person::sign_in(self, id, email).await
    }

    /// Tells the mailer to look into the outbox, as a digest with mails does.
    pub async fn wake_mailer(&self) {
        listener::notify(self.database.db(), &Notice::Mails)
            .await
            .expect("Postgres answers");
    }

    /// A client for requests beside the program's.
    pub fn client(&self) -> &Client {
        &self.client
    }
}

impl Builder {
    /// Is another node of an instance: works on that app's database, by its clock.
    pub fn beside(mut self, app: &App) -> Self {
        self.clock = app.clock.clone();
        self.database(&app.database)
    }

    /// Changes settings.
    pub fn config(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(&mut self.config);
        self
    }

    /// Works on that database, which another app may use too.
    pub fn database(mut self, database: &Database) -> Self {
        self.database = Some(database.clone());
        self
    }

    /// Works on that folder, which another app used before.
    pub fn data_dir(mut self, data_dir: Arc<Folder>) -> Self {
        data_dir.path().clone_into(&mut self.config.data_dir);
        self.data_dir = data_dir;
        self
    }

    /// Has the same time as another app.
    pub fn clock(mut self, clock: &Clock) -> Self {
        self.clock = clock.clone();
        self
    }

    /// Shows metrics, of the whole process: one app of it may.
    pub fn metrics(mut self) -> Self {
        self.shows_metrics = true;
        self
    }

    /// Sends mails to that server.
    pub fn mail(self, server: &MailServer) -> Self {
        let url = server.url();
        self.config(|config| config.smtp_url = Some(Secret::from(url)))
    }

    /// Starts it, and waits until everything works.
    pub async fn start(self) -> App {
        let app = self.start_listening().await;
        app.program.ready().await.expect("everything comes up");
        app
    }

    /// Starts it, up to where ingest listens.
    pub async fn start_listening(mut self) -> App {
        let database = match self.database.take() {
            Some(database) => database,
            None => Database::make().await,
        };
        self.config.database_url = Some(Secret::from(database.url().to_owned()));
        let metrics = if self.shows_metrics {
            telemetry::install_metrics()
        } else {
            None
        };
        let program = app::App::start(self.config, self.clock.clone(), metrics)
            .await
            .expect("ports are free and the folder is new");
        App {
            program,
            clock: self.clock,
            database,
            data_dir: self.data_dir,
            client: http::client(),
        }
    }
}
