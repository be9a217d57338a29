//! How a program of Postgres reaches the database that we reach.

use std::{fmt, path::Path};

use anyhow::Context;
use percent_encoding::percent_decode_str;
use sqlx::postgres::PgSslMode;
use tokio::process::Command;
use url::Url;

use crate::{config::Secret, store::Db};

/// Variables that would lead the program elsewhere than us.
const MISLEADING: [&str; 4] = ["PGHOSTADDR", "PGSERVICE", "PGSERVICEFILE", "PGOPTIONS"];

/// What the program is told, by its environment: a command line can be read by everybody.
pub struct Connection {
    variables: Vec<(&'static str, String)>,
    database: String,
}

impl Connection {
    /// The way to the database at `url`, which `db` is connected to.
    pub fn new(url: &Secret, db: &Db) -> anyhow::Result<Self> {
        let options = db.connect_options();
        let host = match options.get_socket() {
            Some(socket) => socket.display().to_string(),
            None => options.get_host().to_owned(),
        };
        let database = options
            .get_database()
            .unwrap_or_else(|| options.get_username())
            .to_owned();
        let mut variables = vec![
            ("PGHOST", host),
            ("PGPORT", options.get_port().to_string()),
            ("PGUSER", options.get_username().to_owned()),
            ("PGDATABASE", database.clone()),
            ("PGSSLMODE", ssl_mode(options.get_ssl_mode()).to_owned()),
            ("PGAPPNAME", "rollcage backup".to_owned()),
        ];
        if let Some(options) = options.get_options() {
            variables.push(("PGOPTIONS", options.to_owned()));
        }
        // What these hold cannot be asked for. Where the URL says nothing of one, the program looks
        // where we did: into our environment and `~/.pgpass`.
        let url: Url = url.expose().parse().context("it is no URL")?;
        if let Some(password) = url.password() {
            let password = percent_decode_str(password).decode_utf8();
            let password = password.context("its password is not UTF-8")?;
            variables.push(("PGPASSWORD", password.into_owned()));
        }
        for (key, value) in url.query_pairs() {
            let name = match &*key {
                "password" => "PGPASSWORD",
                "sslrootcert" | "ssl-root-cert" | "ssl-ca" => "PGSSLROOTCERT",
                "sslcert" | "ssl-cert" => "PGSSLCERT",
                "sslkey" | "ssl-key" => "PGSSLKEY",
                _ => continue,
            };
            variables.push((name, value.into_owned()));
        }
        Ok(Self {
            variables,
            database,
        })
    }

    /// A command that reaches it.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        for name in MISLEADING {
            command.env_remove(name);
        }
        command
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .env("LC_ALL", "C")
            // Nobody is asked for a password; and a command that is stopped takes it along.
            .arg("--no-password")
            .kill_on_drop(true);
        command
    }

    /// The argument that names the database to a program which would do without one.
    pub fn argument(&self) -> String {
        // Quoted: a name with `=` in it would be read as more than a name.
        let name = self.database.replace('\\', r"\\").replace('\'', r"\'");
        format!("--dbname=dbname='{name}'")
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connection({})", self.database)
    }
}

fn ssl_mode(mode: PgSslMode) -> &'static str {
    match mode {
        PgSslMode::Disable => "disable",
        PgSslMode::Allow => "allow",
        PgSslMode::Prefer => "prefer",
        PgSslMode::Require => "require",
        PgSslMode::VerifyCa => "verify-ca",
        PgSslMode::VerifyFull => "verify-full",
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, ffi::OsStr};

    use super::*;
    use crate::store;

    #[tokio::test]
    async fn a_url_becomes_variables_and_no_argument() {
        let url = "postgres://ann:s%2Fecret@db.test:5433/it's?sslmode=require&sslrootcert=/ca.pem";
        let db = store::pool(url, 1).expect("a URL");
        let connection = Connection::new(&url.to_owned().into(), &db).expect("a URL");
        let command = connection.command(Path::new("pg_dump"));
        let told: BTreeMap<&OsStr, &OsStr> = command
            .as_std()
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect();
        for (name, value) in [
            ("PGHOST", "db.test"),
            ("PGPORT", "5433"),
            ("PGUSER", "ann"),
            ("PGPASSWORD", "s/ecret"),
            ("PGDATABASE", "it's"),
            ("PGSSLMODE", "require"),
            ("PGSSLROOTCERT", "/ca.pem"),
        ] {
            assert_eq!(
                told.get(OsStr::new(name)),
                Some(&OsStr::new(value)),
                "{name}"
            );
        }
        let arguments: Vec<_> = command.as_std().get_args().collect();
        assert_eq!(arguments, ["--no-password"]);
        assert_eq!(connection.argument(), r"--dbname=dbname='it\'s'");
        assert!(!format!("{connection:?}").contains("ecret"));
    }
}
