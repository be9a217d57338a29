//! Languages with one SDK of Rollbar's each, and none at all.

use super::{File, Reporter, Sdk, Test};

pub const RUBY: Sdk = Sdk {
    id: "ruby",
    name: "Ruby",
    reporter: Reporter::Server,
    needs: "Known to work with rollbar 3.7 and Ruby 3.1. In Rails and Rack, what nobody catches is reported by itself.",
    install: Some("bundle add rollbar"),
    files: &[File {
        name: "config/initializers/rollbar.rb",
        place: "In Rails a file of its own; elsewhere at the top of the program.",
        code: r#"require "rollbar"

Rollbar.configure do |config|
  config.access_token = "TOKEN"
  config.endpoint = "ENDPOINT/api/1/item/"
  config.environment = "production"
end
"#,
    }],
    test: Test {
        how: "In a controller, or below it.",
        code: r#"Rollbar.error(RuntimeError.new("test error from Ruby"))"#,
    },
};

pub const PHP: Sdk = Sdk {
    id: "php",
    name: "PHP",
    reporter: Reporter::Server,
    needs: "Needs PHP 8.1 or newer with curl; known to work with rollbar/rollbar 4.2.",
    install: Some("composer require rollbar/rollbar"),
    files: &[File {
        name: "index.php",
        place: "At the top of the first script. What nobody catches is reported by itself.",
        code: r"<?php

require __DIR__ . '/vendor/autoload.php';

\Rollbar\Rollbar::init([
    'access_token' => 'TOKEN',
    'environment' => 'production',
    'endpoint' => 'ENDPOINT/api/1/',
]);
",
    }],
    test: Test {
        how: "Below it; then open the page or run the script.",
        code: "throw new Exception('test error from PHP');",
    },
};

pub const GO: Sdk = Sdk {
    id: "go",
    name: "Go",
    reporter: Reporter::Server,
    needs: "Known to work with rollbar-go 1.4. A panic is reported where a function is wrapped, an error where rollbar.Error is called.",
    install: Some("go get github.com/rollbar/rollbar-go"),
    files: &[File {
        name: "main.go",
        place: "First in main; Close sends what is left.",
        code: r#"package main

import "github.com/rollbar/rollbar-go"

func main() {
	rollbar.SetToken("TOKEN")
	rollbar.SetEnvironment("production")
	rollbar.SetEndpoint("ENDPOINT/api/1/item/")
	defer rollbar.Close()

	// Your program.
}
"#,
    }],
    test: Test {
        how: "Below the comment; then run the program.",
        code: r#"rollbar.WrapAndWait(func() { panic("test error from Go") })"#,
    },
};

pub const JAVA: Sdk = Sdk {
    id: "java",
    name: "Java",
    reporter: Reporter::Server,
    needs: "Needs Java 8 or newer; known to work with rollbar-java 2.2. With Maven: group com.rollbar, artifact rollbar-java.",
    install: Some(r#"implementation("com.rollbar:rollbar-java:2.2.0")"#),
    files: &[File {
        name: "Main.java",
        place: "First in main; close sends what is left.",
        code: r#"import com.rollbar.notifier.Rollbar;
import com.rollbar.notifier.config.ConfigBuilder;

public class Main {
    public static void main(String[] args) throws Exception {
        Rollbar rollbar = Rollbar.init(ConfigBuilder
            .withAccessToken("TOKEN")
            .environment("production")
            .endpoint("ENDPOINT/api/1/item/")
            .build());

        // Your program.

        rollbar.close(true);
    }
}
"#,
    }],
    test: Test {
        how: "Below the comment; then run the program.",
        code: r#"rollbar.error(new IllegalStateException("test error from Java"));"#,
    },
};

pub const DOTNET: Sdk = Sdk {
    id: "dotnet",
    name: ".NET",
    reporter: Reporter::Server,
    needs: "Needs .NET 6 or newer and Rollbar 5.",
    install: Some("dotnet add package Rollbar"),
    files: &[File {
        name: "Program.cs",
        place: "At the top of the program. What nobody catches is reported by itself.",
        code: r#"using Rollbar;

var rollbar = new RollbarInfrastructureConfig("TOKEN", "production");
rollbar.RollbarLoggerConfig.RollbarDestinationOptions.Reconfigure(
    new RollbarDestinationOptions("TOKEN", "production")
    {
        EndPoint = "ENDPOINT/api/1/",
    });
RollbarInfrastructure.Instance.Init(rollbar);
"#,
    }],
    test: Test {
        how: "Below it; then run the program.",
        code: r#"RollbarLocator.RollbarInstance.AsBlockingLogger(TimeSpan.FromSeconds(5)).Error(new InvalidOperationException("test error from .NET"));"#,
    },
};

pub const CURL: Sdk = Sdk {
    id: "curl",
    name: "curl",
    reporter: Reporter::Server,
    needs: "For languages without an SDK: what they have to post, as Rollbar documents it. The answer is {\"err\":0} once it is on disk.",
    install: None,
    files: &[],
    test: Test {
        how: "In a shell.",
        code: r#"curl ENDPOINT/api/1/item/ \
  -H 'X-Rollbar-Access-Token: TOKEN' \
  -d '{"data": {"environment": "production", "level": "error", "body": {"message": {"body": "test error from curl"}}}}'"#,
    },
};
