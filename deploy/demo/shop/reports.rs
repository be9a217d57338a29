//! Figures for those who run the shop.

use std::{
    sync::mpsc,
    time::{Duration, SystemTime, SystemTimeError},
};

use anyhow::Context;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
#[error("the report ends before it begins")]
pub struct Inverted(#[source] SystemTimeError);

/// Sums up the sales between two times, in hours since the shop opened.
pub fn sales(from_hours: u64, to_hours: u64) {
    if let Err(error) = span(from_hours, to_hours) {
        rollcage::capture_error(&error);
    }
}

fn span(from_hours: u64, to_hours: u64) -> Result<Duration, Inverted> {
    let at = |hours| SystemTime::UNIX_EPOCH + Duration::from_secs(hours * 3600);
    at(to_hours)
        .duration_since(at(from_hours))
        .map_err(Inverted)
}

/// Collects the figures that the workers send, after the last of them has gone.
pub fn collect(report: &'static str) {
    let (sender, figures) = mpsc::channel::<u64>();
    drop(sender);
    if let Err(error) = sum(&figures).with_context(|| format!("no figures for the report {report}"))
    {
        rollcage::capture_anyhow(&error);
    }
}

fn sum(figures: &mpsc::Receiver<u64>) -> anyhow::Result<u64> {
    let first = figures.recv().context("a worker has gone")?;
    Ok(first + figures.iter().sum::<u64>())
}
