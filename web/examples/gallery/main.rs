//! Renders every page with invented data into a folder, to look at:
//! `cargo run -p rollcage-web --example gallery -- /tmp/gallery`, then open its `index.html`.

mod crumbs;
mod entry;
mod hostile;
mod hostile_inbound;
mod inbound;
mod item;
mod items;
mod mails;
mod occurrence;
mod people;
mod rules;
mod sentry;
mod settings;
mod system;
mod why;

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use chrono::{DateTime, TimeDelta, Utc};
use rollcage_web::{
    BarChart, Notice, PageFrame, ProjectLink, Role, Template, Tz, Viewer, assets,
    mail::Mail,
    pages::{NewProjectPage, ProjectCard, ProjectsPage, StartPage},
    snippets,
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let folder = env::args_os().nth(1).ok_or("name the folder to write to")?;
    let gallery = Gallery {
        folder: PathBuf::from(folder),
    };
    gallery.write_assets()?;
    entry::pages(&gallery)?;
    project_pages(&gallery)?;
    items::pages(&gallery)?;
    item::pages(&gallery)?;
    occurrence::pages(&gallery)?;
    sentry::pages(&gallery)?;
    hostile::pages(&gallery)?;
    settings::pages(&gallery)?;
    rules::pages(&gallery)?;
    inbound::pages(&gallery)?;
    system::pages(&gallery)?;
    mails::pages(&gallery)?;
    people::pages(&gallery)
}

struct Gallery {
    folder: PathBuf,
}

impl Gallery {
    /// Writes a page; asset URLs become relative, so that the page opens from a disk.
    fn page(&self, name: &str, page: &impl Template) -> Result<()> {
        let html = page.render()?.replace("\"/assets/", "\"assets/");
        fs::write(self.folder.join(name).with_extension("html"), html)?;
        Ok(())
    }

    fn mail(&self, name: &str, mail: &Mail) -> Result<()> {
        let path = self.folder.join(name);
        fs::write(path.with_extension("html"), &mail.html)?;
        fs::write(
            path.with_extension("txt"),
            format!("Subject: {}\n\n{}", mail.subject, mail.text),
        )?;
        Ok(())
    }

    fn write_assets(&self) -> Result<()> {
        for name in assets::names() {
            let path = self
                .folder
                .join(Path::new(&assets::url(&name)).strip_prefix("/")?);
            fs::create_dir_all(path.parent().ok_or("an asset has a folder")?)?;
            fs::write(
                path,
                assets::named(&name).ok_or("a name names an asset")?.bytes,
            )?;
        }
        Ok(())
    }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_383_009, 0).expect("a valid time")
}

fn minutes_ago(minutes: i64) -> DateTime<Utc> {
    now() - TimeDelta::minutes(minutes)
}

fn project(name: &str, slug: &str) -> ProjectLink {
    ProjectLink {
        name: name.to_owned(),
        slug: slug.to_owned(),
    }
}

fn frame() -> PageFrame {
    let shop = project("Shop", "shop");
    PageFrame {
        viewer: Viewer {
            email: "ada.lovelace@example.com".to_owned(),
            is_admin: true,
        },
        project: Some(shop.clone()),
        role: Some(Role::Owner),
        projects: vec![
            project("Billing worker", "billing"),
            shop,
            project("Zürich-Größenrechner für Frühstücksbrötchen", "zurich"),
        ],
        notice: None,
        now: now(),
        zone: Tz::Europe__Berlin,
    }
}

fn instance_frame() -> PageFrame {
    PageFrame {
        project: None,
        role: None,
        ..frame()
    }
}

/// Invented counts that look like a day: few at night, a burst now and then.
fn counts(seed: i64, length: i64, scale: i64) -> Vec<i64> {
    (0..length)
        .map(|index| {
            let wave = (index * 7 + seed * 13) % 17;
            let burst = if (index + seed) % 11 == 0 { 5 } else { 1 };
            if (index * 3 + seed) % 5 == 0 {
                0
            } else {
                wave * scale * burst / 17
            }
        })
        .collect()
}

fn hours(seed: i64, scale: i64) -> BarChart {
    BarChart::hours(counts(seed, 24, scale), now())
}

fn project_pages(gallery: &Gallery) -> Result<()> {
    let card = |name: &str, slug: &str, seed, scale, active_items| ProjectCard {
        name: name.to_owned(),
        slug: slug.to_owned(),
        active_items,
        hours: hours(seed, scale),
        last_seen_at: (scale > 0).then(|| minutes_ago(seed * seed)),
    };
    gallery.page(
        "projects",
        &ProjectsPage {
            frame: PageFrame {
                notice: Some(Notice::done("You are signed in.")),
                ..instance_frame()
            },
            projects: vec![
                card("Billing worker", "billing", 3, 40, 12),
                card("Shop", "shop", 5, 2_400, 148),
                card("Mobile app", "mobile", 9, 7, 1),
                card("Internal tools", "tools", 2, 0, 0),
                card(
                    "Zürich-Größenrechner für Frühstücksbrötchen",
                    "zurich",
                    31,
                    1,
                    2,
                ),
            ],
        },
    )?;
    gallery.page(
        "projects-empty",
        &ProjectsPage {
            frame: PageFrame {
                projects: vec![],
                ..instance_frame()
            },
            projects: vec![],
        },
    )?;
    gallery.page(
        "project-new",
        &NewProjectPage {
            frame: instance_frame(),
            name: String::new(),
            error: None,
        },
    )?;
    let start = StartPage {
        frame: frame(),
        public_url: "https://rollcage.example.com".to_owned(),
        server_token: "7b1f0c9f5d3e4a8e9d2b6f1c0a4e8d37".to_owned(),
        client_token: "c01dc0ffee3e4a8e9d2b6f1c0a4e8d37".to_owned(),
        project: 1,
        sdk: snippets::first(),
        first: None,
    };
    gallery.page("start", &start)?;
    gallery.page(
        "start-arrived",
        &StartPage {
            first: Some("/p/shop/items/1".to_owned()),
            ..start
        },
    )
}
