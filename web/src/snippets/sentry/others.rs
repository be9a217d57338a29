//! Languages with one SDK of Sentry's each.
//!
//! Rust, Ruby and Go run in `make sdks`. PHP, Java and .NET follow Sentry's documentation and say
//! no version that they were tried with, because nothing here tried them.

use crate::snippets::{File, Reporter, Sdk, Test};

pub const RUST: Sdk = Sdk {
    id: "sentry-rust",
    name: "Rust",
    reporter: Reporter::Server,
    needs: "Needs Rust 1.89 or newer; tried with sentry 0.49.",
    install: Some("cargo add sentry"),
    files: &[File {
        name: "src/main.rs",
        place: "First in main: the guard sends what is left when main ends. Panics are reported by themselves.",
        code: r#"fn main() {
    let _guard = sentry::init(
        sentry::ClientOptions::new()
            .dsn("DSN")
            .environment("production")
            .maybe_release(sentry::release_name!()),
    );

    // Your program.
}
"#,
    }],
    test: Test {
        how: "Below the comment; then run the program.",
        code: r#"panic!("test error from Rust");"#,
    },
};

pub const RUBY: Sdk = Sdk {
    id: "sentry-ruby",
    name: "Ruby",
    reporter: Reporter::Server,
    needs: "Tried with sentry-ruby 5.3 and Ruby 3.1. In Rails, add sentry-rails as well: then what nobody catches is reported by itself.",
    install: Some("bundle add sentry-ruby"),
    files: &[File {
        name: "config/initializers/sentry.rb",
        place: "In Rails a file of its own; elsewhere at the top of the program.",
        code: r#"require "sentry-ruby"

Sentry.init do |config|
  config.dsn = "DSN"
  config.environment = "production"
end
"#,
    }],
    test: Test {
        how: "In a controller, or below it.",
        code: r#"Sentry.capture_exception(RuntimeError.new("test error from Ruby"))"#,
    },
};

pub const PHP: Sdk = Sdk {
    id: "sentry-php",
    name: "PHP",
    reporter: Reporter::Server,
    needs: "Needs PHP 7.2 or newer with curl, and sentry/sentry 4.",
    install: Some("composer require sentry/sentry"),
    files: &[File {
        name: "index.php",
        place: "At the top of the first script. What nobody catches is reported by itself.",
        code: r"<?php

require __DIR__ . '/vendor/autoload.php';

\Sentry\init([
    'dsn' => 'DSN',
    'environment' => 'production',
]);
",
    }],
    test: Test {
        how: "Below it; then open the page or run the script.",
        code: "throw new Exception('test error from PHP');",
    },
};

pub const GO: Sdk = Sdk {
    id: "sentry-go",
    name: "Go",
    reporter: Reporter::Server,
    needs: "Tried with sentry-go 0.11. A panic is reported where sentry.Recover is deferred, an error where sentry.CaptureException is called.",
    install: Some("go get github.com/getsentry/sentry-go"),
    files: &[File {
        name: "main.go",
        place: "First in main; Flush sends what is left.",
        code: r#"package main

import (
	"log"
	"time"

	"github.com/getsentry/sentry-go"
)

func main() {
	err := sentry.Init(sentry.ClientOptions{
		Dsn:         "DSN",
		Environment: "production",
	})
	if err != nil {
		log.Fatal(err)
	}
	defer sentry.Flush(2 * time.Second)
	defer sentry.Recover()

	// Your program.
}
"#,
    }],
    test: Test {
        how: "Below the comment; then run the program.",
        code: r#"panic("test error from Go")"#,
    },
};

pub const JAVA: Sdk = Sdk {
    id: "sentry-java",
    name: "Java",
    reporter: Reporter::Server,
    needs: "Needs Java 8 or newer. With Maven: group io.sentry, artifact sentry.",
    install: Some(r#"implementation("io.sentry:sentry:8.0.0")"#),
    files: &[File {
        name: "Main.java",
        place: "First in main. What nobody catches is reported by itself.",
        code: r#"import io.sentry.Sentry;

public class Main {
    public static void main(String[] args) {
        Sentry.init(options -> {
            options.setDsn("DSN");
            options.setEnvironment("production");
        });

        // Your program.
    }
}
"#,
    }],
    test: Test {
        how: "Below the comment; then run the program.",
        code: r#"throw new IllegalStateException("test error from Java");"#,
    },
};

pub const DOTNET: Sdk = Sdk {
    id: "sentry-dotnet",
    name: ".NET",
    reporter: Reporter::Server,
    needs: "Needs .NET 6 or newer. In ASP.NET Core, take the package Sentry.AspNetCore and builder.WebHost.UseSentry.",
    install: Some("dotnet add package Sentry"),
    files: &[File {
        name: "Program.cs",
        place: "At the top of the program. What nobody catches is reported by itself.",
        code: r#"using Sentry;

using var sentry = SentrySdk.Init(options =>
{
    options.Dsn = "DSN";
    options.Environment = "production";
});
"#,
    }],
    test: Test {
        how: "Below it; then run the program.",
        code: r#"throw new InvalidOperationException("test error from .NET");"#,
    },
};
