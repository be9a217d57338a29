//! `make grouping`: how well labelled occurrences are grouped, and what is still wrong.
//!
//! Without arguments the project's own sets in `tests/fixtures/grouping`, else the sets in the
//! folders that are named. `--brief` is one line a set; `--bug NAME` shows what the occurrences of
//! one bug are grouped by; `--version N` groups by the rules of an older version; `--groups FILE` writes `uuid, tab, fingerprint` for other tools.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::PathBuf, process::ExitCode};

use anyhow::{Context, Result};
use rollcage_tests::grouping::{
    self, Labelled, Set,
    score::{self, Figures, Pairs, Share},
};

/// Merges and splits that are shown, the worst first.
const WORST: usize = 15;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut folders = Vec::new();
    let (mut is_brief, mut bug, mut groups, mut version) = (false, None, None, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--brief" => is_brief = true,
            "--bug" => bug = Some(arguments.next().context("--bug takes a name")?),
            "--version" => version = Some(arguments.next().context("--version takes a number")?),
            "--groups" => groups = Some(arguments.next().context("--groups takes a file")?),
            folder => folders.push(PathBuf::from(folder)),
        }
    }
    let mut sets = if folders.is_empty() {
        grouping::own()?
    } else {
        let sets = folders.iter().map(|folder| grouping::read(folder));
        sets.collect::<Result<_>>()?
    };
    if let Some(version) = version {
        let version = version.parse().context("--version takes a number")?;
        for set in &mut sets {
            set.regroup(version);
        }
    }
    for set in &sets {
        if let Some(bug) = &bug {
            print_bug(set, bug);
        } else if !is_brief {
            print_whole(set);
        }
    }
    if bug.is_none() {
        sets.iter().for_each(print_brief);
    }
    match groups {
        Some(file) => write_groups(&sets, &file),
        None => Ok(()),
    }
}

fn print_brief(set: &Set) {
    let row = |pairs| shown(score::figures(set, pairs));
    println!(
        "{:<12} {}   across protocols {}   {} occurrences, {} bugs",
        set.name,
        row(Pairs::All),
        row(Pairs::Across),
        score::scored(set).count(),
        set.bugs.len()
    );
}

fn print_whole(set: &Set) {
    println!("== {}", set.name);
    println!("{:<28} {:>5} {:>5} {:>5}", "", "prec", "rec", "F1");
    let row = |name: &str, pairs| println!("{name:<28} {}", shown(score::figures(set, pairs)));
    row("all", Pairs::All);
    row("within rollbar", Pairs::Within("rollbar"));
    row("within sentry", Pairs::Within("sentry"));
    row("across protocols", Pairs::Across);
    for language in score::languages(set) {
        row(&format!("language {language}"), Pairs::Language(language));
    }
    println!("\none bug, varied                 kept together");
    for (name, share) in score::variations(set) {
        println!("  {name:<28}  {}", shown_share(share));
    }
    println!("\nbugs that are easily confused   kept apart      each together");
    for (name, kind) in score::differences(set) {
        println!(
            "  {name:<28}  {} {}",
            shown_share(kind.apart),
            shown_share(kind.together)
        );
    }
    println!("\ntwo bugs in one item");
    for merge in score::merges(set).iter().take(WORST) {
        let [one, other] = merge.example;
        println!("  {} + {}: {} pairs", one.bug, other.bug, merge.pairs);
        println!("      {}", one.canonical());
    }
    println!("\none bug in several items");
    for split in score::splits(set).iter().take(WORST) {
        println!("  {}: {} pairs apart", split.bug, split.pairs);
        for item in &split.items {
            print_item(item);
        }
    }
    println!();
}

fn print_bug(set: &Set, bug: &str) {
    let mut items: BTreeMap<_, Vec<&Labelled>> = BTreeMap::new();
    for one in set.labelled.iter().filter(|one| one.bug == bug) {
        items.entry(one.fingerprint).or_default().push(one);
    }
    for item in items.values() {
        print_item(item);
    }
}

/// An item: what it is grouped by, and how many occurrences of which kind are in it.
fn print_item(item: &[&Labelled]) {
    let mut kinds: BTreeMap<String, (usize, &str)> = BTreeMap::new();
    for one in item {
        let kind = format!("{} {}", one.protocol, one.variation);
        kinds.entry(kind).or_insert((0, &one.uuid)).0 += 1;
    }
    let mut line = String::new();
    for (kind, (count, uuid)) in kinds {
        let uuid = uuid.get(..8).unwrap_or(uuid);
        let _ = write!(line, "{count} {kind} ({uuid}), ");
    }
    if let Some(one) = item.first() {
        println!("      {}", one.canonical());
    }
    println!("        {}", line.trim_end_matches(", "));
}

fn write_groups(sets: &[Set], file: &str) -> Result<()> {
    let labelled = sets.iter().flat_map(|set| &set.labelled);
    let lines: Vec<String> = labelled
        .map(|one| format!("{}\t{}\n", one.uuid, one.fingerprint))
        .collect();
    fs::write(file, lines.concat()).with_context(|| format!("writing {file}"))
}

fn shown(figures: Figures) -> String {
    format!(
        "{:.3} {:.3} {:.3}",
        figures.precision,
        figures.recall,
        figures.f1()
    )
}

fn shown_share(share: Share) -> String {
    match share.ratio() {
        Some(ratio) => format!("{ratio:.3} of {:>5}", share.pairs),
        None => format!("{:>5} of     0", "–"),
    }
}
