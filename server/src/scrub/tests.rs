//! Each shape, each place, and what must stay.

use serde_json::{Value, json};

use super::{trim::CUT, *};
use crate::model::{
    id::OccurrenceUuid,
    occurrence::{Message, Person, Thread},
};

mod properties;

fn occurrence(body: Body<'_>) -> Occurrence<'_> {
    Occurrence::new(OccurrenceUuid(uuid::Uuid::nil()), body)
}

fn scrubbed_text(text: &str, kind: Kind) -> String {
    let mut scrubbed = Text::Borrowed(text);
    text::scrub(
        &mut scrubbed,
        &ScrubKeys::default(),
        kind,
        trim::TEXT_MAX_BYTES,
    );
    scrubbed.into_owned()
}

fn scrubbed_value(value: Value) -> Node<'static> {
    let mut occurrence = occurrence(Body::CrashReport("x".into()));
    occurrence.custom.insert("it", value);
    scrub(&mut occurrence, &ScrubKeys::default());
    occurrence.custom.take("it").unwrap()
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn secrets_in_texts_are_removed() {
    let cases = [
        // Shapes.
        ("paid with 4111111111111111.", "paid with [scrubbed]."),
        ("4111 1111 1111 1111", "[scrubbed]"),
        (
            "card 5500-0055-5555-5559, exp 12/27",
            "card [scrubbed], exp 12/27",
        ),
        ("amex 3782 822463 10005", "amex [scrubbed]"),
        ("call 555 4111 1111 1111 1111", "call 555 [scrubbed]"),
        ("a=4111111111111111&b=1", "a=[scrubbed]&b=1"),
        ("sent Bearer abc123.def-456", "sent Bearer [scrubbed]"),
        (
            "Basic dXNlcjpodW50ZXIy was refused",
            "Basic [scrubbed] was refused",
        ),
        (
            "got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln_x-y at",
            "got [scrubbed] at",
        ),
        (
            "postgres://shop:hunter2@db:5432/shop?x=1",
            "postgres://shop:[scrubbed]@db:5432/shop?x=1",
        ),
        ("redis://:p@ss@cache/0", "redis://:[scrubbed]@cache/0"),
        (
            "shop:hunter2@tcp(db:3306)/shop",
            "shop:[scrubbed]@tcp(db:3306)/shop",
        ),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nend",
            "[scrubbed]\nend",
        ),
        (
            "key -----BEGIN PRIVATE KEY-----\\nMIIEcut",
            "key [scrubbed]",
        ),
        ("AKIAIOSFODNN7EXAMPLE denied", "[scrubbed] denied"),
        ("sk_live_4eC39HqLyjWDarjtT1zdp7dc", "[scrubbed]"),
        ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "[scrubbed]"),
        // Pairs.
        ("password=hunter2", "password=[scrubbed]"),
        (
            "login failed: password: hunter2, user: bob",
            "login failed: password: [scrubbed], user: bob",
        ),
        (
            "https://x.test/a?ref=mail&token=abc&b=1#top",
            "https://x.test/a?ref=mail&token=[scrubbed]&b=1#top",
        ),
        (
            "api_key=1&API-KEY=2&q=3",
            "api_key=[scrubbed]&API-KEY=[scrubbed]&q=3",
        ),
        (
            "user[password]=x&card[cvc]=123&q=3",
            "user[password]=[scrubbed]&card[cvc]=[scrubbed]&q=3",
        ),
        (
            "user%5Bpassword%5D=x%26y&card%5Bcvc%5D=123&q=3",
            "user%5Bpassword%5D=[scrubbed]&card%5Bcvc%5D=[scrubbed]&q=3",
        ),
        (
            "next=%2Fa%3Fpassword%3Dhunter2%26b%3D1&c=2",
            "next=%2Fa%3Fpassword%3D[scrubbed]%26b%3D1&c=2",
        ),
        (
            "q=%7B%22password%22%3A%22a%20b%22%2C%22c%22%3A1%7D",
            "q=%7B%22password%22%3A%22[scrubbed]%22%2C%22c%22%3A1%7D",
        ),
        (
            r#"{"password": "hunter2", "a": 1}"#,
            r#"{"password": "[scrubbed]", "a": 1}"#,
        ),
        (
            r#"{"password":"a\"b,c","a":1}"#,
            r#"{"password":"[scrubbed]","a":1}"#,
        ),
        (
            r#"{"pin_token": 1234, "a": 1}"#,
            r#"{"pin_token": [scrubbed], "a": 1}"#,
        ),
        (
            r#"{"a":"{\"password\":\"hunter2\",\"b\":1}"}"#,
            r#"{"a":"{\"password\":\"[scrubbed]\",\"b\":1}"}"#,
        ),
        (
            r#"{\"password\":\"a\\\"b\",\"b\":1}"#,
            r#"{\"password\":\"[scrubbed]\",\"b\":1}"#,
        ),
        (
            r#"{\\\"password\\\":\\\"hunter2\\\",\\\"b\\\":1}"#,
            r#"{\\\"password\\\":\\\"[scrubbed]\\\",\\\"b\\\":1}"#,
        ),
        (
            r#"{"tokens": ["a", "b"], "c": 1}"#,
            r#"{"tokens": [scrubbed], "c": 1}"#,
        ),
        (
            "{'password': 'hunter2', 'a': 1}",
            "{'password': '[scrubbed]', 'a': 1}",
        ),
        (
            "{'password': b'hunter2', u'secret': u'x'}",
            "{'password': b'[scrubbed]', u'secret': u'[scrubbed]'}",
        ),
        (
            r#"{"password"=>"hunter2", :token=>"x"}"#,
            r#"{"password"=>"[scrubbed]", :token=>"[scrubbed]"}"#,
        ),
        (
            "[password=hunter2, user=bob]",
            "[password=[scrubbed], user=bob]",
        ),
        ("Login(password=a,b)", "Login(password=[scrubbed])"),
        (
            "Server=db;Password=hun,ter;Database=x",
            "Server=db;Password=[scrubbed];Database=x",
        ),
        (
            "<password>hunter2</password>",
            "<password>[scrubbed]</password>",
        ),
        (
            "mysqldump --password=hunter2 --user root",
            "mysqldump --password=[scrubbed] --user root",
        ),
        (
            "tool --password hunter2 --user root",
            "tool --password [scrubbed] --user root",
        ),
        (
            "Authorization: Token abc def\nHost: x",
            "Authorization: [scrubbed]\nHost: x",
        ),
        ("Cookie: a=b; c=d\nHost: x", "Cookie: [scrubbed]\nHost: x"),
        (
            "headers['Authorization'] = 'abc'",
            "headers['Authorization'] = '[scrubbed]'",
        ),
        (
            "AWS_SECRET_ACCESS_KEY=abc PATH=/bin",
            "AWS_SECRET_ACCESS_KEY=[scrubbed] PATH=/bin",
        ),
        (
            r#"token = decrypt(key="abc") done"#,
            "token = [scrubbed]) done",
        ),
        (
            "/orders;jsessionid=ABC123?x=1",
            "/orders;jsessionid=[scrubbed]",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(scrubbed_text(text, Kind::Prose), expected, "{text}");
    }
}

