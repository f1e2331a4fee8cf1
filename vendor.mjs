// Copies the third-party files the product serves from node_modules into static/vendor and writes their
// SHA-256 sums. Run it after changing a version or the list of icons:
//   npm ci --ignore-scripts && npm run vendor
// The result is committed, so running the product needs no Node.
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL(".", import.meta.url));
const modules = join(root, "node_modules");
const target = join(root, "static", "vendor");

// Only what a template names; `{% icon "users" %}` reads static/vendor/tabler-icons/users.svg.
const icons = `
  adjustments-horizontal alert-circle alert-triangle alert-octagon arrow-down arrow-left arrow-right arrow-up
  arrows-sort award barcode bell bolt building-store calendar cake cash chart-bar chart-funnel check chevron-down
  chevron-left chevron-right chevron-up circle circle-check circle-dashed circle-filled clock coins copy credit-card
  database-off device-mobile device-desktop discount dots download external-link eye eye-off file-import file-spreadsheet
  filter flag forms gift help-circle history home id info-circle key language link lock login logout mail
  mail-forward mailbox-off map-pin menu-2 message minus moon
  note package pencil percentage phone player-pause player-play player-stop plug-connected plus printer qrcode receipt receipt-refund
  refresh rotate-2 search send settings shield-check shield-lock shopping-cart speakerphone star sun sun-moon table tag tags target
  ticket trash trending-down trending-up upload user user-check user-circle user-heart user-off user-plus user-question users users-group
  wifi-off world x
`.trim().split(/\s+/).sort();

function copyIcons() {
  const folder = join(target, "tabler-icons");
  mkdirSync(folder, { recursive: true });
  for (const name of icons) {
    const kind = name.endsWith("-filled") ? "filled" : "outline";
    const svg = readFileSync(join(modules, "@tabler/icons/icons", kind, `${name.replace(/-filled$/, "")}.svg`), "utf8");
    const shapes = [...svg.matchAll(/<(path|circle|rect|line|polyline)\b[^>]*\/>/g)]
      .map(([shape]) => shape)
      .filter((shape) => !shape.includes('stroke="none" d="M0 0h24v24H0z"'));
    const paint = kind === "filled"
      ? 'fill="currentColor"'
      : 'fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"';
    writeFileSync(join(folder, `${name}.svg`),
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" ${paint}>${shapes.join("")}</svg>\n`);
  }
  cpSync(join(modules, "@tabler/icons/LICENSE"), join(folder, "LICENSE"));
}

function copyFont() {
  const folder = join(target, "inter");
  mkdirSync(folder, { recursive: true });
  cpSync(join(modules, "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2"),
    join(folder, "inter-latin-wght-normal.woff2"));
  cpSync(join(modules, "@fontsource-variable/inter/LICENSE"), join(folder, "LICENSE"));
}

function writeSums() {
  const files = readdirSync(target, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== "SHA256SUMS")
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const lines = files.map((file) =>
    `${createHash("sha256").update(readFileSync(file)).digest("hex")}  ${relative(target, file)}`);
  writeFileSync(join(target, "SHA256SUMS"), lines.join("\n") + "\n");
}

rmSync(target, { recursive: true, force: true });
copyFont();
copyIcons();
writeSums();
