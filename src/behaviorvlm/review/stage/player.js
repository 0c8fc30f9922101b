// Time: the video's where there is one, else a clock of its own. Knows which frame is shown.

export const RATES = [0.25, 0.5, 1, 2, 4];

export class Player {
  constructor(video, changed) {
    this.video = video;
    this.changed = changed;
    this.frames = null;
    this.frame = 0;
    this.rate = 1;
    this.offset = 0; // the browser's time of the first frame: some files do not begin at 0
    this.wanted = null;
    this.filmed = false;
    this.running = false;
    video.addEventListener("seeked", () => this.seeked());
    for (const event of ["play", "pause", "ended"]) video.addEventListener(event, () => changed());
    video.addEventListener("loadeddata", () => this.show());
  }

  // Show another recording, or the same one after something changed in the run.
  open(frames, { film, filmRate = 0, filmStart = 0 }) {
    this.frames = frames;
    this.filmRate = filmRate;
    this.offset = filmStart;
    const address = film ? new URL(film, location.href).href : "";
    if (address === (this.filmed ? this.video.src : "")) return;
    this.pause();
    this.filmed = Boolean(film);
    this.wanted = null;
    if (film) this.video.src = address;
    else this.video.removeAttribute("src");
    this.video.load();
    this.video.playbackRate = this.rate;
  }

  get playing() {
    return this.filmed ? !this.video.paused && !this.video.ended : this.running;
  }

  seek(frame) {
    this.frame = this.frames.clamped(frame);
    this.show();
    this.changed();
  }

  show() {
    if (!this.filmed || this.video.readyState < 1) return;
    const seconds = this.filmRate ? (this.frame + 0.5) / this.filmRate : this.frames.middle(this.frame);
    this.wanted = Math.min(this.offset + seconds, this.video.duration || Infinity);
    if (!this.video.seeking) this.seeked();
  }

  // One seek at a time: while one is under way, only the last wish counts.
  seeked() {
    if (this.wanted === null) {
      this.changed();
      return;
    }
    const wanted = this.wanted;
    this.wanted = null;
    if (Math.abs(this.video.currentTime - wanted) > 1e-4) this.video.currentTime = wanted;
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
    this.changed();
  }

  play() {
    if (!this.frames || !this.frames.count) return;
    if (this.frame >= this.frames.count - 1) this.seek(0);
    this.since = { at: performance.now(), second: this.frames.start(this.frame) };
    if (this.filmed) this.video.play().catch(() => this.changed());
    else this.running = true;
  }

  pause() {
    this.running = false;
    if (!this.video.paused) this.video.pause();
  }

  setRate(rate) {
    this.rate = rate;
    this.video.playbackRate = rate;
    if (this.frames) this.since = { at: performance.now(), second: this.frames.start(this.frame) };
    this.changed();
  }

  faster(by) {
    const place = Math.min(Math.max(RATES.indexOf(this.rate) + by, 0), RATES.length - 1);
    this.setRate(RATES[place]);
  }

  // Called for each picture of the screen while playing.
  tick() {
    if (!this.playing || this.video.seeking) return;
    let second;
    if (this.filmed) {
      const shown = this.video.currentTime - this.offset;
      second = this.filmRate ? this.frames.start(Math.floor(shown * this.filmRate + 1e-3)) + 1e-6 : shown;
    } else {
      second = this.since.second + ((performance.now() - this.since.at) / 1000) * this.rate;
    }
    this.frame = this.frames.at(second);
    if (second >= this.frames.length) this.pause();
  }
}
