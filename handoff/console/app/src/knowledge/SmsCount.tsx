import { segments, strangers } from "../segments";
import { k, signName } from "./texts";

interface SmsCountOf {
  text: string;
  fill?: (text: string) => string;
  mend?: (text: string) => void;
}

/** How many SMS it takes, as one types; signs that no SMS alphabet knows are named, for they more than halve the room. */
export function SmsCount({ text, fill, mend }: SmsCountOf) {
  const filled = (fill ? fill(text) : text).trim();
  const { parts, used, room, unicode } = segments(filled);
  const odd = strangers(text);
  const better = mended(text);
  return (
    <div class="kb-count" role="status">
      <span class={parts > 2 || unicode ? "much" : ""}>{filled ? k.form.sms(parts, used, room) : k.form.smsEmpty}</span>
      {unicode && odd.length > 0 && <span class="odd"> {k.form.odd(odd.map(signName).join(", "))}</span>}
      {unicode && better !== text && mend && (
        <button type="button" onClick={() => mend(better)}>
          {k.form.mend}
        </button>
      )}
    </div>
  );
}

const PLAIN: Record<string, string> = {
  "‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "•": "-", "·": "-", "\u00a0": " ", "\u202f": " ",
  "\t": " ", "`": "'", "×": "x", "→": "->",
};

/** The same words in signs that every SMS knows, as far as there are such. */
const mended = (text: string): string => [...text].map((one) => PLAIN[one] ?? one).join("");
