//! How a mail leaves the house: by SMTP, or into a folder where no server is set.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, MultiPart},
};
use rollcage_web::mail::Mail;

use crate::secrets;

/// Longest time that one mail may take, connecting included. Leases are longer.
pub const SEND_TIMEOUT: Duration = Duration::from_mins(1);

/// Longest time that one command of SMTP may take.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(20);

/// Where mails go.
pub struct Transport {
    from: Mailbox,
    way: Way,
}

enum Way {
    Smtp {
        server: String,
        smtp: AsyncSmtpTransport<Tokio1Executor>,
    },
    Folder(PathBuf),
}

/// Where mails go, for people.
#[derive(Clone, Debug)]
pub enum Destination {
    /// The mail server, `host:port`.
    Smtp(String),
    /// The folder that they are written to.
    Folder(PathBuf),
}

impl Transport {
    /// To `smtp_url`, or to `mail/` in `data_dir` without one.
    ///
    /// # Errors
    /// When the URL or the sender is not one. The text does not repeat the URL, which has a password.
    pub fn new(smtp_url: Option<&str>, from: &str, data_dir: &Path) -> anyhow::Result<Self> {
        let from = from
            .parse()
            .with_context(|| format!("mail_from {from:?} is not a mail address"))?;
        let way = match smtp_url {
            None => Way::Folder(data_dir.join("mail")),
            Some(url) => {
                let parsed = url::Url::parse(url)
                    .map_err(|error| anyhow::anyhow!("smtp_url is not a URL: {error}"))?;
                let host = parsed
                    .host_str()
                    .context("smtp_url names no host")?
                    .to_owned();
                let smtp = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
                    .map_err(|_error| {
                        anyhow::anyhow!("smtp_url must look like smtp://user:password@host:587")
                    })?
                    .timeout(Some(COMMAND_TIMEOUT))
                    .build();
                let server = parsed
                    .port()
                    .map_or_else(|| host.clone(), |port| format!("{host}:{port}"));
                Way::Smtp { server, smtp }
            }
        };
        Ok(Self { from, way })
    }

    /// Where mails go, for people.
    pub fn destination(&self) -> Destination {
        match &self.way {
            Way::Smtp { server, .. } => Destination::Smtp(server.clone()),
            Way::Folder(folder) => Destination::Folder(folder.clone()),
        }
    }

    /// Sends a mail. `key` names it: the same key gives the same Message-ID, so that a mail which
    /// goes out twice after a crash shows once in programs that look.
    pub async fn send(&self, mail: Mail, recipient: &str, key: &str) -> anyhow::Result<()> {
        let id = secrets::hex(&secrets::sha256(key)[..16]);
        let message = Message::builder()
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .from(self.from.clone())
            .to(recipient
                .parse()
                .context("the recipient is not a mail address")?)
            .subject(mail.subject)
            .multipart(MultiPart::alternative_plain_html(mail.text, mail.html))
            .context("the mail could not be put together")?;
        match &self.way {
            Way::Smtp { smtp, .. } => {
                tokio::time::timeout(SEND_TIMEOUT, smtp.send(message))
                    .await
                    .context("the mail server took too long")?
                    .context("the mail server did not take it")?;
            }
            Way::Folder(folder) => {
                let (folder, bytes) = (folder.clone(), message.formatted());
                tokio::task::spawn_blocking(move || write_eml(&folder, &id, &bytes))
                    .await?
                    .context("the mail could not be written")?;
            }
        }
        Ok(())
    }
}

/// Writes a mail that only we may read: it may hold a link that lets somebody in.
fn write_eml(folder: &Path, id: &str, bytes: &[u8]) -> std::io::Result<()> {
    use std::{
        fs::{self, DirBuilder, File, Permissions},
        io::Write,
        os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    };
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    let new = folder.join(format!("{id}.new"));
    let mut options = File::options();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(&new)?.write_all(bytes)?;
    fs::rename(new, folder.join(format!("{id}.eml")))
}
