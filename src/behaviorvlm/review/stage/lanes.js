// The ethogram around now: for each animal a row of bouts with words and a row of clusters. Boundaries can be dragged.

import { colorsOf, fitted, readable } from "./bouts.js";
import { clock } from "./frames.js";
import { GUTTER } from "./overview.js";

const BOUT = 22;
const CLUSTER = 11;
const ROW = BOUT + CLUSTER + 7;
const AXIS = 16;
const REACH = 5;
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600];

export class Lanes {
  constructor(canvas, stage) {
    this.canvas = canvas;
    this.stage = stage;
    this.drag = null;
    canvas.addEventListener("pointerdown", (event) => this.pressed(event));
    canvas.addEventListener("pointermove", (event) => this.moved(event));
    canvas.addEventListener("pointerup", () => this.released());
    canvas.addEventListener("pointercancel", () => (this.drag = null));
  }

  x(second) {
    const [from, to] = this.stage.window();
    return GUTTER + ((second - from) / (to - from)) * (this.width - GUTTER);
  }

  second(x) {
    const [from, to] = this.stage.window();
    return from + ((x - GUTTER) / (this.width - GUTTER)) * (to - from);
  }

  draw() {
    const { scene, frames, player } = this.stage;
    const { context, width, height } = fitted(this.canvas, AXIS + scene.individuals.length * ROW);
    Object.assign(this, { width, height });
    const colors = colorsOf(this.canvas);
    context.font = "11px sans-serif";
    context.textBaseline = "middle";
    this.axis(context, colors);
    scene.individuals.forEach((animal, place) => this.row(context, animal, { place, colors }));
    context.globalAlpha = 1;
    const now = this.x(frames.start(player.frame));
    context.fillStyle = colors.now;
    context.fillRect(now - 1, 0, 2, height);
    if (this.drag) {
      const top = AXIS + this.drag.animal * ROW;
      context.fillRect(this.x(frames.start(this.drag.to)) - 1.5, top - 2, 3, BOUT + 4);
    }
  }

  axis(context, colors) {
    const [from, to] = this.stage.window();
    const step = STEPS.find((one) => (to - from) / one <= 10) ?? 7200;
    context.fillStyle = colors.soft;
    for (let second = Math.ceil(Math.max(from, 0) / step) * step; second <= to; second += step) {
      const x = this.x(second);
      context.fillRect(x, 12, 1, 4);
      context.fillText(clock(second).replace(step < 1 ? /0$/ : /\.\d+$/, ""), x + 3, 7);
    }
  }

  row(context, animal, { place, colors }) {
    const { stage } = this;
    const top = AXIS + place * ROW;
    const selected = place === stage.animal;
    context.globalAlpha = 1;
    context.fillStyle = animal.color;
    context.fillRect(0, top, selected ? 7 : 4, BOUT + CLUSTER + 1);
    context.fillStyle = colors.ink;
    context.font = `${selected ? "bold " : ""}12px sans-serif`;
    context.fillText(animal.name, 11, top + BOUT / 2, GUTTER - 15);
    context.font = "9px sans-serif";
    context.fillStyle = colors.soft;
    context.fillText("clusters", 11, top + BOUT + CLUSTER / 2 + 1);
    context.save();
    context.beginPath();
    context.rect(GUTTER, top - 1, this.width - GUTTER, BOUT + CLUSTER + 3);
    context.clip();
    context.fillStyle = colors.row;
    const [begin, end] = [this.x(0), this.x(stage.frames.length)];
    context.fillRect(begin, top, end - begin, BOUT);
    const [first, last] = stage.windowFrames();
    for (const number of stage.segments.between(place, first, last)) this.segment(context, number, top + BOUT + 1);
    for (const number of stage.bouts.between(place, first, last)) this.bout(context, number, { top, colors });
    context.restore();
  }

