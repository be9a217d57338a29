//! A disk in memory that keeps after a power cut only what was synced for certain.
//!
//! Of what was not, each change is kept, lost, or torn at sectors or at a byte, in any order, names
//! of files included; places that a lost change would have filled hold zeros or what another file
//! left there. Where a sync failed, the system still shows what was written, but no later sync makes
//! it durable. It can fail, be full, and stop working in the middle of an operation.

mod content;
mod operations;

use std::{
    collections::BTreeMap,
    io::{self, ErrorKind},
    mem,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
};

use content::Node;

use super::chance::Chance;

/// The simulated disk. Clones are the same disk.
#[derive(Clone, Debug)]
pub struct Simulated(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    paused: AtomicBool,
}

#[derive(Debug)]
struct State {
    chance: Chance,
    nodes: Vec<Node>,
    /// As the system shows them.
    names: Names,
    /// As they are for certain after a power cut.
    durable_names: Names,
    /// Not durable yet, oldest first.
    renamings: Vec<Renaming>,
    capacity_bytes: u64,
    /// Whether the disk says how much room it has, before it is full.
    tells_room: bool,
    failures: Failures,
    /// Operations until the machine stops.
    left: Option<u64>,
    /// Syncs of files that failed.
    failed_syncs: u64,
}

type Names = BTreeMap<PathBuf, usize>;

/// How often operations fail: of a thousand.
#[derive(Clone, Copy, Debug, Default)]
pub struct Failures {
    pub syncs: u64,
    pub writes: u64,
    pub names: u64,
}

/// A name is taken from one place and given in another, as one.
#[derive(Debug)]
struct Renaming {
    node: usize,
    from: Option<PathBuf>,
    to: Option<PathBuf>,
}

impl Renaming {
    fn apply(&self, names: &mut Names) {
        if let Some(from) = &self.from
            && names.get(from) == Some(&self.node)
        {
            names.remove(from);
        }
        if let Some(to) = &self.to {
            names.insert(to.clone(), self.node);
        }
    }

    fn is_in(&self, dir: &Path) -> bool {
        let name = self.to.as_ref().or(self.from.as_ref());
        name.is_some_and(|name| name.parent() == Some(dir))
    }
}

impl Simulated {
    pub fn new(seed: u64) -> Simulated {
        Simulated(Arc::new(Shared {
            state: Mutex::new(State {
                chance: Chance::new(seed),
                nodes: Vec::new(),
                names: Names::new(),
                durable_names: Names::new(),
                renamings: Vec::new(),
                capacity_bytes: u64::MAX,
                tells_room: false,
                failures: Failures::default(),
                left: None,
                failed_syncs: 0,
            }),
            paused: AtomicBool::new(false),
        }))
    }

    pub fn set_failures(&self, failures: Failures) {
        self.state().failures = failures;
    }

    pub fn set_capacity(&self, bytes: u64) {
        self.state().capacity_bytes = bytes;
    }

    /// From now on it says how much room it has.
    pub fn tell_room(&self) {
        self.state().tells_room = true;
    }

    pub fn failed_syncs(&self) -> u64 {
        self.state().failed_syncs
    }

    /// Each operation waits until this is taken back.
    pub fn pause(&self, paused: bool) {
        self.0.paused.store(paused, Ordering::SeqCst);
    }

    /// The machine stops in the middle of an operation; each one after it fails.
    pub fn stop_after(&self, operations: u64) {
        self.state().left = Some(operations);
    }

    pub fn is_stopped(&self) -> bool {
        self.state().left == Some(0)
    }

    /// The process was killed and may begin anew: what it wrote is there, synced or not, unless the
    /// system dropped what it had given up.
    pub fn survive(&self) {
        let state = &mut *self.state();
        state.left = None;
        for node in &mut state.nodes {
            if state.chance.one_in(2) {
                node.settle(&mut state.chance);
            }
        }
    }

