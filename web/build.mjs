// Builds dist/aftercheck-chat.js and writes its hash into the pages that load it.
//   node build.mjs          build
//   node build.mjs --check  fail when what is committed is not what the source makes, or is too big

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, transform } from "esbuild";

const MOST_BYTES = 21_000; // gzip
const BUILT = "dist/aftercheck-chat.js";
const PAGES = ["index.html", "embed.html"];
process.chdir(fileURLToPath(new URL(".", import.meta.url)));

/** Style sheets as text, made small. */
const styles = {
  name: "styles",
  setup(within) {
    within.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(readFileSync(path, "utf8"), { loader: "css", minify: true });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

async function bundle() {
  const { outputFiles } = await build({
    entryPoints: ["src/main.ts"],
    bundle: true,
    minify: true,
    format: "esm",
    target: ["es2022"],
    charset: "utf8",
    legalComments: "none",
    plugins: [styles],
    banner: { js: "/* Aftercheck chat, Apache-2.0. */" },
    write: false,
  });
  return outputFiles[0].contents;
}

/** A page with the hash of the script that it loads, and an address that changes with it. */
function stamped(page, code) {
  const hash = `sha384-${createHash("sha384").update(code).digest("base64")}`;
  const version = createHash("sha256").update(code).digest("hex").slice(0, 12);
  return page
    .replace(/integrity="sha384-[^"]*"/g, `integrity="${hash}"`)
    .replace(/aftercheck-chat\.js\?v=\w*/g, `aftercheck-chat.js?v=${version}`);
}

const code = await bundle();
const wanted = [[BUILT, Buffer.from(code)], ...PAGES.map((page) => [page, Buffer.from(stamped(readFileSync(page, "utf8"), code))])];
const size = gzipSync(code, { level: 9 }).length;
console.log(`${BUILT}: ${code.length} bytes, ${size} bytes gzip (at most ${MOST_BYTES})`);
if (size > MOST_BYTES) throw new Error("the widget has become too big");
if (process.argv.includes("--check")) {
  const stale = wanted.filter(([file, content]) => !existsSync(file) || !readFileSync(file).equals(content));
  if (stale.length) {
    console.error(`${stale.map(([file]) => `web/${file}`).join(", ")} is not what the source makes. Run "npm run build" in web/ and commit it.`);
    process.exit(1);
  }
} else {
  mkdirSync("dist", { recursive: true });
  for (const [file, content] of wanted) writeFileSync(file, content);
}
