// Animals over the video: their points, what they are called and do, an arrow to whom they do it.

import { readable } from "./bouts.js";
import { Chunks } from "./chunks.js";

const DOT = 2.2;

export class Picture {
  constructor(canvas, stage) {
    this.canvas = canvas;
    this.stage = stage;
    this.shown = true;
    this.chunks = new Chunks({ size: 512, most: 12, arrived: () => stage.redraw() });
  }

  open(scene) {
    const address = (first, count) => `/tracks/${scene.place}?start=${first}&stop=${first + count}`;
    this.chunks.open(String(scene.place), scene.keypoints ? address : null);
  }

  draw() {
    const box = this.canvas.parentElement;
    const scale = window.devicePixelRatio || 1;
    const wanted = [Math.round(box.clientWidth * scale), Math.round(box.clientHeight * scale)];
    if (this.canvas.width !== wanted[0] || this.canvas.height !== wanted[1]) [this.canvas.width, this.canvas.height] = wanted;
    const context = this.canvas.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, box.clientWidth, box.clientHeight);
    if (this.shown) this.animals(context, this.fit(box));
  }

  // How px of the video lie in the box: {scale, left, top}.
  fit(box) {
    const { scene, video } = this.stage;
    const width = video.videoWidth || scene.size[0] || 1;
    const height = video.videoHeight || scene.size[1] || 1;
    const scale = Math.min(box.clientWidth / width, box.clientHeight / height);
    return { scale, left: (box.clientWidth - width * scale) / 2, top: (box.clientHeight - height * scale) / 2, width: box.clientWidth };
  }

  animals(context, fit) {
    const { scene, player } = this.stage;
    const { size } = this.chunks;
    const chunk = Math.floor(player.frame / size);
    const values = this.chunks.get(chunk);
    if (player.playing && player.frame % size > size / 2) this.chunks.get(chunk + 1);
    if (!values) return;
    const each = scene.keypoints * 2;
    const first = (player.frame - chunk * size) * scene.individuals.length * each;
    const seen = scene.individuals.map((_, animal) => {
      const points = [];
      for (let at = first + animal * each; at < first + (animal + 1) * each; at += 2) {
        if (Number.isFinite(values[at])) {
          points.push([fit.left + (values[at] + 0.5) * fit.scale, fit.top + (values[at + 1] + 0.5) * fit.scale]);
        }
      }
      return points;
    });
    seen.forEach((points, animal) => this.dots(context, points, animal));
    seen.forEach((points, animal) => this.arrow(context, seen, animal));
    const taken = [];
    seen.forEach((points, animal) => this.name(context, points, { animal, taken, fit }));
  }

  dots(context, points, animal) {
    const radius = animal === this.stage.animal ? DOT + 0.8 : DOT;
    for (const [color, reach] of [["#000", radius + 1], [this.stage.scene.individuals[animal].color, radius]]) {
      context.fillStyle = color;
      for (const [x, y] of points) {
        context.beginPath();
        context.arc(x, y, reach, 0, 7);
        context.fill();
      }
    }
  }

  arrow(context, seen, animal) {
    const { scene, bouts, player } = this.stage;
    const number = bouts.at(animal, player.frame);
    const target = number < 0 ? -1 : scene.bouts.target[number];
    if (target < 0 || !seen[animal].length || !seen[target]?.length) return;
    const [one, other] = [middle(seen[animal]), middle(seen[target])];
    const way = [other[0] - one[0], other[1] - one[1]];
    const length = Math.hypot(...way);
    if (length < 12) return;
    const aside = [(-way[1] / length) * 4, (way[0] / length) * 4];
    const [from, to] = [0.25, 0.75].map((share) => way.map((part, axis) => one[axis] + part * share + aside[axis]));
    const angle = Math.atan2(way[1], way[0]);
    for (const [color, width] of [["#000", 4], [scene.individuals[animal].color, 2]]) {
      context.strokeStyle = color;
      context.lineWidth = width;
      context.beginPath();
      context.moveTo(...from);
      context.lineTo(...to);
      for (const turn of [2.6, -2.6]) {
        context.moveTo(...to);
        context.lineTo(to[0] + 7 * Math.cos(angle + turn), to[1] + 7 * Math.sin(angle + turn));
      }
      context.stroke();
    }
  }

  name(context, points, { animal, taken, fit }) {
    if (!points.length) return;
    const { scene, bouts, player } = this.stage;
    const number = bouts.at(animal, player.frame);
    const words = scene.individuals[animal].name + (number < 0 ? "" : `: ${this.stage.scene.behaviors[scene.bouts.behavior[number]]}`);
    context.font = `${animal === this.stage.animal ? "bold " : ""}12px sans-serif`;
    context.textBaseline = "middle";
    const width = context.measureText(words).width + 8;
    const x = Math.min(Math.max(middle(points)[0] - width / 2, 0), Math.max(fit.width - width, 0));
    let y = Math.max(Math.min(...points.map((point) => point[1])) - 16, 9);
    for (const other of [...taken].sort((a, b) => a.y - b.y)) {
      if (x < other.x + other.width && other.x < x + width && Math.abs(y - other.y) < 17) y = other.y + 17;
    }
    taken.push({ x, y, width });
    const { color } = scene.individuals[animal];
    context.fillStyle = color;
    context.fillRect(x, y - 8, width, 16);
    context.fillStyle = readable(color);
    context.fillText(words, x + 4, y + 0.5);
  }
}

function middle(points) {
  return [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length);
}
