//! Names that compilers make, led back to those in the source.

use std::{borrow::Cow, sync::LazyLock};

use regex::Regex;

/// The name of a function as it stands in the source, with its package and class.
///
/// Go puts receivers into brackets, Rust numbers closures and async blocks, C# and Kotlin make
/// classes of them, and Dart and Swift say in words what they are.
pub(super) fn source_name<'m>(method: &'m str, platform: Option<&str>) -> Cow<'m, str> {
    static PIECES: LazyLock<Regex> = LazyLock::new(|| {
        // Rust `{closure#0}`, `{async_fn_env#1}`, `{{closure}}`; PHP's `{closure}` stands alone.
        Regex::new(r"(::)\{+[^{}]*\}+").expect("the pattern is a constant")
    });
    static MACHINE: LazyLock<Regex> = LazyLock::new(|| {
        // C# `Shop.<Buy>d__4.MoveNext`, `<>c__DisplayClass3_0.<Buy>b__0`, `<<Buy>b__0>d`.
        Regex::new(r"<+(\w+)>[bdg]__\w+(\|\w+)?(>d\w*)?(\.MoveNext)?$")
            .expect("the pattern is a constant")
    });
    static LAMBDA: LazyLock<Regex> = LazyLock::new(|| {
        // Kotlin and Groovy `ShopKt$buy$1.invokeSuspend`; Java's `Shop$1.run` has no name in it.
        Regex::new(
            r"\$([A-Za-z_]\w*)\$[\w$]*\d+\.(invoke\w*|apply|accept|call|doCall|get|run|emit)$",
        )
        .expect("the pattern is a constant")
    });
    let method = method.trim();
    for pattern in [&MACHINE, &LAMBDA] {
        if let Some(name) = pattern.captures(method).and_then(|found| found.get(1)) {
            return Cow::Borrowed(name.as_str());
        }
    }
    match platform {
        Some("go") => receiver(method),
        Some("rust") if method.starts_with('{') => Cow::Borrowed(""),
        _ => PIECES.replace_all(method.trim_end_matches(['.', ':']), ""),
    }
}

/// Go: `shop.(*Cart).Add.func1` is `shop.Cart.Add.func1`, and of generics nothing stays.
fn receiver(method: &str) -> Cow<'_, str> {
    static RECEIVER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\(\*?([\w.]+)(\[[^\]]*\])?\)|\[[^\]]*\]").expect("the pattern is a constant")
    });
    // `github.com/acme/shop.(*Cart).Add`: folders say nothing, and have points of their own.
    let last = method.rsplit('/').next().unwrap_or(method);
    RECEIVER.replace_all(last, "$1")
}

/// A name without what compilers put behind or before it: `buy$lambda$3`, `lambda$buy$4`,
/// `$anonfun$buy$1`, `access$buy`, `buy$default`, `buy_impl.constprop.0`.
pub(super) fn without_suffix(name: &str) -> &str {
    if !name.contains('$') {
        return name;
    }
    let is_made = |piece: &&str| {
        let piece = piece.split('-').next().unwrap_or_default();
        piece.bytes().all(|byte| byte.is_ascii_digit())
            || [
                "lambda",
                "anonfun",
                "access",
                "default",
                "suspendImpl",
                "adapted",
                "delayedInit",
            ]
            .contains(&piece)
    };
    name.split('$')
        .find(|piece| !is_made(piece))
        .unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compilers_names_are_led_back() {
        let table = [
            ("main.(*Cart).Add", "go", "main.Cart.Add"),
            ("(*Cart).Add.func1", "go", "Cart.Add.func1"),
            ("github.com/acme/shop.Find[...]", "go", "shop.Find"),
            ("Shop.Cart.<Buy>d__4.MoveNext", "csharp", "Buy"),
            ("Shop.<>c__DisplayClass3_0.<Buy>b__0", "csharp", "Buy"),
            ("com.acme.ShopKt$buy$1.invokeSuspend", "java", "buy"),
            ("com.acme.Shop$1.run", "java", "com.acme.Shop$1.run"),
            ("shop::cart::add::{closure#0}", "rust", "shop::cart::add"),
            (
                "shop::cart::add::{{closure}}::{async_fn_env#1}",
                "rust",
                "shop::cart::add",
            ),
            ("{closure#1}", "rust", ""),
            (
                "Cart.add.<anonymous closure>",
                "dart",
                "Cart.add.<anonymous closure>",
            ),
            (
                "HTMLElement.<anonymous>",
                "javascript",
                "HTMLElement.<anonymous>",
            ),
        ];
        for (method, platform, expected) in table {
            assert_eq!(source_name(method, Some(platform)), expected, "{method}");
        }
        for name in [
            "buy",
            "buy$lambda$3",
            "lambda$buy$4",
            "$anonfun$buy$1",
            "access$buy",
            "buy$default",
            "buy$lambda-3",
        ] {
            assert_eq!(without_suffix(name), "buy", "{name}");
        }
        assert_eq!(without_suffix("$"), "$");
    }
}
