// The stage of a behavior review: video, ethograms and traces of one recording, and the time that they share.

import { Bar } from "./bar.js";
import { Spans } from "./bouts.js";
import { clock, Frames } from "./frames.js";
import { listen } from "./keyboard.js";
import { Lanes } from "./lanes.js";
import { Overview } from "./overview.js";
import { Picture } from "./picture.js";
import { Player } from "./player.js";
import { Traces } from "./traces.js";

const SPANS = [2, 5, 10, 20, 40, 60, 120, 300, 600, 1800, 3600];
const TELL_MS = 80;
const ASKING = new Set(["relabel", "reassign", "behaviors"]);
const NO_SPANS = { individual: [], target: [], behavior: [], cluster: [], start: [], stop: [], confidence: [] };
const EMPTY = { place: -1, individuals: [], behaviors: [], frames: 0, rate: 1, edges: [], size: [1, 1], keypoints: 0, bouts: NO_SPANS, segments: NO_SPANS, clusterColors: [], traces: [] };

export class Stage {
  constructor(root, { keys, here, emit }) {
    Object.assign(this, { root, emit, animal: 0, span: 20, highlight: null, kept: null, version: 0, correctable: false });
    const film = added(root, "div", "st-film");
    this.video = added(film, "video", "");
    Object.assign(this.video, { muted: true, preload: "auto", playsInline: true });
    film.addEventListener("click", () => this.act("play"));
    const overlay = added(film, "canvas", "");
    this.notice = added(film, "div", "st-notice");
    this.player = new Player(this.video, () => this.redraw());
    this.show(EMPTY);
    const bar = added(root, "div", "st-bar");
    this.picture = new Picture(overlay, this);
    this.overview = new Overview(added(added(root, "div", "st-strip"), "canvas", "st-overview"), this);
    this.lanes = new Lanes(added(added(root, "div", "st-strip"), "canvas", "st-lanes"), this);
    this.traces = new Traces(added(added(root, "div", "st-strip"), "canvas", "st-traces"), this);
    this.bar = new Bar(bar, this);
    this.here = new Set(here);
    this.unlisten = listen(keys, (action) => this.act(action));
    this.watcher = new ResizeObserver(() => this.redraw());
    this.watcher.observe(root);
    this.theme = new MutationObserver(() => this.redraw());
    this.theme.observe(document.body, { attributes: true, attributeFilter: ["class"] });
  }

  close() {
    this.unlisten();
    this.watcher.disconnect();
    this.theme.disconnect();
    this.player.pause();
  }

  // What the server says ----------------------------------------------------------------------------------------

  async load(place, { frame, animal, correctable }) {
    const wish = (this.wish = (this.wish ?? 0) + 1);
    const answer = await fetch(`/scene/${place}`);
    if (!answer.ok || wish !== this.wish) return;
    const found = await answer.json();
    const other = found.place !== this.scene.place;
    this.correctable = correctable;
    this.show({ ...EMPTY, ...found });
    this.notice.textContent = found.words ?? "";
    this.picture.open(this.scene);
    this.traces.open(this.scene);
    this.player.open(this.frames, this.scene);
    if (other) {
      this.animal = Math.min(animal, Math.max(this.scene.individuals.length - 1, 0));
      this.player.seek(frame);
      document.activeElement?.blur(); // where the recording was chosen: keys are keys again
    }
    this.root.dataset.revision = String(found.revision);
    this.root.dataset.place = String(found.place);
    this.redraw();
  }

  show(scene) {
    this.scene = scene;
    this.frames = new Frames(scene);
    this.bouts = new Spans(scene.bouts, scene.individuals.length);
    this.segments = new Spans(scene.segments, scene.individuals.length);
    this.version += 1;
  }

  // Flags of bouts that stay with the filter, null = all of them.
  keep(flags) {
    this.kept = flags;
    this.version += 1;
    this.redraw();
  }

  mark(behavior) {
    this.highlight = behavior;
    this.redraw();
  }

  // Where we are ------------------------------------------------------------------------------------------------

  act(action) {
    const { player, frames } = this;
    const second = Math.max(Math.round(frames.rate), 1);
    const done = {
      play: () => player.toggle(),
      back: () => this.step(-1),
      on: () => this.step(1),
      back_second: () => this.step(-second),
      on_second: () => this.step(second),
      slower: () => player.faster(-1),
      faster: () => player.faster(1),
      wider: () => this.zoom(1),
      nearer: () => this.zoom(-1),
      labels: () => (this.picture.shown = !this.picture.shown),
      animal_before: () => this.selectNext(-1),
      animal_after: () => this.selectNext(1),
      next_bout: () => this.toBout(1),
      previous_bout: () => this.toBout(-1),
      next_same: () => this.toBout(1, true),
      previous_same: () => this.toBout(-1, true),
    }[action];
    if (this.here.has(action) && done) {
      done();
      this.redraw();
    } else {
      if (ASKING.has(action)) player.pause(); // the answer is about the frame at which it was asked
      this.emit("act", { action, ...this.now() });
    }
  }

