//! Which frames are the application's own code: one rule for all SDKs.
//!
//! SDKs disagree, and are wrong: sentry-sdk calls `<frozen os>` the application's, Rollbar's say
//! nothing. So the path decides wherever it can, and the SDK's flag only where it cannot.

use std::sync::LazyLock;

use regex::Regex;

use super::occurrence::Frame;

/// Whether a frame at `filename` is the application's own code.
///
/// Inferred from the path by the same rules for all SDKs; the SDK's own flag `in_app` only decides
/// where the path does not. `platform` is the first word of the language, lower case.
pub fn is_own(
    filename: Option<&str>,
    method: Option<&str>,
    in_app: Option<bool>,
    platform: Option<&str>,
) -> bool {
    origin(filename, method, platform) == Origin::Unknown && in_app.unwrap_or(true)
}

/// `is_own` for a whole frame.
pub fn is_own_frame(frame: &Frame<'_>, platform: Option<&str>) -> bool {
    let method = match (&frame.class_name, &frame.method) {
        (Some(class), Some(method)) => Some(format!("{class}.{method}")),
        (_, method) => method.as_deref().map(str::to_owned),
    };
    is_own(
        frame.path.as_deref().or(frame.filename.as_deref()),
        method.as_deref(),
        frame.in_app,
        platform,
    )
}

/// Where the code of a frame comes from, as far as its path and name say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// What the language brings: its standard library, engine and runtime.
    Language,
    /// Somebody's package: installed, vendored, or injected into the page.
    Package,
    /// Nothing says that it is not the application's.
    Unknown,
}

/// Where the code of a frame comes from, as far as its path and name say.
pub(crate) fn origin(
    filename: Option<&str>,
    method: Option<&str>,
    platform: Option<&str>,
) -> Origin {
    let path = filename.unwrap_or_default();
    // One look for all patterns: of most frames none holds.
    let is_known = !path.is_empty() && KNOWN_PATH.is_match(path);
    let first = if is_known {
        origin_by_version_1(filename, method, platform)
    } else {
        method.map_or(Origin::Unknown, |method| {
            origin_by_name(path, method, platform.unwrap_or_default())
        })
    };
    if first != Origin::Unknown {
        return first;
    }
    let name = method.unwrap_or_default();
    let is_script = matches!(platform, Some("javascript" | "node" | "browser"));
    if is_script && SCRIPT_LANGUAGE_2.is_match(name) {
        return Origin::Language;
    }
    let is_native = path.is_empty() && !name.is_empty();
    if is_known && PACKAGE_PATH_2.is_match(path) || is_native && NATIVE_PACKAGE_2.is_match(name) {
        Origin::Package
    } else if is_known || is_native && NATIVE_LANGUAGE_2.is_match(name) {
        Origin::Language
    } else {
        Origin::Unknown
    }
}

/// The same as far as version 1 of the grouping knew: its fingerprints stay what they are.
pub(crate) fn origin_by_version_1(
    filename: Option<&str>,
    method: Option<&str>,
    platform: Option<&str>,
) -> Origin {
    let path = filename.unwrap_or_default();
    if PACKAGE_PATH.is_match(path) {
        return Origin::Package;
    }
    if LANGUAGE_PATH.is_match(path) {
        return Origin::Language;
    }
    method.map_or(Origin::Unknown, |method| {
        origin_by_name(path, method, platform.unwrap_or_default())
    })
}

