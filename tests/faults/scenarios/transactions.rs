//! The digest's transaction, broken where it is decided whether it happened.

use std::collections::HashSet;

use rollcage_tests::MailServer;
use tokio::time::sleep;

use crate::{
    Run, body,
    patience::until,
    postgres::{Postgres, execute, number},
    proxy::{Break, Place, Proxy},
    stage::Stage,
};

/// The connection is cut during COMMIT.
pub async fn cut_commit(run: &mut Run<'_>) -> anyhow::Result<()> {
    let postgres = Postgres::start().await?;
    let url = postgres.url()?;
    let proxy = Proxy::start(&url).await?;
    let stage = Stage::external(run, &url, &[("DATABASE_URL", &proxy.url())]).await?;
    let load = stage.load(run);
    let (mut before, mut after) = (0, 0);
    for round in 0..run.scale.rounds {
        if round % 4 != 0 {
            // Else it is the next attempt that is cut, and the digest waits longer each time.
            proxy.passed().await?;
            sleep(run.chance.between_ms(0, 100)).await;
        }
        let place = if run.chance.coin() {
            before += 1;
            Place::BeforeCommit
        } else {
            after += 1;
            Place::AfterCommit
        };
        proxy.spring(place, Break::Cut).await?;
    }
    load.end().await;
    run.verdict.note(format!(
        "connections cut before a COMMIT: {before}, before its answer: {after}"
    ));
    stage.finish(run).await?;
    postgres.stop().await;
    Ok(())
}

/// The server is killed between a COMMIT and its NOTIFY.
pub async fn crash_before_notify(run: &mut Run<'_>) -> anyhow::Result<()> {
    let mails = MailServer::start();
    let postgres = Postgres::start().await?;
    let url = postgres.url()?;
    let proxy = Proxy::start(&url).await?;
    let told = [
        ("DATABASE_URL", proxy.url()),
        ("ROLLCAGE_SMTP_URL", mails.url()),
    ];
    let told: Vec<_> = told
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let mut stage = Stage::external(run, &url, &told).await?;
    stage.server.digested().await?;
    let db = stage.look()?;
    // An admin, whom mails of a project without members go to.
    execute(
        &db,
        "INSERT INTO users (email, password_hash, is_admin, created_at)
         VALUES ('ada@example.test', '-', true, now())",
    )
    .await?;
    // Each round has a mail of its own, more in an hour than a rule sends one by one.
    execute(&db, "UPDATE rules SET mails_per_hour = 1000").await?;
    for round in 0..run.scale.rounds {
        // Nobody is told of the mail: neither was the answer heard, or just that.
        let place = if run.chance.coin() {
            Place::AfterCommit
        } else {
            Place::BeforeNotify
        };
        proxy.arm(place, Break::Hold);
        let class = body::class(usize::try_from(round)? + 1);
        stage.post(run, &class).await?;
        proxy.sprung().await?;
        stage.server.kill();
        stage.server.start()?;
        let wanted = i64::from(round) + 1;
        until("the mail is sent", async || {
            let sent = "SELECT count(*) FROM outbox WHERE sent_at IS NOT NULL";
            Ok((number(&db, sent).await? == wanted).then_some(()))
        })
        .await?;
    }
    let arrived = mails.mails();
    let distinct: HashSet<_> = arrived.iter().map(|mail| &mail.message_id).collect();
    let decided = number(&db, "SELECT count(*) FROM outbox").await?;
    db.close().await;
    run.verdict.note(format!(
        "mails: {decided} decided on, {} arrived, {} of them different",
        arrived.len(),
        distinct.len()
    ));
    let rounds = usize::try_from(run.scale.rounds)?;
    let is_once =
        usize::try_from(decided)? == rounds && arrived.len() == rounds && distinct.len() == rounds;
    run.verdict.promise(is_once, || {
        format!("{rounds} mails were to come, once each")
    });
    stage.finish(run).await?;
    postgres.stop().await;
    Ok(())
}
