import { options } from "preact";

/** Draws what `change` changes before it returns: the focus can go on at once, and a fast typist's next letter with it. */
export function drawn(change: () => void): void {
  const before = options.debounceRendering;
  options.debounceRendering = (draw) => draw();
  try {
    change();
  } finally {
    if (before) options.debounceRendering = before;
    else delete options.debounceRendering;
  }
}
