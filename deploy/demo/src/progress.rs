//! How far it is: a bar on a terminal, and some lines elsewhere.

use std::io::{IsTerminal, Write, stderr};

use crate::story::DAYS;

/// How many characters the bar has.
const WIDTH: usize = 30;
/// How many lines there are where there is no bar.
const LINES: usize = 5;

/// How far it is.
pub struct Progress {
    whole: usize,
    done: usize,
    shown: usize,
    is_terminal: bool,
}

impl Progress {
    /// Of so many steps.
    pub fn new(whole: usize) -> Self {
        Self {
            whole: whole.max(1),
            done: 0,
            shown: 0,
            is_terminal: stderr().is_terminal(),
        }
    }

    /// One step more, which was that many days ago.
    pub fn step(&mut self, days_ago: f64) {
        self.done += 1;
        let steps = if self.is_terminal { 200 } else { LINES };
        let reached = self.done * steps / self.whole;
        if reached == self.shown {
            return;
        }
        self.shown = reached;
        let percent = self.done * 100 / self.whole;
        let day = (DAYS - days_ago).clamp(0.0, DAYS).ceil();
        if self.is_terminal {
            let full = self.done * WIDTH / self.whole;
            let end = if self.done == self.whole { "\n" } else { "" };
            eprint!(
                "\r[{}{}] {percent:3} %, day {day:2} of {DAYS} {end}",
                "#".repeat(full),
                ".".repeat(WIDTH - full)
            );
            // A terminal that is gone has nobody who would miss it.
            let _ = stderr().flush();
        } else {
            eprintln!("{percent} %, day {day} of {DAYS}");
        }
    }
}