/// Where folders of packages are: by the conventions of each ecosystem, not by names of packages.
static PACKAGE_PATH: LazyLock<Regex> = LazyLock::new(|| pattern(PACKAGE_PATHS));
const PACKAGE_PATHS: &[&str] = &[
    // Python, also on Windows and in zip files.
    r"[/\\](site|dist)-packages[/\\]",
    r"\.egg[/\\]",
    r"^<attrs generated|^<__array_function__",
    // Node, bundlers and what they name their bundles of packages. `?` begins a URL's query.
    r"(^|[/\\~])node_modules[/\\]",
    r"[/\\]\.(yarn|pnpm-store)[/\\]",
    r"(^|/)(chunk-)?(vendors?|polyfills?)([.~_-][^/]*)?\.m?js(\?|$)",
    // Browsers: extensions, and the public hosts of packages and trackers.
    r"^[a-z-]+-extension:|^webkit-masked-url:",
    r"^https?://(cdn\.jsdelivr\.net|unpkg\.com|esm\.sh|cdnjs\.cloudflare\.com|ajax\.googleapis\.com|code\.jquery\.com)/",
    r"^https?://www\.(googletagmanager|google-analytics)\.com/",
    // PHP and Go: a folder called vendor. Ruby: gems, bundled or installed.
    r"(^|[/\\])vendor[/\\]",
    r"[/\\]gems[/\\]",
    // The SDKs themselves, where they are compiled in.
    r"^github\.com/(rollbar|getsentry)/",
    // Rust, Go, Elixir, Java and .NET: caches of fetched sources.
    r"[/\\]\.?cargo[/\\](registry|git)[/\\]",
    r"(^|[/\\])go[/\\]pkg[/\\]mod[/\\]|@v\d+\.\d+\.\d+[^/]*/",
    r"(^|[/\\])deps[/\\][^/\\]+[/\\](lib|src)[/\\]",
    r"[/\\]\.(m2|gradle|nuget)[/\\]",
];

/// Where languages keep what they bring.
static LANGUAGE_PATH: LazyLock<Regex> = LazyLock::new(|| pattern(LANGUAGE_PATHS));
const LANGUAGE_PATHS: &[&str] = &[
    // Python.
    r"^<frozen ",
    r"[/\\]lib(64)?[/\\]python\d(\.\d+)?t?([/\\]|\.zip)",
    r"(?i:[/\\]python\d+[/\\]lib[/\\])",
    // JavaScript engines, Node, and the glue of bundlers.
    r"^(node|internal|deno|ext|bun):",
    r"^(\[?native( code)?\]?|<anonymous>|\[anonymous\])$",
    r"^internal/.*\.js$|webpack/(bootstrap|runtime)",
    // Ruby.
    r"^<internal:",
    r"[/\\]lib(64)?[/\\]ruby[/\\]",
    // Rust and C.
    r"^/rustc/|[/\\]rustlib[/\\]src[/\\]",
    r"^/usr/(include|src/debug)/|(^|/)libc[_-]start",
    // Go: GOROOT, and what is left of it by `-trimpath`.
    r"^(runtime|net|reflect|sync|testing|encoding)/([a-z/]+/)?\w+\.go$",
    r"[/\\]go(-?\d[\d.]*)?[/\\]src[/\\](runtime|net|reflect|sync|testing|encoding|internal|os|io|fmt|database|context|time|strconv)[/\\]",
    // Erlang and Elixir.
    r"[/\\]lib[/\\](erlang|elixir)[/\\]",
];

/// Folders of packages that version 2 of the grouping knows besides.
static PACKAGE_PATH_2: LazyLock<Regex> = LazyLock::new(|| pattern(PACKAGE_PATHS_2));
const PACKAGE_PATHS_2: &[&str] = &[
    // Debian keeps libraries of PHP and of Go apart from their applications.
    r"^/usr/share/(php|gocode)/",
    // Next.js names its bundles of packages.
    r"/_next/static/chunks/(framework|polyfills|webpack|main)(-app)?-[0-9a-f]+\.js",
    r"/(chunk-)?vendors?-node_modules_|^https://(deno\.land|esm\.run|cdn\.skypack\.dev)/",
    r"^(safari(-web)?|moz)-extension:|^app:///vendors?[./~-]",
    // Sources of Erlang's and Dart's packages.
    r"(^|[/\\])_build[/\\][^/\\]+[/\\]lib[/\\]|[/\\]\.pub-cache[/\\]",
    r"(^|[/\\])Pods[/\\]",
    // A crate without its root, as our own SDK writes it.
    r"^[\w-]+-\d+\.\d+\.\d+[^/]*/src/",
];

