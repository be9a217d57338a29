//! The commands. What they answer goes to stdout, everything else to stderr; they end with 0 done,
//! 1 failed, 2 wrong usage. All but `serve`, `restore` and `upgrade-cluster` also work while the
//! server runs.

mod backup;
mod commands;
mod database;
mod demo;
mod users;

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use chrono::TimeDelta;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::{
    clock::Clock,
    config::{Config, Flags, LogFormat},
    model::project::{Role, Scope},
    telemetry,
};

/// A self-hosted error tracker in the shape of Rollbar.
#[derive(Debug, Parser)]
#[command(name = "rollcage", version, about, after_help = AFTER_HELP)]
pub struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

/// How long ago the demo begins: as far as its occurrences reach.
const DEMO_BEGAN_AGO: TimeDelta = TimeDelta::days(14);

const AFTER_HELP: &str = "\
Settings come from rollcage.toml, from the environment (ROLLCAGE_LISTEN, ROLLCAGE_DATA_DIR, …,
DATABASE_URL) and from these options, the later ones winning. deploy/rollcage.example.toml lists
them all. Without DATABASE_URL, Rollcage runs a Postgres of its own in the data folder.";

const BACKUP_HELP: &str = "\
A backup is a consistent copy of the database (by pg_dump) and of the journal behind it: everything
that was acknowledged before the command began. Run it as the user of the server, with its settings.
It is whole when the command ends with 0; `sha256sum --check SHA256SUMS` checks it too.
With several servers on one database each has its journal: back up one whole, and of the others the
database catches up from their own journals.";

const RESTORE_HELP: &str = "\
The data folder must not hold a journal, and, for a private Postgres, no cluster; the database that
DATABASE_URL names must be empty. Run it as the user of the server, with its settings.
A dump is SQL that is run: restore only backups that you trust.

After a loss of the database alone: move data_dir/postgres away, or make the named database anew,
and restore with --database-only. The journal keeps what was digested for an hour (less when it is
more than half full), and all that is not digested yet.";

const UPGRADE_HELP: &str = "\
Works by dump and restore: the disk needs room for about three times the database. The old cluster
is only read, and kept as data_dir/postgres.VERSION; an upgrade that is interrupted leaves it in
place.";