#[test]
fn ordinary_texts_stay() {
    let texts = [
        "author: bob, passenger=12, compass: north, monkey=1, tokenizer: x, bypass=1",
        "order 1795375611744, at 1795375611744123 or 1700000000123456789",
        "order 4111111111111112 and 1234567890123456",
        "ratio 0.4111111111111111",
        "id 41111111-1111-4111-8111-111111111111, a4111111111111111, 4111111111111111f",
        "550e8400-e29b-41d4-a716-446655440000",
        "Unexpected token } in JSON at position 8",
        "KeyError: 'password'",
        "Cannot read properties of undefined (reading 'token')",
        "InvalidAuthenticityToken: the form is too old",
        "ActionController::InvalidToken: x",
        "basic authentication failed, Basic information is missing",
        "Bearer authentication is required",
        "at /srv/app/token.rb:12:in `password'",
        "password: null, token: None, secret=",
        "max_tokens: 4096, tokens=12",
        "http://host:8080/path?email=a@b.test",
        "password.reset.failed for user 17",
        "wrong password for user 17",
        "Password::check == x, token==y",
        "",
    ];
    for text in texts {
        assert_eq!(scrubbed_text(text, Kind::Prose), text);
    }
}

#[test]
fn source_keeps_its_names_and_loses_its_literals() {
    let cases = [
        ("token = request.headers.get(\"x\")", None),
        ("def login(user, password: str = None):", None),
        ("login(user, password=password2hash(pw))", None),
        ("if token == expected:", None),
        ("const {token} = props; let password: Password;", None),
        ("password = \"hunter2\"", Some("password = \"[scrubbed]\"")),
        (
            "$_GET = ['ref' => 'mail', 'password' => 'oops'];",
            Some("$_GET = ['ref' => 'mail', 'password' => '[scrubbed]'];"),
        ),
        (
            "call(url, token=f(password=\"x\"))",
            Some("call(url, token=f(password=\"[scrubbed]\"))"),
        ),
        (
            "curl -H 'X: y' --token=abc123def",
            Some("curl -H 'X: y' --token=[scrubbed]"),
        ),
    ];
    for (line, expected) in cases {
        assert_eq!(
            scrubbed_text(line, Kind::Code),
            expected.unwrap_or(line),
            "{line}"
        );
    }
}

