//! Every page, in every size and colour: nobody stumbles, nothing sticks out, nothing complains.
//!
//! With `ROLLCAGE_SCREENSHOTS=<folder>` each is also photographed.

use std::{env, fs, path::PathBuf};

use fantoccini::key::Key;
use rollcage_server::model::project::Role;
use rollcage_tests::{
    App, Browser, MailServer, Person, Project,
    browser::{Scheme, Window},
};

use crate::{
    axe, storefront,
    world::{self, CHECKOUT, MUTED, RESOLVED},
};

/// A page that is looked at.
struct Stop {
    name: &'static str,
    path: String,
    status: u16,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_sound_in_a_wide_window() {
    walk(Window::Wide).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_sound_on_a_small_telephone() {
    walk(Window::Narrow).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_looks_for_faults_finds_them() {
    let app = App::start().await;
    let browser = Browser::open(&app).await;
    browser.window(Window::Narrow, Scheme::Dark).await;
    let login = page("login", "/login");
    browser.goto(&login.path).await;
    assert_eq!(look_at(&browser, &login).await, Vec::<String>::new());

    let spoil = "document.querySelector('main').insertAdjacentHTML('beforeend', `
            <img src='/assets/nothing.png' width='900'>
            <p style='color: #222'>Dark on dark</p>
            <button onclick='alert(1)'></button>`);
        document.querySelector('main button:last-child').click()";
    browser.run(spoil, Vec::new()).await;
    browser
        .run_async("setTimeout(arguments[0])", Vec::new())
        .await;
    let faults = look_at(&browser, &login).await.join("\n");
    for fault in [
        "image-alt",
        "button-name",
        "px stick out",
        "Content Security Policy",
        "status of 404",
    ] {
        assert!(faults.contains(fault), "{fault} is missing in:\n{faults}");
    }
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn open_menus_stay_inside_a_small_window() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    project.occurrence().send().await.item().await;
    let browser = Browser::open(&app).await;
    browser.sign_in(&app.admin().await).await;
    for window in [Window::Narrow, Window::Wide] {
        browser.window(window, Scheme::Light).await;
        for menu in [".switcher", ".account .menu", ".split .menu"] {
            browser.goto("/p/shop/items/1").await;
            browser.click_on(&format!("{menu} > summary")).await;
            browser.sees(&format!("{menu}[open] .menu-panel")).await;
            let sides = "const { left, right, top, bottom } =
                    document.querySelector(arguments[0]).getBoundingClientRect();
                return left >= 0 && right <= innerWidth && top >= 0 && bottom <= innerHeight";
            let panel = format!("{menu} .menu-panel");
            let is_inside = browser.run(sides, vec![panel.into()]).await;
            assert_eq!(is_inside, true, "{menu} {window:?}");
            assert_eq!(browser.overflow().await, 0, "{menu} {window:?}");
            assert_eq!(
                axe::violations(&browser).await,
                Vec::<String>::new(),
                "{menu}"
            );
            browser.hits(Key::Escape).await;
            assert_eq!(
                browser.count("details.menu[open]").await,
                0,
                "{menu} stays open"
            );
        }
    }
    browser.close().await;
}

async fn walk(window: Window) {
    let mut faults = Vec::new();
    new_instance(window, &mut faults).await;
    full_instance(window, &mut faults).await;
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The pages of an instance that has nothing yet.
async fn new_instance(window: Window, faults: &mut Vec<String>) {
    let app = App::start().await;
    let browser = Browser::open(&app).await;
    look(
        &browser,
        window,
        &[page("setup", world::setup_path(&app).await)],
        faults,
    )
    .await;
    browser.sign_in(&app.admin().await).await;
    look(&browser, window, &[page("projects-empty", "/")], faults).await;
    browser.close().await;
}

/// The pages of an instance that is used.
async fn full_instance(window: Window, faults: &mut Vec<String>) {
    let mail = MailServer::start();
    let app = world::app(&mail).await;
    let shop = world::shop(&app).await;
    let storefront = storefront::fails(&shop).await;
    storefront::is_discarded(&shop).await;
    let empty = app.project("Warehouse").await;
    let viewer = app.member(&shop, "grace@example.test", Role::Viewer).await;
    let owner = app.member(&shop, "alan@example.test", Role::Owner).await;
    let browser = Browser::open(&app).await;
    let new_here = world::invitation(&app, &shop, owner.id, "edsger@example.test").await;
    let known_here = world::invitation(&app, &shop, owner.id, "ada@shop.test").await;
    let signed_out = [
        page("login", "/login"),
        page("login-after-reset", "/login?done=password"),
        page("password", "/password"),
        page("password-new", world::reset(&app, viewer.id).await),
        page("invitation-new", new_here.clone()),
        Stop {
            status: 404,
            ..page("link-unknown", "/invitations/0123")
        },
    ];
    look(&browser, window, &signed_out, faults).await;

    browser.sign_in(&viewer).await;
    let forbidden = Stop {
        status: 403,
        ..page("forbidden", format!("/p/{}/settings/tokens", shop.slug))
    };
    let only_to_look = [
        forbidden,
        page("item-viewer", format!("/p/{}/items/{CHECKOUT}", shop.slug)),
        page(
            "members-viewer",
            format!("/p/{}/settings/members", shop.slug),
        ),
        page("rules-viewer", format!("/p/{}/settings/rules", shop.slug)),
        page("rule-viewer", format!("/p/{}/settings/rules/1", shop.slug)),
        page("settings-viewer", format!("/p/{}/settings", shop.slug)),
        page("invitation-other", new_here),
    ];
    look(&browser, window, &only_to_look, faults).await;

    let email = "ada@shop.test";
    let admin = app.user(email, true).await;
    browser
        .sign_in(&Person::sign_in(&app, admin, email).await)
        .await;
    browser
        .goto(&format!("/p/{}/items/{CHECKOUT}", shop.slug))
        .await;
    browser.press("Open alone").await;
    browser.reads(".crumbs", "Occurrence").await;
    let occurrence = browser.path().await;
    let mut stops = stops(&shop, &empty);
    stops.push(page("invitation-join", known_here));
    stops.push(page("occurrence", occurrence));
    stops.push(page(
        "item-storefront",
        format!("/p/{}/items/{storefront}", shop.slug),
    ));
    look(&browser, window, &stops, faults).await;
    try_out(&browser, &shop, window, faults).await;
    browser.close().await;
}

/// The test box with a result, which no address leads to.
async fn try_out(browser: &Browser, shop: &Project<'_>, window: Window, faults: &mut Vec<String>) {
    let trial = format!("/p/{}/settings/filters/test", shop.slug);
    browser.window(window, Scheme::Light).await;
    browser.goto(&trial).await;
    let paste = "document.querySelector('#payload').value = arguments[0]";
    browser.run(paste, vec![storefront::pasted().into()]).await;
    browser.press("Test it").await;
    browser.reads("#result", "It would be stored.").await;
    let name = "trial-result";
    let found = look_at(browser, &page(name, &*trial)).await;
    faults.extend(found.iter().map(|fault| format!("{name}: {fault}")));
    photograph(browser, window, Scheme::Light, name).await;
    look_in_the_dark(browser, window, name, faults).await;
}

fn stops(shop: &Project<'_>, empty: &Project<'_>) -> Vec<Stop> {
    let (shop, empty) = (&shop.slug, &empty.slug);
    vec![
        page("projects", "/"),
        page("new-project", "/projects/new"),
        page("start", format!("/p/{empty}/start")),
        page("start-arrived", format!("/p/{shop}/start")),
        page("items-empty", format!("/p/{empty}/items")),
        page("items", format!("/p/{shop}/items")),
        page("items-all", format!("/p/{shop}/items?status=all")),
        page(
            "items-no-match",
            format!("/p/{shop}/items?q=nothing+like+it"),
        ),
        page("item", format!("/p/{shop}/items/{CHECKOUT}")),
        page("item-resolved", format!("/p/{shop}/items/{RESOLVED}")),
        page("item-muted", format!("/p/{shop}/items/{MUTED}")),
        page(
            "occurrences",
            format!("/p/{shop}/items/{CHECKOUT}/occurrences"),
        ),
        page(
            "items-discarded",
            format!("/p/{shop}/items?status=discarded"),
        ),
        page("usage", format!("/p/{shop}/usage")),
        page("usage-30d", format!("/p/{shop}/usage?period=30d")),
        page("usage-empty", format!("/p/{empty}/usage")),
        page("feedback", format!("/p/{shop}/feedback")),
        page("feedback-empty", format!("/p/{empty}/feedback")),
        page("filters", format!("/p/{shop}/settings/filters")),
        page("filters-empty", format!("/p/{empty}/settings/filters")),
        page("trial", format!("/p/{shop}/settings/filters/test")),
        page("rules", format!("/p/{shop}/settings/rules")),
        page("rule", format!("/p/{shop}/settings/rules/1")),
        page("rule-new", format!("/p/{shop}/settings/rules/new")),
        page("settings", format!("/p/{shop}/settings")),
        page("tokens", format!("/p/{shop}/settings/tokens")),
        page("members", format!("/p/{shop}/settings/members")),
        page("data", format!("/p/{shop}/settings/data")),
        page(
            "data-person",
            format!("/p/{shop}/settings/data?person=2731"),
        ),
        page("account", "/account"),
        page("users", "/admin/users"),
        page("system", "/admin/system"),
        Stop {
            status: 404,
            ..page("not-found", "/p/nowhere/items")
        },
    ]
}

fn page(name: &'static str, path: impl Into<String>) -> Stop {
    Stop {
        name,
        path: path.into(),
        status: 200,
    }
}

async fn look(browser: &Browser, window: Window, stops: &[Stop], faults: &mut Vec<String>) {
    for stop in stops {
        browser.window(window, Scheme::Light).await;
        browser.goto(&stop.path).await;
        let found = look_at(browser, stop).await;
        let name = stop.name;
        faults.extend(
            found
                .iter()
                .map(|fault| format!("{name} {window:?}: {fault}")),
        );
        photograph(browser, window, Scheme::Light, name).await;
        look_in_the_dark(browser, window, name, faults).await;
    }
}

/// The page that is open, in the other colours: nothing else of it changes with them.
async fn look_in_the_dark(browser: &Browser, window: Window, name: &str, faults: &mut Vec<String>) {
    browser.window(window, Scheme::Dark).await;
    let found = axe::contrasts(browser).await;
    faults.extend(
        found
            .iter()
            .map(|fault| format!("{name} {window:?} dark: {fault}")),
    );
    photograph(browser, window, Scheme::Dark, name).await;
}

async fn look_at(browser: &Browser, stop: &Stop) -> Vec<String> {
    let mut faults = axe::violations(browser).await;
    let overflow = browser.overflow().await;
    if overflow > 0 {
        faults.push(format!("{overflow} px stick out"));
    }
    let status = browser.run(
        "return performance.getEntriesByType('navigation')[0].responseStatus",
        Vec::new(),
    );
    let status = status.await;
    if status != stop.status {
        faults.push(format!("status {status}"));
    }
    let complaints = browser.complaints().await;
    // The browser reports the status of a page that is not there, or not for everybody.
    let is_expected = |text: &String| {
        stop.status != 200 && text.contains(&format!("responded with a status of {}", stop.status))
    };
    faults.extend(complaints.into_iter().filter(|text| !is_expected(text)));
    faults
}

/// Takes a picture of the whole page, where pictures are wanted; the window is as high as it then.
pub async fn photograph(browser: &Browser, window: Window, scheme: Scheme, name: &str) {
    let Some(folder) = env::var_os("ROLLCAGE_SCREENSHOTS").map(PathBuf::from) else {
        return;
    };
    fs::create_dir_all(&folder).expect("the folder for pictures can be made");
    let (width, _) = window.size();
    if (name, window, scheme) == ("item", Window::Wide, Scheme::Light) {
        browser.photograph(&folder.join("readme.png")).await;
    }
    browser.unroll(window).await;
    let file = format!("{name}-{width}-{}.png", scheme.name());
    browser.photograph(&folder.join(file)).await;
}
