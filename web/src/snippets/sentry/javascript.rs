//! JavaScript, with Sentry's packages of each kind of program.

use crate::snippets::{File, Reporter, Sdk, Test};

pub const NODE: Sdk = Sdk {
    id: "sentry-node",
    name: "Node",
    reporter: Reporter::Server,
    needs: "Needs Node 20.19 or newer; tried with @sentry/node 11.12. In a module, put it in a file of its own and start with node --import.",
    install: Some("npm install @sentry/node"),
    files: &[File {
        name: "main.js",
        place: "At the top of the program. What nobody catches is reported by itself.",
        code: r#"const Sentry = require("@sentry/node");

Sentry.init({
  dsn: "DSN",
  environment: "production",
});
"#,
    }],
    test: Test {
        how: "At the end of the program; then run it.",
        code: r#"throw new Error("test error from Node");"#,
    },
};

pub const EXPRESS: Sdk = Sdk {
    id: "sentry-express",
    name: "Express",
    reporter: Reporter::Server,
    needs: "Needs Node 20.19 or newer; tried with @sentry/node 11.12 and Express 5.3. In a module, put the first part in a file of its own and start with node --import.",
    install: Some("npm install @sentry/node express"),
    files: &[
        File {
            name: "app.js",
            place: "At the top of the application, before Express is loaded.",
            code: r#"const Sentry = require("@sentry/node");

Sentry.init({
  dsn: "DSN",
  environment: "production",
});
"#,
        },
        File {
            name: "app.js",
            place: "After all routes.",
            code: r"Sentry.setupExpressErrorHandler(app);
",
        },
    ],
    test: Test {
        how: "Among the routes; then start the application and open /rollcage-test.",
        code: r#"app.get("/rollcage-test", () => { throw new Error("test error from Express"); });"#,
    },
};

pub const BROWSER: Sdk = Sdk {
    id: "sentry-browser",
    name: "Browser",
    reporter: Reporter::Client,
    needs: "Needs a bundler; tried with @sentry/browser 11.12. The token in the DSN is the project's for browsers: it can only report, so everybody may read it.",
    install: Some("npm install @sentry/browser"),
    files: &[File {
        name: "main.js",
        place: "At the top of the first script of the page.",
        code: r#"import * as Sentry from "@sentry/browser";

Sentry.init({
  dsn: "DSN",
  environment: "production",
});
"#,
    }],
    test: Test {
        how: "Below it.",
        code: r#"setTimeout(() => { throw new Error("test error from the browser"); });"#,
    },
};

pub const REACT: Sdk = Sdk {
    id: "sentry-react",
    name: "React",
    reporter: Reporter::Client,
    needs: "Needs React 17 or newer; tried with @sentry/react 11.12 and React 19.3. The token in the DSN is the project's for browsers: it can only report, so everybody may read it.",
    install: Some("npm install @sentry/react"),
    files: &[File {
        name: "src/main.jsx",
        place: "Where the application is mounted. Errors in components reach the boundary, all others the page.",
        code: r#"import { createRoot } from "react-dom/client";
import * as Sentry from "@sentry/react";
import App from "./App.jsx";

Sentry.init({
  dsn: "DSN",
  environment: "production",
});

createRoot(document.getElementById("root")).render(
  <Sentry.ErrorBoundary fallback={<p>Something went wrong.</p>}>
    <App />
  </Sentry.ErrorBoundary>,
);
"#,
    }],
    test: Test {
        how: "In a component; then press the button.",
        code: r#"<button onClick={() => { throw new Error("test error from React"); }}>Test</button>"#,
    },
};

pub const VUE: Sdk = Sdk {
    id: "sentry-vue",
    name: "Vue",
    reporter: Reporter::Client,
    needs: "Needs Vue 3; tried with @sentry/vue 11.11 and Vue 3.5. The token in the DSN is the project's for browsers: it can only report, so everybody may read it.",
    install: Some("npm install @sentry/vue"),
    files: &[File {
        name: "src/main.js",
        place: "Where the application is mounted.",
        code: r##"import { createApp } from "vue";
import * as Sentry from "@sentry/vue";
import App from "./App.vue";

const app = createApp(App);

Sentry.init({
  app,
  dsn: "DSN",
  environment: "production",
});

app.mount("#app");
"##,
    }],
    test: Test {
        how: "In a component's template; then press the button.",
        code: r#"<button @click="() => { throw new Error('test error from Vue') }">Test</button>"#,
    },
};
