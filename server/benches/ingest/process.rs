//! What a process has taken: processor time and memory, as the system counts them.

use std::{
    fs,
    sync::{Arc, Mutex},
    time::Duration,
};

use anyhow::Context;
use tokio::task::JoinHandle;

/// Linux tells times in hundredths of a second, whatever it counts in (`proc(5)`, `USER_HZ`).
const TICK: Duration = Duration::from_millis(10);

/// How often memory is looked at in all.
const MEMORY_SAMPLES: u32 = 200;

/// Processor time of a process by itself.
pub fn cpu(pid: u32) -> anyhow::Result<Duration> {
    Ok(Stat::of(pid)?.own)
}

/// Processor time of a process and of its children, those that ended too.
pub fn cpu_with_children(pid: u32) -> anyhow::Result<Duration> {
    let stat = Stat::of(pid)?;
    let mut sum = stat.own + stat.ended_children;
    for entry in fs::read_dir("/proc")?.flatten() {
        let Some(child) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        // One that ends meanwhile is counted by its parent next time.
        if let Ok(child) = Stat::of(child)
            && child.parent == pid
        {
            sum += child.own;
        }
    }
    Ok(sum)
}

/// Most bytes of memory that a process had at any time.
pub fn peak_rss_bytes(pid: u32) -> anyhow::Result<u64> {
    memory(pid, "VmHWM:")
}

/// Bytes of memory that a process has.
fn rss_bytes(pid: u32) -> anyhow::Result<u64> {
    memory(pid, "VmRSS:")
}

fn memory(pid: u32, name: &str) -> anyhow::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    let kilobytes: u64 = kilobytes.context("/proc tells its memory")?.parse()?;
    Ok(kilobytes * 1024)
}

/// What looks at the memory of a process until it is asked.
pub struct Memory {
    seen: Arc<Mutex<Vec<u64>>>,
    looking: JoinHandle<()>,
}

impl Memory {
    /// Looks for as long as that, and until it is asked.
    pub fn watch(pid: u32, lasts: Duration) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let samples = Arc::clone(&seen);
        let looking = tokio::spawn(async move {
            let mut tick = tokio::time::interval(lasts / MEMORY_SAMPLES);
            // One that has ended has none: the run fails of that.
            while let Ok(bytes) = rss_bytes(pid) {
                samples.lock().expect("nobody panics with it").push(bytes);
                tick.tick().await;
            }
        });
        Self { seen, looking }
    }

    /// The mean of each quarter of what was seen, bytes.
    pub fn by_quarter(&self) -> [f64; 4] {
        self.looking.abort();
        let seen = self.seen.lock().expect("nobody panics with it");
        [0, 1, 2, 3].map(|quarter| {
            let of_it = &seen[seen.len() * quarter / 4..seen.len() * (quarter + 1) / 4];
            mean(of_it)
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "bytes below 2^53")]
fn mean(bytes: &[u64]) -> f64 {
    bytes.iter().sum::<u64>() as f64 / bytes.len().max(1) as f64
}

struct Stat {
    parent: u32,
    own: Duration,
    ended_children: Duration,
}

impl Stat {
    fn of(pid: u32) -> anyhow::Result<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        // The name may hold anything, so fields are counted from behind it.
        let (_, fields) = stat.rsplit_once(") ").context("a name in parentheses")?;
        let fields: Vec<&str> = fields.split(' ').collect();
        let number = |at: usize| -> anyhow::Result<u32> {
            Ok(fields.get(at).context("a field of stat")?.parse()?)
        };
        Ok(Self {
            parent: number(1)?,
            own: TICK * (number(11)? + number(12)?),
            ended_children: TICK * (number(13)? + number(14)?),
        })
    }
}
