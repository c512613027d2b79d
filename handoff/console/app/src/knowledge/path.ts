// Values inside a body by their path: "variants.2", "agencies.first".
import type { Body } from "./types";

export function valueAt(body: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((inside, step) => (inside as Body | undefined | null)?.[step], body);
}

/** The body with one value replaced; lists stay lists, and nothing that was there is changed in place. */
export function withValue<Whole>(body: Whole, path: string, value: unknown): Whole {
  const [step, ...rest] = path.split(".");
  if (step === undefined || step === "") return value as Whole;
  const next = rest.length ? withValue((body as Body | undefined)?.[step], rest.join("."), value) : value;
  if (Array.isArray(body)) return body.map((one, place) => (place === Number(step) ? next : one)) as Whole;
  return { ...body, [step]: next };
}