#[test]
fn values_under_secret_names_are_replaced_whole() {
    let cases = [
        (
            json!({"password": "x", "a": 1}),
            json!({"password": SCRUBBED, "a": 1}),
        ),
        (
            json!({"card": {"cvv": 123, "number": "4111111111111111"}}),
            json!({"card": {"cvv": SCRUBBED, "number": SCRUBBED}}),
        ),
        (
            json!({"credentials": {"user": "x"}}),
            json!({"credentials": SCRUBBED}),
        ),
        (
            json!({"password": null, "token": "", "secret": true, "cookies": {}}),
            json!({"password": null, "token": "", "secret": true, "cookies": {}}),
        ),
        (
            json!({"tokens": 12, "max_tokens": 4096}),
            json!({"tokens": 12, "max_tokens": 4096}),
        ),
        (json!({"tokens": ["a"]}), json!({"tokens": SCRUBBED})),
        (
            json!([["Cookie", "a=b"], ["Host", "x"]]),
            json!([["Cookie", SCRUBBED], ["Host", "x"]]),
        ),
        (
            json!([{"name": "Authorization", "value": "x"}]),
            json!([{"name": "Authorization", "value": SCRUBBED}]),
        ),
        (
            json!(["tool", "--password", "x", "--user", "y"]),
            json!(["tool", "--password", SCRUBBED, "--user", "y"]),
        ),
        (
            json!([4_111_111_111_111_111_u64, 1_795_375_611_744_u64]),
            json!([SCRUBBED, 1_795_375_611_744_u64]),
        ),
        (json!({"4111111111111111": 1}), json!({SCRUBBED: 1})),
        (
            json!({"pid": 17, "sid": "x", "side": "y"}),
            json!({"pid": 17, "sid": SCRUBBED, "side": "y"}),
        ),
    ];
    for (value, expected) in cases {
        assert_eq!(scrubbed_value(value.clone()), expected, "{value}");
    }
}

/// An occurrence with `text` in every place there is.
fn everywhere(text: &str) -> Occurrence<'_> {
    let some = || Some(text.into());
    let map = || Fields::from_iter([("a".into(), json!([{ "b": text }]).into())]);
    let frame = Frame {
        filename: some(),
        path: some(),
        module: some(),
        package: some(),
        address: some(),
        method: some(),
        class_name: some(),
        code: some(),
        pre: vec![text.into()],
        post: vec![text.into()],
        arguments: vec![text.into()],
        argument_values: vec![text.into()],
        locals: map(),
        ..Frame::default()
    };
    let trace = Trace {
        class: some(),
        message: text.into(),
        description: some(),
        module: some(),
        frames: vec![frame.clone()],
        mechanism: map(),
        extra: map(),
    };
    let thread = Thread {
        id: some(),
        name: some(),
        frames: vec![frame],
        extra: map(),
        ..Thread::default()
    };
    Occurrence {
        title: some(),
        context: some(),
        platform: some(),
        language: some(),
        framework: some(),
        request: Some(Request {
            url: some(),
            method: some(),
            headers: map(),
            query_string: some(),
            get: map(),
            post: map(),
            params: map(),
            body: text.into(),
            user_ip: some(),
            extra: map(),
        }),
        person: Some(Person {
            id: some(),
            username: some(),
            email: some(),
            extra: map(),
        }),
        server: map(),
        client: map(),
        custom: map(),
        telemetry: vec![json!({ "body": { "message": text } }).into()],
        tags: map(),
        contexts: map(),
        modules: map(),
        threads: vec![thread],
        logger: some(),
        extra: map(),
        ..occurrence(Body::Traces(vec![trace]))
    }
}

#[test]
fn secrets_are_removed_in_every_place() {
    for secret in [
        "password = 'hunter2'",
        "https://a:hunter2@b/",
        "sk_live_hunter2hunter2",
    ] {
        let bodies = [
            everywhere(secret).body,
            Body::Message(Message {
                text: secret.into(),
                template: Some(secret.into()),
                frames: vec![Frame {
                    code: Some(secret.into()),
                    ..Frame::default()
                }],
                extra: Fields::from_iter([("a".into(), secret.into())]),
            }),
            Body::CrashReport(secret.into()),
        ];
        for body in bodies {
            let mut occurrence = Occurrence {
                body,
                ..everywhere(secret)
            };
            scrub(&mut occurrence, &ScrubKeys::default());
            let json = serde_json::to_string_pretty(&occurrence).unwrap();
            assert!(!json.contains("hunter2"), "{json}");
        }
    }
}

#[test]
fn a_fingerprint_stays_as_it_was_given() {
    let mut occurrence = occurrence(Body::CrashReport("x".into()));
    occurrence.fingerprint = vec!["token=abc".into()];
    scrub(&mut occurrence, &ScrubKeys::default());
    assert_eq!(occurrence.fingerprint, ["token=abc"]);
}

