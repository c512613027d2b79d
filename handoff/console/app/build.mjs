// Bundles the staff app: node build.mjs OUT_FOLDER
import { build } from "esbuild";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";

// Of Leaflet only the parts that the map uses are packed: 20 kB less on the line.
const leafletParts = {
  name: "leaflet-parts",
  setup({ onResolve }) {
    onResolve({ filter: /^leaflet$/ }, () => ({ path: resolve("src/leaflet_parts.js") }));
  },
};

const out = process.argv[2] ?? "../static";
const { metafile } = await build({
  // The style of the part that is loaded only where it is opened is a sheet of its own: see knowledge/load.ts.
  entryPoints: { app: "src/main.tsx", knowledge: "src/knowledge/styles/all.css" },
  bundle: true,
  splitting: true,
  minify: true,
  format: "esm",
  // Offices keep old machines: the last Chrome of Windows 7 is 109.
  target: ["chrome109", "firefox115", "safari16"],
  jsx: "automatic",
  jsxImportSource: "preact",
  plugins: [leafletParts],
  loader: { ".png": "file" },
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  outdir: out,
  metafile: true,
  legalComments: "none",
  logLevel: "warning",
});

const outputs = Object.entries(metafile.outputs);
const built = (entry) => outputs.find(([, { entryPoint }]) => entryPoint === entry);
const [script, { imports, cssBundle }] = built("src/main.tsx");
const [knowledge] = built("src/knowledge/styles/all.css");
// What the first page needs is asked for at once, not only when the script that imports it has come.
const needed = imports.filter(({ kind, external }) => kind === "import-statement" && !external).map(({ path }) => path);
const preloads = needed.map((path) => `<link rel="modulepreload" href="${basename(path)}">`).join("\n    ");
const names = {
  "{{app.js}}": basename(script),
  "{{app.css}}": basename(cssBundle),
  "{{knowledge.css}}": basename(knowledge),
  "{{preloads}}": preloads,
};
const page = await readFile("src/index.html", "utf8");
await mkdir(out, { recursive: true });
const filled = Object.entries(names).reduce((text, [mark, name]) => text.replace(mark, name), page);
await writeFile(join(out, "index.html"), filled);
await copyFile("src/icon.svg", join(out, "icon.svg"));
