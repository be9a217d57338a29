//! The cluster's socket: the only way to it.

use std::{
    fmt::Write,
    fs::{self, DirBuilder},
    io::ErrorKind,
    os::unix::{
        ffi::OsStrExt,
        fs::{DirBuilderExt, MetadataExt},
    },
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
    time,
};
use tracing::info;
use uuid::Uuid;

use super::{account::Account, error::ClusterError, initialize::NAME};

/// Part of the socket's name and of nothing else.
pub const PORT: u16 = 5432;

/// The longest folder: a socket's path has at most 107 bytes, and its name is 14 of them.
const DIR_MAX_BYTES: usize = 107 - "/.s.PGSQL.5432".len();

/// The name of a short folder: 48 random bits make a collision a rarity, and it fails cleanly.
const SHORT_NAME_BYTES: usize = "rollcage-".len() + 12;

/// How long a server that accepted a connection may think about its answer.
const ANSWER: Duration = Duration::from_secs(5);

/// Where the cluster listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Socket {
    /// The folder; its owner and root can enter it and nobody else.
    pub dir: PathBuf,
}

/// Who answers at the socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A server that accepts connections.
    Ready,
    /// A server that is starting or stopping.
    Busy,
    /// No server.
    Nobody,
    /// We may not ask.
    Forbidden,
}

