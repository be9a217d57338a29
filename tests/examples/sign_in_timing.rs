//! How long signing in and asking for a reset take, whether the account exists or not.
//!
//! `cargo run -p rollcage-tests --example sign_in_timing`: medians of wrong passwords for an account
//! that is there, one that is deactivated, and one that is not, in turn; and their ratio.

use std::time::Duration;

use chrono::TimeDelta;
use reqwest::Method;
use rollcage_server::store::users;
use rollcage_tests::{App, MailServer, wait::now};

const ROUNDS: usize = 200;
const KINDS: [(&str, &str); 3] = [
    ("an account", "ann@example.test"),
    ("a deactivated one", "gone@example.test"),
    ("none", "nobody@example.test"),
];

#[tokio::main]
async fn main() {
    let server = MailServer::start();
    let app = App::builder().mail(&server).start().await;
    app.user(KINDS[0].1, false).await;
    let gone = app.user(KINDS[1].1, false).await;
    users::set_disabled(app.database.db(), gone, Some(app.clock.now()))
        .await
        .expect("Postgres answers");
    println!(
        "{ROUNDS} rounds\n{:<12} {:<18} {:>10} {:>10} {:>7}",
        "", "", "median us", "p90 us", "ratio"
    );
    for (path, form) in [
        ("/login", "password=wrong+password&email="),
        ("/password", "email="),
    ] {
        let mut times = [const { Vec::new() }; KINDS.len()];
        for _ in 0..ROUNDS {
            for ((_, email), times) in KINDS.iter().zip(&mut times) {
                times.push(answer(&app, path, &format!("{form}{email}")).await);
            }
            app.advance(TimeDelta::minutes(1));
        }
        let [first, ..] = times.each_ref().map(|times| median(times));
        for ((kind, _), times) in KINDS.iter().zip(&times) {
            let median_us = median(times);
            println!(
                "{path:<12} {kind:<18} {median_us:>10} {:>10} {:>7.3}",
                p90(times),
                to_f64(median_us) / to_f64(first),
            );
        }
    }
}

async fn answer(app: &App, path: &str, form: &str) -> Duration {
    let headers = [
        ("sec-fetch-site", "same-origin"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let begun = now();
    let answer = app
        .request(Method::POST, path, &headers, form.to_owned())
        .await;
    let took = begun.elapsed();
    assert!(matches!(answer.status, 200 | 422), "{}", answer.text());
    took
}

fn median(times: &[Duration]) -> u64 {
    quantile(times, times.len() / 2)
}

fn p90(times: &[Duration]) -> u64 {
    quantile(times, times.len() * 9 / 10)
}

fn quantile(times: &[Duration], at: usize) -> u64 {
    let mut sorted = times.to_vec();
    sorted.sort();
    u64::try_from(sorted[at].as_micros()).expect("seconds at most")
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of an answer")]
fn to_f64(microseconds: u64) -> f64 {
    microseconds as f64
}
