//! Signing in and out.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    num::NonZeroU32,
    sync::LazyLock,
};

use axum::{
    Form,
    extract::{ConnectInfo, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};
use chrono::{DateTime, TimeDelta};
use governor::{
    Quota, RateLimiter, middleware::NoOpMiddleware, nanos::Nanos, state::keyed::DashMapStateStore,
};
use rollcage_web::{pages::LoginPage, paths};
use serde::Deserialize;
use tokio::sync::Semaphore;

use super::{
    Pages,
    render::{Page, PageError},
    viewer::{self, MaybeViewer},
};
use crate::{
    clock::Clock,
    model::{id::UserId, network, text::cut},
    secrets,
    store::{sessions, users},
};

/// Characters that a password needs: long beats complicated.
const PASSWORD_MIN_CHARS: usize = 10;
/// Bytes beyond which a password is refused unread: hashing it would be work for an attacker.
const PASSWORD_MAX_BYTES: usize = 1024;
/// How long a session lasts.
const SESSION: TimeDelta = TimeDelta::days(30);
/// Attempts a minute from one address.
const ATTEMPTS_PER_ADDRESS: NonZeroU32 = NonZeroU32::new(10).expect("not zero");
/// Attempts a minute at one account, from wherever: so many more that one address cannot keep its
/// owner out, and too few to guess a password.
const ATTEMPTS_PER_ACCOUNT: NonZeroU32 = NonZeroU32::new(60).expect("not zero");
/// Keys beyond which the limits forget who has not tried for long.
const KEYS_MAX: usize = 10_000;
/// The hash that is checked where there is no account.
static NOBODYS_HASH: LazyLock<String> =
    LazyLock::new(|| secrets::hash_password(&secrets::secret()));
/// Passwords that are hashed at the same time: each takes 19 MiB and a core.
static HASHING: Semaphore = Semaphore::const_new(2);

/// How often one may try a password, or ask for a mail, by the program's clock. Purposes are counted
/// apart, so that somebody who tries the one keeps nobody from the other.
pub struct SignInLimits {
    by_address: Limiter<(Attempt, IpAddr)>,
    by_account: Limiter<(Attempt, [u8; 32])>,
}

/// What is attempted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Attempt {
    /// To sign in.
    SignIn,
    /// To have a mail sent that resets a password.
    Reset,
    /// To change a password, by somebody who is signed in.
    Change,
}

type Limiter<K> = RateLimiter<K, DashMapStateStore<K>, Ticks, NoOpMiddleware<Nanos>>;

/// The program's clock, as the limits read it.
#[derive(Clone)]
struct Ticks(Clock);

impl governor::clock::Clock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let since_1970 = self.0.now().signed_duration_since(DateTime::UNIX_EPOCH);
        since_1970.to_std().unwrap_or_default().into()
    }
}

impl SignInLimits {
    /// Nobody has tried yet.
    pub fn new(clock: Clock) -> Self {
        let ticks = Ticks(clock);
        let by_address = Quota::per_minute(ATTEMPTS_PER_ADDRESS);
        let by_account = Quota::per_minute(ATTEMPTS_PER_ACCOUNT);
        Self {
            by_address: RateLimiter::dashmap_with_clock(by_address, ticks.clone()),
            by_account: RateLimiter::dashmap_with_clock(by_account, ticks),
        }
    }

    /// Whether an address may try that account now.
    pub fn admits(&self, attempt: Attempt, address: IpAddr, email: &str) -> bool {
        if self.by_address.len() + self.by_account.len() > KEYS_MAX {
            self.by_address.retain_recent();
            self.by_account.retain_recent();
        }
        // An address that is refused uses up nothing of the account's.
        let account = secrets::sha256(&email.trim().to_lowercase());
        let address = (attempt, neighbourhood(address));
        self.by_address.check_key(&address).is_ok()
            && self.by_account.check_key(&(attempt, account)).is_ok()
    }
}

/// The addresses that one customer of a provider has: an IPv6 /64, or one IPv4 address.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => {
            let bits = address.to_bits() & (u128::MAX << 64);
            IpAddr::V6(Ipv6Addr::from_bits(bits))
        }
        IpAddr::V4(_) => address,
    }
}

/// Where to go after signing in.
#[derive(Deserialize)]
pub struct Next {
    next: Option<String>,
    /// What was just done, for the notice above the form.
    done: Option<String>,
}

/// What the form sends.
#[derive(Deserialize)]
pub struct LoginForm {
    email: String,
    password: String,
    next: Option<String>,
}

/// `GET /login`
pub async fn show(MaybeViewer(viewer): MaybeViewer, Query(next): Query<Next>) -> Response {
    if viewer.is_some() {
        return Redirect::to(&destination(next.next.as_deref())).into_response();
    }
    Page::ok(LoginPage {
        email: String::new(),
        next: next.next,
        notice: (next.done.as_deref() == Some("password"))
            .then(|| "Your password is changed. Sign in with it.".to_owned()),
        error: None,
    })
    .into_response()
}

