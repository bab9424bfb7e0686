// What is asked for, and its way into the address of the page and back.

export const START = Object.freeze({
  source: "", width: "", height: "", fit: "", halign: "", valign: "", smart: false,
  flipx: false, flipy: false, trim: "", tolerance: "", crop: null, format: "", quality: "",
  bytes: "", filters: [],
});

const FLAGS = ["smart", "flipx", "flipy"];
const WORDS = {
  fit: ["fit-in", "full-fit-in", "adaptive-fit-in", "adaptive-full-fit-in"],
  halign: ["left", "right"],
  valign: ["top", "bottom"],
  trim: ["top-left", "bottom-right"],
};
const NUMBERS = ["tolerance", "quality", "bytes"];

export function toHash(state) {
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries(state)) {
    if (name === "filters") value.forEach((each) => fields.append("filter", written(each)));
    else if (name === "crop") { if (value) fields.set("crop", value.join(",")); }
    else if (value) fields.set(name, value === true ? "1" : value);
  }
  return fields.toString();
}

// Whoever gives the address away may have changed it: only what fits is taken.
export function fromHash(hash, known) {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const get = (name) => fields.get(name) ?? "";
  const state = { ...START, source: get("source"), format: get("format") };
  for (const name of FLAGS) state[name] = get(name) === "1";
  for (const [name, words] of Object.entries(WORDS)) {
    state[name] = words.includes(get(name)) ? get(name) : "";
  }
  for (const name of NUMBERS) state[name] = /^\d{1,9}$/.test(get(name)) ? get(name) : "";
  for (const name of ["width", "height"]) {
    state[name] = /^(\d{1,6}|orig)$/.test(get(name)) ? get(name) : "";
  }
  const crop = get("crop").split(",").map(Number);
  state.crop = isBox(crop) ? crop : null;
  state.filters = fields.getAll("filter").map(read).filter((each) => known(each.name));
  return state;
}

export function isBox(crop) {
  return crop.length === 4 && crop.every((each) => Number.isInteger(each) && each >= 0) &&
    crop[0] < crop[2] && crop[1] < crop[3];
}

const escaped = (text) => encodeURIComponent(text).replace(/!/g, "%21");
const written = ({ name, values }) => [name, ...values].map(escaped).join("!");

function read(text) {
  const [name, ...values] = text.split("!").map((each) => {
    try { return decodeURIComponent(each); } catch { return ""; }
  });
  return { name, values };
}
