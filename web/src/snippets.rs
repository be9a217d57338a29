//! Copy-ready set-up for the SDKs people have.
//!
//! Endpoints differ by SDK: some want `…/api/1/`, others `…/api/1/item/`.

/// Set-up for one language.
#[derive(Clone, Debug)]
pub struct Snippet {
    /// The name used in ids and classes; there is a CSS rule for each.
    pub id: &'static str,
    /// The language or framework as people say it.
    pub name: &'static str,
    /// What to run first; `None` when nothing is needed.
    pub install: Option<&'static str>,
    /// The file that the code goes into.
    pub file: &'static str,
    /// The code, with the real token and endpoint.
    pub code: String,
    /// One sentence to know; may be empty.
    pub note: &'static str,
}

/// Set-up for each language, in the order of the tabs.
///
/// `url` is the instance's public URL; `server` and `client` are the project's tokens.
pub fn all(url: &str, server: &str, client: &str) -> Vec<Snippet> {
    let url = url.trim_end_matches('/');
    vec![
        flask(url, server),
        python(url, server),
        node(url, server),
        browser(url, client),
        ruby(url, server),
        php(url, server),
        go(url, server),
        curl(url, server),
    ]
}

/// Python with Flask.
pub fn flask(url: &str, token: &str) -> Snippet {
    Snippet {
        id: "flask",
        name: "Flask",
        install: Some("pip install rollbar blinker"),
        file: "app.py",
        code: format!(
            r#"import rollbar
import rollbar.contrib.flask
from flask import Flask, got_request_exception

app = Flask(__name__)

with app.app_context():
    rollbar.init(
        "{token}",
        "production",
        endpoint="{url}/api/1/",
    )
    got_request_exception.connect(rollbar.contrib.flask.report_exception, app)


@app.route("/fail")
def fail():
    return {{}}["missing"]
"#
        ),
        note: "Start the app and open /fail: the KeyError arrives here.",
    }
}

/// A Python script.
pub fn python(url: &str, token: &str) -> Snippet {
    Snippet {
        id: "python",
        name: "Python",
        install: Some("pip install rollbar"),
        file: "job.py",
        code: format!(
            r#"import rollbar

rollbar.init(
    "{token}",
    "production",
    endpoint="{url}/api/1/",
)

try:
    {{}}["missing"]
except Exception:
    rollbar.report_exc_info()
    rollbar.wait()
"#
        ),
        note: "rollbar.wait() sends what is queued before a short script ends.",
    }
}

/// Node.
pub fn node(url: &str, token: &str) -> Snippet {
    Snippet {
        id: "node",
        name: "Node",
        install: Some("npm install rollbar"),
        file: "app.js",
        code: format!(
            r#"const Rollbar = require("rollbar");

const rollbar = new Rollbar({{
  accessToken: "{token}",
  endpoint: "{url}/api/1/item/",
  environment: "production",
  captureUncaught: true,
  captureUnhandledRejections: true,
}});

rollbar.error(new Error("first error from Node"));
"#
        ),
        note: "With Express, add app.use(rollbar.errorHandler()) after your routes.",
    }
}

/// A browser.
pub fn browser(url: &str, token: &str) -> Snippet {
    Snippet {
        id: "browser",
        name: "Browser",
        install: Some("npm install rollbar"),
        file: "main.js",
        code: format!(
            r#"import Rollbar from "rollbar";

const rollbar = Rollbar.init({{
  accessToken: "{token}",
  endpoint: "{url}/api/1/item/",
  captureUncaught: true,
  captureUnhandledRejections: true,
  payload: {{ environment: "production" }},
}});

rollbar.error(new Error("first error from a browser"));
"#
        ),
        note: "This is the project's token for browsers. It can only send, so it may be public.",
    }
}

/// Ruby.
pub fn ruby(url: &str, token: &str) -> Snippet {
    Snippet {
        id: "ruby",
        name: "Ruby",
        install: Some("bundle add rollbar"),
        file: "config/initializers/rollbar.rb",
        code: format!(
            r#"require "rollbar"

Rollbar.configure do |config|
  config.access_token = "{token}"
  config.endpoint = "{url}/api/1/item/"
  config.environment = "production"
end

begin
  {{}}.fetch(:missing)
rescue => e
  Rollbar.error(e)
end
"#
        ),
        note: "In Rails, keep only the configure block; uncaught errors are sent by themselves.",
    }
}

/// PHP.
pub fn php(url: &str, token: &str) -> Snippet {
    Snippet {
        id: "php",
        name: "PHP",
        install: Some("composer require rollbar/rollbar"),
        file: "index.php",
        code: format!(
            r"<?php
require __DIR__ . '/vendor/autoload.php';

use Rollbar\Rollbar;
use Rollbar\Payload\Level;

Rollbar::init([
    'access_token' => '{token}',
    'environment' => 'production',
    'endpoint' => '{url}/api/1/',
]);

Rollbar::log(Level::ERROR, new Exception('first error from PHP'));
"
        ),
        note: "",
    }
}

/// Go.
pub fn go(url: &str, token: &str) -> Snippet {
    Snippet {
        id: "go",
        name: "Go",
        install: Some("go get github.com/rollbar/rollbar-go"),
        file: "main.go",
        code: format!(
            r#"package main

import (
	"errors"

	"github.com/rollbar/rollbar-go"
)

func main() {{
	rollbar.SetToken("{token}")
	rollbar.SetEnvironment("production")
	rollbar.SetEndpoint("{url}/api/1/item/")

	rollbar.Error(errors.New("first error from Go"))
	rollbar.Wait()
}}
"#
        ),
        note: "",
    }
}

/// No SDK at all.
pub fn curl(url: &str, token: &str) -> Snippet {
    Snippet {
        id: "curl",
        name: "curl",
        install: None,
        file: "Shell",
        code: format!(
            r#"curl {url}/api/1/item/ \
  -H 'X-Rollbar-Access-Token: {token}' \
  -H 'Content-Type: application/json' \
  -d '{{
    "data": {{
      "environment": "production",
      "level": "error",
      "body": {{ "message": {{ "body": "first message from curl" }} }}
    }}
  }}'
"#
        ),
        note: "The answer is {\"err\":0} once the occurrence is on disk.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_snippet_has_a_token_and_an_endpoint() {
        for snippet in all("https://rc.test/", "server-token", "client-token") {
            let token = if snippet.id == "browser" {
                "client-token"
            } else {
                "server-token"
            };
            assert!(snippet.code.contains(token), "{}", snippet.code);
            assert!(
                snippet.code.contains("https://rc.test/api/1/"),
                "{}",
                snippet.code
            );
        }
    }
}