#[test]
fn a_projects_own_names_count_in_texts_too() {
    let keys = ScrubKeys::new(&["iban".to_owned()]);
    let mut occurrence = occurrence(Body::CrashReport("customer_iban=DE12 left".into()));
    occurrence.custom = Fields::from_iter([("IBAN".into(), json!(["DE12"]).into())]);
    scrub(&mut occurrence, &keys);
    assert_eq!(
        occurrence.body,
        Body::CrashReport("customer_iban=[scrubbed] left".into())
    );
    assert_eq!(occurrence.custom["IBAN"], SCRUBBED);
}

#[test]
fn what_is_too_much_is_cut_and_marked() {
    let frame = |line| Frame {
        line: Some(line),
        ..Frame::default()
    };
    let trace = Trace {
        message: "é".repeat(50_000).into(),
        frames: (0..1_100).map(frame).collect(),
        ..Trace::default()
    };
    let mut occurrence = occurrence(Body::Traces(vec![trace]));
    occurrence.title = Some("x".repeat(90_000).into());
    occurrence.telemetry = (0..120_usize).map(Node::from).collect();
    let numbers = 0..5_000_usize;
    let list: Value = numbers.clone().collect();
    let map: Fields<'_> = numbers
        .map(|n| (n.to_string().into(), Node::from(n)))
        .collect();
    occurrence.custom.insert("list", list);
    occurrence.custom.insert("map", map);
    scrub(&mut occurrence, &ScrubKeys::default());

    let Body::Traces(traces) = &occurrence.body else {
        panic!()
    };
    assert!(traces[0].message.len() <= trim::TEXT_MAX_BYTES && traces[0].message.ends_with(CUT));
    let lines: Vec<_> = traces[0]
        .frames
        .iter()
        .filter_map(|frame| frame.line)
        .collect();
    assert_eq!(
        (lines.len(), lines[0], lines[49], lines[50], lines[299]),
        (300, 0, 49, 850, 1_099)
    );
    assert_eq!(traces[0].extra["frames_cut"], json!(800));
    assert!(occurrence.title.as_ref().unwrap().len() <= trim::NAME_MAX_BYTES);
    assert_eq!(
        (occurrence.telemetry.len(), &occurrence.telemetry[0]),
        (100, &Node::from(20_usize))
    );
    assert_eq!(occurrence.extra["telemetry_cut"], json!(20));
    let Node::List(list) = &occurrence.custom["list"] else {
        panic!()
    };
    assert_eq!(list.len(), trim::ENTRIES_MAX);
    assert_eq!(list[trim::ENTRIES_MAX - 1], "… [4001 more cut]");
    assert_eq!(
        occurrence.custom["map"].as_object().unwrap().len(),
        trim::ENTRIES_MAX
    );

    let once = occurrence.clone();
    scrub(&mut occurrence, &ScrubKeys::default());
    assert_eq!(occurrence, once);
}

#[test]
fn the_work_is_in_proportion_to_the_text() {
    // Each of these made some reading start again at every name; a second is a thousand times
    // what it takes.
    let parts = [
        "token={",
        "token=\\",
        "token=\"",
        "token:",
        "password%3D%25",
        "4111 ",
        "<token>",
        "--token ",
        "token=(\"",
        "eyJaaaaaa.",
        "://a:",
    ];
    for part in parts {
        for kind in [Kind::Prose, Kind::Code] {
            let text = part.repeat(400_000 / part.len());
            let scrubbed = scrubbed_text(&text, kind);
            assert!(scrubbed.len() <= trim::TEXT_MAX_BYTES);
        }
    }
}

#[test]
fn what_is_known_as_one_thing_is_not_known_as_another() {
    let secret = |key: &'static str| Fields::from_iter([(key.into(), "S3CR3T".into())]);
    let frame = |code: &'static str, locals| Frame {
        method: Some("password".into()),
        code: Some(code.into()),
        locals,
        ..Frame::default()
    };
    // Each frame is where one before it was, or nearly; the texts are names of secrets elsewhere.
    let frames = || {
        vec![
            frame("password", secret("open")),
            frame("password", secret("password")),
            frame("password = 'S3CR3T'", Fields::new()),
        ]
    };
    for _again in 0..3 {
        let mut occurrence = occurrence(Body::Message(Message {
            text: "password".into(),
            frames: frames(),
            ..Message::default()
        }));
        occurrence.custom = secret("password");
        scrub(&mut occurrence, &ScrubKeys::default());
        let json = serde_json::to_string(&occurrence).unwrap();
        assert_eq!(json.matches("S3CR3T").count(), 1, "{json}");
        assert_eq!(json.matches(SCRUBBED).count(), 3, "{json}");
    }
}
