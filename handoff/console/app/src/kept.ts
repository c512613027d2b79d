// What outlives a reload of this tab: drafts and unsent replies. Kept per operator, for the next shift may use the same tab.
let owner = "";

export function keepFor(operatorId: string): void {
  owner = operatorId;
}

const named = (name: string): string => `sigap:${owner}:${name}`;

export function recall<Value>(name: string, otherwise: Value): Value {
  try {
    const kept = sessionStorage.getItem(named(name));
    return kept === null ? otherwise : (JSON.parse(kept) as Value);
  } catch {
    return otherwise;
  }
}

export function keep(name: string, value: unknown): void {
  try {
    if (value === undefined || value === "") sessionStorage.removeItem(named(name));
    else sessionStorage.setItem(named(name), JSON.stringify(value));
  } catch {
    // Storage may be full or forbidden; the page itself still holds the words.
  }
}

/** What one operator's next tab should know too: times, ids, words meant for everybody; never a citizen's words. */
export function recallLong<Value>(name: string, otherwise: Value): Value {
  try {
    return JSON.parse(setting(`${owner}:${name}`) ?? "null") ?? otherwise;
  } catch {
    return otherwise;
  }
}

export const keepLong = (name: string, value: unknown): void => setSetting(`${owner}:${name}`, JSON.stringify(value));

export function forgetLong(name: string): void {
  try {
    localStorage.removeItem(`sigap:${owner}:${name}`);
  } catch {
    // Forbidden storage keeps nothing.
  }
}

/** Names under which `keepLong` keeps something for this operator, of those that begin with `start`. */
export function keptLong(start: string): string[] {
  const whole = `sigap:${owner}:${start}`;
  try {
    return Object.keys(localStorage).filter((name) => name.startsWith(whole)).map((name) => name.slice(whole.length));
  } catch {
    return [];
  }
}

/** A choice of whoever uses this machine; outlives the tab. */
export function setting(name: string): string | null {
  try {
    return localStorage.getItem(`sigap:${name}`);
  } catch {
    return null;
  }
}

export function setSetting(name: string, value: string): void {
  try {
    localStorage.setItem(`sigap:${name}`, value);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}
