// What is typed before the reply box is there: the letters go into its draft at once, and an Enter waits for the box,
// which alone knows whether it picks a quick reply or sends.
import type { Signal } from "@preact/signals";

export interface Ahead {
  write: (key: string, newLine: boolean) => void;
  /** The box is there and has the focus: `enter` presses Enter in it. True where it had to be pressed. */
  play: (enter: () => void) => boolean;
  /** The box never came: no word is lost, and nothing is sent. */
  keep: () => void;
}

/** Of one conversation: `draft` holds its half-written reply. */
export function typedAhead(draft: Signal<string>): Ahead {
  /** From the first Enter on: letters behind it belong to the next reply. */
  let held: string[] = [];
  const add = (words: string): void => {
    draft.value += words;
  };
  const taken = (): string[] => {
    const all = held;
    held = [];
    return all;
  };
  return {
    write(key, newLine) {
      const words = key === "Enter" && newLine ? "\n" : key;
      if (held.length || words === "Enter") held.push(words);
      else add(words);
    },
    play(enter) {
      const all = taken();
      for (const one of all) {
        if (one === "Enter") enter();
        else add(one);
      }
      return all.length > 0;
    },
    keep() {
      for (const one of taken()) add(one === "Enter" ? "\n" : one);
    },
  };
}