    /// The power was cut and is back.
    pub fn lose_power(&self) {
        let state = &mut *self.state();
        state.left = None;
        let before: Vec<Vec<u8>> = state.nodes.iter().map(|node| node.shown.clone()).collect();
        for node in &mut state.nodes {
            let left = state.chance.one_in(3).then(|| state.chance.pick(&before));
            node.lose_power(&mut state.chance, left.map_or(&[], Vec::as_slice));
        }
        let mut renamings = mem::take(&mut state.renamings);
        if state.chance.one_in(2) {
            state.chance.shuffle(&mut renamings);
        }
        for renaming in renamings {
            if state.chance.one_in(2) {
                renaming.apply(&mut state.durable_names);
            }
        }
        let all = state.durable_names.clone();
        let is_found = |path: &Path| {
            path.ancestors()
                .skip(1)
                .all(|dir| is_root(dir) || all.contains_key(dir))
        };
        state.durable_names.retain(|path, _| is_found(path));
        state.names = state.durable_names.clone();
    }

    /// Bytes of a file that are there already, as a client may send them back.
    pub fn some_content(&self, chance: &mut Chance) -> Vec<u8> {
        let state = self.state();
        let files: Vec<&Node> = state
            .nodes
            .iter()
            .filter(|node| !node.shown.is_empty())
            .collect();
        if files.is_empty() {
            return Vec::new();
        }
        let shown = &chance.pick(&files).shown;
        let from = 4096.min(shown.len());
        let to = from + 3000.min(shown.len() - from);
        shown[from..to].to_vec()
    }

    /// Changes a file's bytes behind the system's back.
    pub fn damage(&self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
        let state = &mut *self.state();
        let node = &mut state.nodes[state.names[path]];
        change(&mut node.shown);
        *node = Node::durable(node.shown.clone());
    }

    /// Nothing can be done with a file any more.
    pub fn break_file(&self, path: &Path) {
        let state = &mut *self.state();
        state.nodes[state.names[path]].is_broken = true;
    }

    /// What is in a file.
    pub fn content(&self, path: &Path) -> Vec<u8> {
        let state = self.state();
        state.nodes[state.names[path]].shown.clone()
    }

    /// A second disk with the same content, all of it durable.
    pub fn copy(&self) -> Simulated {
        let copy = Simulated::new(0);
        let (from, mut to) = (self.state(), copy.state());
        to.names = from.names.clone();
        to.durable_names = from.names.clone();
        to.nodes = from
            .nodes
            .iter()
            .map(|node| Node::durable(node.shown.clone()))
            .collect();
        drop(to);
        copy
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().expect("no operation panics")
    }

    /// Begins an operation; an error where the machine has stopped.
    fn begin(&self) -> io::Result<MutexGuard<'_, State>> {
        while self.0.paused.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        let mut state = self.state();
        if let Some(left) = &mut state.left {
            *left = left.saturating_sub(1);
            if *left == 0 {
                return Err(io::Error::other("the machine has stopped"));
            }
        }
        Ok(state)
    }

    /// Begins an operation on names, which may fail.
    fn begin_naming(&self) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.begin()?;
        let rate = state.failures.names;
        state.may_fail(rate)?;
        Ok(state)
    }
}

impl State {
    fn may_fail(&mut self, of_a_thousand: u64) -> io::Result<()> {
        if self.chance.below(1000) < of_a_thousand {
            return Err(io::Error::from_raw_os_error(5)); // EIO
        }
        Ok(())
    }

    fn find(&self, path: &Path) -> io::Result<usize> {
        let node = *self.names.get(path).ok_or(ErrorKind::NotFound)?;
        if self.nodes[node].is_broken {
            return Err(io::Error::from_raw_os_error(117)); // EUCLEAN
        }
        Ok(node)
    }

    fn rename(&mut self, node: usize, from: Option<&Path>, to: Option<&Path>) {
        let renaming = Renaming {
            node,
            from: from.map(Path::to_owned),
            to: to.map(Path::to_owned),
        };
        renaming.apply(&mut self.names);
        self.renamings.push(renaming);
    }

    fn make(&mut self, path: &Path) -> usize {
        self.nodes.push(Node::default());
        let node = self.nodes.len() - 1;
        self.rename(node, None, Some(path));
        node
    }

    /// How many more bytes there is room for.
    fn room(&self) -> u64 {
        let mut named: Vec<_> = self.names.values().collect();
        named.sort_unstable();
        named.dedup();
        let used: usize = named
            .into_iter()
            .map(|node| self.nodes[*node].shown.len())
            .sum();
        self.capacity_bytes.saturating_sub(used as u64)
    }
}

fn is_root(dir: &Path) -> bool {
    dir.parent().is_none()
}