  step(by) {
    this.player.pause();
    this.seek(this.player.frame + by);
  }

  seek(frame) {
    this.player.seek(frame);
    this.tell();
  }

  select(animal) {
    this.animal = animal;
    this.tell();
    this.redraw();
  }

  selectNext(by) {
    const count = this.scene.individuals.length;
    if (count) this.select((this.animal + by + count) % count);
  }

  // To the beginning of the selected animal's next bout, or of the one before; perhaps only of the same behavior.
  toBout(by, same = false) {
    const { start, behavior } = this.scene.bouts;
    const now = this.bouts.at(this.animal, this.player.frame);
    const here = now >= 0 && by < 0 ? start[now] : this.player.frame;
    const wanted = (this.bouts.own[this.animal] ?? []).filter(
      (number) => (start[number] - here) * by > 0 && (!same || now < 0 || behavior[number] === behavior[now]),
    );
    if (!wanted.length) return;
    this.player.pause();
    this.seek(start[by > 0 ? wanted[0] : wanted[wanted.length - 1]]);
  }

  zoom(by) {
    const most = SPANS.findIndex((one) => one >= this.frames.length);
    const place = SPANS.indexOf(this.span) + by;
    this.span = SPANS[Math.min(Math.max(place, 0), most < 0 ? SPANS.length - 1 : most)];
  }

  // While something is dragged the window stays where it is.
  hold(window) {
    this.held = window;
    this.redraw();
  }

  window() {
    if (this.held) return this.held;
    const now = this.frames.start(this.player.frame);
    if (this.span >= this.frames.length) return [0, Math.max(this.frames.length, 1e-3)];
    return [now - this.span / 2, now + this.span / 2];
  }

  windowFrames() {
    const [from, to] = this.window();
    return [this.frames.at(from), this.frames.at(to)];
  }

  now() {
    return { place: this.scene.place, frame: this.player.frame, animal: this.animal };
  }

  // Tell the server where we are, not more often than it can follow, and while playing only when something changes.
  tell() {
    if (this.telling || this.scene.place < 0) return;
    this.telling = setTimeout(() => {
      this.telling = null;
      this.told = this.present();
      this.emit("at", this.now());
    }, TELL_MS);
  }

  present() {
    const { frame } = this.player;
    const each = this.scene.individuals.map((_, animal) => [this.bouts.at(animal, frame), this.segments.at(animal, frame)]);
    return [this.version, ...each].join();
  }

  // What is seen ------------------------------------------------------------------------------------------------

  colorOf(target, alone) {
    return target < 0 ? alone : this.scene.individuals[target].color;
  }

  stays(number) {
    return !this.kept || this.kept[number] !== 0;
  }

  shortWords(number) {
    const { behavior, target } = this.scene.bouts;
    const whom = target[number] < 0 ? "" : ` → ${this.scene.individuals[target[number]].name}`;
    return this.scene.behaviors[behavior[number]] + whom;
  }

  boutWords(number) {
    const { individual, start, stop, confidence } = this.scene.bouts;
    const sure = confidence[number] === null ? "" : `, confidence ${confidence[number].toFixed(2)}`;
    const [from, to] = [start, stop].map((edges) => clock(this.frames.start(edges[number])));
    return `${this.scene.individuals[individual[number]].name}: ${this.shortWords(number)}, ${from} to ${to}${sure}`;
  }

  redraw() {
    if (this.asked) return;
    this.asked = requestAnimationFrame(() => {
      this.asked = null;
      this.player.tick();
      this.draw();
      if (this.player.playing) {
        if (this.present() !== this.told) this.tell();
        this.redraw();
      } else if (this.wasPlaying) {
        this.tell();
      }
      this.wasPlaying = this.player.playing;
    });
  }

  draw() {
    if (!this.bar) return;
    this.notice.style.display = this.notice.textContent ? "" : "none";
    this.video.style.visibility = this.player.filmed ? "" : "hidden";
    for (const part of [this.picture, this.overview, this.lanes, this.traces, this.bar]) part.draw();
    this.root.dataset.frame = String(this.player.frame);
    this.root.dataset.playing = this.player.playing ? "yes" : "no";
  }
}

function added(root, kind, name) {
  const made = document.createElement(kind);
  made.className = name;
  root.append(made);
  return made;
}
