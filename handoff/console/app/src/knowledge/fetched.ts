// What a page fetches when it opens, and again when it is told to: the last answer stays on the screen meanwhile.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { complain } from "../acts";

export interface Fetched<Answer> {
  /** Undefined until the first answer has come. */
  value: Answer | undefined;
  failed: boolean;
  again: () => Promise<void>;
  put: (answer: Answer) => void;
}

/** `key` names what is asked for: another key is asked anew. A late answer to an old question is dropped. */
export function useFetched<Answer>(key: string, ask: () => Promise<Answer>): Fetched<Answer> {
  const known = useSignal<{ key: string; answer: Answer } | null>(null);
  const failed = useSignal(false);
  const asked = useRef(0);
  const latest = useRef(ask);
  latest.current = ask;
  const again = async (): Promise<void> => {
    const turn = ++asked.current;
    try {
      const answer = await latest.current();
      if (turn !== asked.current) return;
      known.value = { key, answer };
      failed.value = false;
    } catch (error) {
      if (turn !== asked.current) return;
      failed.value = true;
      complain(error);
    }
  };
  useEffect(() => {
    void again();
    return () => void (asked.current += 1);
  }, [key]);
  return {
    value: known.value?.key === key ? known.value.answer : undefined,
    failed: failed.value,
    again,
    put: (answer) => {
      asked.current += 1;
      known.value = { key, answer };
    },
  };
}

/** A call that changes something: false where it was refused, and whoever sits here has been told why. */
export async function done(act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    complain(error);
    return false;
  }
}
