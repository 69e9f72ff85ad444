// Stops a clock that Gradio leaves running: its loader counts the seconds in every frame, also when it has long gone.
// An open page that does nothing would cost a steady part of a processor, and twenty of them all of one.
(() => {
  "use strict";

  const COUNTS_SECONDS = /performance\.now\(\)[^;]*1e3/;
  const frame = window.requestAnimationFrame;
  window.requestAnimationFrame = (callback) => (COUNTS_SECONDS.test(callback) ? 0 : frame.call(window, callback));
})();
