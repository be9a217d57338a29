//! Pages for people who are not signed in, and errors.

use rollcage_web::{
    Offer, Role,
    pages::{
        ErrorPage, InvitationPage, LinkEnd, LinkPage, LinkPurpose, LoginPage, NewPasswordPage,
        PasswordHelp, PasswordPage, SetupPage, StartingPage, Visitor,
    },
};

use crate::{Gallery, Result};

pub fn pages(gallery: &Gallery) -> Result<()> {
    let setup = SetupPage {
        secret: "s3cret".to_owned(),
        email: String::new(),
        project: String::new(),
        error: None,
    };
    gallery.page("setup", &setup)?;
    gallery.page(
        "setup-again",
        &SetupPage {
            email: "ada@example.com".to_owned(),
            project: "Shop".to_owned(),
            error: Some("The password has 6 characters; it needs at least 10.".to_owned()),
            ..setup
        },
    )?;
    gallery.page("login", &LoginPage::default())?;
    gallery.page(
        "login-again",
        &LoginPage {
            email: "ada@example.com".to_owned(),
            next: Some("/p/shop/items".to_owned()),
            notice: None,
            error: Some("This address and password do not belong together.".to_owned()),
        },
    )?;
    for status in [403, 404, 422, 429, 500, 503] {
        gallery.page(
            &format!("error-{status}"),
            &ErrorPage::new(status).request_id("0199a1f0-7c52"),
        )?;
    }
    gallery.page("error-foreign", &ErrorPage::foreign_origin())?;
    gallery.page("starting", &StartingPage)?;
    passwords(gallery)?;
    invitations(gallery)
}

fn passwords(gallery: &Gallery) -> Result<()> {
    gallery.page(
        "login-notice",
        &LoginPage {
            email: "ada@example.com".to_owned(),
            notice: Some("Your password is changed. Sign in with it.".to_owned()),
            ..LoginPage::default()
        },
    )?;
    for (name, state) in [
        ("password", PasswordHelp::Ask),
        ("password-asked", PasswordHelp::Asked),
        ("password-no-mail", PasswordHelp::NoMail),
    ] {
        gallery.page(
            name,
            &PasswordPage {
                email: String::new(),
                state,
                error: None,
            },
        )?;
    }
    gallery.page(
        "new-password",
        &NewPasswordPage {
            secret: "s3cret".to_owned(),
            email: "ada.lovelace@example.com".to_owned(),
            error: Some("The password has 6 characters; it needs at least 10.".to_owned()),
        },
    )?;
    for (name, purpose, end) in [
        ("link-password", LinkPurpose::Password, LinkEnd::Expired),
        ("link-invitation", LinkPurpose::Invitation, LinkEnd::Revoked),
        ("link-unknown", LinkPurpose::Invitation, LinkEnd::Unknown),
    ] {
        gallery.page(name, &LinkPage { purpose, end })?;
    }
    Ok(())
}

fn invitations(gallery: &Gallery) -> Result<()> {
    let page = InvitationPage {
        secret: "s3cret".to_owned(),
        email: "grace@example.com".to_owned(),
        offer: Offer::Project {
            name: "Shop".to_owned(),
            role: Role::Member,
        },
        invited_by: Some("ada.lovelace@example.com".to_owned()),
        visitor: Visitor::New,
        error: None,
    };
    gallery.page("invitation-new", &page)?;
    for (name, visitor) in [
        ("invitation-signed-out", Visitor::SignedOut),
        ("invitation-invited", Visitor::Invited),
        (
            "invitation-other",
            Visitor::Other {
                email: "linus@example.com".to_owned(),
            },
        ),
    ] {
        gallery.page(
            name,
            &InvitationPage {
                visitor,
                ..page.clone()
            },
        )?;
    }
    gallery.page(
        "invitation-instance",
        &InvitationPage {
            offer: Offer::Instance { is_admin: true },
            invited_by: None,
            error: Some("The password has 6 characters; it needs at least 10.".to_owned()),
            ..page
        },
    )
}
