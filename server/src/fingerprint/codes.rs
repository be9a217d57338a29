//! Which numbers and names in a message mean something, by the words around them.

use super::rules::{Rule, Rules};

/// Errno names of POSIX and of Node.js that runtimes print instead of a number.
const ERRNO_NAMES: &[&str] = &[
    "EACCES",
    "EADDRINUSE",
    "EADDRNOTAVAIL",
    "EAGAIN",
    "EAI_AGAIN",
    "EALREADY",
    "EBADF",
    "EBUSY",
    "ECANCELED",
    "ECHILD",
    "ECONNABORTED",
    "ECONNREFUSED",
    "ECONNRESET",
    "EDEADLK",
    "EDOM",
    "EDQUOT",
    "EEXIST",
    "EFAULT",
    "EFBIG",
    "EHOSTUNREACH",
    "EINPROGRESS",
    "EINTR",
    "EINVAL",
    "EIO",
    "EISCONN",
    "EISDIR",
    "ELOOP",
    "EMFILE",
    "EMLINK",
    "EMSGSIZE",
    "ENAMETOOLONG",
    "ENETDOWN",
    "ENETRESET",
    "ENETUNREACH",
    "ENFILE",
    "ENOBUFS",
    "ENODEV",
    "ENOENT",
    "ENOEXEC",
    "ENOLCK",
    "ENOMEM",
    "ENOSPC",
    "ENOSYS",
    "ENOTCONN",
    "ENOTDIR",
    "ENOTEMPTY",
    "ENOTFOUND",
    "ENOTSOCK",
    "ENOTSUP",
    "ENXIO",
    "EOPNOTSUPP",
    "EOVERFLOW",
    "EPERM",
    "EPIPE",
    "EPROTO",
    "ERANGE",
    "EROFS",
    "ESPIPE",
    "ESRCH",
    "ESTALE",
    "ETIMEDOUT",
    "ETXTBSY",
    "EXDEV",
];

/// First words of the reason phrases of RFC 9110, section 15, which follow a status.
const REASONS: &[&str] = &[
    "Accepted",
    "Bad",
    "Client",
    "Conflict",
    "Content",
    "Created",
    "Expectation",
    "Forbidden",
    "Found",
    "Gateway",
    "Gone",
    "HTTP",
    "Internal",
    "Length",
    "Method",
    "Misdirected",
    "Moved",
    "No",
    "Not",
    "OK",
    "Payload",
    "Precondition",
    "Proxy",
    "Range",
    "Request",
    "Server",
    "Service",
    "Too",
    "Unauthorized",
    "Unprocessable",
    "Unsupported",
    "Upgrade",
];

/// Words after which a quoted name is the name of a part of the program, not data.
const THINGS: &[&str] = &[
    "argument",
    "attribute",
    "class",
    "column",
    "constraint",
    "field",
    "function",
    "header",
    "import",
    "index",
    "key",
    "keyword",
    "method",
    "module",
    "named",
    "object",
    "option",
    "parameter",
    "param",
    "property",
    "reading",
    "relation",
    "setting",
    "table",
    "type",
    "variable",
];

/// Of these the words before what stands in the source. A key, a type or an index may be data.
const MEMBERS: &[&str] = &[
    "argument",
    "attribute",
    "function",
    "keyword",
    "method",
    "module",
    "parameter",
    "param",
    "property",
    "reading",
    "variable",
];

/// Ports below are chosen by people; above, Linux hands them out (`net.ipv4.ip_local_port_range`).
const FIRST_EPHEMERAL_PORT: u32 = 32_768;

/// The last words before a place in a message, newest first, lower case.
pub(super) struct Context {
    words: [String; 3],
    rules: Rules,
}

impl Context {
    /// The beginning of a message.
    pub(super) fn new(rules: Rules) -> Self {
        Self {
            words: Default::default(),
            rules,
        }
    }

    /// The next word of the message.
    pub(super) fn word(&mut self, word: &str) {
        self.words.rotate_right(1);
        self.words[0] = word.to_lowercase();
    }

    /// Whether a quoted name here is the name of a part of the program.
    pub(super) fn names_a_thing(&self) -> bool {
        self.words
            .iter()
            .take(2)
            .any(|word| THINGS.contains(&word.as_str()))
    }

    /// Whether a quoted name here is one that the program's source has, so that no data can be it.
    pub(super) fn names_a_member(&self) -> bool {
        self.words
            .iter()
            .take(2)
            .any(|word| MEMBERS.contains(&word.as_str()))
    }

