//! Alert rules: what fires, whom it tells, how often at most, and who may set them.

use std::collections::BTreeSet;

use chrono::{TimeDelta, Timelike};
use rollcage_server::{
    model::project::Role,
    store::{members, rules},
};
use rollcage_tests::{App, Database, MailServer, Person, Project, mail::Mail, wait::until};

const RULES: &str = "/p/shop/settings/rules";

/// Moves the clock to the middle of an hour some days ago: none ends while a test runs.
fn at_half_past(app: &App) {
    let now = app.clock.now();
    let minutes = TimeDelta::minutes(i64::from(now.minute()));
    app.advance(TimeDelta::minutes(30) - minutes - TimeDelta::days(2));
}

/// What a form sends, with what a rule needs and the test does not name.
fn form<'f>(fields: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    let usual = [
        ("name", "A rule"),
        ("trigger", "new"),
        ("audience", "everybody"),
        ("mails_per_hour", "20"),
    ];
    let unnamed = usual
        .into_iter()
        .filter(|(usual, _)| fields.iter().all(|(name, _)| name != usual));
    fields.iter().copied().chain(unnamed).collect()
}

/// Makes a rule: its path.
async fn make(owner: &Person<'_>, fields: &[(&str, &str)]) -> String {
    let made = owner.post(RULES, &form(fields)).await;
    assert_eq!(made.status, 303, "{}", made.text());
    let path = made.location().split('?').next().unwrap_or_default();
    path.to_owned()
}

/// Deletes the rules that a project begins with.
async fn without_rules(app: &App, project: &Project<'_>) {
    let db = app.database.db();
    for rule in rules::of_project(db, project.id)
        .await
        .expect("Postgres answers")
    {
        let deleted = rules::delete(db, project.id, rule.id).await;
        assert!(deleted.expect("Postgres answers"));
    }
}