/// What languages bring that version 2 of the grouping knows besides.
/// Any of them.
static KNOWN_PATH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        &[
            PACKAGE_PATHS,
            LANGUAGE_PATHS,
            PACKAGE_PATHS_2,
            LANGUAGE_PATHS_2,
        ]
        .concat(),
    )
});
const LANGUAGE_PATHS_2: &[&str] = &[
    // sentry-sdk 1 puts the working folder before it.
    r"[/\\]<frozen ",
    // Code that a runtime wrote: Java's proxies, PHP's built-in functions.
    r"^<generated>$|^\[internal( function)?\]$",
    // Node before 15 names its modules without a folder.
    r"^(_?(http|stream|tls)_\w+|assert|buffer|child_process|cluster|crypto|dgram|dns|domain|events|fs|http|https|module|net|readline|repl|stream|timers|tls|url|util|vm|zlib)\.js$",
    // Go's own tree, and C's start of programs and threads.
    r"^/usr/(local/|lib/)?go(-\d[\d.]*)?/src/",
    r"^(\./)?(csu|nptl|misc|elf|sysdeps)/|/sysdeps/",
    // Rust's own tree without its root.
    r"^library/(core|std|alloc)/src/",
    r"^dart:|^package:flutter/",
];

/// Native names without a path.
static NATIVE_LANGUAGE_2: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&[
        // sentry-anyhow takes some lines of a backtrace for names.
        r"^at /rustc/",
        r"^(start_thread|clone3?|rust_begin_unwind|rust_panic\w*|thread_start)$",
        r"^(core|std|alloc)(\[\w+\])?::",
    ])
});
/// V8's frames of what waits for several promises; Rollbar's library takes `(index 0)` for a file.
static SCRIPT_LANGUAGE_2: LazyLock<Regex> =
    LazyLock::new(|| pattern(&[r"^(async )?Promise\.(all|allSettled|any|race)\b"]));
static NATIVE_PACKAGE_2: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&[r"^<?(sentry|rollcage|rollbar|backtrace|tokio|futures|tracing)(_\w+)?::"])
});

/// Languages whose frames carry no useful path: the package is the beginning of the name.
fn origin_by_name(path: &str, method: &str, platform: &str) -> Origin {
    let by = |language: &Regex, packages: &Regex| {
        if language.is_match(method) {
            Origin::Language
        } else if packages.is_match(method) {
            Origin::Package
        } else {
            Origin::Unknown
        }
    };
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    match (platform, extension) {
        ("java" | "kotlin" | "scala" | "android", _) | (_, "java" | "kt" | "scala" | "groovy") => {
            by(&JVM_LANGUAGE, &JVM_PACKAGE)
        }
        ("csharp" | "c#" | "dotnet" | ".net", _) | (_, "cs") => {
            by(&DOTNET_LANGUAGE, &DOTNET_PACKAGE)
        }
        // What JavaScript engines bring has no file: `JSON.parse`, `Array.map`.
        ("javascript" | "node" | "browser", _) if path.is_empty() => Origin::Language,
        _ if path.is_empty() && NATIVE_LANGUAGE.is_match(method) => Origin::Language,
        _ => Origin::Unknown,
    }
}

static JVM_LANGUAGE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&[
        r"^(java|javax|jdk|sun|com\.sun|kotlin|kotlinx|scala|groovy|android|dalvik|libcore)\.",
    ])
});
static JVM_PACKAGE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&[
        r"^(jakarta|androidx|reactor|okhttp3|retrofit2|junit|lombok)\.",
        r"^org\.(springframework|apache|hibernate|eclipse|jboss|junit|slf4j|codehaus|postgresql|gradle|jetbrains)\.",
        r"^com\.(google\.(common|gson|inject)|fasterxml|zaxxer|mysql|android)\.",
        r"^io\.(netty|micronaut|quarkus|vertx|grpc|reactivex|undertow|ktor)\.|^ch\.qos\.",
    ])
});
static DOTNET_LANGUAGE: LazyLock<Regex> = LazyLock::new(|| pattern(&[r"^System\."]));
static DOTNET_PACKAGE: LazyLock<Regex> =
    LazyLock::new(|| pattern(&[r"^(Microsoft|Newtonsoft|Npgsql)\."]));