#[derive(Debug, Args)]
struct Options {
    /// Settings file [default: rollcage.toml, if it is there]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of the journal, the private Postgres and unsent mails
    #[arg(long, global = true, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server: ingest, digest, pages, mailer
    Serve {
        /// Address of ingest, pages and API [default: 127.0.0.1:8080]
        #[arg(long, value_name = "ADDRESS:PORT")]
        listen: Option<SocketAddr>,
        /// Begin 14 days ago, and let the times that occurrences claim lead the clock up to now: for
        /// `make demo` alone
        #[arg(long, hide = true)]
        demo: bool,
    },
    /// Bring the database's schema up to date
    Migrate,
    /// Check the settings and say what they come to
    CheckConfig,
    /// Back up the instance, while it runs or not, or check a backup
    #[command(after_help = BACKUP_HELP)]
    Backup {
        /// The backup's folder: a new one, or one that is empty
        #[arg(value_name = "DIR")]
        dir: PathBuf,
        /// Check the backup that is in DIR, and change nothing
        #[arg(long)]
        verify: bool,
        /// Leave the journal out: where the database is reached from another machine than the server
        #[arg(long, conflicts_with = "verify")]
        database_only: bool,
    },
    /// Restore a backup into an empty data folder, while no server runs
    #[command(after_help = RESTORE_HELP)]
    Restore {
        /// The backup's folder
        #[arg(value_name = "DIR")]
        dir: PathBuf,
        /// Keep the journal of the data folder, and restore only the database: it catches up with
        /// what was acknowledged since, as far as the journal reaches
        #[arg(long)]
        database_only: bool,
    },
    /// Move the private Postgres to a newer version that is installed, while no server runs
    #[command(after_help = UPGRADE_HELP)]
    UpgradeCluster {
        /// Folder of the newer version's programs, where they are not found by themselves
        #[arg(long, value_name = "FOLDER")]
        programs: Option<PathBuf>,
    },
    /// Send a mail to see whether the mail server takes it
    SendTestMail {
        /// Whom to
        #[arg(long, value_name = "ADDRESS")]
        to: String,
    },
    /// People who sign in
    #[command(subcommand)]
    User(UserCommand),
    /// Projects
    #[command(subcommand)]
    Project(ProjectCommand),
    /// Access tokens
    #[command(subcommand)]
    Token(TokenCommand),
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Make an account
    Add {
        /// The address to sign in with
        #[arg(long, value_name = "ADDRESS")]
        email: String,
        /// Read the password from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
        /// May see every project and the admin pages
        #[arg(long)]
        admin: bool,
        /// Make them a member of this project; may be given several times
        #[arg(long, value_name = "SLUG")]
        project: Vec<String>,
        /// What they may do in these projects
        #[arg(long, value_enum, default_value_t, requires = "project")]
        role: RoleArgument,
    },
    /// Set somebody's password, and end their sessions
    Password {
        /// The address they sign in with
        #[arg(long, value_name = "ADDRESS")]
        email: String,
        /// Read the password from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// List the people who have an account
    List,
}

#[derive(Debug, Subcommand)]
enum ProjectCommand {
    /// Make a project with one token of each scope
    Add {
        /// What people call it
        name: String,
        /// Answer with one line of JSON
        #[arg(long)]
        json: bool,
    },
    /// List the projects
    List,
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Make a token and print it
    Add {
        /// The project's slug
        #[arg(long, value_name = "SLUG")]
        project: String,
        /// What it may do
        #[arg(long, value_enum)]
        scope: ScopeArgument,
        /// What people call it
        #[arg(long)]
        name: String,
    },
    /// List a project's tokens
    List {
        /// The project's slug
        #[arg(long, value_name = "SLUG")]
        project: String,
    },
    /// Honour a token no longer
    Disable(TokenArguments),
    /// Honour a token again
    Enable(TokenArguments),
}

#[derive(Debug, Args)]
struct TokenArguments {
    /// The project's slug
    #[arg(long, value_name = "SLUG")]
    project: String,
    /// The token's number, as `token list` shows it
    id: i64,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
enum ScopeArgument {
    PostServerItem,
    PostClientItem,
    Read,
    Write,
}

impl From<ScopeArgument> for Scope {
    fn from(scope: ScopeArgument) -> Self {
        match scope {
            ScopeArgument::PostServerItem => Self::PostServerItem,
            ScopeArgument::PostClientItem => Self::PostClientItem,
            ScopeArgument::Read => Self::Read,
            ScopeArgument::Write => Self::Write,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum RoleArgument {
    /// May look
    Viewer,
    /// May look and triage
    Member,
    /// May also change settings, tokens and members
    #[default]
    Owner,
}

impl From<RoleArgument> for Role {
    fn from(role: RoleArgument) -> Self {
        match role {
            RoleArgument::Viewer => Self::Viewer,
            RoleArgument::Member => Self::Member,
            RoleArgument::Owner => Self::Owner,
        }
    }
}

/// Runs the command of the command line.
pub async fn run(cli: Cli) -> ExitCode {
    match try_run(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rollcage: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn try_run(cli: Cli) -> anyhow::Result<()> {
    let listen = match &cli.command {
        Command::Serve { listen, .. } => *listen,
        _ => None,
    };
    let flags = Flags {
        listen,
        data_dir: cli.options.data_dir,
    };
    let config = Config::load(cli.options.config.as_deref(), &flags, is_root())?;
    telemetry::install_log(config.log_format == LogFormat::Json);
    match cli.command {
        Command::Serve { demo, .. } => {
            if demo {
                demo::claim(&config)?;
            }
            commands::serve(config, clock(demo)).await
        }
        Command::Migrate => commands::migrate(&config).await,
        Command::CheckConfig => commands::check_config(&config),
        Command::Backup {
            dir, verify: true, ..
        } => backup::verify(&dir).await,
        Command::Backup {
            dir, database_only, ..
        } => backup::make(&config, &dir, database_only).await,
        Command::Restore { dir, database_only } => {
            backup::restore(&config, &dir, database_only).await
        }
        Command::UpgradeCluster { programs } => {
            backup::upgrade_cluster(&config, programs.as_deref()).await
        }
        Command::SendTestMail { to } => commands::send_test_mail(&config, &to).await,
        Command::User(UserCommand::Add {
            email,
            password_stdin: _,
            admin,
            project,
            role,
        }) => users::add(&config, &email, admin, &project, role.into()).await,
        Command::User(UserCommand::Password {
            email,
            password_stdin: _,
        }) => users::set_password(&config, &email).await,
        Command::User(UserCommand::List) => users::list(&config).await,
        Command::Project(ProjectCommand::Add { name, json }) => {
            commands::add_project(&config, &name, json).await
        }
        Command::Project(ProjectCommand::List) => commands::list_projects(&config).await,
        Command::Token(TokenCommand::Add {
            project,
            scope,
            name,
        }) => commands::add_token(&config, &project, scope.into(), &name).await,
        Command::Token(TokenCommand::List { project }) => {
            commands::list_tokens(&config, &project).await
        }
        Command::Token(TokenCommand::Disable(token)) => {
            commands::enable_token(&config, &token.project, token.id, false).await
        }
        Command::Token(TokenCommand::Enable(token)) => {
            commands::enable_token(&config, &token.project, token.id, true).await
        }
    }
}

/// The real time, or the demo's.
fn clock(is_demo: bool) -> Clock {
    if is_demo {
        Clock::of_demo(DEMO_BEGAN_AGO)
    } else {
        Clock::default()
    }
}

/// Whether we run as root, whose data lies elsewhere.
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}
