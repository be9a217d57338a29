//! Pairs that belong together, and pairs that belong apart.

use super::*;

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn one_problem_is_one_item() {
    let table: Vec<(&str, Evidence, Evidence)> = vec![
        (
            "a failed lookup is the function's own, whoever calls it",
            raised("KeyError", "'a'", &[VIEW, LOOKUP]),
            raised("KeyError", "'b'", &[OTHER_VIEW, LOOKUP]),
        ),
        (
            "another release folder, another machine",
            raised("KeyError", "'a'", &[VIEW, LOOKUP]),
            raised(
                "KeyError",
                "'a'",
                &[VIEW, ("C:\\shop\\cart.py", "find", "return lines[key]")],
            ),
        ),
        (
            "other frames of libraries around it",
            raised("KeyError", "'a'", &[FLASK, VIEW, LOOKUP]),
            raised("KeyError", "'a'", &[FLASK, FLASK, VIEW, LOOKUP]),
        ),
        (
            "a decorator around the caller of what raises",
            raised("LookupError", "no setting URL", &[VIEW, REQUIRE]),
            raised(
                "LookupError",
                "no setting URL",
                &[
                    VIEW,
                    ("/srv/app/shop/timing.py", "timed", "return fn(*args, **kw)"),
                    REQUIRE,
                ],
            ),
        ),
        (
            "another depth of recursion",
            raised("KeyError", "'a'", &[VIEW, LOOKUP]),
            raised("KeyError", "'a'", &[VIEW, LOOKUP, LOOKUP, LOOKUP]),
        ),
        (
            "a comprehension, which newer interpreters do not show",
            raised(
                "KeyError",
                "'a'",
                &[
                    VIEW,
                    ("/srv/app/shop/cart.py", "find", "[x[k] for x in y]"),
                    ("/srv/app/shop/cart.py", "<listcomp>", "[x[k] for x in y]"),
                ],
            ),
            raised("KeyError", "'a'", &[VIEW, LOOKUP]),
        ),
        (
            "one more exception raised from it",
            chain(&[
                trace("Failed", "job 7 failed", &[VIEW]),
                trace("KeyError", "'a'", &[LOOKUP]),
            ]),
            raised("KeyError", "'a'", &[VIEW, LOOKUP]),
        ),
        (
            "a context that the program hides",
            chain(&[
                trace(
                    "Gone",
                    "gone",
                    &[("a.py", "f", "raise Gone('gone') from None")],
                ),
                trace("KeyError", "'a'", &[LOOKUP]),
            ]),
            raised(
                "Gone",
                "gone",
                &[("a.py", "f", "raise Gone('gone') from None")],
            ),
        ),
        (
            "the texts of an operating system in another language",
            raised(
                "OSError",
                "[Errno 28] No space left on device: '/a'",
                &[VIEW],
            ),
            raised(
                "OSError",
                "[Errno 28] Auf dem Gerät ist kein Speicherplatz mehr: '/b'",
                &[VIEW],
            ),
        ),
        (
            "names of V8 in all their forms",
            script(
                "TypeError",
                "x",
                &[("/srv/cart.js", "Object.add [as put]", "")],
            ),
            script("TypeError", "x", &[("/srv/cart.js", "async add", "")]),
        ),
        (
            "a new build of a bundle",
            script(
                "TypeError",
                "x",
                &[("https://a.example/app.47304c15.js", "addLine", "")],
            ),
            script(
                "TypeError",
                "x",
                &[("https://b.example/app.899a50a8.js?v=3", "addLine", "")],
            ),
        ),
        (
            "a minified bundle with other short names",
            script(
                "CartError",
                "line 4 is gone",
                &[("https://a.example/app.47304c15.js", "s", "")],
            ),
            script(
                "CartError",
                "line 77 is gone",
                &[("https://a.example/app.899a50a8.js", "u", "")],
            ),
        ),
        (
            "words that the raising line filled in",
            script(
                "Error",
                "no format heic of a.heic",
                &[(
                    "a.js",
                    "f",
                    "throw new Error(`no format ${type} of ${name}`)",
                )],
            ),
            script(
                "Error",
                "no format very new of My Pictures",
                &[(
                    "a.js",
                    "f",
                    "throw new Error(`no format ${type} of ${name}`)",
                )],
            ),
        ),
        (
            "a thrown text is a message",
            thrown("cart is locked"),
            script("", "cart is locked", &[LOOKUP]),
        ),
        (
            "a template with other words",
            logged("job %s failed", "job one failed"),
            logged("job %s failed", "job two three failed"),
        ),
        (
            "a template of typed data, and the sentence itself",
            logged("user %d not found", "user 7 not found"),
            said("user 4711 not found"),
        ),
        (
            "an explicit fingerprint",
            marked(&["db"], said("a")),
            marked(&["db"], raised("KeyError", "x", &[LOOKUP])),
        ),
        (
            "an explicit default",
            marked(&["{{ default }}"], said("a")),
            said("a"),
        ),
    ];
    for (name, left, right) in table {
        assert_eq!(
            explain(&left)
                .parts
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
            explain(&right)
                .parts
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
            "{name}"
        );
        assert_eq!(fingerprint(&left), fingerprint(&right), "{name}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn other_problems_are_other_items() {
    let driver = trace("OperationalError", "(x)", &[LOOKUP, FLASK]);
    let psycopg = |class: &str, text: &str| chain(&[driver.clone(), trace(class, text, &[FLASK])]);
    let zod = |field: &str| {
        script(
            "ZodError",
            &format!(r#"[{{"code":"invalid_type","path":["{field}"]}}]"#),
            &[("routes.js", "save", "schema.parse(body)")],
        )
    };
    let table: Vec<(&str, Evidence, Evidence)> = vec![
        (
            "another class",
            raised("KeyError", "x", &[LOOKUP]),
            raised("TypeError", "x", &[LOOKUP]),
        ),
        (
            "another function of the same file",
            raised("KeyError", "x", &[VIEW]),
            raised("KeyError", "x", &[OTHER_VIEW]),
        ),
        (
            "what raises on purpose, called by another",
            raised("LookupError", "no setting URL", &[VIEW, REQUIRE]),
            raised("LookupError", "no setting URL", &[OTHER_VIEW, REQUIRE]),
        ),
        (
            "what raises on purpose, with another text",
            raised(
                "Failed",
                "exited with code 137",
                &[("a.py", "run", "raise Failed(text)")],
            ),
            raised(
                "Failed",
                "exited with code 1",
                &[("a.py", "run", "raise Failed(text)")],
            ),
        ),
        (
            "an abstract method, missing in another class",
            raised(
                "NotImplementedError",
                "",
                &[
                    ("f.py", "build", "return self.write(rows)"),
                    ("f.py", "write", "self.format(row)"),
                    ("f.py", "format", "raise NotImplementedError"),
                ],
            ),
            raised(
                "NotImplementedError",
                "",
                &[
                    ("f.py", "publish", "return self.write(rows)"),
                    ("f.py", "write", "self.format(row)"),
                    ("f.py", "format", "raise NotImplementedError"),
                ],
            ),
        ),
        (
            "another errno",
            raised("OSError", "[Errno 28] a", &[VIEW]),
            raised("OSError", "[Errno 5] a", &[VIEW]),
        ),
        (
            "another failure of the database",
            psycopg("QueryCanceled", "a"),
            psycopg("LockNotAvailable", "a"),
        ),
        (
            "another constraint of the database",
            psycopg(
                "UniqueViolation",
                "duplicate key value violates unique constraint \"users_email_key\"",
            ),
            psycopg(
                "UniqueViolation",
                "duplicate key value violates unique constraint \"users_name_key\"",
            ),
        ),
        ("another field of a form", zod("zip"), zod("stars")),
        (
            "nameless handlers",
            script(
                "TypeError",
                "x",
                &[(
                    "routes.js",
                    "<anonymous>",
                    "app.get('/a', (req) => req.a.b)",
                )],
            ),
            script(
                "TypeError",
                "x",
                &[(
                    "routes.js",
                    "<anonymous>",
                    "app.get('/c', (req) => req.a.b)",
                )],
            ),
        ),
        (
            "another status",
            said("hook https://a.example/1 answered 410"),
            said("hook https://a.example/2 answered 500"),
        ),
        (
            "another level",
            said("a"),
            Evidence {
                level: Level::Warning,
                ..said("a")
            },
        ),
        (
            "a status in a template",
            logged("hook %s answered %d", "hook a answered 410"),
            logged("hook %s answered %d", "hook a answered 500"),
        ),
        (
            "a default that is split further",
            marked(&["{{ default }}", "eu"], said("a")),
            said("a"),
        ),
        (
            "parts that only together are the same text",
            marked(&["ab", "c"], said("a")),
            marked(&["a", "bc"], said("a")),
        ),
    ];
    for (name, left, right) in table {
        assert_ne!(
            fingerprint(&left),
            fingerprint(&right),
            "{name}: {:?}",
            explain(&left)
        );
    }
}
