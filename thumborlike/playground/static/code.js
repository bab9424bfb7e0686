// What is to be copied: markup with srcset, a call, and programs that sign.

import { $, make } from "./dom.js";
import { encoded, handlerRequest } from "./handler.js";
import { compose } from "./path.js";
import { ORIGIN, BASE } from "./server.js";

const WIDTHS = [320, 640, 960, 1280];
const MARKUP = [["img", "HTML <img>"], ["picture", "HTML <picture> with srcset"], ["curl", "cURL"]];
const HANDLER = ["handler", "Serverless Image Handler"];

export class Code {
  constructor(told, paths, filters) {
    this.told = told;
    this.paths = paths;
    this.filters = filters;
    this.turn = 0;
    this.state = null;
    this.now = ["", ""];
    const snippets = told.snippets ?? [];
    const options = [...MARKUP, ...snippets.map((each) => [each.id, each.label]), HANDLER];
    $("language").append(...options.map(([value, textContent]) => make("option", { value, textContent })));
    for (const id of ["language", "widths", "sizes", "bucket"]) $(id).addEventListener("input", () => this.draw());
  }

  show(state, path, address) {
    this.state = state;
    this.now = [path, address];
    return this.draw();
  }

  async draw() {
    const kind = $("language").value;
    const many = kind === "picture";
    $("widths-box").hidden = $("sizes-box").hidden = !many;
    $("bucket-box").hidden = kind !== HANDLER[0];
    const mine = ++this.turn;
    const [path, address] = this.now;
    let text = "";
    if (path) {
      try { text = await this.text(kind, path, address); } catch (error) { text = error.message; }
    }
    if (mine !== this.turn) return;
    $("code").textContent = text;
    $("code-note").textContent = path ? this.note(kind) : "";
  }

  note(kind) {
    if (MARKUP.some(([each]) => each === kind)) return "";
    if (kind !== HANDLER[0]) return "Signs the address with the key in the environment variable SECURITY_KEY.";
    const { left } = this.handler();
    const lost = left.length ? ` Such links cannot say: ${left.join(", ")}.` : "";
    return `For thumborlike in AWS Lambda, and for the handler itself from version 4 on.${lost}`;
  }

  handler() {
    return handlerRequest(this.state, this.filters, $("bucket").value.trim());
  }

  async text(kind, path, address) {
    if (kind === HANDLER[0]) {
      const { request } = this.handler();
      return `${JSON.stringify(request, null, 2)}\n\n${ORIGIN}/${encoded(request)}`;
    }
    const snippet = (this.told.snippets ?? []).find((each) => each.id === kind);
    if (snippet) return filled(snippet, path);
    if (kind === "picture") return this.picture();
    if (!address) return "There is no address that this server would answer: see above.";
    if (kind === "curl") return `curl -fsS -o picture ${shell(origin(address))}`;
    const size = [["width", this.state.width], ["height", this.state.height]]
      .filter(([, value]) => /^[1-9]\d*$/.test(value) && !this.state.fit).map(([name, value]) => ` ${name}="${value}"`);
    return `<img src="${attribute(origin(address))}"${size.join("")} alt="">`;
  }

  async picture() {
    const formats = ["avif", "webp"].filter((each) => this.told.formats.includes(each));
    const kinds = [...formats.filter((each) => each !== this.state.format), this.state.format];
    const widths = this.widths();
    const states = kinds.flatMap((format) => widths.map((width) => ({ ...resized(this.state, width), format })));
    const found = await this.paths.good(states.map((each) => compose(each, this.filters)));
    if (found.some((each) => !each)) return "There is no address that this server would answer: see above.";
    const set = (at) => widths.map((width, number) => `${attribute(origin(found[at * widths.length + number]))} ${width}w`).join(",\n      ");
    const sizes = attribute($("sizes").value.trim() || "100vw");
    const sources = kinds.slice(0, -1).map((format, at) => `  <source type="image/${format}" sizes="${sizes}"\n    srcset="${set(at)}">\n`);
    const last = found[found.length - widths.length];
    return `<picture>\n${sources.join("")}  <img src="${attribute(origin(last))}" sizes="${sizes}"\n    srcset="${set(kinds.length - 1)}" alt="">\n</picture>`;
  }

  widths() {
    const given = $("widths").value.split(/[\s,]+/).map((each) => parseInt(each, 10));
    const good = [...new Set(given.filter((each) => each > 0 && each <= 10000))].slice(0, 8);
    return (good.length ? good : WIDTHS).sort((one, other) => one - other);
  }
}

const origin = (address) => new URL(address, ORIGIN + "/").href;
const attribute = (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
const shell = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function resized(state, width) {
  const [wide, high] = [Number(state.width) || 0, Number(state.height) || 0];
  const height = wide && high ? String(Math.max(1, Math.round((high * width) / wide))) : "";
  return { ...state, width: String(width), height };
}

const QUOTED = {
  json: (text) => JSON.stringify(text),
  single: (text) => `'${text.replace(/[\\']/g, "\\$&")}'`,
  shell,
};

function filled(snippet, path) {
  const values = { SERVER: location.origin + BASE, PATH: path };
  return snippet.text.replace(/@(SERVER|PATH)@/g, (_, name) => QUOTED[snippet.quoting](values[name]));
}