/// An error of a class of its own.
async fn fails_anew(app: &App, project: &Project<'_>, number: usize) {
    let letter = |number: usize| char::from(b'A' + u8::try_from(number % 16).expect("a letter"));
    let class = format!("Error{}{}", letter(number / 16), letter(number));
    let payload = project.occurrence().class(&class).payload().to_string();
    let answer = app.post_item(&project.tokens.server, payload).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// Mails that were decided on.
async fn decided(app: &App) -> i64 {
    app.database.number("SELECT count(*) FROM outbox").await
}

/// Waits until that many mails have arrived and the outbox knows it: then the clock may pass their leases.
async fn arrived(app: &App, server: &MailServer, count: usize) -> Vec<Mail> {
    let mails = server.arrived(count).await;
    until("the outbox knows what was sent", async || {
        let unsent = "SELECT count(*) FROM outbox WHERE sent_at IS NULL";
        (app.database.number(unsent).await == 0).then_some(())
    })
    .await;
    mails
}

fn subjects(mails: &[Mail]) -> BTreeSet<&str> {
    mails.iter().map(|mail| mail.subject.as_str()).collect()
}

#[tokio::test]
async fn a_rate_is_that_of_the_whole_group() {
    let app = App::start().await;
    at_half_past(&app);
    let project = app.project("Shop").await;
    without_rules(&app, &project).await;
    let owner = app.member(&project, "bob@example.test", Role::Owner).await;
    for number in 0..2 {
        fails_anew(&app, &project, number).await;
        app.digested().await;
    }
    let merged = [("item", "1"), ("item", "2")];
    assert_eq!(owner.post("/p/shop/merging", &merged).await.status, 303);
    make(
        &owner,
        &[("trigger", "rate"), ("count", "6"), ("minutes", "5")],
    )
    .await;
    for (number, mails) in [(0, 0), (1, 0), (1, 0), (1, 1)] {
        fails_anew(&app, &project, number).await;
        app.digested().await;
        assert_eq!(decided(&app).await, mails);
    }
}

#[tokio::test]
async fn each_trigger_tells_in_its_own_words() {
    let server = MailServer::start();
    let app = App::builder().mail(&server).start().await;
    at_half_past(&app);
    let project = app.project("Shop").await;
    let owner = app.member(&project, "bob@example.test", Role::Owner).await;
    make(&owner, &[("trigger", "reached"), ("reached", "10")]).await;
    let rate = [("trigger", "rate"), ("count", "5"), ("minutes", "2")];
    let rate = make(&owner, &[("name", "Too often"), rate[0], rate[1], rate[2]]).await;

    project.occurrence().send().await;
    let mails = arrived(&app, &server, 1).await;
    assert_eq!(mails[0].subject, "[Shop] New: KeyError: 'total' (#1)");
    let why = "You get this by the rule “New items” of the project Shop.";
    assert!(mails[0].text.contains(why), "{}", mails[0].text);
    project.occurrence().times(3).send().await;
    app.digested().await;
    assert_eq!(decided(&app).await, 1, "4 of 5");
    project.occurrence().times(6).send().await;
    let mails = arrived(&app, &server, 3).await;
    let wanted = [
        "[Shop] 10 occurrences: KeyError: 'total' (#1)",
        "[Shop] 5 times within 2 minutes: KeyError: 'total' (#1)",
        "[Shop] New: KeyError: 'total' (#1)",
    ];
    assert_eq!(subjects(&mails), BTreeSet::from(wanted));
    let often = mails
        .iter()
        .find(|mail| mail.subject.contains("5 times"))
        .expect("it was told");
    for part in [&often.text, &often.html] {
        for said in [
            "Item #1 failed 5 times within 2 minutes.",
            "by the rule “Too often” of the project Shop",
            &format!("{}{rate}", app.url()),
        ] {
            assert!(part.contains(said), "{said}: {part}");
        }
    }

    // It rests for its two minutes, and does not count what came before them.
    project.occurrence().times(20).send().await;
    app.digested().await;
    app.advance(TimeDelta::minutes(3));
    project.occurrence().times(4).send().await;
    app.digested().await;
    assert_eq!(decided(&app).await, 3);
    project.occurrence().send().await;
    let mails = arrived(&app, &server, 4).await;
    assert!(mails[3].subject.contains("5 times"), "{}", mails[3].subject);

    let item = project.only_item().await;
    item.resolve().await;
    app.advance(TimeDelta::minutes(3));
    project.occurrence().send().await;
    let mails = arrived(&app, &server, 5).await;
    assert_eq!(mails[4].subject, "[Shop] Came back: KeyError: 'total' (#1)");
    assert!(mails[4].text.contains("“Items that come back”"));

    item.mute().await;
    app.advance(TimeDelta::minutes(3));
    project.occurrence().times(30).send().await;
    app.digested().await;
    assert_eq!(decided(&app).await, 5, "a muted item tells nobody");
    // It counts anew once it is active again: ten of it are told again.
    item.reopen().await;
    project.occurrence().times(10).send().await;
    let mails = arrived(&app, &server, 7).await;
    let again = mails[5..].iter().map(|mail| mail.subject.as_str());
    assert_eq!(
        again.collect::<BTreeSet<_>>(),
        BTreeSet::from([wanted[0], wanted[1]])
    );
}

#[tokio::test]
async fn a_rule_tells_of_what_its_filter_meets_and_of_nothing_while_it_is_off() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let owner = app.member(&project, "bob@example.test", Role::Owner).await;
    without_rules(&app, &project).await;
    let filter = [
        ("environments", "staging, production"),
        ("level", "error"),
        ("words", "KEYERROR cart"),
    ];
    let rule = make(&owner, &filter).await;
    let cart = || project.occurrence().message("no cart");
    cart().environment("test").send().await;
    cart().level("warning").send().await;
    project.occurrence().message("no stock").send().await;
    app.digested().await;
    assert_eq!(decided(&app).await, 0);
    cart().environment("staging").send().await;
    app.digested().await;
    assert_eq!(decided(&app).await, 1);

    let off = owner
        .post(&format!("{rule}/enabled"), &[("enabled", "false")])
        .await;
    assert_eq!(off.status, 303);
    cart().level("critical").class("KeyErrors").send().await;
    app.digested().await;
    assert_eq!(decided(&app).await, 1);
    let list = owner.page(RULES).await;
    assert!(list.contains("fired once in 24 h"), "{list}");
    assert!(list.contains(r#"aria-checked="false""#), "{list}");
}

#[tokio::test]
async fn what_happens_mails_a_person_once_and_their_own_no_wins() {
    let server = MailServer::start();
    let app = App::builder().mail(&server).start().await;
    let project = app.project("Shop").await;
    let owner = app.member(&project, "ann@example.test", Role::Owner).await;
    let bob = app.member(&project, "bob@example.test", Role::Viewer).await;
    for _ in 0..2 {
        make(&owner, &[("trigger", "new")]).await;
    }
    project.occurrence().class("FirstError").send().await;
    app.digested().await;
    assert_eq!(decided(&app).await, 2, "three rules, one mail each");

    // Ann wants no mails of new items: no rule for everybody tells her.
    let wishes = [("reactivated_items", "true"), ("project", "shop")];
    assert_eq!(owner.post("/account/mails", &wishes).await.status, 303);
    project.occurrence().class("SecondError").send().await;
    app.digested().await;
    assert_eq!(decided(&app).await, 3);
    // One that was made for her does.
    let ann = owner.id.to_string();
    make(&owner, &[("audience", "chosen"), ("person", &ann)]).await;
    project.occurrence().class("ThirdError").send().await;
    app.digested().await;
    assert_eq!(decided(&app).await, 5);
    // But for a project whose mails she turned off altogether.
    let wishes = [("new_items", "true"), ("reactivated_items", "true")];
    assert_eq!(owner.post("/account/mails", &wishes).await.status, 303);
    project.occurrence().class("FourthError").send().await;
    let mails = arrived(&app, &server, 6).await;
    app.digested().await;
    assert_eq!(decided(&app).await, 6);
    let to_bob = mails.iter().filter(|mail| mail.to == [bob.email.clone()]);
    assert_eq!(to_bob.count(), 4);
}

/// What a summary names, by number.
fn named(summary: &Mail) -> BTreeSet<i64> {
    let numbers = summary.text.lines().filter_map(|line| {
        let (number, _) = line.strip_prefix('#')?.split_once(' ')?;
        number.parse().ok()
    });
    numbers.collect()
}

/// The number of the item that a mail is about.
fn about(mail: &Mail) -> i64 {
    let (_, number) = mail.subject.rsplit_once("(#").expect("a subject has it");
    number.trim_end_matches(')').parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_hourly_limit_two_nodes_send_one_summary_of_the_rest() {
    let server = MailServer::start();
    let one = App::builder().mail(&server).start().await;
    at_half_past(&one);
    let two = App::builder().beside(&one).mail(&server).start().await;
    let project = one.project("Shop").await;
    let owner = one.member(&project, "bob@example.test", Role::Owner).await;
    two.knows(&project.tokens.read).await;
    let storm = async |app: &App, first: usize| {
        for number in (first..100).step_by(2) {
            fails_anew(app, &project, number).await;
        }
        app.digested().await;
    };
    tokio::join!(storm(&one, 0), storm(&two, 1));
    arrived(&one, &server, 20).await;
    assert_eq!(decided(&one).await, 20);
    let held = "SELECT sum(held)::bigint FROM rule_hours";
    assert_eq!(one.database.number(held).await, 80);
    let list = owner.page(RULES).await;
    assert!(list.contains("fired 100 times in 24 h"), "{list}");
    assert!(list.contains("80 in a summary"), "{list}");
    // Not before the hour is over.
    one.advance(TimeDelta::minutes(28));
    one.wake_mailer().await;
    assert_eq!(decided(&one).await, 20);

    one.advance(TimeDelta::minutes(4));
    one.wake_mailer().await;
    let mails = arrived(&one, &server, 21).await;
    one.stop().await;
    let (database, _folder) = two.stop().await;
    assert_eq!(server.mails().len(), 21);
    assert_eq!(database.number("SELECT count(*) FROM outbox").await, 21);
    assert_eq!(database.number("SELECT count(*) FROM held_alerts").await, 0);
    let summary = &mails[20];
    assert_eq!(summary.subject, "[Shop] 80 items more: New items");
    let told: BTreeSet<i64> = mails[..20].iter().map(about).collect();
    let named = named(summary);
    assert_eq!((told.len(), named.len()), (20, 50));
    assert!(told.is_disjoint(&named), "{told:?} {named:?}");
    for part in [&summary.text, &summary.html] {
        assert!(part.contains("And 30 more."), "{part}");
        assert!(part.contains("/p/shop/items"), "{part}");
        assert!(part.contains("at most 20 mails an hour"), "{part}");
    }
}

#[tokio::test]
async fn each_hour_has_its_limit_and_a_summary_counts_against_none() {
    let server = MailServer::start();
    let app = App::builder().mail(&server).start().await;
    at_half_past(&app);
    let project = app.project("Shop").await;
    let owner = app.member(&project, "bob@example.test", Role::Owner).await;
    without_rules(&app, &project).await;
    make(&owner, &[("mails_per_hour", "1")]).await;
    for (round, first) in [0, 3].into_iter().enumerate() {
        for number in first..first + 3 {
            fails_anew(&app, &project, number).await;
        }
        app.digested().await;
        arrived(&app, &server, 2 * round + 1).await;
        assert_eq!(server.mails().len(), 2 * round + 1);
        app.advance(TimeDelta::hours(1));
        app.wake_mailer().await;
        let mails = arrived(&app, &server, 2 * round + 2).await;
        let summary = &mails[2 * round + 1];
        assert_eq!(summary.subject, "[Shop] 2 items more: A rule");
        assert_eq!(named(summary).len(), 2);
        assert!(!summary.text.contains("And "), "{}", summary.text);
    }
}

#[tokio::test]
async fn what_was_decided_outlives_the_program() {
    let mut server = MailServer::down().await;
    let app = App::builder().mail(&server).start().await;
    at_half_past(&app);
    let clock = app.clock.clone();
    let project = app.project("Shop").await;
    let owner = app.member(&project, "bob@example.test", Role::Owner).await;
    let gone = app.member(&project, "eve@example.test", Role::Member).await;
    without_rules(&app, &project).await;
    make(&owner, &[("mails_per_hour", "1")]).await;
    for number in 0..3 {
        fails_anew(&app, &project, number).await;
    }
    app.digested().await;
    assert_eq!(decided(&app).await, 2);
    let (id, leaver) = (project.id, gone.id);
    let (database, data_dir) = app.stop().await;
    // Eve leaves before the hour is over: she is not told what happens after it.
    let left = members::remove(database.db(), id, leaver).await;
    assert!(left.expect("Postgres answers"));

    server.up();
    clock.advance(TimeDelta::hours(1));
    let app = App::builder()
        .database(&database)
        .data_dir(data_dir)
        .clock(&clock)
        .mail(&server)
        .start()
        .await;
    app.wake_mailer().await;
    let mails = arrived(&app, &server, 3).await;
    app.stop().await;
    assert_eq!(server.mails().len(), 3);
    let (summaries, at_once): (Vec<_>, Vec<_>) = mails
        .iter()
        .partition(|mail| mail.subject.contains(" more: "));
    assert_eq!((summaries.len(), at_once.len()), (1, 2));
    assert_eq!(summaries[0].to, ["bob@example.test"]);
}

#[tokio::test]
async fn a_deleted_rule_holds_nothing_and_its_items_mails_still_go() {
    let server = MailServer::start();
    let app = App::builder().mail(&server).start().await;
    at_half_past(&app);
    let project = app.project("Shop").await;
    let owner = app.member(&project, "bob@example.test", Role::Owner).await;
    without_rules(&app, &project).await;
    let rule = make(&owner, &[("mails_per_hour", "1")]).await;
    let gate = server.hold();
    for number in 0..3 {
        fails_anew(&app, &project, number).await;
    }
    app.digested().await;
    server.is_held().await;
    let deleted = owner.post(&format!("{rule}/deletion"), &[]).await;
    assert_eq!(deleted.status, 303);
    assert_eq!(owner.get(&rule).await.status, 404);
    let empty = owner.page(RULES).await;
    assert!(empty.contains("No rules"), "{empty}");
    gate.add_permits(100);
    arrived(&app, &server, 1).await;
    app.advance(TimeDelta::hours(1));
    app.wake_mailer().await;
    until("what was held is forgotten", async || {
        let held = "SELECT count(*) FROM held_alerts";
        (app.database.number(held).await == 0).then_some(())
    })
    .await;
    app.stop().await;
    assert_eq!(server.mails().len(), 1);
}

#[tokio::test]
async fn a_project_has_at_most_twenty_rules() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let owner = app.member(&project, "bob@example.test", Role::Owner).await;
    for _ in 2..19 {
        make(&owner, &[]).await;
    }
    // Of two who make the last one at once, one may.
    let fields = form(&[]);
    let (one, two) = tokio::join!(owner.post(RULES, &fields), owner.post(RULES, &fields));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 422]);
    let refused = owner.post(RULES, &form(&[("name", "One too many")])).await;
    assert_eq!(refused.status, 422);
    let said = "A project has at most 20 rules. Delete one to make another.";
    assert!(refused.text().contains(said), "{}", refused.text());
    assert!(refused.text().contains("One too many"), "as it was typed");
    let rules = app.database.number("SELECT count(*) FROM rules").await;
    assert_eq!(rules, 20);
    let list = owner.page(RULES).await;
    assert!(list.contains("at most 20 rules") && !list.contains("New rule"));
}

