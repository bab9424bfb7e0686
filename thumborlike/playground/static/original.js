// The original: its picture, its size, and what is wrong with it.

import { $ } from "./dom.js";
import { quoted } from "./path.js";

const LARGEST = 1600;

export class Original {
  constructor(paths, cropper) {
    this.paths = paths;
    this.cropper = cropper;
    this.source = null;
    $("original").addEventListener("error", () => this.missing("It cannot be shown."));
  }

  async show(source) {
    if (source === this.source) return;
    this.source = source;
    this.cropper.open(null);
    this.missing(source ? "Loading…" : "Pick a picture first.");
    if (!source) return;
    const name = quoted(source);
    try {
      const [meta, image] = await this.paths.good([
        `meta/${name}`, `fit-in/${LARGEST}x${LARGEST}/filters:format(webp):quality(85)/${name}`,
      ]);
      if (!image) return this.missing("This server takes signed addresses alone, so the picture cannot be shown here.");
      const answer = await fetch(meta);
      if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
      const told = (await answer.json()).thumbor.source;
      await this.load(image, source);
      if (source === this.source) this.found(told);
    } catch (error) {
      if (source === this.source) this.missing(error.message);
    }
    return undefined;
  }

  async load(address, source) {
    const image = new Image();
    image.src = address;
    await image.decode().catch(() => { throw new Error("It cannot be shown."); });
    if (source !== this.source) return;
    $("original").src = address;
    await $("original").decode();
  }

  found(told) {
    const image = $("original");
    let [width, height] = [told.originalWidth ?? told.width, told.originalHeight ?? told.height];
    const turned = (width > height) !== (image.naturalWidth > image.naturalHeight);
    if (turned && width !== height && image.naturalWidth !== image.naturalHeight) [width, height] = [height, width];
    image.hidden = false;
    $("original-missing").hidden = true;
    const frames = told.frameCount > 1 ? `, ${told.frameCount} frames` : "";
    $("original-facts").textContent = `${width} × ${height} pixels${frames}`;
    this.cropper.open([width, height]);
  }

  missing(why) {
    $("original").hidden = true;
    $("original-facts").textContent = "";
    $("original-missing").hidden = false;
    $("original-missing").textContent = why;
  }
}
