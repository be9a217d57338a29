//! The threads of a process when an occurrence was reported.

use crate::{datum::Datum, trace::FrameView};

/// One thread.
#[derive(Clone, Debug, Default)]
pub struct ThreadView {
    /// Its id, as sent.
    pub id: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Whether it is the one that failed.
    pub is_crashed: bool,
    /// Whether it is the one that reported.
    pub is_current: bool,
    /// Its stack, oldest call first; may be empty.
    pub frames: Vec<FrameView>,
    /// Whatever else was said of it: its state, its priority.
    pub extra: Option<Datum>,
}

impl ThreadView {
    /// What it is called: its name, else its id.
    pub(crate) fn label(&self) -> String {
        match (&self.name, &self.id) {
            (Some(name), _) if !name.trim().is_empty() => name.clone(),
            (_, Some(id)) => format!("Thread {id}"),
            _ => "Thread without a name".to_owned(),
        }
    }

    /// Its id, where the name stands before it.
    pub(crate) fn number(&self) -> Option<&str> {
        let is_named = self
            .name
            .as_ref()
            .is_some_and(|name| !name.trim().is_empty());
        self.id.as_deref().filter(|id| is_named && !id.is_empty())
    }

    /// Whether there is more to show than the line itself.
    pub(crate) fn has_detail(&self) -> bool {
        !self.frames.is_empty() || self.extra.as_ref().is_some_and(|extra| !extra.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_called_by_its_name_or_its_id() {
        let thread = |name: Option<&str>, id: Option<&str>| ThreadView {
            name: name.map(str::to_owned),
            id: id.map(str::to_owned),
            ..ThreadView::default()
        };
        let cases = [
            (thread(Some("main"), Some("1")), "main", Some("1")),
            (thread(Some(" "), Some("7")), "Thread 7", None),
            (thread(None, None), "Thread without a name", None),
        ];
        for (thread, label, number) in cases {
            assert_eq!(thread.label(), label);
            assert_eq!(thread.number(), number);
        }
    }
}
