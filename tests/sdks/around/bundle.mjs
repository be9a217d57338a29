// `node bundle.mjs ENTRY` makes page.js of a page's scripts, as bundlers do for production.
import { readFile } from "node:fs/promises";
import { build } from "esbuild";
import { compileTemplate, parse } from "vue/compiler-sfc";

// A component of one file that has a template and nothing else.
const vue = {
  name: "vue",
  setup({ onLoad }) {
    onLoad({ filter: /\.vue$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const { descriptor } = parse(source, { filename: path });
      const { code, errors } = compileTemplate({ source: descriptor.template.content, filename: path, id: path });
      return { contents: `${code}\nexport default { render };`, errors: errors.map((text) => ({ text: String(text) })) };
    });
  },
};

await build({
  entryPoints: [process.argv[2]],
  bundle: true,
  minify: true,
  outfile: "page.js",
  jsx: "automatic",
  define: {
    "process.env.NODE_ENV": '"production"',
    __VUE_OPTIONS_API__: "true",
    __VUE_PROD_DEVTOOLS__: "false",
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
  },
  plugins: [vue],
});
