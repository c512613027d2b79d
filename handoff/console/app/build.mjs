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
  entryPoints: { app: "src/main.tsx" },
  bundle: true,
  minify: true,
  format: "esm",
  // Offices keep old machines: the last Chrome of Windows 7 is 109.
  target: ["chrome109", "firefox115", "safari16"],
  jsx: "automatic",
  jsxImportSource: "preact",
  plugins: [leafletParts],
  loader: { ".png": "file" },
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  outdir: out,
  metafile: true,
  legalComments: "none",
  logLevel: "warning",
});

const [script, style] = [".js", ".css"].map((ending) =>
  Object.keys(metafile.outputs).map((file) => basename(file)).find((file) => file.endsWith(ending)),
);
const page = await readFile("src/index.html", "utf8");
await mkdir(out, { recursive: true });
await writeFile(join(out, "index.html"), page.replace("{{app.js}}", script).replace("{{app.css}}", style));
await copyFile("src/icon.svg", join(out, "icon.svg"));
