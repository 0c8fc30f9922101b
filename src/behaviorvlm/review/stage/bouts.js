// The spans of a scene, animal by animal in order of time: what is there at a frame, what lies in a stretch.

import { upper } from "./frames.js";

export class Spans {
  constructor(columns, nIndividuals) {
    this.columns = columns;
    this.own = Array.from({ length: nIndividuals }, () => []);
    columns.start.forEach((_, number) => this.own[columns.individual[number]].push(number));
    for (const numbers of this.own) numbers.sort((one, other) => columns.start[one] - columns.start[other]);
    this.starts = this.own.map((numbers) => numbers.map((number) => columns.start[number]));
  }

  // The number of the span of an animal at a frame, -1 = none.
  at(animal, frame) {
    const place = upper(this.starts[animal] ?? [], frame) - 1;
    const number = place < 0 ? -1 : this.own[animal][place];
    return number >= 0 && frame < this.columns.stop[number] ? number : -1;
  }

  // The numbers of the spans of an animal that lie in [start, stop), in order.
  between(animal, start, stop) {
    const first = Math.max(upper(this.starts[animal], start) - 1, 0);
    return this.own[animal].slice(first, upper(this.starts[animal], stop));
  }
}

export function readable(color) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
  return 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? "#000" : "#fff";
}

// A canvas that fits its box on any screen; returns its context, its size in CSS px.
export function fitted(canvas, height) {
  const width = canvas.parentElement.clientWidth;
  const scale = window.devicePixelRatio || 1;
  const wanted = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== wanted[0] || canvas.height !== wanted[1]) [canvas.width, canvas.height] = wanted;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

export function colorsOf(element) {
  const style = getComputedStyle(element);
  const named = (name) => style.getPropertyValue(name).trim();
  return { ink: named("--st-ink"), soft: named("--st-soft"), row: named("--st-row"), now: named("--st-now"), alone: named("--st-alone") };
}
