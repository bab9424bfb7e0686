// The crop box on the original: by mouse, pen, finger, keys or numbers.

import { $ } from "./dom.js";
import { isBox } from "./state.js";

const SIDES = ["left", "top", "right", "bottom"];
const CORNERS = { nw: [0, 1], ne: [2, 1], sw: [0, 3], se: [2, 3] };
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const LEAST_DRAG = 4;

export class Cropper {
  // `size`: of the original, in its own pixels, which are those of the box.
  constructor(changed) {
    this.changed = changed;
    this.size = null;
    this.box = null;
    this.area = $("crop-area");
    this.frame = $("crop-box");
    this.area.addEventListener("pointerdown", (event) => this.press(event));
    this.area.addEventListener("keydown", (event) => this.key(event));
    for (const side of SIDES) $(`crop-${side}`).addEventListener("change", () => this.typed());
    $("crop-none").addEventListener("click", () => this.set(null));
    new ResizeObserver(() => this.draw()).observe($("original"));
  }

  open(size) {
    this.size = size;
    this.area.hidden = !size;
    for (const [at, side] of SIDES.entries()) {
      $(`crop-${side}`).disabled = !size;
      if (size) $(`crop-${side}`).max = size[at % 2];
    }
    this.draw();
  }

  show(box) {
    this.box = box;
    this.draw();
  }

  set(box) {
    const fit = box && this.limited(box);
    this.show(fit && isBox(fit) ? fit : null);
    this.changed();
  }

  limited(box) {
    const [width, height] = this.size ?? [Infinity, Infinity];
    const within = (value, most) => Math.min(Math.max(Math.round(value), 0), most);
    return box.map((value, at) => within(value, at % 2 ? height : width));
  }

  draw() {
    const { box } = this;
    for (const [at, side] of SIDES.entries()) $(`crop-${side}`).value = box ? box[at] : "";
    $("crop-none").disabled = !box;
    const image = $("original");
    if (!this.size || image.hidden) return;
    this.area.style.left = `${image.offsetLeft}px`;
    this.area.style.top = `${image.offsetTop}px`;
    this.area.style.width = `${image.offsetWidth}px`;
    this.area.style.height = `${image.offsetHeight}px`;
    this.frame.classList.toggle("none", !box);
    if (!box) return;
    const [across, down] = [100 / this.size[0], 100 / this.size[1]];
    this.frame.style.left = `${box[0] * across}%`;
    this.frame.style.top = `${box[1] * down}%`;
    this.frame.style.width = `${(box[2] - box[0]) * across}%`;
    this.frame.style.height = `${(box[3] - box[1]) * down}%`;
    this.frame.setAttribute("aria-label", `Crop box: ${box[2] - box[0]} by ${box[3] - box[1]} pixels, from ${box[0]}, ${box[1]}`);
  }

  typed() {
    const texts = SIDES.map((side) => $(`crop-${side}`).value);
    if (texts.every((each) => each === "")) return this.set(null);
    const [width, height] = this.size ?? [0, 0];
    const whole = [0, 0, width, height];
    const box = this.limited(texts.map((text, at) => (text === "" ? whole[at] : Number(text))));
    const wrong = !isBox(box);
    $("crop-right").setCustomValidity(wrong ? "The box is empty" : "");
    if (!wrong) this.set(box);
    return undefined;
  }

  place(event) {
    const bounds = this.area.getBoundingClientRect();
    return [
      ((event.clientX - bounds.left) / bounds.width) * this.size[0],
      ((event.clientY - bounds.top) / bounds.height) * this.size[1],
    ];
  }

  press(event) {
    if (event.button > 0 || !this.size) return;
    const corner = event.target.dataset.corner;
    const start = this.place(event);
    const old = this.box && [...this.box];
    const inside = old && !corner && event.target === this.frame;
    const anchor = corner ? opposite(old, corner) : start;
    const [x, y] = [event.clientX, event.clientY];
    let dragged = false;
    this.area.setPointerCapture(event.pointerId);
    (corner ? event.target : this.frame).focus?.({ preventScroll: true });
    event.preventDefault();
    const move = (moved) => {
      dragged ||= Math.hypot(moved.clientX - x, moved.clientY - y) >= LEAST_DRAG;
      if (!dragged) return;
      const now = this.place(moved);
      this.show(inside ? this.shifted(old, now[0] - start[0], now[1] - start[1]) : this.spanned(anchor, now));
    };
    const end = () => {
      this.area.removeEventListener("pointermove", move);
      for (const name of ["pointerup", "pointercancel"]) this.area.removeEventListener(name, end);
      if (dragged) this.set(this.box);
    };
    this.area.addEventListener("pointermove", move);
    for (const name of ["pointerup", "pointercancel"]) this.area.addEventListener(name, end);
  }

  spanned(one, other) {
    const box = this.limited([
      Math.min(one[0], other[0]), Math.min(one[1], other[1]),
      Math.max(one[0], other[0]), Math.max(one[1], other[1]),
    ]);
    return isBox(box) ? box : this.box;
  }

  shifted(box, right, down) {
    const [width, height] = this.size;
    const x = Math.round(Math.min(Math.max(right, -box[0]), width - box[2]));
    const y = Math.round(Math.min(Math.max(down, -box[1]), height - box[3]));
    return [box[0] + x, box[1] + y, box[2] + x, box[3] + y];
  }

  key(event) {
    if (!this.box) return;
    if (event.key === "Escape" || event.key === "Delete") {
      this.set(null);
      $("crop-left").focus();
      event.preventDefault();
      return;
    }
    const way = KEYS[event.key];
    if (!way) return;
    event.preventDefault();
    const [x, y] = way.map((each) => each * (event.shiftKey ? 10 : 1));
    const corner = CORNERS[event.target.dataset.corner];
    if (!corner) return this.set(this.shifted(this.box, x, y));
    const box = [...this.box];
    box[corner[0]] += x;
    box[corner[1]] += y;
    const fit = this.limited(box);
    if (isBox(fit)) this.set(fit);
  }
}

function opposite(box, corner) {
  const [across, down] = CORNERS[corner];
  return [box[2 - across], box[4 - down]];
}
