import { useSignal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import type { OnDesk } from "../desk";
import { insertedIn, offered, soughtIn } from "../quick";
import type { Ready } from "../quick";
import { t } from "../texts";

export const LIST_ID = "quick-replies";
const optionId = (one: Ready): string => `${LIST_ID}-${one.slug}`;

type Box = { current: HTMLTextAreaElement | null };

interface Look {
  open: boolean;
  found: readonly Ready[];
  chosen: Ready | undefined;
}

/** The desk's ready sentences over the reply box. The focus stays in the box: arrows choose, Enter puts the sentence in. */
export interface Picker extends Look {
  /** False where the city has none. */
  any: boolean;
  toggle: () => void;
  /** Called with every word that is typed. */
  heard: (words: string) => void;
  /** True where the key was meant for the list. */
  pressed: (event: KeyboardEvent) => boolean;
  pick: (one: Ready) => void;
}

export function usePicker(desk: OnDesk, draft: Signal<string>, box: Box, write: (words: string) => void): Picker {
  const byButton = useSignal(false);
  const shut = useSignal(false);
  const place = useSignal(0);
  const all = desk.city.quick_replies ?? [];

  // Read anew at every key: whoever types fast is ahead of what has been drawn.
  const look = (): Look => {
    const sought = soughtIn(draft.value);
    const open = all.length > 0 && (byButton.value || (sought !== null && !shut.value));
    const { name, short_name: short, voice_number: voice } = desk.city;
    const found = open ? offered(all, sought ?? "", { city: name, short, voice, code: desk.incident?.code }) : [];
    return { open, found, chosen: found[place.value] };
  };
  const heard = (words: string): void => {
    byButton.value = false;
    place.value = 0;
    if (soughtIn(words) === null) shut.value = false;
  };
  const leave = (): void => {
    byButton.value = false;
    shut.value = true;
  };
  const pick = (one: Ready): void => {
    const element = box.current;
    const { words, caret } = insertedIn(draft.value, element?.selectionStart ?? draft.value.length, one.text);
    leave();
    write(words);
    element?.focus();
    // The box holds the words only once it has been drawn anew.
    requestAnimationFrame(() => element?.setSelectionRange(caret, caret));
  };
  const toggle = (): void => {
    if (look().open) leave();
    else byButton.value = true;
    place.value = 0;
    box.current?.focus();
  };
  const pressed = (event: KeyboardEvent): boolean => {
    const { open, found, chosen } = look();
    if (!open || event.isComposing) return false;
    const step = STEPS[event.key];
    if (step) place.value = (place.value + step + found.length) % Math.max(1, found.length);
    else if (event.key === "Escape") leave();
    else if (event.key !== "Enter" || event.shiftKey) return false;
    else if (chosen && !event.repeat) pick(chosen);
    event.preventDefault();
    return true;
  };
  return { ...look(), any: all.length > 0, toggle, heard, pressed, pick };
}

const STEPS: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };

export function QuickReplies({ picker }: { picker: Picker }) {
  if (!picker.open) return null;
  return (
    <div class="quick-replies">
      <ul id={LIST_ID} role="listbox" aria-label={t.reply.quick}>
        {picker.found.map((one) => (
          <Option key={one.slug} one={one} chosen={one === picker.chosen} pick={picker.pick} />
        ))}
      </ul>
      <p role="status">{picker.found.length ? t.reply.quickFound(picker.found.length) : t.reply.quickNone}</p>
    </div>
  );
}

interface OptionOf {
  one: Ready;
  chosen: boolean;
  pick: (one: Ready) => void;
}

function Option({ one, chosen, pick }: OptionOf) {
  return (
    <li
      id={optionId(one)}
      role="option"
      aria-selected={chosen}
      ref={(element) => {
        if (chosen) element?.scrollIntoView({ block: "nearest" });
      }}
      // The box must not lose the focus.
      onMouseDown={(event) => event.preventDefault()}
      onClick={() => pick(one)}
    >
      <b>{one.title}</b> {one.keys && <kbd>/{one.keys}</kbd>}
      <span>{one.text}</span>
    </li>
  );
}

/** What the box says of itself; it stays a text box of several lines, which may not call itself a combobox. */
export function boxAria(picker: Picker): Record<string, string | undefined> {
  if (!picker.any) return {};
  return {
    "aria-haspopup": "listbox",
    "aria-autocomplete": "list",
    "aria-controls": picker.open ? LIST_ID : undefined,
    "aria-activedescendant": picker.open && picker.chosen ? optionId(picker.chosen) : undefined,
  };
}
