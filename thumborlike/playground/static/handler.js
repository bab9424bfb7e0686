// The same wish as a link of AWS's Serverless Image Handler: JSON in base64, edits by sharp's names.

const FITS = { "": "cover", "fit-in": "inside", "full-fit-in": "outside" };

// `edits`, `outputFormat` and the names of what such a link cannot say.
export function handlerRequest(state, filters, bucket) {
  const wish = { edits: {}, left: [] };
  cut(state, wish);
  resize(state, wish);
  for (const each of state.filters) {
    const parameters = filters.get(each.name).parameters;
    const values = parameters.map((one, at) => each.values[at] ?? one.start);
    const make = EDITS[each.name];
    if (make) make(values, wish, { ...state, bucket });
    else wish.left.push(each.name);
  }
  if (state.format) wish.format = state.format;
  if (state.quality) wish.edits[state.format || "jpeg"] = { quality: Number(state.quality) };
  if (state.bytes) wish.left.push("max_bytes");
  const request = { ...(bucket && { bucket }), key: state.source, edits: wish.edits };
  return { request: wish.format ? { ...request, outputFormat: wish.format } : request, left: wish.left };
}

export function encoded(request) {
  const bytes = new TextEncoder().encode(JSON.stringify(request));
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

function cut(state, wish) {
  if (state.trim === "top-left") wish.edits.trim = Number(state.tolerance || 0);
  else if (state.trim) wish.left.push("trim by the bottom right");
  if (state.crop) {
    const [left, top, right, bottom] = state.crop;
    wish.edits.crop = { left, top, width: right - left, height: bottom - top };
  }
  if (state.flipx) wish.edits.flop = true;
  if (state.flipy) wish.edits.flip = true;
}

function resize(state, wish) {
  const found = {};
  for (const side of ["width", "height"]) {
    if (/^[1-9]\d*$/.test(state[side])) found[side] = Number(state[side]);
  }
  if (state.smart) wish.edits.smartCrop = true;
  if (!found.width && !found.height) return;
  if (state.fit in FITS) found.fit = FITS[state.fit];
  else wish.left.push(state.fit);
  if (state.fit === "fit-in") found.withoutEnlargement = true;
  const position = [state.halign, state.valign].filter(Boolean).join(" ");
  if (position) found.position = position;
  wish.edits.resize = found;
}

const set = (name, value) => (values, { edits }) => { edits[name] = value(values); };
const sized = (name, value) => (values, { edits }) => { edits.resize = { ...edits.resize, [name]: value(values) }; };
const modulate = (name, value) => ([amount], { edits }) => { edits.modulate = { ...edits.modulate, [name]: value(Number(amount)) }; };
const always = () => true;
const turn = ([degrees], { edits }) => { edits.rotate = (360 - Number(degrees)) % 360; };
const background = (text) => (/^([0-9a-f]{3}|[0-9a-f]{6})$/i.test(text) ? `#${text}` : text);

const EDITS = {
  grayscale: set("grayscale", always),
  invert: set("negate", always),
  equalize: set("normalise", always),
  strip_exif: set("strip_exif", always),
  strip_icc: set("strip_icc", always),
  blur: set("blur", ([radius, sigma]) => Number(sigma) || Number(radius)),
  sharpen: set("sharpen", ([, radius]) => Number(radius)),
  background_color: set("flatten", ([color]) => ({ background: background(color) })),
  convolution: set("convolve", ([matrix, columns]) => {
    const kernel = matrix.split(";").map(Number);
    return { width: Number(columns), height: kernel.length / Number(columns), kernel };
  }),
  padding: set("extend", ([color, left, top, right, bottom]) => {
    const sides = { left: Number(left), top: Number(top || left) };
    return { ...sides, right: Number(right || left), bottom: Number(bottom || top || left), background: background(color) };
  }),
  brightness: modulate("brightness", (amount) => 1 + amount / 100),
  saturation: modulate("saturation", (factor) => factor),
  hue: modulate("hue", (angle) => angle),
  no_upscale: sized("withoutEnlargement", always),
  proportion: sized("ratio", ([factor]) => Number(factor)),
  stretch: sized("fit", () => "fill"),
  orient: turn,
  rotate: turn,
  format: ([name], wish) => { wish.format = name; },
  quality: ([value], wish) => { wish.edits[wish.format || "jpeg"] = { quality: Number(value) }; },
  fill: ([color], { edits }, { fit }) => {
    if (fit === "fit-in") edits.resize = { ...edits.resize, fit: "contain", background: background(color) };
    else edits.flatten = { background: background(color) };
  },
  watermark: ([image, x, y, alpha, width, height], { edits }, { bucket, source }) => {
    const ratio = (value) => (value && value !== "none" ? Number(value) : undefined);
    edits.overlayWith = {
      ...(bucket && { bucket }), key: image.replaceAll("{picture}", source), alpha: Number(alpha),
      wRatio: ratio(width), hRatio: ratio(height), options: { left: x, top: y },
    };
  },
};