#[tokio::test]
async fn a_mistake_is_told_and_what_was_typed_stays() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let owner = app.member(&project, "bob@example.test", Role::Owner).await;
    let stranger = app.stranger("eve@example.test").await.id.to_string();
    let made = make(&owner, &[("name", "Kept")]).await;
    let cases = [
        (vec![("name", " ")], "Give the rule a name."),
        (
            vec![("trigger", "deployed")],
            "Choose what the rule waits for.",
        ),
        (
            vec![("trigger", "rate"), ("count", "1001"), ("minutes", "5")],
            "A rate is 1 to 1000 occurrences within 1 to 60 minutes.",
        ),
        (vec![("level", "severe")], "Choose a level"),
        (
            vec![("audience", "chosen"), ("person", stranger.as_str())],
            "Choose at least one member",
        ),
        (
            vec![("mails_per_hour", "0")],
            "Mails in an hour are 1 to 1000.",
        ),
    ];
    for (fields, said) in cases {
        let mut fields = form(&fields);
        fields.push(("words", "as it was typed"));
        for path in [RULES, &made] {
            let refused = owner.post(path, &fields).await;
            assert_eq!(refused.status, 422, "{fields:?}");
            let page = refused.text();
            assert!(page.contains(said), "{said}: {page}");
            assert!(page.contains("as it was typed"), "{page}");
        }
    }
    assert!(owner.page(&made).await.contains("Kept"));
    let changed = owner
        .post(
            &made,
            &form(&[
                ("name", "Other"),
                ("trigger", "reached"),
                ("reached", "1000"),
            ]),
        )
        .await;
    let saved = owner.page(changed.location()).await;
    assert!(
        saved.contains("An item reaches 1,000 occurrences"),
        "{saved}"
    );
    assert!(saved.contains("The rule is saved."), "{saved}");
}

