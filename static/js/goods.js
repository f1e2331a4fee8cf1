// Boxes for goods and categories: found by name while a person types, shown as chips. Without this they are plain boxes for codes.
"use strict";

let pickers = 0;

// Codes with commas between, as the server reads them: a code that holds a comma is put in double quotes.
const listCodes = (codes) => codes.map((code) => (/[",]/.test(code) ? `"${code.replaceAll('"', '""')}"` : code)).join(", ");
const codesIn = (text) =>
  [...text.matchAll(/\s*"((?:[^"]|"")*)"\s*(?:,|$)|([^,]*)(?:,|$)/g)]
    .map(([, quoted, plain]) => (quoted?.replaceAll('""', '"') ?? plain).trim())
    .filter(Boolean);

function addPicker(holder) {
  const plain = $("input, textarea", holder);
  const chips = $("[data-goods-chips]", holder);
  const opens = "opens" in holder.dataset;
  const box = document.createElement("input");
  const list = document.createElement("ul");
  list.id = `goods-found-${++pickers}`;
  list.className = "goods-found";
  list.setAttribute("role", "listbox");
  list.hidden = true;
  box.type = "text";
  box.id = plain.id;
  box.autocomplete = "off";
  box.placeholder = holder.dataset.placeholder;
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id, "hx-sync": "this:replace",
  })) box.setAttribute(name, value);
  for (const name of ["aria-describedby", "aria-invalid"]) {
    if (plain.hasAttribute(name)) box.setAttribute(name, plain.getAttribute(name));
  }
  plain.removeAttribute("id");
  plain.hidden = true;
  chips.after(box, list);
  const label = $(`label[for="${CSS.escape(box.id)}"]`);
  if (label) list.setAttribute("aria-label", label.textContent.trim());

  const codes = () => $$(".chip", chips).map((chip) => chip.dataset.code);
  const options = () => $$("[role=option]", list);
  const chosen = () => $("[aria-selected=true]", list);

  function show(open) {
    list.hidden = !open;
    box.setAttribute("aria-expanded", String(open));
    if (open) list.scrollIntoView({ block: "nearest" });
    else box.removeAttribute("aria-activedescendant");
  }
  function write() {
    plain.value = listCodes(codes());
    plain.dispatchEvent(new Event("input", { bubbles: true }));
    plain.dispatchEvent(new Event("change", { bubbles: true }));
  }
  function addRemover(chip) {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-label", `${holder.dataset.remove} ${chip.textContent.trim()}`);
    button.textContent = "×";
    button.addEventListener("click", () => {
      chip.remove();
      write();
      box.focus();
    });
    chip.append(button);
  }
  function add(code, name) {
    if (!code || codes().includes(code)) return;
    const chip = document.createElement("li");
    const word = document.createElement("span");
    chip.className = name ? "chip" : "chip as-typed";
    chip.dataset.code = code;
    chip.title = code;
    word.textContent = name || code;
    chip.append(word);
    addRemover(chip);
    chips.append(chip);
  }
  // A box for one product fills in what the catalogue says of it: its name, its price without the currency.
  function fillFrom(option) {
    chips.replaceChildren();
    const found = { fillsName: option.dataset.name, fillsPrice: option.dataset.price?.replace(/^\D+/, "") };
    for (const [place, text] of Object.entries(found)) {
      const other = plain.form.elements[holder.dataset[place]];
      if (other && text) other.value = text;
    }
  }
  function take(option) {
    if ("one" in holder.dataset) fillFrom(option);
    add(option.dataset.code, option.dataset.name);
    box.value = "";
    show(false);
    write();
  }
  function takeTyped() {
    const typed = codesIn(box.value);
    if (!typed.length) return;
    typed.forEach((code) => add(code));
    box.value = "";
    show(false);
    write();
  }
  function walk(step) {
    const stops = options();
    if (!stops.length) return;
    const at = stops.indexOf(chosen());
    const next = stops[(at + step + stops.length + (at < 0 && step < 0 ? 1 : 0)) % stops.length];
    chosen()?.setAttribute("aria-selected", "false");
    next.setAttribute("aria-selected", "true");
    next.scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", next.id);
  }

  $$(".chip", chips).forEach(addRemover);
  let waiting = 0;
  async function find(text) {
    await htmx.ajax("GET", holder.dataset.goods, { source: box, target: list, swap: "innerHTML", values: { q: text } });
    options().forEach((option, number) => { option.id = `${list.id}-${number}`; });
    show(document.activeElement === box && list.childElementCount > 0 && box.value.trim() === text);
  }
  box.addEventListener("input", (event) => {
    event.stopPropagation();
    clearTimeout(waiting);
    const text = box.value.trim();
    if (box.value.includes(",") && !/^\s*"[^"]*$/.test(box.value)) return takeTyped();
    if (!text && !opens) return show(false);
    waiting = setTimeout(find, 150, text);
  });
  if (opens) box.addEventListener("click", () => { if (list.hidden) find(box.value.trim()); });
  box.addEventListener("change", (event) => event.stopPropagation());
  box.addEventListener("blur", () => { clearTimeout(waiting); takeTyped(); show(false); });
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const option = event.target.closest("[role=option]");
    if (option) take(option);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && list.hidden && opens) {
      event.preventDefault();
      find(box.value.trim());
    } else if (["ArrowDown", "ArrowUp"].includes(event.key) && !list.hidden) {
      event.preventDefault();
      walk(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && box.value.trim()) {
      event.preventDefault();
      clearTimeout(waiting);
      if (!list.hidden && chosen()) take(chosen());
      else takeTyped();
    } else if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      show(false);
    } else if (event.key === "Backspace" && !box.value && chips.lastElementChild) {
      chips.lastElementChild.remove();
      write();
    }
  });
}

function addPickers(root) {
  $$("[data-goods]", root).forEach(addPicker);
}
document.addEventListener("DOMContentLoaded", () => addPickers(document));
