// Everything that is asked of the server.

export const BASE = location.pathname.replace(/\/playground\/?$/, "");
export const ORIGIN = location.origin + BASE;

export async function description() {
  const answer = await fetch("playground/description.json");
  if (!answer.ok) throw new Error(`the server does not describe itself: ${answer.status}`);
  return answer.json();
}

export class Paths {
  constructor(told) {
    this.told = told;
  }

  unsafe(path) {
    return this.told.unsafe ? `${BASE}/unsafe/${path}` : null;
  }

  async signed(paths) {
    if (!this.told.signs) return paths.map(() => null);
    const answer = await fetch("playground/sign", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ paths }),
    });
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json()).paths.map((each) => BASE + each);
  }

  // Addresses that the server answers: signed ones only where unsafe ones are refused.
  async good(paths) {
    if (this.told.unsafe) return paths.map((each) => this.unsafe(each));
    return this.signed(paths);
  }
}

export async function picture(url, { signal, anew }) {
  const begun = performance.now();
  const answer = await fetch(url, { signal, cache: anew ? "reload" : "default" });
  const blob = await answer.blob();
  if (!answer.ok) throw new Error(`${answer.status}: ${(await blob.text()).slice(0, 200)}`);
  return { blob, milliseconds: performance.now() - begun, stages: stagesOf(answer.headers.get("Server-Timing")) };
}

// `open;dur=1.2;desc="..."` and so on.
export function stagesOf(header) {
  return (header ?? "").split(/,\s*/).filter(Boolean).map((each) => {
    const [name, ...traits] = each.split(";");
    const dur = traits.map((one) => one.trim()).find((one) => one.startsWith("dur="));
    return { name: name.trim(), milliseconds: dur ? Number(dur.slice(4)) : null };
  });
}

export async function upload(file) {
  const name = file.name.replace(/[^\w.-]+/g, "-");
  const answer = await fetch(`${BASE}/image`, {
    method: "POST", body: file, headers: { "Content-Type": file.type || "application/octet-stream", Slug: name },
  });
  if (!answer.ok) throw new Error(await answer.text());
  const [, id, kept] = answer.headers.get("Location").match(/\/image\/([^/]+)(?:\/(.*))?$/);
  return `${id}/${decodeURIComponent(kept ?? "picture")}`;
}
