//! Python, with Sentry's package `sentry-sdk`, which finds the frameworks by itself.

use crate::snippets::{File, Reporter, Sdk, Test};

pub const PYTHON: Sdk = Sdk {
    id: "sentry-python",
    name: "Python",
    reporter: Reporter::Server,
    needs: "Needs Python 3.6 or newer; tried with sentry-sdk 2.75.",
    install: Some("pip install sentry-sdk"),
    files: &[File {
        name: "main.py",
        place: "At the top of the program. What nobody catches is reported by itself.",
        code: r#"import sentry_sdk

sentry_sdk.init(
    "DSN",
    environment="production",
)
"#,
    }],
    test: Test {
        how: "At the end of the program; then run it.",
        code: r#"raise RuntimeError("test error from Python")"#,
    },
};

pub const FLASK: Sdk = Sdk {
    id: "sentry-flask",
    name: "Flask",
    reporter: Reporter::Server,
    needs: "Needs Flask 1 or newer; tried with sentry-sdk 2.75 and Flask 3.1.",
    install: Some("pip install sentry-sdk flask"),
    files: &[File {
        name: "app.py",
        place: "Before the application is made.",
        code: r#"import sentry_sdk
from flask import Flask

sentry_sdk.init(
    "DSN",
    environment="production",
)

app = Flask(__name__)
"#,
    }],
    test: Test {
        how: "Below it; then start the application and open /rollcage-test.",
        code: r#"app.add_url_rule("/rollcage-test", view_func=lambda: 1 / 0)"#,
    },
};

pub const DJANGO: Sdk = Sdk {
    id: "sentry-django",
    name: "Django",
    reporter: Reporter::Server,
    needs: "Needs Django 1.8 or newer; tried with sentry-sdk 2.75 and Django 5.2.",
    install: Some("pip install sentry-sdk django"),
    files: &[File {
        name: "settings.py",
        place: "At the end of the settings.",
        code: r#"import sentry_sdk

sentry_sdk.init(
    "DSN",
    environment="production",
)
"#,
    }],
    test: Test {
        how: "At the end of urls.py; then start the site and open /rollcage-test/.",
        code: r#"urlpatterns += [path("rollcage-test/", lambda request: 1 / 0)]"#,
    },
};

pub const FASTAPI: Sdk = Sdk {
    id: "sentry-fastapi",
    name: "FastAPI",
    reporter: Reporter::Server,
    needs: "Needs FastAPI 0.79 or newer; tried with sentry-sdk 2.75 and FastAPI 0.165.",
    install: Some("pip install sentry-sdk fastapi uvicorn"),
    files: &[File {
        name: "main.py",
        place: "Before the application is made.",
        code: r#"import sentry_sdk
from fastapi import FastAPI

sentry_sdk.init(
    "DSN",
    environment="production",
)

app = FastAPI()
"#,
    }],
    test: Test {
        how: "Below it; then start the application and open /rollcage-test.",
        code: r#"app.add_api_route("/rollcage-test", lambda: 1 / 0)"#,
    },
};
