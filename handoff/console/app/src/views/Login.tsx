import { signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import * as api from "../api";
import { elapsed, now, serverNow } from "../clock";
import { sessionEnded, signedIn } from "../desk";
import { wake } from "../sound";
import { t } from "../texts";
import { SoundCheck } from "./SoundCheck";

/** The password just used, so that the one-time password need not be typed a second time. Never stored. */
export const justUsed = signal("");

export function Login() {
  const problem = useSignal(sessionEnded.value ? t.login.ended : "");
  const lockedUntil = useSignal(0);
  const busy = useSignal(false);
  const form = useRef<HTMLFormElement>(null);

  const enter = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (busy.value || !form.current) return;
    void wake();
    const given = new FormData(form.current);
    const password = String(given.get("password"));
    busy.value = true;
    problem.value = "";
    try {
      const who = await api.login(String(given.get("username")).trim(), password);
      justUsed.value = password;
      signedIn(who);
    } catch (error) {
      problem.value = refusal(error);
      if (error instanceof api.ApiError && error.slug === "locked") {
        lockedUntil.value = serverNow() + Number(error.body["retry_after"] ?? 60) * 1000;
      }
    }
    busy.value = false;
  };

  const left = lockedUntil.value - (lockedUntil.value ? now.value : 0);
  const said = left > 0 ? t.login.locked(elapsed(left)) : problem.value;
  return (
    <main class="gate">
      <form class="sheet" ref={form} onSubmit={(event) => void enter(event)} aria-labelledby="login-title">
        <p class="brand">{t.product}</p>
        <h1 id="login-title">{t.login.title}</h1>
        <Field label={t.login.username} name="username" autocomplete="username" first />
        <Field label={t.login.password} name="password" type="password" autocomplete="current-password" />
        <p class="problem" role="alert">
          {said}
        </p>
        <button class="primary wide" type="submit" disabled={left > 0} aria-disabled={busy.value}>
          {busy.value ? t.login.entering : t.login.enter}
        </button>
        <SoundCheck />
      </form>
    </main>
  );
}

function refusal(error: unknown): string {
  if (!(error instanceof api.ApiError)) return t.login.unreachable;
  if (error.slug === "bad_login") return t.login.wrong;
  return error.detail || t.trouble;
}

interface FieldOf {
  label: string;
  name: string;
  type?: "password";
  autocomplete: string;
  first?: boolean;
  hint?: string;
}

/** A labelled line of text. */
export function Field({ label, name, type, autocomplete, first, hint }: FieldOf) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (first) input.current?.focus();
  }, []);
  return (
    <label class="field">
      <span>{label}</span>
      <input
        ref={input}
        name={name}
        {...(type && { type })}
        autocomplete={autocomplete}
        autocapitalize="none"
        spellcheck={false}
        required
        aria-describedby={hint ? `${name}-hint` : undefined}
      />
      {hint && <small id={`${name}-hint`}>{hint}</small>}
    </label>
  );
}