  bout(context, number, { top, colors }) {
    const { stage } = this;
    const { start, stop, target } = stage.scene.bouts;
    const from = this.x(stage.frames.start(start[number]));
    const to = this.x(stage.frames.start(stop[number]));
    const color = stage.colorOf(target[number], colors.alone);
    context.globalAlpha = stage.stays(number) ? 1 : 0.25;
    context.fillStyle = color;
    context.fillRect(from + 0.5, top, Math.max(to - from - 1, 1), BOUT);
    const current = stage.bouts.columns.individual[number] === stage.animal && stage.player.frame >= start[number] && stage.player.frame < stop[number];
    if (current) {
      context.strokeStyle = colors.ink;
      context.lineWidth = 2;
      context.strokeRect(from + 1.5, top + 1, Math.max(to - from - 3, 1), BOUT - 2);
      context.lineWidth = 1;
    }
    this.words(context, stage.shortWords(number), { from, to, y: top + BOUT / 2 + 0.5, color, size: 11 });
  }

  segment(context, number, top) {
    const { stage } = this;
    const { cluster, start, stop } = stage.scene.segments;
    if (cluster[number] < 0) return;
    const from = this.x(stage.frames.start(start[number]));
    const to = this.x(stage.frames.start(stop[number]));
    const color = stage.scene.clusterColors[cluster[number]];
    context.globalAlpha = 1;
    context.fillStyle = color;
    context.fillRect(from + 0.5, top, Math.max(to - from - 1, 1), CLUSTER);
    this.words(context, String(cluster[number]), { from, to, y: top + CLUSTER / 2 + 0.5, color, size: 9 });
  }

  // Words in a block, from where it is seen; none where they would not be read.
  words(context, words, { from, to, y, color, size }) {
    const left = Math.max(from, GUTTER) + 4;
    const room = Math.min(to, this.width) - 3 - left;
    context.font = `${size}px sans-serif`;
    let shown = words;
    while (shown && context.measureText(shown).width > room) {
      shown = shown.length > 4 ? `${shown.slice(0, shown.endsWith("…") ? -2 : -1)}…` : "";
      if (shown.length <= 3) shown = "";
    }
    if (!shown) return;
    context.fillStyle = readable(color);
    context.fillText(shown, left, y);
  }

  // Where the mouse is, and the boundary that is near it: {animal, frame} or null.
  under(event) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const { scene, frames } = this.stage;
    const animal = Math.floor((y - AXIS) / ROW);
    const known = animal >= 0 && animal < scene.individuals.length;
    const place = { x, animal: known ? animal : null, frame: frames.at(this.second(x)), boundary: null };
    if (!known || y - AXIS - animal * ROW > BOUT || x < GUTTER) return place;
    let nearest = REACH + 1;
    for (const number of this.stage.bouts.between(animal, ...this.stage.windowFrames())) {
      for (const edge of [scene.bouts.start[number], scene.bouts.stop[number]]) {
        const away = Math.abs(this.x(frames.start(edge)) - x);
        if (away < nearest) [nearest, place.boundary] = [away, edge];
      }
    }
    return place;
  }

  pressed(event) {
    const { x, animal, frame, boundary } = this.under(event);
    this.canvas.setPointerCapture(event.pointerId);
    if (animal !== null) this.stage.select(animal);
    if (boundary !== null && this.stage.correctable) {
      this.drag = { animal, from: boundary, to: boundary, held: this.stage.window() };
      this.stage.hold(this.drag.held);
    } else if (x >= GUTTER) {
      this.scrub = this.stage.window();
      this.stage.hold(this.scrub);
      this.stage.seek(frame);
    }
  }

  moved(event) {
    const { frame, animal, boundary } = this.under(event);
    if (this.drag) {
      const box = this.canvas.getBoundingClientRect();
      const second = this.second(event.clientX - box.left);
      this.drag.to = Math.round(this.nearestEdge(second));
      this.stage.seek(this.drag.to);
    } else if (this.scrub && event.buttons) {
      this.stage.seek(frame);
    } else {
      this.canvas.style.cursor = boundary === null ? "pointer" : "col-resize";
      const number = animal === null ? -1 : this.stage.bouts.at(animal, frame);
      this.canvas.title = number < 0 ? "" : this.stage.boutWords(number);
    }
  }

  // The frame whose beginning is nearest.
  nearestEdge(second) {
    const { frames } = this.stage;
    const frame = frames.at(second);
    return second - frames.start(frame) > frames.start(frame + 1) - second ? frame + 1 : frame;
  }

  released() {
    const { drag } = this;
    this.drag = this.scrub = null;
    this.stage.hold(null);
    if (drag && drag.to !== drag.from) this.stage.emit("boundary", { animal: drag.animal, frame: drag.from, to: drag.to });
  }
}
