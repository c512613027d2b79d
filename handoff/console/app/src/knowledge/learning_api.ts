// The calls of learning, judging, training and accounts: one function a call, errors as in ../api.
import { call } from "../api";
import type { Id } from "../types";
import { path } from "./api";
import type {
  AboutAccount,
  Account,
  Example,
  GroupState,
  Intent,
  Judged,
  Judgement,
  Learning,
  Models,
  Verdict,
} from "./learning_types";

const at = (city: string, ...parts: string[]): string => path("learning", city, ...parts);

export const learning = (city: string, state: GroupState = "open", offset = 0): Promise<Learning> =>
  call("GET", `${at(city)}?state=${state}&offset=${offset}`);
export const feedback = (city: string, days: "7" | "30"): Promise<Learning> => call("GET", `${at(city)}?days=${days}`);
export const draftOfGroup = (city: string, id: Id): Promise<{ slug: string }> =>
  call("POST", at(city, "groups", id, "draft"));
export const ignoreGroup = (city: string, id: Id): Promise<unknown> => call("POST", at(city, "groups", id, "ignore"));
export const reopenGroup = (city: string, id: Id): Promise<unknown> => call("POST", at(city, "groups", id, "reopen"));

export interface Examples {
  examples: Example[];
  total: number;
  intents: Intent[];
}
export const examples = (city: string, state: Example["state"], offset = 0): Promise<Examples> =>
  call("GET", `${at(city, "examples")}?state=${state}&offset=${offset}`);
/** What an admin says that a sentence means; left out: as it was proposed. */
export interface Meaning {
  intent?: string;
  severity?: number;
}
export const decide = (city: string, id: Id, accept: boolean, meaning: Meaning): Promise<unknown> =>
  call("POST", at(city, "examples", id), { accept, ...meaning });
export const teach = (city: string, text: string, intent: string): Promise<unknown> =>
  call("POST", at(city, "examples"), { text, intent });

export const nextToJudge = (city: string): Promise<{ item: Judgement | null; waiting: number }> =>
  call("GET", at(city, "judge"));
export const judge = (city: string, id: Id, verdict: Verdict): Promise<Judged | undefined> =>
  call("POST", at(city, "judge", id), { verdict });

export const models = (): Promise<Models> => call("GET", "/models");
export const train = (why: string): Promise<unknown> => call("POST", "/models", { why });
export const activate = (id: Id): Promise<unknown> => call("POST", path("models", id, "activate"));

export const people = (): Promise<{ people: Account[] }> => call("GET", "/people");
export interface WithPassword {
  person: Account;
  /** Shown once: nobody can ask for it again. */
  password: string;
}
export const addPerson = (username: string, about: AboutAccount): Promise<WithPassword> =>
  call("POST", "/people", { username, ...about });
export const changePerson = (username: string, about: AboutAccount): Promise<Account> =>
  call("POST", path("people", username, "change"), about);
export const renewPassword = (username: string): Promise<WithPassword> =>
  call("POST", path("people", username, "password"));
export const switchPerson = (username: string, verb: "disable" | "enable"): Promise<Account> =>
  call("POST", path("people", username, verb));