static NATIVE_LANGUAGE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&[r"^(<unknown>|_start|main|__\w+|_?<?(std|core|alloc|runtime)(::|\.).*)$"])
});

fn pattern(alternatives: &[&str]) -> Regex {
    Regex::new(&alternatives.join("|"))
        .expect("the alternatives are constants, and tests compile them")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_decides_before_the_flag() {
        let library = [
            "/srv/app/venv/lib/python3.11/site-packages/flask/app.py",
            "/usr/lib/python3/dist-packages/apt/cache.py",
            "/usr/local/lib/python3.12/socket.py",
            r"C:\Python311\lib\json\decoder.py",
            "<frozen importlib._bootstrap>",
            "/srv/store/node_modules/express/lib/router/index.js",
            "webpack-internal:///./node_modules/react-dom/index.js",
            "webpack:///webpack/bootstrap",
            "node:internal/process/task_queues",
            "internal/modules/cjs/loader.js",
            "<anonymous>",
            "https://shop.example/assets/vendor.a2c77419.js",
            "https://shop.example/js/chunk-vendors.js?v=3",
            "chrome-extension://abcdef/content.js",
            "https://cdn.jsdelivr.net/npm/vue@3/dist/vue.js",
            "/app/vendor/laravel/framework/src/Illuminate/Routing/Router.php",
            "/usr/local/bundle/gems/rack-3.0/lib/rack/head.rb",
            "/usr/lib/ruby/3.1.0/net/http.rb",
            "<internal:kernel>",
            "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/core/src/result.rs",
            "/usr/local/cargo/registry/src/crates/tokio-1.0.0/src/lib.rs",
            "/usr/local/go/src/net/http/server.go",
            "/root/go/pkg/mod/github.com/gin-gonic/gin@v1.9.0/context.go",
        ];
        for path in library {
            assert!(!is_own(Some(path), Some("f"), Some(true), None), "{path}");
        }
    }

    #[test]
    fn the_flag_decides_where_the_path_does_not() {
        let undecided = [
            "/srv/app/releases/20261101/shop/reports.py",
            "billing.py",
            "<string>",
            "https://shop.example/assets/app.47304c15.js",
            "/app/src/vendors.py",
            "/home/go/src/shop/cart.go",
            "C:\\shop\\lib\\cart.rb",
        ];
        for path in undecided {
            assert!(is_own(Some(path), Some("f"), None, None), "{path}");
            assert!(is_own(Some(path), Some("f"), Some(true), None), "{path}");
            assert!(!is_own(Some(path), Some("f"), Some(false), None), "{path}");
        }
    }

    #[test]
    fn in_java_the_package_decides() {
        let own = |method| is_own(Some("X.java"), Some(method), None, Some("java"));
        assert!(own("com.acme.Shop.buy"));
        assert!(!own("java.util.ArrayList.get"));
        assert!(!own(
            "org.springframework.web.servlet.FrameworkServlet.service"
        ));
    }

    #[test]
    fn without_a_file_the_runtime_is_known_by_name() {
        assert!(!is_own(
            None,
            Some("std::rt::lang_start"),
            Some(true),
            Some("native")
        ));
        assert!(!is_own(None, Some("_start"), Some(true), Some("native")));
        assert!(is_own(
            None,
            Some("indexer::parse"),
            Some(true),
            Some("native")
        ));
    }

    #[test]
    fn a_frame_carries_its_class() {
        let frame = Frame {
            filename: Some("ArrayList.java".into()),
            class_name: Some("java.util.ArrayList".into()),
            method: Some("get".into()),
            ..Frame::default()
        };
        assert!(!is_own_frame(&frame, Some("java")));
    }
}
