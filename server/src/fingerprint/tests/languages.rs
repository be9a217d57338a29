//! Pairs of each language and of each rule that came with version 2.

use super::*;

fn of(platform: &str, evidence: Evidence) -> Evidence {
    Evidence {
        platform: Some(platform.to_owned()),
        ..evidence
    }
}

/// What was raised, with a text that says nothing by itself.
fn failed(platform: &str, class: &str, frames: &[(&str, &str, &str)]) -> Evidence {
    of(platform, raised(class, "x", frames))
}

const STD: &str = "/rustc/5980/library/core/src/panicking.rs";

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn one_problem_is_one_item() {
    let java = |method: &str| failed("java", "NullPointerException", &[("Shop.java", method, "")]);
    let go = |method: &str| failed("go", "runtime.boundsError", &[("/app/cart.go", method, "")]);
    let ruby = |method: &str| failed("ruby", "NoMethodError", &[("/app/cart.rb", method, "")]);
    let php = |method: &str| failed("php", "TypeError", &[("/app/Cart.php", method, "")]);
    let net = |method: &str| {
        failed(
            "csharp",
            "NullReferenceException",
            &[("Cart.cs", method, "")],
        )
    };
    let rust = |frames: &[(&str, &str, &str)]| of("rust", raised("panic", "no stock", frames));
    let circle = |inner: &str, class: &str, text: &str| {
        let frames = ["run", "walk", "step", "walk", "step", inner];
        let frames: Vec<_> = frames.map(|name| ("tree.py", name, "visit(node)")).into();
        raised(class, text, &frames)
    };
    let evaluated = |file: &str, method: &str| {
        let mut evidence = script(
            "TypeError",
            "x",
            &[("/srv/labels.js", "render", ""), (file, method, "")],
        );
        evidence.traces[0].frames[1].in_app = Some(file == "<anonymous>");
        evidence
    };
    let hidden = trace(
        "Failed",
        "x",
        &[
            ("a.py", "f", "client.get()"),
            ("/v/site-packages/b.py", "g", "raise error from None"),
            ("/v/site-packages/b.py", "h", "raise Failed()"),
        ],
    );
    let cause = trace("OSError", "y", &[("/v/site-packages/c.py", "i", "")]);
    let pydantic = |text: &str| raised("ValidationError", text, &[VIEW, FLASK]);
    let table: Vec<(&str, Evidence, Evidence)> = vec![
        (
            "java: a lambda is a part of its function",
            java("com.acme.Shop.buy"),
            java("com.acme.Shop.lambda$buy$4"),
        ),
        (
            "kotlin: so is a coroutine",
            java("com.acme.ShopKt.buy"),
            java("com.acme.ShopKt$buy$1.invokeSuspend"),
        ),
        (
            "java: proxies are nobody's code",
            java("com.acme.Shop.buy"),
            failed(
                "java",
                "NullPointerException",
                &[
                    ("Shop.java", "com.acme.Shop.buy", ""),
                    (
                        "<generated>",
                        "com.acme.Shop$$EnhancerBySpringCGLIB$$1a2b.buy",
                        "",
                    ),
                ],
            ),
        ),
        (
            "go: both SDKs' notation of a method",
            go("(*Cart).Add"),
            go("main.(*Cart).Add.func1"),
        ),
        (
            "go: a deferred function runs on top of what panicked",
            go("main.(*Cart).Add"),
            failed(
                "go",
                "runtime.boundsError",
                &[
                    ("/app/cart.go", "main.(*Cart).Add", ""),
                    (
                        "/usr/local/go/src/runtime/panic.go",
                        "runtime.goPanicIndex",
                        "",
                    ),
                    ("/app/main.go", "main.run.func1", ""),
                ],
            ),
        ),
        (
            "ruby: before 3.4 and after",
            ruby("block in add"),
            ruby("Cart#add"),
        ),
        (
            "php: a closure is a part of its function",
            php("App\\Cart->add"),
            php("App\\Cart::add"),
        ),
        (
            "c#: an async method is a class of the compiler's",
            net("Shop.Cart.Buy"),
            net("Shop.Cart.<Buy>d__4.MoveNext"),
        ),
        (
            "c#: so is a lambda",
            net("Shop.Cart.Buy"),
            net("Shop.Cart.<>c__DisplayClass3_0.<Buy>b__0"),
        ),
        (
            "rust: what runs in the hook of a panic",
            rust(&[
                ("/app/src/stock.rs", "shop::stock::take", ""),
                (STD, "core::panicking::panic_fmt", ""),
            ]),
            rust(&[
                ("/app/src/stock.rs", "shop::stock::take", ""),
                (STD, "core[5d2f]::panicking::panic_fmt", ""),
                ("/app/src/main.rs", "shop::main::{closure#0}", ""),
                (
                    "/root/.cargo/registry/src/x/sentry-panic-0.4/src/lib.rs",
                    "sentry_panic::panic_handler",
                    "",
                ),
            ]),
        ),
        (
            "javascript: constructors of exceptions",
            script(
                "Gone",
                "order is gone",
                &[("shop.js", "find", "throw new Gone('order is gone')")],
            ),
            script(
                "Gone",
                "order is gone",
                &[
                    ("shop.js", "find", "throw new Gone('order is gone')"),
                    ("errors.js", "new Gone", "Error.captureStackTrace(this)"),
                ],
            ),
        ),
        (
            "javascript: what compilers make of await",
            script("TypeError", "x", &[("a.js", "total", "")]),
            script(
                "TypeError",
                "x",
                &[
                    ("a.js", "fulfilled", "step(generator.next(value));"),
                    ("a.js", "total", ""),
                ],
            ),
        ),
        (
            "javascript: waiting for several promises is nobody's code",
            script("TypeError", "x", &[("a.js", "total", "")]),
            script(
                "TypeError",
                "x",
                &[("a.js", "total", ""), ("0", "async Promise.all (index", "")],
            ),
        ),
        (
            "javascript: evaluated code in both SDKs' notation",
            evaluated(
                "<anonymous>",
                "Object.eval [as label] (eval at compile (file:///srv/labels.js:7:10),",
            ),
            evaluated(
                "eval at compile (file:///srv/labels.js:7:10), <anonymous>",
                "Object.eval [as label]",
            ),
        ),
        (
            "javascript: a thrown text",
            thrown("cart is locked"),
            thrown("Uncaught Error: cart is locked"),
        ),
        (
            "python: a circle of calls, wherever the stack ended",
            circle("walk", "RecursionError", "maximum recursion depth exceeded"),
            circle(
                "step",
                "RecursionError",
                "maximum recursion depth exceeded in comparison",
            ),
        ),
        (
            "python: what `from None` hides, further out",
            chain(&[hidden.clone(), cause.clone()]),
            chain(&[hidden]),
        ),
        (
            "python: how many fields failed",
            pydantic("1 validation error for Booking\nguests\n  Input should be a valid integer"),
            pydantic(
                "2 validation errors for Booking\nguests\n  Field required\nname\n  Field required",
            ),
        ),
        (
            "a class of its own with a sentence, from another caller",
            raised(
                "Declined",
                "card of booking 7 was declined",
                &[VIEW, ("a.py", "pay", "raise Declined(text)")],
            ),
            raised(
                "Declined",
                "card of booking 8 was declined",
                &[OTHER_VIEW, ("a.py", "pay", "raise Declined(text)")],
            ),
        ),
        (
            "ids with letters",
            said("no label for AT16006"),
            said("no label for PK-77"),
        ),
        (
            "a template without its values filled in",
            Evidence {
                arguments: vec!["a b".into(), "one".into()],
                ..logged("feed %r of %s is old", "feed %r of %s is old")
            },
            Evidence {
                arguments: vec!["c d".into(), "two".into()],
                ..said("feed 'c d' of two is old")
            },
        ),
    ];
    for (name, left, right) in table {
        let parts = |evidence: &Evidence| -> Vec<String> {
            let parts = explain(evidence).parts;
            parts.iter().map(ToString::to_string).collect()
        };
        assert_eq!(parts(&left), parts(&right), "{name}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn other_problems_are_other_items() {
    let rust = |class: &str, text: &str| {
        let place = ("/app/src/main.rs", "shop::report", "");
        of(
            "rust",
            chain(&[
                trace("Error", "job failed", &[place]),
                trace(class, text, &[]),
            ]),
        )
    };
    let execute = |caller: (&str, &str, &str)| {
        raised(
            "OperationalError",
            "x",
            &[
                caller,
                ("/srv/shop/db.py", "execute", "return cursor.execute(sql)"),
            ],
        )
    };
    let get = |app: &str| {
        raised(
            "KeyError",
            "'a'",
            &[(&format!("/srv/{app}/views.py"), "get", "return data[key]")],
        )
    };
    let go = |method: &str| failed("go", "runtime.boundsError", &[("/app/cart.go", method, "")]);
    let one = |caller: (&str, &str, &str)| {
        raised(
            "NotFound",
            "not found",
            &[
                caller,
                ("/srv/shop/store.py", "one", "raise NotFound('not found')"),
            ],
        )
    };
    let setting = |name: &str| {
        raised(
            "Missing",
            &format!("environment variable {name} is not set"),
            &[
                VIEW,
                (
                    "config.py",
                    "setting",
                    "raise Missing('environment variable %s is not set' % name)",
                ),
            ],
        )
    };
    let table: Vec<(&str, Evidence, Evidence)> = vec![
        (
            "rust: other causes, reported at one place",
            rust("Expired", "the token expired"),
            rust("Refused", "connection refused"),
        ),
        (
            "rust: errors of the same name",
            of("rust", raised("sqlx::Error", "closed", &[])),
            of("rust", raised("std::io::Error", "closed", &[])),
        ),
        (
            "go: methods of one name",
            go("(*Cart).Add"),
            go("(*Order).Add"),
        ),
        (
            "two attributes that are missing in one function",
            raised(
                "AttributeError",
                "'NoneType' object has no attribute 'price'",
                &[LOOKUP],
            ),
            raised(
                "AttributeError",
                "'NoneType' object has no attribute 'fee'",
                &[LOOKUP],
            ),
        ),
        (
            "two properties that are missing in one function",
            script(
                "TypeError",
                "Cannot read properties of undefined (reading 'price')",
                &[LOOKUP],
            ),
            script(
                "TypeError",
                "Cannot read properties of undefined (reading 'fee')",
                &[LOOKUP],
            ),
        ),
        (
            "files of one role in two parts of a program",
            get("blog"),
            get("shop"),
        ),
        (
            "queries through one helper without frames beneath",
            execute(VIEW),
            execute(OTHER_VIEW),
        ),
        (
            "a class of its own that says little",
            one(VIEW),
            one(OTHER_VIEW),
        ),
        (
            "variables that are missing, by name",
            setting("PORT"),
            setting("HOST"),
        ),
        (
            "one sentence in two languages",
            of("python", said("no rate")),
            of("javascript", said("no rate")),
        ),
        (
            "short names on a server",
            script(
                "Error",
                "x",
                &[("/srv/money.js", "in", ""), ("/srv/jobs.js", "convert", "")],
            ),
            script(
                "Error",
                "x",
                &[("/srv/money.js", "to", ""), ("/srv/jobs.js", "convert", "")],
            ),
        ),
        (
            "what a table of functions runs",
            raised("LookupError", "none", &[VIEW, LOOKUP_OR_FAIL]),
            raised(
                "LookupError",
                "none",
                &[
                    VIEW,
                    ("jobs.py", "perform", "return JOBS[name](*args)"),
                    LOOKUP_OR_FAIL,
                ],
            ),
        ),
        (
            "an amount is no status, a status is",
            said("gateway answered 502"),
            said("gateway answered 402"),
        ),
    ];
    for (name, left, right) in table {
        assert_ne!(
            fingerprint(&left),
            fingerprint(&right),
            "{name}: {:?}",
            explain(&left).parts
        );
    }
    let (few, many) = (
        said("query returned 404 rows"),
        said("query returned 17 rows"),
    );
    assert_eq!(fingerprint(&few), fingerprint(&many));
}

const LOOKUP_OR_FAIL: (&str, &str, &str) = ("cart.py", "find", "raise LookupError('none')");