impl Socket {
    /// The socket's folder, made if it is missing: the cluster's own, or, where that one's path is
    /// too long or too strange, a short one, whose name is written into `data_dir`.
    pub fn prepare(
        account: Account,
        data_dir: &Path,
        cluster_dir: &Path,
    ) -> Result<Socket, ClusterError> {
        let pointer = pointer(data_dir);
        if is_plain(cluster_dir) {
            match fs::remove_file(&pointer) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(ClusterError::at(&pointer)(error));
                }
                _ => {
                    return Ok(Socket {
                        dir: cluster_dir.to_owned(),
                    });
                }
            }
        }
        let owner = fs::metadata(cluster_dir)
            .map_err(ClusterError::at(cluster_dir))?
            .uid();
        if let Some(dir) = read_pointer(&pointer)
            && is_private(&dir, owner)
        {
            return Ok(Socket { dir });
        }

        let mut name = format!("rollcage-{}", Uuid::new_v4().simple());
        name.truncate(SHORT_NAME_BYTES);
        let dir = short_base(account).join(name);
        DirBuilder::new()
            .mode(0o700)
            .create(&dir)
            .map_err(ClusterError::at(&dir))?;
        account.own(&dir)?;
        let draft = pointer.with_extension("socket.new");
        fs::write(&draft, dir.as_os_str().as_bytes())
            .and_then(|()| fs::rename(&draft, &pointer))
            .map_err(ClusterError::at(&pointer))?;
        info!(
            "the path of {} is not one for a socket: it is in {}",
            data_dir.display(),
            dir.display()
        );
        Ok(Socket { dir })
    }

    /// The socket of the cluster in `data_dir`, whether it runs or not.
    pub fn find(data_dir: &Path) -> Socket {
        let dir = read_pointer(&pointer(data_dir)).unwrap_or_else(|| data_dir.join("postgres"));
        Socket { dir }
    }

    /// The connection string of our database.
    pub fn url(&self) -> String {
        let mut url = format!("postgres://{NAME}@localhost:{PORT}/{NAME}?host=");
        for byte in self.dir.as_os_str().as_bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                    url.push(char::from(*byte));
                }
                _ => write!(url, "%{byte:02X}").expect("a string takes what is written"),
            }
        }
        url
    }

    /// Asks who is there.
    pub async fn ask(&self) -> Answer {
        let path = self.dir.join(format!(".s.PGSQL.{PORT}"));
        let mut stream = match UnixStream::connect(path).await {
            Ok(stream) => stream,
            Err(error) => {
                return match error.kind() {
                    ErrorKind::NotFound | ErrorKind::ConnectionRefused => Answer::Nobody,
                    ErrorKind::PermissionDenied => Answer::Forbidden,
                    _ => Answer::Busy, // its queue is full, or it went away meanwhile
                };
            }
        };
        match time::timeout(ANSWER, greet(&mut stream)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) | Err(_) => Answer::Busy,
        }
    }

    /// Asks until the server has made up its mind.
    pub async fn ask_until_settled(&self) -> Answer {
        let mut asked = 0u32;
        loop {
            let answer = self.ask().await;
            if answer != Answer::Busy {
                return answer;
            }
            asked += 1;
            if asked.is_multiple_of(100) {
                info!("waiting for PostgreSQL, which is starting or stopping");
            }
            time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Begins a session and ends it. Protocol 3.0, "Message Formats": `StartupMessage`, `Terminate`,
/// `ErrorResponse`.
async fn greet(stream: &mut UnixStream) -> std::io::Result<Answer> {
    const PROTOCOL: u32 = 196_608;
    let parameters = format!("user\0{NAME}\0database\0{NAME}\0\0");
    let length = u32::try_from(8 + parameters.len()).expect("two short names");
    stream.write_all(&length.to_be_bytes()).await?;
    stream.write_all(&PROTOCOL.to_be_bytes()).await?;
    stream.write_all(parameters.as_bytes()).await?;

    if stream.read_u8().await? != b'E' {
        stream.write_all(b"X\0\0\0\x04").await?;
        return Ok(Answer::Ready);
    }
    let length = stream.read_u32().await?.clamp(4, 4096);
    let mut fields = Vec::new();
    stream
        .take(u64::from(length) - 4)
        .read_to_end(&mut fields)
        .await?;
    // 57P03, cannot_connect_now. Any other refusal comes from a server that runs.
    let busy = fields
        .split(|byte| *byte == 0)
        .any(|field| field == b"C57P03");
    Ok(if busy { Answer::Busy } else { Answer::Ready })
}

fn pointer(data_dir: &Path) -> PathBuf {
    data_dir.join("postgres.socket")
}

fn read_pointer(pointer: &Path) -> Option<PathBuf> {
    let dir = PathBuf::from(fs::read_to_string(pointer).ok()?);
    dir.is_absolute().then_some(dir)
}

/// Whether a socket can be in this folder, and Postgres' list of folders name it without quotes.
fn is_plain(dir: &Path) -> bool {
    let bytes = dir.as_os_str().as_bytes();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-+@".contains(byte);
    bytes.len() <= DIR_MAX_BYTES && bytes.iter().all(plain)
}

/// Whether this is a folder, not a link to one, of this owner and closed to all others.
fn is_private(dir: &Path, owner: u32) -> bool {
    fs::symlink_metadata(dir).is_ok_and(|metadata| {
        metadata.is_dir() && metadata.uid() == owner && metadata.mode() & 0o777 == 0o700
    })
}

/// A folder with a short path for what lives as long as the system runs.
fn short_base(account: Account) -> PathBuf {
    let own = match account {
        Account::Own => std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from),
        Account::Other { .. } => Some(PathBuf::from("/run")),
    };
    // Not `temp_dir`, which a variable may have made long.
    own.filter(|dir| {
        dir.is_dir() && dir.is_absolute() && is_plain(&dir.join("x".repeat(SHORT_NAME_BYTES)))
    })
    .unwrap_or_else(|| PathBuf::from("/tmp"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_is_encoded() {
        let url = |dir: &str| {
            Socket {
                dir: PathBuf::from(dir),
            }
            .url()
        };
        let plain = "postgres://rollcage@localhost:5432/rollcage?host=/var/lib/rollcage/postgres";
        assert_eq!(url("/var/lib/rollcage/postgres"), plain);
        assert!(url("/a b+c&d/ä").ends_with("?host=/a%20b%2Bc%26d/%C3%A4"));
    }

    #[test]
    fn long_and_strange_folders_are_not_for_sockets() {
        let of_length = |length: usize| PathBuf::from(format!("/{}", "x".repeat(length - 1)));
        assert!(is_plain(&of_length(93)));
        assert!(!is_plain(&of_length(94)));
        assert!(!is_plain(Path::new("/one,two")));
    }
}
