//! Python, with Rollbar's package `rollbar`.

use super::{File, Reporter, Sdk, Test};

pub const PYTHON: Sdk = Sdk {
    id: "python",
    name: "Python",
    reporter: Reporter::Server,
    needs: "Needs Python 3.10 or newer; tried with rollbar 1.5.",
    install: Some("pip install rollbar"),
    files: &[File {
        name: "main.py",
        place: "At the top of the program. The hook reports what nobody catches.",
        code: r#"import sys

import rollbar

rollbar.init(
    "TOKEN",
    environment="production",
    endpoint="ENDPOINT/api/1/",
)


def report_uncaught(kind, error, trace):
    if issubclass(kind, Exception):
        rollbar.report_exc_info((kind, error, trace))
        rollbar.wait()
    sys.__excepthook__(kind, error, trace)


sys.excepthook = report_uncaught
"#,
    }],
    test: Test {
        how: "At the end of the program; then run it.",
        code: r#"raise RuntimeError("test error from Python")"#,
    },
};

pub const FLASK: Sdk = Sdk {
    id: "flask",
    name: "Flask",
    reporter: Reporter::Server,
    needs: "Needs Python 3.10 and Flask 2.3 or newer; tried with rollbar 1.5 and Flask 3.1.",
    install: Some("pip install rollbar flask"),
    files: &[File {
        name: "app.py",
        place: "Where the application is made.",
        code: r#"import rollbar.contrib.flask
from flask import Flask

app = Flask(__name__)

rollbar.contrib.flask.init(
    app,
    "TOKEN",
    environment="production",
    endpoint="ENDPOINT/api/1/",
)
"#,
    }],
    test: Test {
        how: "Below it; then start the application and open /rollcage-test.",
        code: r#"app.add_url_rule("/rollcage-test", view_func=lambda: 1 / 0)"#,
    },
};

pub const DJANGO: Sdk = Sdk {
    id: "django",
    name: "Django",
    reporter: Reporter::Server,
    needs: "Needs Python 3.10 or newer; tried with rollbar 1.5 and Django 5.2.",
    install: Some("pip install rollbar django"),
    files: &[File {
        name: "settings.py",
        place: "At the end of the settings.",
        code: r#"MIDDLEWARE += ["rollbar.contrib.django.middleware.RollbarNotifierMiddleware"]

ROLLBAR = {
    "access_token": "TOKEN",
    "environment": "production",
    "endpoint": "ENDPOINT/api/1/",
}
"#,
    }],
    test: Test {
        how: "At the end of urls.py; then start the site and open /rollcage-test/.",
        code: r#"urlpatterns += [path("rollcage-test/", lambda request: 1 / 0)]"#,
    },
};

pub const FASTAPI: Sdk = Sdk {
    id: "fastapi",
    name: "FastAPI",
    reporter: Reporter::Server,
    needs: "Needs Python 3.10 or newer; tried with rollbar 1.5 and FastAPI 0.165.",
    install: Some("pip install rollbar fastapi uvicorn"),
    files: &[File {
        name: "main.py",
        place: "Where the application is made.",
        code: r#"import rollbar
from fastapi import FastAPI
from rollbar.contrib.fastapi import ReporterMiddleware

rollbar.init(
    "TOKEN",
    environment="production",
    endpoint="ENDPOINT/api/1/",
)

app = FastAPI()
app.add_middleware(ReporterMiddleware)
"#,
    }],
    test: Test {
        how: "Below it; then start the application and open /rollcage-test.",
        code: r#"app.add_api_route("/rollcage-test", lambda: 1 / 0)"#,
    },
};
