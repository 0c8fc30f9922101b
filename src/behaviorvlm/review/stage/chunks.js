// Numbers fetched from the server as they are needed, a stretch at a time; those used lately are kept.

export class Chunks {
  constructor({ size, most, arrived }) {
    this.size = size; // samples in a stretch
    this.most = most; // stretches that are kept
    this.arrived = arrived;
    this.kept = new Map();
    this.address = null;
  }

  // `address(first, count, step)` says where a stretch is found; null = nothing is fetched.
  open(name, address) {
    if (name === this.name) return;
    this.name = name;
    this.address = address;
    this.kept.clear();
  }

  // The stretch at this place, null until it has come.
  get(place, step = 1) {
    if (!this.address || place < 0) return null;
    const key = `${step}/${place}`;
    const found = this.kept.get(key);
    if (found !== undefined) {
      this.kept.delete(key);
      this.kept.set(key, found);
      return found;
    }
    this.fetch(key, this.address(place * this.size * step, this.size, step));
    return null;
  }

  async fetch(key, address) {
    const kept = this.kept;
    const name = this.name;
    kept.set(key, null);
    try {
      const answer = await fetch(address);
      if (!answer.ok || name !== this.name) return;
      kept.set(key, new Float32Array(await answer.arrayBuffer()));
    } catch {
      setTimeout(() => kept.delete(key), 2000); // the server is away: ask again
      return;
    }
    while (kept.size > this.most) kept.delete(kept.keys().next().value);
    this.arrived();
  }
}
