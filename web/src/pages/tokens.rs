//! A project's access tokens.

use askama::Template;
use chrono::{DateTime, Utc};

use crate::{format, page_frame::PageFrame};

/// `/p/{slug}/settings/tokens`: the tokens, and a form that makes one.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/tokens.html")]
pub struct TokensPage {
    /// What the layout shows; `project` must be there.
    pub frame: PageFrame,
    /// The tokens, oldest first.
    pub tokens: Vec<TokenRow>,
    /// A token just made whose text is shown this once; `None` otherwise.
    pub created: Option<CreatedToken>,
    /// The form, as typed.
    pub form: TokenForm,
    /// A token's limit that was refused; `None` otherwise.
    pub rate_form: Option<RateForm>,
    /// Whether the viewer may make and change tokens.
    pub can_change: bool,
}

/// A token as a row shows it.
#[derive(Clone, Debug)]
pub struct TokenRow {
    /// Its number, as in its URL.
    pub id: i64,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub scope: Scope,
    /// Its text; `None` for tokens whose text we do not keep.
    pub text: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last used; `None` for never.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Occurrences a minute, on each node; `None` for no limit of its own.
    pub rate_per_minute: Option<i32>,
    /// Until when it works, for one that was rotated; `None` for all others. May lie in the past.
    pub ends_at: Option<DateTime<Utc>>,
    /// Whether it works; somebody has disabled it otherwise.
    pub enabled: bool,
}

/// A token just made.
#[derive(Clone, Debug)]
pub struct CreatedToken {
    /// What people call it.
    pub name: String,
    /// Its text, shown this once.
    pub text: String,
    /// Until when the token works that it takes the place of; `None` for one that replaces none.
    pub old_ends_at: Option<DateTime<Utc>>,
}

/// A token's limit, as typed.
#[derive(Clone, Debug)]
pub struct RateForm {
    /// The token's number.
    pub id: i64,
    /// The limit, as typed.
    pub rate: String,
    /// Why the form is shown again; the answer is a 422 then.
    pub error: String,
}

/// The form that makes a token, as typed.
#[derive(Clone, Debug, Default)]
pub struct TokenForm {
    /// What people are to call it.
    pub name: String,
    /// What it is to be allowed.
    pub scope: Scope,
    /// Why the form is shown again; the answer is a 422 then.
    pub error: Option<String>,
}

/// What a token may do; named as Rollbar names them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Send occurrences from servers.
    #[default]
    PostServerItem,
    /// Send occurrences from browsers and apps; everybody can read such a token.
    PostClientItem,
    /// Read by the API.
    Read,
    /// Read and change by the API.
    Write,
}

impl TokensPage {
    /// Whether it is too late for anything: a rotated token that has ended.
    fn is_over(&self, token: &TokenRow) -> bool {
        token.ends_at.is_some_and(|at| at <= self.frame.now)
    }

    fn works(&self, token: &TokenRow) -> bool {
        token.enabled && !self.is_over(token)
    }

    /// The limit that was refused, if it is this token's.
    fn refused(&self, token: &TokenRow) -> Option<&RateForm> {
        self.rate_form.as_ref().filter(|form| form.id == token.id)
    }

    /// What stands in the field of the token's limit.
    fn rate(&self, token: &TokenRow) -> String {
        self.refused(token).map_or_else(
            || {
                token
                    .rate_per_minute
                    .map_or_else(String::new, |rate| rate.to_string())
            },
            |refused| refused.rate.clone(),
        )
    }
}

impl TokenRow {
    /// `600 a minute on each node`
    fn limit(&self) -> String {
        self.rate_per_minute.map_or_else(
            || "no limit".to_owned(),
            |rate| format!("{} a minute on each node", format::exact_count(rate.into())),
        )
    }
}

impl Scope {
    /// All scopes, as they are offered.
    pub const ALL: [Self; 4] = [
        Self::PostServerItem,
        Self::PostClientItem,
        Self::Read,
        Self::Write,
    ];

    /// The word used in forms and pages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PostServerItem => "post_server_item",
            Self::PostClientItem => "post_client_item",
            Self::Read => "read",
            Self::Write => "write",
        }
    }

    /// The scope of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }

    /// What it allows, in a few words.
    const fn explanation(self) -> &'static str {
        match self {
            Self::PostServerItem => "send from servers",
            Self::PostClientItem => "send from browsers and apps",
            Self::Read => "read through the API",
            Self::Write => "read and change through the API",
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::role::Role;

    /// The page of one token.
    fn page(token: TokenRow) -> String {
        let page = TokensPage {
            frame: PageFrame::of_role(Role::Owner),
            tokens: vec![token],
            created: None,
            form: TokenForm::default(),
            rate_form: None,
            can_change: true,
        };
        page.render().expect("a page renders")
    }

    fn token() -> TokenRow {
        TokenRow {
            id: 3,
            name: "Servers".to_owned(),
            scope: Scope::PostServerItem,
            text: None,
            created_at: DateTime::UNIX_EPOCH,
            last_used_at: None,
            rate_per_minute: Some(1_200),
            ends_at: None,
            enabled: true,
        }
    }

    #[test]
    fn a_token_offers_what_can_still_be_done_with_it() {
        let hour = TimeDelta::hours(1);
        let now = DateTime::UNIX_EPOCH;
        let ends = |ends_at, enabled| TokenRow {
            ends_at: Some(ends_at),
            enabled,
            ..token()
        };
        let disabled = TokenRow {
            enabled: false,
            ..token()
        };
        let cases = [
            ("works", token(), [true, true, false]),
            ("disabled", disabled, [false, true, false]),
            ("ends", ends(now + hour, true), [false, false, true]),
            ("has ended", ends(now - hour, true), [false, false, false]),
        ];
        for (case, token, [rotation, rate, end]) in cases {
            let html = page(token);
            assert_eq!(html.contains("/tokens/3/rotation"), rotation, "{case}");
            assert_eq!(html.contains("/tokens/3/rate"), rate, "{case}");
            assert_eq!(html.contains("End it now"), end, "{case}");
        }
        assert!(page(token()).contains("Never used"));
        assert!(page(token()).contains("1,200 a minute on each node"));
        assert!(page(ends(now + hour, true)).contains("works until 1 Jan 1970, 01:00 UTC"));
    }

    #[test]
    fn a_refused_limit_is_shown_again_where_it_was_typed() {
        let page = TokensPage {
            frame: PageFrame::of_role(Role::Owner),
            tokens: vec![token(), TokenRow { id: 4, ..token() }],
            created: None,
            form: TokenForm::default(),
            rate_form: Some(RateForm {
                id: 4,
                rate: "-5".to_owned(),
                error: "A limit is above 0.".to_owned(),
            }),
            can_change: true,
        };
        assert_eq!(page.rate(&page.tokens[0]), "1200");
        assert_eq!(page.rate(&page.tokens[1]), "-5");
        let html = page.render().expect("a page renders");
        assert_eq!(html.matches("A limit is above 0.").count(), 1);
    }
}
