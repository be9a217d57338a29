//! Bars as inline SVG: no script, no inline style, an accessible label, and a title per bar.

use std::fmt::{self, Write};

use askama::filters::Safe;
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::{format, zone};

mod stack;

pub(crate) use stack::{Layer, StackedChart};

/// Occurrences over time, as bars.
#[derive(Clone, Debug)]
pub struct BarChart {
    /// Oldest first.
    counts: Vec<i64>,
    unit: Unit,
    /// When the last bar begins.
    last_start: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Hour,
    Day,
}

/// Height of the drawing in its own units; the page stretches it.
const HEIGHT: i64 = 100;
/// Width of a bar with its gap, in the drawing's own units.
const STEP: i64 = 10;
/// Width of a bar without its gap.
const BAR: i64 = 8;
/// The least height of a bar that is not zero, so that one occurrence is seen beside a thousand.
const LEAST: i64 = 6;

impl BarChart {
    /// One bar per hour, oldest first; the last is the hour that `now` lies in.
    pub fn hours(counts: Vec<i64>, now: DateTime<Utc>) -> Self {
        Self::new(counts, Unit::Hour, now)
    }

    /// One bar per day, oldest first; the last is the UTC day that `now` lies in.
    pub fn days(counts: Vec<i64>, now: DateTime<Utc>) -> Self {
        Self::new(counts, Unit::Day, now)
    }

    fn new(counts: Vec<i64>, unit: Unit, now: DateTime<Utc>) -> Self {
        // Truncating fails only for times that no clock shows.
        let last_start = now.duration_trunc(unit.length()).unwrap_or(now);
        Self {
            counts,
            unit,
            last_start,
        }
    }

    /// All bars together.
    pub fn sum(&self) -> i64 {
        self.counts.iter().sum()
    }

    /// The highest bar.
    pub fn max(&self) -> i64 {
        self.counts.iter().copied().max().unwrap_or(0)
    }

    /// The chart without axis and without a text per bar, for a row of a list.
    pub fn spark(&self) -> Safe<Drawing<'_>> {
        Safe(Drawing {
            chart: self,
            zone: None,
        })
    }

    /// The chart with a text per bar, for somebody who lives in `zone`.
    pub fn drawing(&self, zone: Tz) -> Safe<Drawing<'_>> {
        Safe(Drawing {
            chart: self,
            zone: Some(zone),
        })
    }

    /// The highest bar's count, short, for the axis.
    pub(crate) fn max_short(&self) -> String {
        format::count(self.max())
    }

    /// What stands under the left, the middle and the right end of the axis.
    pub(crate) fn ticks(&self, zone: Tz) -> [String; 3] {
        [
            self.tick(0, zone),
            self.tick(self.counts.len() / 2, zone),
            self.unit.last_tick().to_owned(),
        ]
    }

    fn tick(&self, index: usize, zone: Tz) -> String {
        let start = self.start(index);
        match self.unit {
            Unit::Hour => start.with_timezone(&zone).format("%H:%M").to_string(),
            Unit::Day => start.format("%-d %b").to_string(),
        }
    }

    /// When the bar at `index` begins, as its title says it. Days are those of UTC for everybody:
    /// what is stored is counted by them.
    fn title(&self, index: usize, zone: Tz) -> String {
        let start = self.start(index);
        match self.unit {
            Unit::Hour => {
                let local = start.with_timezone(&zone);
                let name = zone::abbreviation(zone, start);
                format!("{} {name}", local.format("%-d %b, from %H:%M"))
            }
            Unit::Day if zone == Tz::UTC => start.format("%-d %b %Y").to_string(),
            Unit::Day => start.format("%-d %b %Y, UTC").to_string(),
        }
    }

    /// When the bar at `index` begins.
    fn start(&self, index: usize) -> DateTime<Utc> {
        let back = self.counts.len().saturating_sub(index + 1);
        self.last_start - self.unit.length() * i32::try_from(back).unwrap_or(i32::MAX)
    }

    /// `312 occurrences in the last 24 hours, at most 48 in one hour`.
    pub(crate) fn label(&self) -> String {
        let spans = i64::try_from(self.counts.len()).unwrap_or(i64::MAX);
        let (one, many) = self.unit.names();
        let mut label = format!(
            "{} in the last {}",
            format::counted(self.sum(), "occurrence", "occurrences"),
            format::counted(spans, one, many),
        );
        if self.max() > 0 {
            write!(
                label,
                ", at most {} in one {one}",
                format::exact_count(self.max())
            )
            .expect("writing to a string cannot fail");
        }
        label
    }

    fn write(&self, out: &mut fmt::Formatter<'_>, zone: Option<Tz>) -> fmt::Result {
        let width =
            STEP * i64::try_from(self.counts.len()).unwrap_or(i64::MAX / STEP) - (STEP - BAR);
        let class = if zone.is_some() {
            "bars"
        } else {
            "bars bars-spark"
        };
        write!(
            out,
            r#"<svg class="{class}" viewBox="0 0 {width} {HEIGHT}" preserveAspectRatio="none" role="img" aria-label="{}">"#,
            self.label(),
        )?;
        let max = self.max().max(1);
        for ((index, count), x) in self.counts.iter().enumerate().zip((0_i64..).step_by(10)) {
            let height = height(*count, max);
            let class = if *count > 0 { "bar" } else { "bar bar-none" };
            let y = HEIGHT - height;
            let Some(zone) = zone else {
                write!(
                    out,
                    r#"<rect class="{class}" x="{x}" y="{y}" width="{BAR}" height="{height}"/>"#
                )?;
                continue;
            };
            write!(
                out,
                r#"<g><title>{}: {}</title><rect class="bar-space" x="{x}" y="0" width="{STEP}" height="{HEIGHT}"/><rect class="{class}" x="{x}" y="{y}" width="{BAR}" height="{height}"/></g>"#,
                self.title(index, zone),
                format::counted(*count, "occurrence", "occurrences"),
            )?;
        }
        out.write_str("</svg>")
    }
}

