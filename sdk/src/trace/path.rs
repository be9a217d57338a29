//! Paths of sources, as the compiler wrote them down and as they are shown.

use std::path::PathBuf;

/// The folders that a path is shown relative to.
pub(super) struct Roots {
    roots: Vec<String>,
}

impl Roots {
    /// The application's root, and the current folder.
    pub(super) fn new(root: Option<&str>) -> Self {
        let current = std::env::current_dir().ok();
        let current = current.as_deref().and_then(|folder| folder.to_str());
        Self {
            roots: [root, current]
                .into_iter()
                .flatten()
                .map(|root| root.trim_end_matches(['/', '\\']).to_owned())
                .filter(|root| !root.is_empty())
                .collect(),
        }
    }

    /// The path as it is shown: relative to a root, to cargo's registry, or to the standard
    /// library.
    pub(super) fn shown(&self, file: &str) -> String {
        let file = file.replace('\\', "/");
        for marker in ["/registry/src/", "/git/checkouts/"] {
            if let Some((_, within)) = file.split_once(marker) {
                // The first folder is the registry's.
                return within
                    .split_once('/')
                    .map_or(within, |(_, path)| path)
                    .to_owned();
            }
        }
        if is_std(&file)
            && let Some(at) = file.find("/library/")
        {
            return file.get(at + 1..).unwrap_or(&file).to_owned();
        }
        self.roots
            .iter()
            .find_map(|root| file.strip_prefix(root.as_str())?.strip_prefix('/'))
            .unwrap_or_else(|| file.strip_prefix("./").unwrap_or(&file))
            .to_owned()
    }

    /// Where the file may be read.
    pub(super) fn on_disk(&self, file: &str) -> PathBuf {
        let path = PathBuf::from(file);
        match self.roots.first() {
            Some(root) if path.is_relative() => PathBuf::from(root).join(path),
            _ => path,
        }
    }
}

/// Where our own sources lie. Of a call that was inlined only this is known: debug information has
/// its bare name, without the path.
pub(super) const OURS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/");

/// Whether the path is that of a source of ours.
pub(super) fn is_ours(file: &str) -> bool {
    file.starts_with(OURS)
}

/// Whether the path is the standard library's: `/rustc/<hash>/library/…` as it was built, or where
/// its sources are installed.
pub(super) fn is_std(file: &str) -> bool {
    file.starts_with("/rustc/")
        || file.contains("/rustlib/src/rust/")
        || file.starts_with("library/")
}

/// Whether the path is that of a crate that cargo fetched.
pub(super) fn is_fetched(file: &str) -> bool {
    let file = file.replace('\\', "/");
    file.contains("/registry/src/") || file.contains("/git/checkouts/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_relative_to_what_they_belong_to() {
        let roots = Roots::new(Some("/home/ada/shop/"));
        for (file, wanted) in [
            ("/home/ada/shop/src/cart.rs", "src/cart.rs"),
            (
                "/home/ada/shopping/src/cart.rs",
                "/home/ada/shopping/src/cart.rs",
            ),
            ("src/cart.rs", "src/cart.rs"),
            ("./src/cart.rs", "src/cart.rs"),
            (
                "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/core/src/option.rs",
                "library/core/src/option.rs",
            ),
            (
                "/home/ada/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/tokio-1.50.0/src/task.rs",
                "tokio-1.50.0/src/task.rs",
            ),
            (
                "/home/ada/.cargo/git/checkouts/shop-1949cf8c6b5b557f/0a1b2c3/src/task.rs",
                "0a1b2c3/src/task.rs",
            ),
            ("", ""),
        ] {
            assert_eq!(roots.shown(file), wanted, "{file}");
        }
    }

    #[test]
    fn what_is_fetched_and_what_is_std_is_known() {
        assert!(is_std("/rustc/0123/library/std/src/panic.rs"));
        assert!(!is_std("/home/ada/shop/library/src/lib.rs"));
        assert!(is_fetched(
            "C:\\Users\\ada\\.cargo\\registry\\src\\x\\tokio-1.0.0\\src\\lib.rs"
        ));
        assert!(!is_fetched("/home/ada/registry/shop/src/lib.rs"));
    }
}
