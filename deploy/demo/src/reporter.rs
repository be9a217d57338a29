//! The SDK, as the machines of the shop would have it: each occurrence says where and when it was.

use std::time::Duration;

use anyhow::ensure;
use rollcage::{Guard, Options};
use serde_json::{Map, Value, json};

use crate::story::Scene;

/// Under which key of the custom data [`stamp`] finds where and when.
const STAMP: &str = "demo";
/// How long the server may take for what is reported at once.
const TIMEOUT: Duration = Duration::from_mins(1);
/// Milliseconds between two breadcrumbs, at least.
const BREADCRUMB_MS: i64 = 180;
/// How many are reported before it is waited for: far fewer than the SDK's queue takes.
const PATIENCE: u32 = 50;

/// To which project something is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Project {
    /// The shop.
    Shop,
    /// The scanners of its warehouse.
    Warehouse,
}

/// Where and when.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// Seconds since 1970.
    pub at: i64,
    /// `production`, …
    pub environment: &'static str,
    /// The machine.
    pub host: String,
    /// The version that ran there.
    pub version: &'static str,
}

/// Reports to one project at a time, so that everything arrives in order.
pub struct Reporter {
    url: String,
    shop: String,
    warehouse: String,
    current: Option<(Project, Guard)>,
    waiting: u32,
}

impl Reporter {
    /// To the server at `url`, with the tokens of both projects.
    pub fn new(url: &str, shop: &str, warehouse: &str) -> Self {
        Self {
            url: url.to_owned(),
            shop: shop.to_owned(),
            warehouse: warehouse.to_owned(),
            current: None,
            waiting: 0,
        }
    }

    /// Plays a scene, and has what it reports stamped.
    pub fn report(
        &mut self,
        scene: &Scene,
        stamp: &Stamp,
        play: impl FnOnce(),
    ) -> anyhow::Result<()> {
        self.turn_to(scene.project())?;
        let stamp = json!({
            "at": stamp.at,
            "environment": stamp.environment,
            "host": stamp.host,
            "version": stamp.version,
        });
        rollcage::with_scope(|scope| scope.set_custom(STAMP, stamp), play);
        self.waiting += 1;
        if self.waiting >= PATIENCE {
            self.wait()?;
        }
        Ok(())
    }

    /// Waits until the server has everything.
    pub fn wait(&mut self) -> anyhow::Result<()> {
        self.waiting = 0;
        ensure!(
            rollcage::flush(TIMEOUT) && rollcage::dropped() == 0,
            "{} does not take what is reported: does it run with --demo, and are these its tokens?",
            self.url
        );
        Ok(())
    }

    fn turn_to(&mut self, project: Project) -> anyhow::Result<()> {
        if matches!(&self.current, Some((current, _)) if *current == project) {
            return Ok(());
        }
        if self.current.is_some() {
            self.wait()?;
        }
        self.current = None;
        let token = match project {
            Project::Shop => &self.shop,
            Project::Warehouse => &self.warehouse,
        };
        let options = Options::new(token)
            .endpoint(&self.url)
            .root(env!("CARGO_MANIFEST_DIR"))
            .not_in_app("rollcage_demo")
            .source_context(true)
            .repeats_per_minute(0)
            .shutdown_timeout(TIMEOUT)
            .before_send(|data| Some(stamp(data)));
        self.current = Some((project, rollcage::init(options)));
        Ok(())
    }
}

/// Puts an occurrence where and when it was: all of them come from one machine, and from today.
fn stamp(mut data: Value) -> Value {
    let stamp = data
        .get_mut("custom")
        .and_then(Value::as_object_mut)
        .and_then(|custom| custom.remove(STAMP));
    let (Some(stamp), Some(fields)) = (stamp, data.as_object_mut()) else {
        return data;
    };
    fields.insert("timestamp".into(), stamp["at"].clone());
    fields.insert("environment".into(), stamp["environment"].clone());
    fields.insert("code_version".into(), stamp["version"].clone());
    let mut server = Map::new();
    server.insert("host".into(), stamp["host"].clone());
    server.insert("root".into(), "/srv/shop".into());
    server.insert("branch".into(), "main".into());
    fields.insert("server".into(), server.into());
    if let Some(breadcrumbs) = data["body"]["telemetry"].as_array_mut() {
        let at_ms = stamp["at"].as_i64().unwrap_or_default() * 1000;
        let steps = (1..).scan(0, |ago_ms, nth| {
            *ago_ms += BREADCRUMB_MS * nth;
            Some(*ago_ms)
        });
        for (breadcrumb, ago_ms) in breadcrumbs.iter_mut().rev().zip(steps) {
            breadcrumb["timestamp_ms"] = (at_ms - ago_ms).into();
        }
    }
    data
}