    /// What the number `run` means here, if anything: `status`, `exit`, `errno`.
    pub(super) fn meaning(
        &self,
        run: &str,
        rest: &str,
        is_bracketed: bool,
    ) -> Option<&'static str> {
        let filler = |word: &&String| {
            matches!(
                word.as_str(),
                "code" | "status" | "is" | "was" | "of" | "with" | "number"
            )
        };
        let head = self
            .words
            .iter()
            .find(|word| !filler(word))
            .map_or("", String::as_str);
        if head == "sqlstate" && run.len() == 5 {
            return Some("sqlstate");
        }
        let number: u32 = run.parse().ok()?;
        let more = self.rules.has(Rule::Amounts);
        let is_status =
            (100..=599).contains(&number) && run.len() == 3 && !(more && counts_things(rest));
        // `could not be loaded (404)`: the codes of errors that are registered, alone in brackets.
        let is_error = matches!(number, 400..=431 | 451 | 500..=511);
        if more && is_error && is_bracketed && rest.starts_with([')', ']']) {
            return Some("status");
        }
        let nearest = self.words[0].as_str();
        match head {
            "exit" | "exited" | "exitcode" | "returncode" => return Some("exit"),
            "signal" => return (number < 128).then_some("signal"),
            "errno" | "oserror" => return Some("errno"),
            "error" | "winerror" => return (run.len() <= 5).then_some("error"),
            "port" => return (number < FIRST_EPHEMERAL_PORT).then_some("port"),
            "http" | "https" | "answered" | "responded" | "returned" | "replied" | "response"
                if is_status =>
            {
                return Some("status");
            }
            "got" | "received" | "failed" | "gave" | "said" if is_status && more => {
                return Some("status");
            }
            _ => {}
        }
        match nearest {
            "status" if is_status => Some("status"),
            "statuscode" | "httpstatus" if is_status && more => Some("status"),
            "code" if number < 1_000 => Some("code"),
            _ => {
                let next = rest
                    .trim_start_matches([' ', ':', '-'])
                    .split(|c: char| !c.is_alphanumeric())
                    .next()?;
                (is_status && REASONS.contains(&next)).then_some("status")
            }
        }
    }
}

/// Whether a number is how many of something there are: a plural follows, `404 rows`.
fn counts_things(rest: &str) -> bool {
    let Some(rest) = rest.strip_prefix(' ') else {
        return false;
    };
    let next = rest
        .split(|c: char| !c.is_alphabetic())
        .next()
        .unwrap_or_default();
    next.len() > 3 && next.ends_with('s') && next.chars().all(char::is_lowercase)
}

/// Whether what follows a name says what the thing of that name has to be, as validators do:
/// `"guests" must be a number`.
pub(super) fn is_what_a_field_is(rest: &str) -> bool {
    let rest = rest.trim_start();
    [
        "must ",
        "should ",
        "is required",
        "is not allowed",
        "is missing",
        "is invalid",
        "is not valid",
        "cannot be ",
        "can't be ",
        "may not ",
        "does not match",
        "failed ",
        "contains ",
        "length ",
    ]
    .iter()
    .any(|what| rest.starts_with(what))
}

/// `ECONNRESET`, `ERR_HTTP_HEADERS_SENT`.
pub(super) fn is_errno_name(word: &str) -> bool {
    ERRNO_NAMES.contains(&word) || (word.starts_with("ERR_") && is_constant(word))
}

/// `AT16006`, `S-17`, `INV-2026-0017`: capitals, then digits. At the beginning of a message it is
/// rather the code of an error, `ORA-00942`.
pub(super) fn is_id(word: &str) -> bool {
    let (letters, digits) = word.split_at(
        word.find(|c: char| !c.is_ascii_uppercase())
            .unwrap_or(word.len()),
    );
    let is_digits = |text: &str| {
        text.contains(|c: char| c.is_ascii_digit())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'-')
    };
    (1..=6).contains(&letters.len()) && is_digits(digits)
}

/// `SMTP_URL`: the name of a constant or of a setting.
pub(super) fn is_constant(word: &str) -> bool {
    word.len() >= 3
        && word
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

/// Whether a quoted text looks like the name of something: letters, `_`, `.` and `-`, no digits.
pub(super) fn is_name(text: &str) -> bool {
    text.len() <= 60
        && text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_alphabetic() || "_.-".contains(c))
}

/// Whether a port was chosen by a person.
pub(super) fn is_low_port(port: &str) -> bool {
    port.len() <= 5
        && port
            .parse::<u32>()
            .is_ok_and(|port| (1..FIRST_EPHEMERAL_PORT).contains(&port))
}

/// Dotted IPv4.
pub(super) fn is_ip(text: &str) -> bool {
    text.split('.').count() == 4 && text.split('.').all(|part| part.parse::<u8>().is_ok())
}

/// A UUID with its dashes.
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// `2026-11-14`, also with a time behind it; `14.11.2026`, `11/14/2026`.
pub(super) fn is_date(text: &str) -> bool {
    let digits = |byte: &u8| byte.is_ascii_digit();
    match text.as_bytes() {
        [y @ .., b'-', m1, m2, b'-', d1, d2] if y.len() == 4 => {
            y.iter().chain([m1, m2, d1, d2]).all(digits)
        }
        [
            y1,
            y2,
            y3,
            y4,
            b'-',
            m1,
            m2,
            b'-',
            d1,
            d2,
            b'T' | b'_' | b'+' | b'Z',
            ..,
        ] => [y1, y2, y3, y4, m1, m2, d1, d2].into_iter().all(digits),
        _ => {
            let dated = |by: char| {
                let lengths: Vec<usize> = text.split(by).map(str::len).collect();
                matches!(lengths.as_slice(), [1 | 2, 1 | 2, 4])
            };
            let digits = |byte: u8| byte.is_ascii_digit() || b"./".contains(&byte);
            (dated('.') || dated('/')) && text.bytes().all(digits)
        }
    }
}

/// `17:06`, `17:06:21.422Z`.
pub(super) fn is_time(text: &str) -> bool {
    let mut parts = text.split(':');
    let two = |part: &str, most: u32| {
        part.len() <= 2 && part.parse::<u32>().is_ok_and(|number| number < most)
    };
    let hours = parts.next().is_some_and(|part| two(part, 24));
    let minutes = parts
        .next()
        .is_some_and(|part| part.len() == 2 && two(part, 60));
    let seconds = parts
        .next()
        .is_none_or(|part| part.starts_with(|c: char| c.is_ascii_digit()));
    hours && minutes && seconds
}
