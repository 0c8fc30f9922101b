// The bar below the picture: play, where we are, how fast, how much time is shown.

import { clock, typed } from "./frames.js";
import { RATES } from "./player.js";

export class Bar {
  constructor(root, stage) {
    this.stage = stage;
    this.play = button(root, "▶", "play, pause (space)", () => stage.act("play"));
    this.where = document.createElement("span");
    this.where.className = "st-where";
    root.append(this.where);
    this.field = document.createElement("input");
    Object.assign(this.field, { className: "st-field", placeholder: "m:ss or f120", title: "go to a time or a frame: Enter" });
    this.field.setAttribute("aria-label", "go to");
    this.field.addEventListener("keydown", (event) => event.key === "Enter" && this.go());
    root.append(this.field);
    this.rates = RATES.map((rate) => button(root, `${rate}x`, "how fast (, and .)", () => stage.player.setRate(rate)));
    const gap = document.createElement("span");
    gap.className = "st-gap";
    root.append(gap);
    button(root, "−", "show more time (-)", () => stage.act("wider"));
    this.span = document.createElement("span");
    root.append(this.span);
    button(root, "+", "show less time (+)", () => stage.act("nearer"));
    this.labels = button(root, "labels", "names and points (l)", () => stage.act("labels"));
  }

  go() {
    const frame = typed(this.field.value, this.stage.frames);
    this.field.classList.toggle("st-wrong", frame === null);
    if (frame === null) return;
    this.field.value = "";
    this.field.blur();
    this.stage.seek(frame);
  }

  draw() {
    const { stage } = this;
    const { frames, player } = stage;
    this.play.textContent = player.playing ? "❚❚" : "▶";
    this.where.textContent = `${clock(frames.start(player.frame))} / ${clock(frames.length)} · frame ${player.frame}`;
    this.rates.forEach((one, place) => one.classList.toggle("st-on", RATES[place] === player.rate));
    this.span.textContent = `${stage.span >= frames.length ? "all" : `${stage.span} s`}`;
    this.labels.classList.toggle("st-on", stage.picture.shown);
  }
}

function button(root, words, title, done) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", textContent: words, title });
  made.addEventListener("click", () => {
    done();
    made.blur(); // so that keys are keys
  });
  root.append(made);
  return made;
}
