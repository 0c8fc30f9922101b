// A few features of all animals around now, a strip each.

import { colorsOf, fitted } from "./bouts.js";
import { Chunks } from "./chunks.js";
import { GUTTER } from "./overview.js";

const STRIP = 34;
const MOST_SAMPLES = 1200;

export class Traces {
  constructor(canvas, stage) {
    this.canvas = canvas;
    this.stage = stage;
    this.chunks = new Chunks({ size: 1024, most: 24, arrived: () => stage.redraw() });
  }

  open(scene) {
    const address = (first, count, step) => `/features/${scene.place}?start=${first}&count=${count}&step=${step}`;
    this.chunks.open(`${scene.place}/${scene.traces.length}`, scene.traces.length ? address : null);
  }

  draw() {
    const { scene, player, frames } = this.stage;
    const { context, width, height } = fitted(this.canvas, scene.traces.length * STRIP);
    const colors = colorsOf(this.canvas);
    context.textBaseline = "middle";
    const [first, last] = this.stage.windowFrames();
    const step = 2 ** Math.max(Math.ceil(Math.log2(Math.max((last - first) / MOST_SAMPLES, 1))), 0);
    scene.traces.forEach((trace, place) => {
      const top = place * STRIP;
      context.fillStyle = colors.row;
      context.fillRect(GUTTER, top + 2, width - GUTTER, STRIP - 4);
      context.fillStyle = colors.ink;
      context.font = "11px sans-serif";
      context.fillText(trace.name, 4, top + STRIP / 2 - 6, GUTTER - 8);
      context.fillStyle = colors.soft;
      context.font = "9px sans-serif";
      context.fillText(`${short(trace.low)} to ${short(trace.high)} ${trace.unit}`, 4, top + STRIP / 2 + 7, GUTTER - 8);
      this.strip(context, { trace, place, top, first, last, step, width });
    });
    context.fillStyle = colors.now;
    const [from, to] = this.stage.window();
    const now = GUTTER + ((frames.start(player.frame) - from) / (to - from)) * (width - GUTTER);
    context.fillRect(now - 1, 0, 2, height);
  }

  strip(context, { trace, place, top, first, last, step, width }) {
    const { scene, frames } = this.stage;
    const [from, to] = this.stage.window();
    const { size } = this.chunks;
    context.save();
    context.beginPath();
    context.rect(GUTTER, top + 2, width - GUTTER, STRIP - 4);
    context.clip();
    const order = scene.individuals.map((_, animal) => animal).sort((one) => (one === this.stage.animal ? 1 : -1));
    for (const animal of order) {
      context.strokeStyle = scene.individuals[animal].color;
      context.lineWidth = animal === this.stage.animal ? 2.2 : 1.1;
      context.beginPath();
      let drawing = false;
      for (let chunk = Math.floor(first / step / size); chunk <= Math.floor(last / step / size); chunk += 1) {
        const values = this.chunks.get(chunk, step);
        if (!values) {
          drawing = false;
          continue;
        }
        const count = values.length / scene.traces.length / scene.individuals.length;
        const base = (place * scene.individuals.length + animal) * count;
        for (let sample = 0; sample < count; sample += 1) {
          const frame = (chunk * size + sample) * step;
          if (frame < first - step || frame > last + step) continue;
          const value = values[base + sample];
          if (!Number.isFinite(value)) {
            drawing = false;
            continue;
          }
          const x = GUTTER + ((frames.middle(frame) - from) / (to - from)) * (width - GUTTER);
          const share = (value - trace.low) / (trace.high - trace.low);
          const y = top + STRIP - 4 - Math.min(Math.max(share, 0), 1) * (STRIP - 8);
          if (drawing) context.lineTo(x, y);
          else context.moveTo(x, y);
          drawing = true;
        }
      }
      context.stroke();
    }
    context.restore();
  }
}

function short(value) {
  return Math.abs(value) >= 10 ? value.toFixed(0) : value.toFixed(1);
}
