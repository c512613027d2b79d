// Bundles test/*.test.ts and lets Node run them: node test/run.mjs
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const out = mkdtempSync(join(tmpdir(), "sigap-console-"));
const entryPoints = readdirSync("test").filter((file) => file.endsWith(".test.ts")).map((file) => `test/${file}`);
await build({ entryPoints, bundle: true, platform: "node", format: "esm", outdir: out, outExtension: { ".js": ".mjs" } });
const files = readdirSync(out).map((file) => join(out, file));
const { status } = spawnSync(process.execPath, ["--test", ...files], { stdio: "inherit" });
rmSync(out, { recursive: true });
process.exit(status ?? 1);
