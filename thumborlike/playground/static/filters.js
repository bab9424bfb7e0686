// The list of filters, with controls made of what the server tells of each.

import { $, make } from "./dom.js";

export class FilterList {
  constructor(descriptions, changed) {
    this.known = new Map(descriptions.map((each) => [each.name, each]));
    this.changed = changed;
    this.chosen = [];
    const select = $("add-filter");
    for (const each of descriptions) select.append(make("option", { value: each.name, textContent: each.name }));
    select.addEventListener("change", () => this.help());
    $("add-filter-button").addEventListener("click", () => this.add(select.value));
    this.help();
  }

  help() {
    const found = this.known.get($("add-filter").value);
    $("filter-help").textContent = found ? found.summary : "";
  }

  show(chosen) {
    this.chosen = chosen.map((each) => ({
      name: each.name,
      values: this.known.get(each.name).parameters.map((one, at) => each.values[at] ?? one.start),
    }));
    this.draw();
  }

  add(name) {
    const values = this.known.get(name).parameters.map((each) => each.start);
    this.chosen.push({ name, values });
    this.draw();
    const card = $("filters").lastElementChild;
    (card.querySelector("input, select") ?? card.querySelector("button")).focus();
    this.changed();
  }

  draw() {
    $("filters").replaceChildren(...this.chosen.map((each, at) => this.card(each, at)));
  }

  card(chosen, at) {
    const filter = this.known.get(chosen.name);
    const button = (label, text, work, disabled = false) => make(
      "button", { type: "button", textContent: text, title: label, "aria-label": `${label}: ${filter.name}`, disabled, onclick: work },
    );
    return make(
      "li", { "data-filter": filter.name },
      make(
        "div", { className: "head" }, make("strong", { textContent: filter.name }),
        button("Earlier", "↑", () => this.move(at, at - 1), at === 0),
        button("Later", "↓", () => this.move(at, at + 1), at === this.chosen.length - 1),
        button("Remove", "✕", () => this.remove(at)),
      ),
      make("p", { className: "note", textContent: filter.summary }),
      ...filter.parameters.map((each, place) => control(each, `filter-${at}-${place}`, chosen.values[place], (value) => {
        chosen.values[place] = value;
        this.changed();
      })),
    );
  }

  move(from, to) {
    this.chosen.splice(to, 0, ...this.chosen.splice(from, 1));
    this.draw();
    const buttons = $("filters").children[to].querySelectorAll(".head button");
    const wanted = to < from ? 0 : 1;
    buttons[buttons[wanted].disabled ? 1 - wanted : wanted].focus();
    this.changed();
  }

  remove(at) {
    this.chosen.splice(at, 1);
    this.draw();
    const next = $("filters").children[Math.min(at, this.chosen.length - 1)];
    (next ? next.querySelector(".head button:last-child") : $("add-filter")).focus();
    this.changed();
  }
}

function control(parameter, id, value, tell) {
  if (parameter.kind === "boolean") return checkbox(parameter, id, value, tell);
  const label = make("label", { htmlFor: id, textContent: parameter.label, title: parameter.is });
  const kinds = { integer: number, number, color, choice };
  return make("div", {}, label, (kinds[parameter.kind] ?? text)(parameter, id, value, tell));
}

function checkbox(parameter, id, value, tell) {
  const box = make("input", { type: "checkbox", id, checked: value === "true" });
  box.addEventListener("change", () => tell(String(box.checked)));
  return make("label", { className: "check", htmlFor: id }, box, parameter.label);
}

function choice(parameter, id, value, tell) {
  const options = parameter.choices.map((each) => make("option", { value: each, textContent: each }));
  const select = make("select", { id }, ...options);
  select.value = value;
  select.addEventListener("change", () => tell(select.value));
  return select;
}

function text(parameter, id, value, tell) {
  const field = make("input", { type: "text", id, value, spellcheck: false, required: parameter.required });
  field.addEventListener("input", () => tell(field.value));
  return field;
}

function number(parameter, id, value, tell) {
  const step = parameter.usual?.step ?? 1;
  const field = make("input", { type: "number", id, value, step: parameter.kind === "integer" ? 1 : "any", required: parameter.required });
  if (parameter.low !== undefined) field.min = parameter.low;
  if (parameter.high !== undefined) field.max = parameter.high;
  field.addEventListener("input", () => { if (field.validity.valid) tell(field.value); });
  const low = parameter.usual?.low ?? parameter.low;
  const high = parameter.usual?.high ?? parameter.high;
  if (low === undefined || high === undefined || high - low > 10000) return field;
  const slider = make("input", { type: "range", min: low, max: high, step, "aria-label": `${parameter.label}, slider` });
  slider.value = value;
  slider.addEventListener("input", () => { field.value = slider.value; tell(slider.value); });
  field.addEventListener("input", () => { slider.value = field.value; });
  return make("div", { className: "slider" }, slider, field);
}

// Names of colours and words such as `auto` are good, too: hence the text beside the colour.
function color(parameter, id, value, tell) {
  const field = make("input", { type: "text", id, value, spellcheck: false, required: true, pattern: "\\w+" });
  const picker = make("input", { type: "color", value: hexadecimal(value), "aria-label": `${parameter.label}, picker` });
  picker.addEventListener("input", () => { field.value = picker.value.slice(1); tell(field.value); });
  field.addEventListener("input", () => { if (field.validity.valid) tell(field.value); picker.value = hexadecimal(field.value); });
  return make("div", { className: "slider" }, picker, field);
}

const canvas = document.createElement("canvas").getContext("2d");

function hexadecimal(name) {
  canvas.fillStyle = "#000000";
  canvas.fillStyle = /^([0-9a-f]{3}|[0-9a-f]{6})$/i.test(name) ? `#${name}` : name;
  return /^#[0-9a-f]{6}$/.test(canvas.fillStyle) ? canvas.fillStyle : "#000000";
}