/// `POST /login`
pub async fn sign_in(
    State(pages): State<Pages>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(form): Form<LoginForm>,
) -> Result<Response, PageError> {
    if !pages.sign_in.admits(
        Attempt::SignIn,
        client_address(&pages, peer, &headers),
        &form.email,
    ) {
        return Ok(again(
            form,
            StatusCode::TOO_MANY_REQUESTS,
            "Too many attempts. Wait a minute and try again.",
        ));
    }
    // The same work whether the account exists or not, so that time tells nothing.
    let found = users::credentials(&pages.db, form.email.trim()).await?;
    let (user, hash) = found.map_or_else(
        || (None, NOBODYS_HASH.clone()),
        |found| (Some(found.id), found.password_hash),
    );
    let is_right = is_password(form.password.clone(), hash.clone()).await?;
    let begun = match user.filter(|_user| is_right) {
        Some(user) => begin_session(&pages, user, &hash, &headers).await?,
        None => None,
    };
    Ok(match begun {
        Some(cookie) => (cookie, Redirect::to(&destination(form.next.as_deref()))).into_response(),
        None => again(
            form,
            StatusCode::UNPROCESSABLE_ENTITY,
            "That address and password do not belong together.",
        ),
    })
}

/// `POST /logout`: on to the form's `next`, if it has one.
pub async fn sign_out(
    State(pages): State<Pages>,
    jar: CookieJar,
    form: String,
) -> Result<(CookieJar, Redirect), PageError> {
    if let Some(secret) = viewer::session_secret(&jar, &pages.base_url) {
        sessions::delete(&pages.db, &secrets::sha256(&secret)).await?;
    }
    let gone = session_cookie(&pages, String::new());
    let next = url::form_urlencoded::parse(form.as_bytes()).find(|(name, _)| name == "next");
    let goal = next.map_or_else(paths::login, |(_, path)| destination(Some(&path)));
    Ok((jar.add(gone), Redirect::to(&goal)))
}

/// Begins a session of somebody whose password has that hash: the cookie that carries it. `None`
/// where it was changed, or they were deactivated, since the hash was read.
pub async fn begin_session(
    pages: &Pages,
    user: UserId,
    password_hash: &str,
    headers: &HeaderMap,
) -> Result<Option<CookieJar>, PageError> {
    let secret = secrets::secret();
    let now = pages.clock.now();
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|agent| agent.to_str().ok())
        .unwrap_or_default();
    let mut tx = pages.db.begin().await?;
    let has_begun = sessions::begin(
        &mut tx,
        &secrets::sha256(&secret),
        user,
        password_hash,
        cut(agent, 300),
        now,
        now + SESSION,
    )
    .await?;
    tx.commit().await?;
    Ok(has_begun.then(|| CookieJar::new().add(session_cookie(pages, secret))))
}

/// `secrets::is_password`, beside the runtime.
pub async fn is_password(password: String, hash: String) -> Result<bool, PageError> {
    Ok(password.len() <= PASSWORD_MAX_BYTES
        && hashing(move || secrets::is_password(&password, &hash)).await?)
}

/// What is wrong with a password that somebody chose.
pub fn password_mistake(password: &str) -> Option<String> {
    if password.chars().count() < PASSWORD_MIN_CHARS {
        Some(format!(
            "Choose a password of at least {PASSWORD_MIN_CHARS} characters."
        ))
    } else if password.len() > PASSWORD_MAX_BYTES {
        Some("Choose a shorter password.".to_owned())
    } else {
        None
    }
}

/// `secrets::hash_password`, beside the runtime.
pub async fn hash_password(password: String) -> Result<String, PageError> {
    hashing(move || secrets::hash_password(&password)).await
}

/// Whether a text may be a mail address; whether it is one only a mail tells.
pub fn is_mail_address(text: &str) -> bool {
    let text = text.trim();
    text.len() <= 254 && text.parse::<lettre::Address>().is_ok()
}

async fn hashing<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, PageError> {
    let _turn = HASHING
        .acquire()
        .await
        .expect("the semaphore is never closed");
    Ok(tokio::task::spawn_blocking(work)
        .await
        .expect("hashing does not panic"))
}

fn session_cookie(pages: &Pages, secret: String) -> Cookie<'static> {
    let mut cookie = Cookie::new(viewer::cookie_name(&pages.base_url), secret);
    cookie.set_path("/");
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_secure(pages.base_url.starts_with("https://"));
    if cookie.value().is_empty() {
        cookie.make_removal();
    } else {
        cookie.make_permanent();
    }
    cookie
}

fn again(form: LoginForm, status: StatusCode, error: &str) -> Response {
    Page(
        status,
        LoginPage {
            email: form.email,
            next: form.next,
            notice: None,
            error: Some(error.into()),
        },
    )
    .into_response()
}

/// A path of ours, never another site.
fn destination(next: Option<&str>) -> String {
    match next {
        // Browsers leave out control characters and take a backslash for a slash.
        Some(path)
            if path.starts_with('/')
                && !path.starts_with("//")
                && !path.contains('\\')
                && !path.contains(char::is_control) =>
        {
            path.to_owned()
        }
        _ => paths::projects(),
    }
}

/// Where a request comes from, behind proxies that are believed.
pub fn client_address(pages: &Pages, peer: SocketAddr, headers: &HeaderMap) -> IpAddr {
    let forwarded = headers.get_all("x-forwarded-for");
    let forwarded: Vec<_> = forwarded
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    network::client_address(peer.ip(), forwarded.into_iter(), &pages.trusted_proxies)
}
