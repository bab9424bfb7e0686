// From what is asked for to a path without signature: what `thumborlike url` would print.

const OPTION = new RegExp(
  "^(unsafe|debug|meta|trim(:.*)?|\\d+x\\d+:\\d+x\\d+|(adaptive-)?(full-)?fit-in|" +
  "(-?(\\d+|orig)?)x(-?(\\d+|orig)?)|left|right|center|top|middle|bottom|smart|filters:.*)$",
);

// Letters, digits and -._~/ stay: names of sources are quoted like that by the server, too.
export function quoted(source) {
  const plain = encodeURIComponent(source).replace(
    /[!'()*]/g, (char) => "%" + char.charCodeAt(0).toString(16).toUpperCase(),
  ).replace(/%2F/g, "/");
  const slash = plain.indexOf("/");
  // A source that begins like an option would be taken for one.
  if (slash > 0 && OPTION.test(plain.slice(0, slash))) return plain.replace("/", "%2F");
  return plain;
}

export function compose(state, filters) {
  return [...options(state), ...filterPart(calls(state, filters)), quoted(state.source)].join("/");
}

function options(state) {
  const parts = [];
  if (state.trim) parts.push(state.tolerance ? `trim:${state.trim}:${state.tolerance}` : `trim:${state.trim}`);
  if (state.crop) parts.push("{0}x{1}:{2}x{3}".replace(/\{(\d)\}/g, (_, at) => state.crop[at]));
  const sized = state.width || state.height;
  if (state.fit && sized) parts.push(state.fit);
  if (sized || state.flipx || state.flipy) {
    parts.push(`${state.flipx ? "-" : ""}${state.width || 0}x${state.flipy ? "-" : ""}${state.height || 0}`);
  }
  if (state.halign) parts.push(state.halign);
  if (state.valign) parts.push(state.valign);
  if (state.smart) parts.push("smart");
  return parts;
}

// Filters in their order, then the output: a later format() or quality() wins over an earlier one.
export function calls(state, filters) {
  const made = state.filters.map((each) => call(filters.get(each.name), each.values, state.source));
  if (state.format) made.push(`format(${state.format})`);
  if (state.quality) made.push(`quality(${state.quality})`);
  if (state.bytes) made.push(`max_bytes(${state.bytes})`);
  return made;
}

// Arguments up to the last one that differs from its default.
export function call(filter, values, source) {
  const texts = filter.parameters.map((each, at) => argument(each, values[at] ?? each.start, source));
  let count = texts.length;
  while (count && !needed(filter.parameters[count - 1], texts[count - 1])) count -= 1;
  const given = texts.slice(0, count).map((text, at) => {
    const parameter = filter.parameters[at];
    return text === "" && parameter.none ? "none" : text;
  });
  return `${filter.name}(${given.join(",")})`;
}

function needed(parameter, text) {
  if (parameter.required) return true;
  return text !== "" && text !== parameter.default;
}

const FREE = new Set(["text", "picture"]);

function argument(parameter, value, source) {
  const text = String(value).replaceAll("{picture}", parameter.kind === "path" ? quoted(source) : source);
  const free = FREE.has(parameter.kind) && !parameter.pattern;
  return free && text.includes(",") ? `'${text}'` : text;
}

const KEPT = /%(?:3A|28|29|2C|2F|27|21|2A|3D|2B|40|26|24|3B)/g;

function filterPart(made) {
  if (!made.length) return [];
  const text = encodeURIComponent(made.join(":")).replace(KEPT, decodeURIComponent);
  return ["filters:" + text.replaceAll(")/", ")%2F")];
}
