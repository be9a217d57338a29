//! The URLs of people: accounts, invitations, members, users.

use std::fmt::Display;

use super::{query, segment, settings};

/// Where a link to set a new password is asked for.
pub fn password() -> String {
    "/password".to_owned()
}

/// Where a new password is set. The secret came by mail.
pub fn new_password(secret: &str) -> String {
    format!("/password/{}", segment(secret))
}

/// Where an invitation is accepted. The secret came by mail.
pub fn invitation(secret: &str) -> String {
    format!("/invitations/{}", segment(secret))
}

/// What a person sets for themselves.
pub fn account() -> String {
    "/account".to_owned()
}

/// The same, saying what was just done: `password`, `zone`, `mails` or `sessions`.
pub fn account_done(what: &str) -> String {
    format!("{}{}", account(), query(&[("done", what)]))
}

/// Where a password is changed; POST only.
pub fn account_password() -> String {
    "/account/password".to_owned()
}

/// Where a time zone is chosen; POST only.
pub fn account_time_zone() -> String {
    "/account/time-zone".to_owned()
}

/// Where mails are chosen; POST only.
pub fn account_mails() -> String {
    "/account/mails".to_owned()
}

/// Where a session is ended; POST only.
pub fn session_end(id: impl Display) -> String {
    format!("/account/sessions/{id}/end")
}

/// Where all sessions but this one are ended; POST only.
pub fn sessions_end_others() -> String {
    "/account/sessions/end-others".to_owned()
}

/// A project's people.
pub fn members(slug: &str) -> String {
    format!("{}/members", settings(slug))
}

/// Where a member's role is set; POST only.
pub fn member_role(slug: &str, user: impl Display) -> String {
    format!("{}/{user}/role", members(slug))
}

/// Where a member is removed; POST only.
pub fn member_removal(slug: &str, user: impl Display) -> String {
    format!("{}/{user}/removal", members(slug))
}

/// Where somebody is invited to a project; POST only.
pub fn invitations(slug: &str) -> String {
    format!("{}/invitations", settings(slug))
}

/// Where an invitation to a project is taken back; POST only.
pub fn invitation_revocation(slug: &str, id: impl Display) -> String {
    format!("{}/{id}/revocation", invitations(slug))
}

/// Where an invitation to a project is sent again; POST only.
pub fn invitation_sending(slug: &str, id: impl Display) -> String {
    format!("{}/{id}/sending", invitations(slug))
}

/// Everybody with an account, for admins.
pub fn users() -> String {
    "/admin/users".to_owned()
}

/// Where somebody is made an admin, or no longer; POST only.
pub fn user_admin(id: impl Display) -> String {
    format!("{}/{id}/admin", users())
}

/// Where an account is deactivated and reactivated; POST only.
pub fn user_disabled(id: impl Display) -> String {
    format!("{}/{id}/disabled", users())
}

/// Where somebody is invited to the instance; POST only.
pub fn user_invitations() -> String {
    "/admin/invitations".to_owned()
}

/// Where an invitation to the instance is taken back; POST only.
pub fn user_invitation_revocation(id: impl Display) -> String {
    format!("{}/{id}/revocation", user_invitations())
}

/// Where an invitation to the instance is sent again; POST only.
pub fn user_invitation_sending(id: impl Display) -> String {
    format!("{}/{id}/sending", user_invitations())
}

/// Where all dead letters are digested again; POST only.
pub fn dead_letters_retry() -> String {
    "/admin/dead-letters/retry".to_owned()
}

/// Where a dead letter is digested again; POST only.
pub fn dead_letter_retry(id: impl Display) -> String {
    format!("/admin/dead-letters/{id}/retry")
}

/// Where a dead letter is deleted; POST only.
pub fn dead_letter_deletion(id: impl Display) -> String {
    format!("/admin/dead-letters/{id}/deletion")
}

/// A dead letter, to be saved as a file.
pub fn dead_letter(id: impl Display) -> String {
    format!("/admin/dead-letters/{id}/letter.json")
}
