//! JavaScript, with Rollbar's packages `rollbar` and `@rollbar/react`.

use super::{File, Reporter, Sdk, Test};

pub const NODE: Sdk = Sdk {
    id: "node",
    name: "Node",
    reporter: Reporter::Server,
    needs: "Needs Node 18 or newer; tried with rollbar 3.1. In a module, write import Rollbar from \"rollbar\".",
    install: Some("npm install rollbar"),
    files: &[File {
        name: "main.js",
        place: "At the top of the program. What nobody catches is reported by itself.",
        code: r#"const Rollbar = require("rollbar");

const rollbar = new Rollbar({
  accessToken: "TOKEN",
  endpoint: "ENDPOINT/api/1/item/",
  environment: "production",
  captureUncaught: true,
  captureUnhandledRejections: true,
});
"#,
    }],
    test: Test {
        how: "At the end of the program; then run it.",
        code: r#"throw new Error("test error from Node");"#,
    },
};

pub const EXPRESS: Sdk = Sdk {
    id: "express",
    name: "Express",
    reporter: Reporter::Server,
    needs: "Needs Node 18 or newer; tried with rollbar 3.1 and Express 5.3. In a module, write import Rollbar from \"rollbar\".",
    install: Some("npm install rollbar express"),
    files: &[
        File {
            name: "app.js",
            place: "At the top of the application.",
            code: r#"const Rollbar = require("rollbar");

const rollbar = new Rollbar({
  accessToken: "TOKEN",
  endpoint: "ENDPOINT/api/1/item/",
  environment: "production",
  captureUncaught: true,
  captureUnhandledRejections: true,
});
"#,
        },
        File {
            name: "app.js",
            place: "After all routes.",
            code: r"app.use(rollbar.errorHandler());
",
        },
    ],
    test: Test {
        how: "Among the routes; then start the application and open /rollcage-test.",
        code: r#"app.get("/rollcage-test", () => { throw new Error("test error from Express"); });"#,
    },
};

pub const BROWSER: Sdk = Sdk {
    id: "browser",
    name: "Browser",
    reporter: Reporter::Client,
    needs: "Needs a bundler; tried with rollbar 3.1. The token is the project's for browsers: it can only report, so everybody may read it.",
    install: Some("npm install rollbar"),
    files: &[File {
        name: "main.js",
        place: "At the top of the first script of the page.",
        code: r#"import Rollbar from "rollbar";

Rollbar.init({
  accessToken: "TOKEN",
  endpoint: "ENDPOINT/api/1/item/",
  environment: "production",
  captureUncaught: true,
  captureUnhandledRejections: true,
});
"#,
    }],
    test: Test {
        how: "Below it, or in the browser's console.",
        code: r#"setTimeout(() => { throw new Error("test error from the browser"); });"#,
    },
};

pub const REACT: Sdk = Sdk {
    id: "react",
    name: "React",
    reporter: Reporter::Client,
    needs: "Needs React 18 or newer; tried with @rollbar/react 1.0, rollbar 3.1 and React 19.3. The token is the project's for browsers: it can only report, so everybody may read it.",
    install: Some("npm install rollbar @rollbar/react"),
    files: &[File {
        name: "src/main.jsx",
        place: "Where the application is mounted. Errors in components reach the boundary, all others the page.",
        code: r#"import { createRoot } from "react-dom/client";
import Rollbar from "rollbar";
import { ErrorBoundary, Provider } from "@rollbar/react";
import App from "./App.jsx";

const rollbar = new Rollbar({
  accessToken: "TOKEN",
  endpoint: "ENDPOINT/api/1/item/",
  environment: "production",
  captureUncaught: true,
  captureUnhandledRejections: true,
});

createRoot(document.getElementById("root")).render(
  <Provider instance={rollbar}>
    <ErrorBoundary>
      <App />
    </ErrorBoundary>
  </Provider>,
);
"#,
    }],
    test: Test {
        how: "In a component; then press the button.",
        code: r#"<button onClick={() => { throw new Error("test error from React"); }}>Test</button>"#,
    },
};

pub const VUE: Sdk = Sdk {
    id: "vue",
    name: "Vue",
    reporter: Reporter::Client,
    needs: "Needs Vue 3; tried with rollbar 3.1 and Vue 3.5. The token is the project's for browsers: it can only report, so everybody may read it.",
    install: Some("npm install rollbar"),
    files: &[
        File {
            name: "src/rollbar.js",
            place: "A plugin of its own. Errors in components reach its handler, all others the page.",
            code: r#"import Rollbar from "rollbar";

const rollbar = new Rollbar({
  accessToken: "TOKEN",
  endpoint: "ENDPOINT/api/1/item/",
  environment: "production",
  captureUncaught: true,
  captureUnhandledRejections: true,
});

export default {
  install(app) {
    app.config.errorHandler = (error, instance, info) => {
      rollbar.error(error, { info });
      console.error(error);
    };
    app.provide("rollbar", rollbar);
  },
};
"#,
        },
        File {
            name: "src/main.js",
            place: "Where the application is mounted.",
            code: r##"import { createApp } from "vue";
import App from "./App.vue";
import rollbar from "./rollbar.js";

createApp(App).use(rollbar).mount("#app");
"##,
        },
    ],
    test: Test {
        how: "In a component's template; then press the button.",
        code: r#"<button @click="() => { throw new Error('test error from Vue') }">Test</button>"#,
    },
};
