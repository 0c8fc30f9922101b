// The ethogram of the whole recording: a lane for each behavior of each animal, colored by whom it is directed at.

import { colorsOf, fitted } from "./bouts.js";

export const GUTTER = 92;
const ROOM = 132;
const GROUP_GAP = 4;

export class Overview {
  constructor(canvas, stage) {
    this.canvas = canvas;
    this.stage = stage;
    this.ground = document.createElement("canvas");
    canvas.addEventListener("pointerdown", (event) => this.pressed(event));
    canvas.addEventListener("pointermove", (event) => (event.buttons ? this.pressed(event) : this.hovered(event)));
  }

  // Lanes of an animal, and their height: one lane for all behaviors where there would be too many.
  layout() {
    const { scene } = this.stage;
    const animals = scene.individuals.length;
    const each = Math.floor((ROOM - animals * GROUP_GAP) / animals / Math.max(scene.behaviors.length, 1));
    const single = each < 2;
    const lanes = single ? 1 : scene.behaviors.length;
    const lane = single ? 8 : Math.min(each, 6);
    return { lanes, lane, single, group: Math.max(lanes * lane, 10) + GROUP_GAP, height: animals * (Math.max(lanes * lane, 10) + GROUP_GAP) };
  }

  draw() {
    const { stage } = this;
    if (!stage.scene.individuals.length) return;
    const layout = this.layout();
    const { context, width, height } = fitted(this.canvas, layout.height);
    const key = [stage.version, width, window.devicePixelRatio, stage.highlight, document.body.className].join();
    if (key !== this.drawn) {
      this.drawn = key;
      this.paint(width, layout);
    }
    context.drawImage(this.ground, 0, 0, width, height);
    const colors = colorsOf(this.canvas);
    const [from, to] = stage.window().map((second) => Math.min(Math.max(this.x(second, width), GUTTER), width - 1));
    context.strokeStyle = colors.soft;
    context.strokeRect(from + 0.5, 0.5, Math.max(to - from, 2), height - 1);
    context.fillStyle = colors.now;
    context.fillRect(this.x(stage.frames.start(stage.player.frame), width) - 1, 0, 2, height);
  }

  x(second, width) {
    return GUTTER + (second / Math.max(this.stage.frames.length, 1e-9)) * (width - GUTTER);
  }

  paint(width, layout) {
    const { stage } = this;
    const { scene, bouts } = stage;
    const scale = window.devicePixelRatio || 1;
    [this.ground.width, this.ground.height] = [Math.round(width * scale), Math.round(layout.height * scale)];
    const context = this.ground.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    const colors = colorsOf(this.canvas);
    context.font = "11px sans-serif";
    context.textBaseline = "middle";
    scene.individuals.forEach((animal, place) => {
      const top = place * layout.group;
      const tall = layout.group - GROUP_GAP;
      context.fillStyle = colors.row;
      context.fillRect(GUTTER, top, width - GUTTER, tall);
      context.fillStyle = animal.color;
      context.fillRect(0, top, 4, tall);
      context.fillStyle = colors.ink;
      context.fillText(animal.name, 8, top + tall / 2, GUTTER - 12);
      for (const number of bouts.own[place]) this.bout(context, number, { top, layout, width, colors });
    });
    context.globalAlpha = 1;
  }

  bout(context, number, { top, layout, width, colors }) {
    const { stage } = this;
    const columns = stage.scene.bouts;
    const behavior = columns.behavior[number];
    const from = this.x(stage.frames.start(columns.start[number]), width);
    const to = this.x(stage.frames.start(columns.stop[number]), width);
    const faded = stage.highlight !== null && stage.highlight !== behavior;
    context.globalAlpha = (faded ? 0.22 : 1) * (stage.stays(number) ? 1 : 0.2);
    context.fillStyle = stage.colorOf(columns.target[number], colors.alone);
    context.fillRect(from, top + (layout.single ? 0 : behavior * layout.lane), Math.max(to - from, 1), layout.lane);
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    const second = ((event.clientX - box.left - GUTTER) / (box.width - GUTTER)) * this.stage.frames.length;
    const { group } = this.layout();
    const animal = Math.min(Math.max(Math.floor((event.clientY - box.top) / group), 0), this.stage.scene.individuals.length - 1);
    return { second, animal, inside: event.clientX - box.left >= GUTTER };
  }

  pressed(event) {
    const { second, animal, inside } = this.place(event);
    if (event.type === "pointerdown") {
      this.canvas.setPointerCapture(event.pointerId);
      this.stage.select(animal);
    }
    if (inside) this.stage.seek(this.stage.frames.at(second));
  }

  hovered(event) {
    const { second, animal } = this.place(event);
    const number = this.stage.bouts.at(animal, this.stage.frames.at(second));
    this.canvas.title = number < 0 ? "" : this.stage.boutWords(number);
  }
}
