import { Stage } from "behaviorvlm-stage";

export default {
  template: '<div class="st-stage"></div>',
  props: { keys: Array, here: Array },
  mounted() {
    this.stage = new Stage(this.$el, { keys: this.keys, here: this.here, emit: (name, said) => this.$emit(name, said) });
    this.$emit("ready");
  },
  unmounted() {
    this.stage.close();
  },
  methods: {
    load(place, options) {
      this.stage.load(place, options);
    },
    seek(frame, animal) {
      this.stage.select(animal);
      this.stage.seek(frame);
    },
    keep(flags) {
      this.stage.keep(flags);
    },
    mark(behavior) {
      this.stage.mark(behavior);
    },
    act(action) {
      this.stage.act(action);
    },
  },
};
