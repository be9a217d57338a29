//! Bars that are made of several counts, one upon the other.

use std::fmt::{self, Write};

use askama::filters::Safe;
use chrono_tz::Tz;

use super::{BAR, BarChart, HEIGHT, STEP};
use crate::format;

/// Several counts over time, stacked.
#[derive(Clone, Debug)]
pub(crate) struct StackedChart {
    /// What is stacked, from below; each has as many counts as `all`.
    layers: Vec<Layer>,
    /// The bars as wholes, with their times.
    all: BarChart,
}

/// One of the counts.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    /// The word used in CSS classes.
    pub(crate) name: &'static str,
    /// What it counts, as `12 accepted` says it.
    pub(crate) label: &'static str,
    /// Oldest first.
    pub(crate) counts: Vec<i64>,
}

/// The least height of a layer that is not zero, so that one refusal is seen beside a thousand
/// accepted.
const LEAST: i64 = 3;

impl StackedChart {
    /// `all` says the times of the bars; its counts are the sums of the layers'.
    pub(crate) fn new(layers: Vec<Layer>, chart: impl FnOnce(Vec<i64>) -> BarChart) -> Self {
        let bars = layers.iter().map(|layer| layer.counts.len()).max();
        let sums = (0..bars.unwrap_or(0))
            .map(|bar| layers.iter().map(|layer| layer.at(bar)).sum())
            .collect();
        Self {
            layers,
            all: chart(sums),
        }
    }

    /// The chart for somebody who lives in `zone`.
    pub(crate) fn drawing(&self, zone: Tz) -> Safe<Stack<'_>> {
        Safe(Stack { chart: self, zone })
    }

    /// The highest bar's count, short, for the axis.
    pub(crate) fn max_short(&self) -> String {
        self.all.max_short()
    }

    /// What stands under the left, the middle and the right end of the axis.
    pub(crate) fn ticks(&self, zone: Tz) -> [String; 3] {
        self.all.ticks(zone)
    }

    /// The heights of a bar's layers, from below; together at most [`HEIGHT`].
    fn heights(&self, bar: usize) -> Vec<i64> {
        let max = self.all.max().max(1);
        let mut heights: Vec<i64> = self
            .layers
            .iter()
            .map(|layer| match layer.at(bar) {
                ..=0 => 0,
                count => super::share(count, max).max(LEAST),
            })
            .collect();
        // What was made higher to be seen is taken from the highest.
        let excess = heights.iter().sum::<i64>() - HEIGHT;
        if excess > 0
            && let Some(highest) = heights.iter_mut().max()
        {
            *highest -= excess;
        }
        heights
    }

    fn title(&self, bar: usize, zone: Tz) -> String {
        let sum = self.all.counts[bar];
        let mut title = format!(
            "{}: {}",
            self.all.title(bar, zone),
            format::counted(sum, "occurrence", "occurrences")
        );
        for layer in self.layers.iter().rev().filter(|layer| layer.at(bar) > 0) {
            write!(
                title,
                "\n{} {}",
                format::exact_count(layer.at(bar)),
                layer.label
            )
            .expect("writing to a string cannot fail");
        }
        title
    }

    fn write(&self, out: &mut fmt::Formatter<'_>, zone: Tz) -> fmt::Result {
        let bars = i64::try_from(self.all.counts.len()).unwrap_or(i64::MAX / STEP);
        let width = STEP * bars - (STEP - BAR);
        write!(
            out,
            r#"<svg class="bars bars-stack" viewBox="0 0 {width} {HEIGHT}" preserveAspectRatio="none" role="img" aria-label="{}">"#,
            self.all.label(),
        )?;
        for (bar, x) in (0..self.all.counts.len()).zip((0_i64..).step_by(10)) {
            write!(
                out,
                r#"<g><title>{}</title><rect class="bar-space" x="{x}" y="0" width="{STEP}" height="{HEIGHT}"/>"#,
                self.title(bar, zone),
            )?;
            if self.all.counts[bar] <= 0 {
                let y = HEIGHT - 1;
                write!(
                    out,
                    r#"<rect class="bar-none" x="{x}" y="{y}" width="{BAR}" height="1"/>"#
                )?;
            }
            let mut y = HEIGHT;
            for (layer, height) in self.layers.iter().zip(self.heights(bar)) {
                if height > 0 {
                    y -= height;
                    write!(
                        out,
                        r#"<rect class="layer-{}" x="{x}" y="{y}" width="{BAR}" height="{height}"/>"#,
                        layer.name
                    )?;
                }
            }
            out.write_str("</g>")?;
        }
        out.write_str("</svg>")
    }
}

impl Layer {
    fn at(&self, bar: usize) -> i64 {
        self.counts.get(bar).copied().unwrap_or(0).max(0)
    }
}

/// A chart as it is drawn: all of it is our own text and digits.
pub(crate) struct Stack<'a> {
    chart: &'a StackedChart,
    zone: Tz,
}

impl fmt::Display for Stack<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.chart.write(out, self.zone)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn chart(layers: &[(&'static str, &[i64])]) -> StackedChart {
        let layers = layers
            .iter()
            .map(|(name, counts)| Layer {
                name,
                label: name,
                counts: counts.to_vec(),
            })
            .collect();
        StackedChart::new(layers, |sums| BarChart::hours(sums, DateTime::UNIX_EPOCH))
    }

    #[test]
    fn layers_share_a_bar() {
        let chart = chart(&[("accepted", &[60, 0]), ("filtered", &[20, 40])]);
        assert_eq!(chart.heights(0), [75, 25]);
        assert_eq!(chart.heights(1), [0, 50]);
        let svg = chart.drawing(Tz::UTC).to_string();
        assert!(
            svg.contains("from 00:00 UTC: 40 occurrences\n40 filtered</title>"),
            "{svg}"
        );
        assert!(
            svg.contains(r#"<rect class="layer-filtered" x="0" y="0" width="8" height="25"/>"#),
            "{svg}"
        );
    }

    #[test]
    fn one_is_seen_beside_a_million_and_nothing_leaves_the_drawing() {
        let chart = chart(&[
            ("accepted", &[1_000_000, 0]),
            ("filtered", &[1, 0]),
            ("refused", &[1, 0]),
        ]);
        assert_eq!(chart.heights(0), [HEIGHT - 2 * LEAST, LEAST, LEAST]);
        assert_eq!(chart.heights(1), [0, 0, 0]);
        assert!(
            chart.drawing(Tz::UTC).to_string().contains("bar-none"),
            "an hour without anything is a hairline"
        );
    }

    #[test]
    fn layers_of_unlike_length_are_no_panic() {
        let odd = chart(&[("accepted", &[1]), ("filtered", &[1, -5, i64::MAX / 2])]);
        assert_eq!(odd.all.counts, [2, 0, i64::MAX / 2]);
        assert!(chart(&[]).drawing(Tz::UTC).to_string().starts_with("<svg"));
    }
}
