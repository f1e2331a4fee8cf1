// Behaviour of the staff pages. Everything works as plain HTML first; this adds dialogs, keys, copying and guards.
"use strict";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const phone = window.matchMedia("(max-width: 489.98px)");

// A calendar beside a day box: the browser's own, writing the day first as the box reads it.
function addCalendar(box) {
  const calendar = document.createElement("input");
  calendar.type = "date";
  calendar.className = "calendar";
  calendar.tabIndex = -1;
  calendar.setAttribute("aria-hidden", "true");
  calendar.addEventListener("change", () => {
    const [year, month, day] = calendar.value.split("-").map(Number);
    if (!year) return;
    box.value = `${day}/${month}/${year}`;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
  });
  box.after(calendar);
  box.parentElement.classList.add("with-calendar");
}

// Start: focus what has to be read first, fold filters on phones.
// Tabs that do not fit scroll sideways: the one that is open is in sight.
function showCurrentTab(tabs) {
  const tab = $("[aria-current]", tabs);
  tabs.scrollLeft += tab.getBoundingClientRect().right - tabs.getBoundingClientRect().right + 24;
}
function prepare(root) {
  $$("[data-day]", root).forEach(addCalendar);
  $("[data-focus]", root)?.focus();
  $$("[data-bulk]:has([data-bulk-bar])", root).forEach(countTicks);
  $$(".tabs:has([aria-current])", root).forEach(showCurrentTab);
  if (phone.matches) $$("[data-filters]", root).forEach((sheet) => sheet.removeAttribute("open"));
}
document.addEventListener("DOMContentLoaded", () => prepare(document));
document.addEventListener("htmx:load", (event) => { if (event.target !== document.body) prepare(event.target); });

// Menus and definitions are <details data-popover>: one open at a time, closed by a press elsewhere or Esc.
function closePopovers(except) {
  let closed = false;
  for (const open of $$("details[data-popover][open]")) {
    if (open.contains(except)) continue;
    open.removeAttribute("open");
    if (!except) $("summary", open).focus();
    closed = true;
  }
  return closed;
}

// Toasts: only for copies and for work that finished in the background.
function toast(text) {
  const box = $("[data-toasts]");
  const note = document.createElement("div");
  note.className = "toast";
  note.textContent = text;
  box.replaceChildren(note);
  setTimeout(() => note.remove(), 5000);
}

async function copy(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    toast(button.dataset.copied);
  } catch {
    const code = button.parentElement.querySelector("code");
    if (code) window.getSelection().selectAllChildren(code);
  }
}

// Ticked rows: the bar shows how many, the box in the head ticks the page, "all" means every match.
const TICKS = "td.tick input";
function countTicks(form) {
  const boxes = $$(TICKS, form);
  const all = $("[data-bulk-all]", form);
  const ticked = boxes.filter((box) => box.checked).length;
  const page = $("[data-bulk-page]", form);
  page.checked = ticked === boxes.length;
  page.indeterminate = ticked > 0 && ticked < boxes.length;
  $("[data-bulk-count]", form).textContent = all?.checked ? all.dataset.bulkAll : String(ticked);
  const bar = $("[data-bulk-bar]", form);
  const chosen = ticked > 0 || Boolean(all?.checked);
  bar.classList.toggle("chosen", chosen);
  $$("button", bar).forEach((button) => { button.disabled = !chosen; });
}
document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-bulk]");
  if (!form) return;
  if (event.target.matches("[data-bulk-page], [data-bulk-all]")) $$(TICKS, form).forEach((box) => { box.checked = event.target.checked; });
  if (!event.target.checked && $("[data-bulk-all]", form)) $("[data-bulk-all]", form).checked = false;
  countTicks(form);
});
document.documentElement.classList.add("scripted");