/// A bar's height: none is a hairline, any is seen.
fn height(count: i64, max: i64) -> i64 {
    if count <= 0 {
        return 2;
    }
    share(count, max).clamp(LEAST, HEIGHT)
}

/// How much of the drawing's height `count` of `max` is.
fn share(count: i64, max: i64) -> i64 {
    // In f64, since a count times a hundred may not fit; a drawing needs no more digits.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "the result lies between 0 and 100"
    )]
    let share = (count as f64 / max as f64 * HEIGHT as f64).round() as i64;
    share
}

impl Unit {
    fn length(self) -> TimeDelta {
        match self {
            Self::Hour => TimeDelta::hours(1),
            Self::Day => TimeDelta::days(1),
        }
    }

    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Hour => ("hour", "hours"),
            Self::Day => ("day", "days"),
        }
    }

    const fn last_tick(self) -> &'static str {
        match self {
            Self::Hour => "now",
            Self::Day => "today",
        }
    }
}

/// A chart as it is drawn: all of it is our own text and digits.
pub struct Drawing<'a> {
    chart: &'a BarChart,
    /// The zone of the times in its texts; `None` for a drawing without texts.
    zone: Option<Tz>,
}

impl fmt::Display for Drawing<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.chart.write(out, self.zone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::parse_from_rfc3339("2026-11-22T21:30:09Z")
            .expect("a valid time")
            .to_utc()
    }

    #[test]
    fn the_label_says_what_the_bars_show() {
        let chart = BarChart::hours(vec![0, 2, 1_200], now());
        assert_eq!(
            chart.label(),
            "1,202 occurrences in the last 3 hours, at most 1,200 in one hour"
        );
        assert_eq!(
            BarChart::days(vec![0; 30], now()).label(),
            "0 occurrences in the last 30 days"
        );
    }

    #[test]
    fn each_bar_says_its_time() {
        let svg = BarChart::hours(vec![1, 2], now())
            .drawing(Tz::UTC)
            .to_string();
        assert!(
            svg.contains("<title>22 Nov, from 20:00 UTC: 1 occurrence</title>"),
            "{svg}"
        );
        assert!(
            svg.contains("<title>22 Nov, from 21:00 UTC: 2 occurrences</title>"),
            "{svg}"
        );
        assert!(!svg.contains("style="));
        assert_eq!(
            BarChart::days(vec![1; 30], now()).ticks(Tz::UTC),
            ["24 Oct", "8 Nov", "today"]
        );
    }

    #[test]
    fn hours_are_those_of_the_reader_and_days_those_of_utc() {
        let zone = Tz::Asia__Kolkata;
        let hours = BarChart::hours(vec![1, 2], now());
        let svg = hours.drawing(zone).to_string();
        assert!(
            svg.contains("<title>23 Nov, from 02:30 IST: 2 occurrences</title>"),
            "{svg}"
        );
        assert_eq!(hours.ticks(zone), ["01:30", "02:30", "now"]);
        let svg = BarChart::days(vec![1], now()).drawing(zone).to_string();
        assert!(svg.contains("<title>22 Nov 2026, UTC: 1"), "{svg}");
    }

    #[test]
    fn one_is_seen_beside_a_million() {
        assert_eq!(height(1, 1_000_000), LEAST);
        assert_eq!(height(1_000_000, 1_000_000), HEIGHT);
        assert_eq!(height(i64::MAX, i64::MAX), HEIGHT);
        assert_eq!(height(0, 1), 2);
    }

    #[test]
    fn no_bars_are_no_panic() {
        assert!(
            BarChart::hours(Vec::new(), now())
                .spark()
                .to_string()
                .starts_with("<svg")
        );
    }
}
