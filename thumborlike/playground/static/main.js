// The page: controls change the state, the state makes addresses, addresses make pictures.

import { Code } from "./code.js";
import { Cropper } from "./crop.js";
import { $, later, make } from "./dom.js";
import { FilterList } from "./filters.js";
import { Original } from "./original.js";
import { compose } from "./path.js";
import { Preview } from "./preview.js";
import { BASE, description, ORIGIN, Paths, upload } from "./server.js";
import { fromHash, START, toHash } from "./state.js";

const TEXTS = ["source", "width", "height", "fit", "halign", "valign", "trim", "tolerance", "format", "quality", "bytes"];
const FLAGS = ["smart", "flipx", "flipy"];
const PAUSE = 250;

class Page {
  constructor(told) {
    this.told = told;
    this.state = { ...START };
    this.paths = new Paths(told);
    this.filters = new FilterList(told.filters, () => this.changed());
    this.cropper = new Cropper(() => this.changed());
    this.original = new Original(this.paths, this.cropper);
    this.preview = new Preview();
    this.code = new Code(told, this.paths, this.filters.known);
    this.soon = later(() => this.update(), PAUSE);
    this.turn = 0;
    this.offer();
    this.listen();
    this.load();
  }

  // What this server has: pictures, formats, uploads.
  offer() {
    $("format").append(...this.told.formats.map((each) => make("option", { value: each, textContent: each })));
    $("upload-note").textContent = this.told.uploads_why;
    $("drop").classList.toggle("off", !this.told.uploads);
    $("file").disabled = !this.told.uploads;
    $("drop-hint").textContent = this.told.uploads ? "or drop it here" : "Pictures cannot be dropped here.";
    $("pictures").hidden = !this.told.pictures.length;
    $("pictures").append(...this.told.pictures.map((each) => this.thumbnail(each)));
    $("signed-note").textContent = this.told.signs_why;
    $("unsafe-note").textContent = this.told.unsafe ? "" : "This server refuses unsafe addresses (ALLOW_UNSAFE_URL is off).";
  }

  thumbnail(source) {
    const image = make("img", { alt: source, width: 100, height: 64 });
    this.paths.good([compose({ ...START, source, width: "200", height: "128" }, this.filters.known)])
      .then(([address]) => { if (address) image.src = address; }, () => {});
    const button = make("button", { type: "button", "data-source": source }, image);
    button.addEventListener("click", () => this.pick(source));
    return button;
  }

  pick(source) {
    this.cropper.show(null);
    $("source").value = source;
    this.changed();
  }

  listen() {
    for (const id of TEXTS) $(id).addEventListener("input", () => this.changed());
    for (const id of FLAGS) $(id).addEventListener("change", () => this.changed());
    $("source").addEventListener("input", () => this.cropper.show(null));
    $("quality-range").addEventListener("input", () => { $("quality").value = $("quality-range").value; this.changed(); });
    $("quality").addEventListener("input", () => { $("quality-range").value = $("quality").value || 80; });
    $("compare").addEventListener("change", () => this.update());
    $("explain-box").addEventListener("toggle", () => this.explain());
    $("refresh").addEventListener("click", () => this.update(true));
    $("reset").addEventListener("click", () => this.show({ ...START, source: this.first() }));
    $("controls").addEventListener("submit", (event) => event.preventDefault());
    for (const each of document.querySelectorAll("[data-copy]")) each.addEventListener("click", () => copy($(each.dataset.copy)));
    window.addEventListener("hashchange", () => this.load());
    this.listenForFiles();
  }

  listenForFiles() {
    const over = (event, is) => { event.preventDefault(); $("drop").classList.toggle("over", is); };
    $("file").addEventListener("change", () => this.take($("file").files[0]));
    document.addEventListener("dragover", (event) => over(event, true));
    document.addEventListener("dragleave", (event) => over(event, false));
    document.addEventListener("drop", (event) => { over(event, false); this.dropped(event.dataTransfer); });
  }

  dropped(data) {
    if (data.files.length) return this.take(data.files[0]);
    const address = data.getData("text/uri-list") || data.getData("text/plain");
    return address ? this.pick(address.trim().split("\n")[0]) : undefined;
  }

