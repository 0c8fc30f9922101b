// Keys: what moves the picture is done here at once; all else is told to the server with where we are.

const TYPING = ["INPUT", "TEXTAREA", "SELECT"];
const LEAVING = '[class*="leave-active"]'; // a dialog that fades out takes no keys any more
const OPEN = `.q-dialog__inner:not(${LEAVING}), .q-menu:not(${LEAVING})`;

export function listen(keys, act) {
  const pressed = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const focus = document.activeElement;
    if (TYPING.includes(focus?.tagName) && !focus.closest(LEAVING)) return;
    if (document.querySelector(OPEN)) return;
    const name = event.shiftKey && event.key.length > 1 ? `Shift${event.key}` : event.key;
    const key = keys.find((one) => one.name === name);
    if (!key) return;
    event.preventDefault(); // space would press the button that was clicked last
    if (!event.repeat || key.repeats) act(key.action);
  };
  window.addEventListener("keydown", pressed, true);
  return () => window.removeEventListener("keydown", pressed, true);
}
