// Frames and seconds of one recording. Frames are half-open: frame f is seen from its start until that of f + 1.

export class Frames {
  constructor({ frames = 0, rate = 1, edges = [] }) {
    this.count = frames;
    this.rate = rate;
    this.edges = edges; // empty where frames follow one another at a steady rate
  }

  start(frame) {
    return this.edges.length ? this.edges[Math.min(Math.max(frame, 0), this.count)] : frame / this.rate;
  }

  middle(frame) {
    return (this.start(frame) + this.start(frame + 1)) / 2;
  }

  get length() {
    return this.start(this.count);
  }

  at(second) {
    const found = this.edges.length ? upper(this.edges, second) - 1 : Math.floor(second * this.rate + 1e-6);
    return this.clamped(found);
  }

  clamped(frame) {
    return Math.min(Math.max(Math.round(frame), 0), Math.max(this.count - 1, 0));
  }
}

// The number of values that are not above `wanted`, in a rising list.
export function upper(values, wanted) {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] <= wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function clock(second) {
  const whole = Math.floor(second / 60);
  const hours = Math.floor(whole / 60);
  const rest = (second - whole * 60).toFixed(2).padStart(5, "0");
  return hours ? `${hours}:${String(whole % 60).padStart(2, "0")}:${rest}` : `${whole}:${rest}`;
}

// What somebody typed, as a frame: 1:02:03.4, 62.5 (seconds) or f120; null if it is none of them.
export function typed(words, frames) {
  const frame = /^f\s*(\d+)$/i.exec(words.trim());
  if (frame) return frames.clamped(Number(frame[1]));
  const parts = words.trim().split(":").map(Number);
  if (!words.trim() || parts.length > 3 || parts.some((part) => !Number.isFinite(part) || part < 0)) return null;
  return frames.at(parts.reduce((sum, part) => sum * 60 + part, 0));
}