  async take(file) {
    if (!file) return;
    if (!this.told.uploads) return;
    const most = this.told.upload_max_size;
    if (most && file.size > most) {
      $("upload-note").textContent = `The picture is larger than this server takes: ${most} bytes.`;
      return;
    }
    $("upload-note").textContent = `Sending ${file.name} …`;
    try {
      this.pick(await upload(file));
      $("upload-note").textContent = `${file.name} is on the server now.`;
    } catch (error) {
      $("upload-note").textContent = `It was not taken: ${error.message}`;
    }
  }

  first() {
    return this.told.pictures[0] ?? "";
  }

  load() {
    if (this.written === location.hash.slice(1) && this.written !== undefined) return;
    const state = fromHash(location.hash, (name) => this.filters.known.has(name));
    if (state.format && !this.told.formats.includes(state.format)) state.format = "";
    if (!location.hash) state.source = this.first();
    this.show(state);
  }

  show(state) {
    for (const id of TEXTS) $(id).value = state[id];
    for (const id of FLAGS) $(id).checked = state[id];
    $("quality-range").value = state.quality || 80;
    this.cropper.show(state.crop);
    this.filters.show(state.filters);
    this.changed();
  }

  read() {
    const state = { ...START, crop: this.cropper.box, filters: structuredClone(this.filters.chosen) };
    for (const id of TEXTS) state[id] = $(id).validity.valid ? $(id).value.trim() : this.state[id];
    for (const id of FLAGS) state[id] = $(id).checked;
    return state;
  }

  changed() {
    this.state = this.read();
    this.written = toHash(this.state);
    history.replaceState(null, "", `#${this.written}`);
    for (const each of $("pictures").children) each.setAttribute("aria-pressed", String(each.dataset.source === this.state.source));
    this.soon();
  }

  async update(anew = false) {
    const mine = ++this.turn;
    const { state } = this;
    this.original.show(state.source);
    if (!state.source) {
      link("unsafe", null);
      link("signed", null);
      this.preview.none("Nothing to show yet.");
      this.shown = null;
      this.explain();
      return this.code.show(state, "", null);
    }
    const path = compose(state, this.filters.known);
    const bare = compose({ ...state, filters: [], quality: "", bytes: "", format: "" }, this.filters.known);
    const [unsafe, signed] = await this.addresses(path);
    if (mine !== this.turn) return undefined;
    link("unsafe", unsafe);
    link("signed", signed);
    this.code.show(state, path, signed ?? unsafe);
    this.shown = unsafe ?? signed;
    this.explain();
    if (!unsafe && !signed) return this.preview.none("This server takes signed addresses alone, and does not sign here.");
    const before = $("compare").checked && bare !== path ? (await this.paths.good([bare]))[0] : null;
    if (mine !== this.turn) return undefined;
    return this.preview.show(unsafe ?? signed, before, anew);
  }

  // Of the address that is shown, while somebody looks at it.
  async explain() {
    const address = this.shown;
    const known = { off: false, signed: address && !address.includes("/unsafe/"), all: Boolean(address) };
    $("explain-box").hidden = !known[this.told.explains];
    if ($("explain-box").hidden || !$("explain-box").open) return;
    try {
      const answer = await fetch(BASE + "/explain" + address.slice(BASE.length));
      const text = await answer.text();
      if (address === this.shown) $("explanation").textContent = text;
    } catch (error) {
      $("explanation").textContent = error.message;
    }
  }

  async addresses(path) {
    try {
      const [signed] = await this.paths.signed([path]);
      $("signed-note").textContent = this.told.signs_why;
      return [this.paths.unsafe(path), signed];
    } catch (error) {
      $("signed-note").textContent = error.message;
      return [this.paths.unsafe(path), null];
    }
  }
}

function link(id, address) {
  const target = $(id);
  target.textContent = address ? new URL(address, ORIGIN + "/").href : "—";
  if (address) target.href = address;
  else target.removeAttribute("href");
  document.querySelector(`[data-copy="${id}"]`).disabled = !address;
}

async function copy(target) {
  const text = target.textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch { // no permission, or not a secure context
    getSelection().selectAllChildren(target);
    document.execCommand("copy");
  }
  $("copied").textContent = "";
  setTimeout(() => { $("copied").textContent = "Copied."; }, 50);
}

description().then((told) => new Page(told)).catch((error) => {
  $("notice").textContent = error.message;
  $("notice").hidden = false;
});