// Theme: the same cookie the server reads, so the next page is painted right from the start.
function setTheme(button) {
  const theme = button.value;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${theme}; path=/; max-age=31536000; SameSite=Lax${secure}`;
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  $(`meta[name="color-scheme"]`)?.setAttribute("content", theme === "system" ? "light dark" : theme);
  $$("[data-theme-form] button").forEach((other) => other.setAttribute("aria-pressed", String(other.value === theme)));
}

// Forms marked data-guard: show the save bar's state, ask before changes are lost, send once.
const changed = new Set();
const guarded = (node) => node?.closest?.("form[data-guard]");
function askToLeave(address) {
  const dialog = $("#unsaved");
  if (!dialog || !changed.size) return false;
  $("[data-leave]", dialog).href = address;
  dialog.showModal();
  return true;
}
document.addEventListener("input", (event) => {
  const form = guarded(event.target);
  if (form) {
    changed.add(form);
    $(".save-bar", form)?.classList.add("changed");
  }
  const wanted = event.target.dataset?.typeName;
  if (wanted) $("button:not([type=button])", event.target.form).disabled = event.target.value.trim() !== wanted;
});
// A button that shows what the form says in a frame: nothing is saved, and Back does not step through what was shown.
function showInFrame(button) {
  const frame = $(`iframe[name="${button.dataset.shows}"]`);
  const fresh = frame.cloneNode();
  fresh.removeAttribute("src");
  frame.replaceWith(fresh);
}
document.addEventListener("submit", (event) => {
  if (event.submitter?.dataset.shows) return showInFrame(event.submitter);
  const form = event.target;
  changed.delete(form);
  if (form.matches("[data-theme-form]")) {
    event.preventDefault();
    setTheme(event.submitter);
  } else if (form.method === "post" && !form.matches("[hx-post]")) {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 8000); // the answer may be a download that leaves the page open
  }
});
window.addEventListener("pageshow", () => $$("form[data-sent]").forEach((form) => delete form.dataset.sent));
window.addEventListener("beforeunload", (event) => { if (changed.size) event.preventDefault(); });

// What a preview confirms is read before it is pressed: a second tap on the button that showed it does nothing.
let shownAt = 0;
window.addEventListener("pageshow", () => { shownAt = performance.now(); });
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-wait]") && performance.now() - shownAt < 1000) event.preventDefault();
});

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-dialog], [data-close], [data-leave], [data-copy], [data-print], a[href]");
  closePopovers(event.target);
  if (!target) return;
  if (target.dataset.dialog) document.getElementById(target.dataset.dialog)?.showModal();
  else if ("close" in target.dataset) target.closest("dialog").close();
  else if ("leave" in target.dataset) changed.clear();
  else if (target.dataset.copy) copy(target);
  else if ("print" in target.dataset) window.print();
  else if (target.matches("a[href]") && !target.target && !event.ctrlKey && !event.metaKey && !target.hash && askToLeave(target.href)) {
    event.preventDefault();
  }
});

// A box for a file says which one was chosen.
document.addEventListener("change", ({ target }) => {
  const name = target.type === "file" && target.parentElement.querySelector("[data-file-name]");
  if (name && target.files.length) name.textContent = target.files[0].name;
});

// A link into a folded part of a form opens it.
function unfold() {
  const box = location.hash && document.getElementById(location.hash.slice(1));
  for (let part = box?.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
  if (box) box.scrollIntoView({ block: box.matches(".fold-body") ? "start" : "center" });
}
window.addEventListener("hashchange", unfold);

// What a promotion says stays in view above its steps: what is gone to stops below it, however long it is.
const says = $(".says");
if (says) {
  new ResizeObserver(() => says.parentElement.style.setProperty("--says", `${says.offsetHeight}px`)).observe(says);
}

// Keys. Single-key shortcuts can be switched off in the list that ? opens.
const singleKeys = {
  get on() { return localStorage.getItem("single-keys") !== "off"; },
  set on(value) { localStorage.setItem("single-keys", value ? "on" : "off"); },
};
function moveRow(step) {
  const rows = $$("tr.row");
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.classList.contains("at"));
  const next = rows[Math.min(Math.max(at + step, 0), rows.length - 1)];
  rows[at]?.classList.remove("at");
  next.classList.add("at");
  $(".row-link", next)?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}
const keys = {
  "/": () => $("[data-search]")?.focus(),
  f: () => {
    const sheet = $("[data-filters]");
    sheet?.setAttribute("open", "");
    $("input:not([type=hidden]), select", sheet ?? document.createElement("p"))?.focus();
  },
  j: () => moveRow(1),
  k: () => moveRow(-1),
  e: () => $("[data-edit]")?.click(),
  "?": () => {
    $("[data-single-keys]").checked = singleKeys.on;
    $("#shortcuts").showModal();
  },
};
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-single-keys]")) singleKeys.on = event.target.checked;
});
// The list below the search box: arrows walk through it, Esc empties it.
function walkResults(event) {
  const box = event.target.closest(".search");
  if (!box || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
  const stops = [$("[data-search]", box), ...$$(".search-list a", box)];
  const next = stops[stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
document.addEventListener("keydown", walkResults);
document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input, select, textarea, [contenteditable]");
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    keys["/"]();
  } else if (event.key === "Escape") {
    if ($("dialog[open]") || closePopovers()) return;
    if (typing) event.target.blur();
    else $("[data-clear-filters]")?.click();
  } else if (!typing && !event.ctrlKey && !event.metaKey && !event.altKey && !$("dialog[open]")) {
    const act = keys[event.key.toLowerCase()];
    if (act && (singleKeys.on || event.key === "?")) {
      event.preventDefault();
      act();
    }
  }
});