#[tokio::test]
async fn a_rule_is_its_projects_own() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let owner = app.member(&project, "bob@example.test", Role::Owner).await;
    let rule = make(&owner, &[("name", "Secret plan")]).await;
    let other = app.project("Other").await;
    let foreign = app.member(&other, "eve@example.test", Role::Owner).await;
    let elsewhere = rule.replace("/p/shop/", "/p/other/");
    for path in [&rule, &elsewhere] {
        assert_eq!(foreign.get(path).await.status, 404);
        let fields = form(&[("name", "Taken over")]);
        assert_eq!(foreign.post(path, &fields).await.status, 404);
        for action in ["enabled", "deletion", "test"] {
            let answer = foreign
                .post(&format!("{path}/{action}"), &[("enabled", "false")])
                .await;
            assert_eq!(answer.status, 404, "{path}/{action}");
        }
    }
    let page = owner.page(&rule).await;
    assert!(
        page.contains("Secret plan") && page.contains("Turn off"),
        "{page}"
    );
    // Nor is it about items of another project, or for its people.
    without_rules(&app, &other).await;
    other.occurrence().send().await;
    app.digested().await;
    assert_eq!(decided(&app).await, 0);
}

#[tokio::test]
async fn a_test_mail_goes_to_who_asks_once_a_minute() {
    let server = MailServer::start();
    let app = App::builder().mail(&server).start().await;
    let project = app.project("Shop").await;
    let owner = app.member(&project, "bob@example.test", Role::Owner).await;
    app.member(&project, "ann@example.test", Role::Owner).await;
    let rule = make(
        &owner,
        &[("name", "Checkout fails"), ("environments", "production")],
    )
    .await;
    let now = app.clock.now();
    app.advance(TimeDelta::seconds(-i64::from(now.second())));
    for _ in 0..2 {
        let asked = owner.post(&format!("{rule}/test"), &[]).await;
        assert_eq!(asked.status, 303);
        let page = owner.page(asked.location()).await;
        assert!(
            page.contains("A test mail goes to bob@example.test"),
            "{page}"
        );
    }
    let mails = arrived(&app, &server, 1).await;
    app.stop().await;
    assert_eq!(server.mails().len(), 1);
    assert_eq!(mails[0].to, ["bob@example.test"]);
    assert_eq!(mails[0].subject, "[Shop] Test of the rule “Checkout fails”");
    assert!(
        mails[0].text.contains("An item is new"),
        "{}",
        mails[0].text
    );
    assert!(mails[0].text.contains("in production"), "{}", mails[0].text);
}

#[tokio::test]
async fn projects_that_were_there_before_have_the_rules_that_mails_followed() {
    let database = Database::make().await;
    database
        .execute("INSERT INTO projects (name, slug, created_at) VALUES ('Old', 'old', now())")
        .await;
    let migration = include_str!("../../migrations/0012_rules.sql");
    let insert = migration
        .split_once("INSERT INTO rules")
        .and_then(|(_, rest)| rest.split_once(';'))
        .map(|(statement, _)| format!("INSERT INTO rules{statement}"))
        .expect("the migration has it");
    sqlx::raw_sql(sqlx::AssertSqlSafe(insert))
        .execute(database.db())
        .await
        .expect("the statement works");
    let rules = "SELECT string_agg(name || ' ' || trigger || ' ' || mails_per_hour, ', ' ORDER BY id) FROM rules
                 WHERE recipients IS NULL AND is_enabled AND filter = '{}'";
    assert_eq!(
        database.text(rules).await,
        "New items new 20, Items that come back reactivated 20"
    );
}
