// The result: made anew at each change, with its size, its type and how long it took.

import { $, make } from "./dom.js";
import { picture } from "./server.js";

export class Preview {
  constructor() {
    this.asked = null;
    this.addresses = [];
    $("cut").addEventListener("input", () => this.cut());
    $("layers").addEventListener("pointerdown", (event) => this.drag(event));
  }

  cut() {
    $("layers").style.setProperty("--cut", `${$("cut").value}%`);
  }

  drag(event) {
    if ($("cut").disabled || event.target === $("video")) return;
    const to = (moved) => {
      const bounds = $("layers").getBoundingClientRect();
      $("cut").value = ((moved.clientX - bounds.left) / bounds.width) * 100;
      this.cut();
    };
    $("layers").setPointerCapture(event.pointerId);
    event.preventDefault();
    to(event);
    $("layers").onpointermove = to;
    $("layers").onpointerup = $("layers").onpointercancel = () => { $("layers").onpointermove = null; };
  }

  // `before`: address of the same cut without filters, or null where there is nothing to compare.
  async show(address, before, anew = false) {
    this.asked?.abort();
    this.asked = new AbortController();
    const { signal } = this.asked;
    $("viewer").classList.add("busy");
    try {
      const found = await picture(address, { signal, anew });
      const facts = await this.draw(found, signal);
      if (signal.aborted) return;
      this.tell(facts, found.stages);
      await this.compare(before, signal);
    } catch (error) {
      if (!signal.aborted) this.fail(error.message);
    } finally {
      if (!signal.aborted) $("viewer").classList.remove("busy");
    }
  }

  async draw({ blob, milliseconds }, signal) {
    const isVideo = blob.type.startsWith("video/");
    const shown = this.address(blob);
    const target = $(isVideo ? "video" : "result");
    const sides = isVideo ? await videoSize(target, shown) : await imageSize(target, shown, blob.type);
    if (signal.aborted) return "";
    $("result").hidden = isVideo;
    $("video").hidden = !isVideo;
    $("layers").hidden = false;
    $("result-missing").hidden = true;
    this.forget(shown);
    return `${sides} · ${amount(blob.size)} · ${blob.type.replace(/;.*/, "")} · ${Math.round(milliseconds)} ms`;
  }

  async compare(before, signal) {
    const able = Boolean(before) && $("video").hidden;
    let shown = "";
    if (able) {
      const { blob } = await picture(before, { signal });
      shown = this.address(blob);
      await imageSize($("before"), shown, blob.type);
    }
    if (signal.aborted) return;
    $("before").hidden = !able;
    $("layers").classList.toggle("compared", able);
    if (able && $("cut").disabled) $("cut").value = 50;
    $("cut").disabled = !able;
    this.cut();
  }

  tell(facts, stages) {
    $("facts").className = "facts";
    $("facts").textContent = facts;
    $("timings-box").hidden = !stages.length;
    $("timings").tBodies[0].replaceChildren(...stages.map(({ name, milliseconds }) => make(
      "tr", {}, make("th", { scope: "row", textContent: name }), make("td", { textContent: milliseconds ?? "" }),
    )));
  }

  fail(why) {
    $("facts").className = "facts bad";
    $("facts").textContent = why;
    this.empty("No picture.");
  }

  empty(why) {
    $("layers").hidden = true;
    $("result-missing").hidden = false;
    $("result-missing").textContent = why;
    $("timings-box").hidden = true;
    $("cut").disabled = true;
  }

  none(why) {
    this.asked?.abort();
    $("viewer").classList.remove("busy");
    $("facts").textContent = "";
    this.empty(why);
  }

  address(blob) {
    const made = URL.createObjectURL(blob);
    this.addresses.push(made);
    return made;
  }

  forget(kept) {
    for (const each of this.addresses) if (each !== kept && each !== $("before").src) URL.revokeObjectURL(each);
    this.addresses = this.addresses.filter((each) => each === kept || each === $("before").src);
  }
}

async function imageSize(image, address, type) {
  image.src = address;
  await image.decode().catch(() => { throw new Error(`This browser cannot show ${type || "this"}.`); });
  return `${image.naturalWidth} × ${image.naturalHeight}`;
}

function videoSize(video, address) {
  return new Promise((resolve, reject) => {
    video.onloadedmetadata = () => resolve(`${video.videoWidth} × ${video.videoHeight}`);
    video.onerror = () => reject(new Error("This browser cannot show the video."));
    video.src = address;
  });
}

function amount(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(2)} MB`;
}
