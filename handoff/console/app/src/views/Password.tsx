import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import * as api from "../api";
import { me } from "../desk";
import { t } from "../texts";
import type { Me } from "../types";
import { dialog, tell } from "../ui";
import { Field, justUsed } from "./Login";
import { Modal } from "./Modal";

/** The gate of a first login: nothing else is shown before the one-time password is replaced. */
export function FirstPassword({ who }: { who: Me }) {
  const done = (): void => {
    justUsed.value = "";
    me.value = { ...who, operator: { ...who.operator, must_change_password: false } };
  };
  return (
    <main class="gate">
      <section class="sheet" aria-labelledby="password-title">
        <p class="brand">{t.product}</p>
        <h1 id="password-title">{t.password.title}</h1>
        <p>{t.password.why}</p>
        <PasswordForm known={justUsed.value} done={done} />
      </section>
    </main>
  );
}

export function PasswordDialog() {
  return (
    <Modal title={t.password.title}>
      <PasswordForm known="" done={() => (dialog.value = null)} />
    </Modal>
  );
}

function PasswordForm({ known, done }: { known: string; done: () => void }) {
  const problem = useSignal("");
  const form = useRef<HTMLFormElement>(null);

  const change = async (event: Event): Promise<void> => {
    event.preventDefault();
    const given = new FormData(form.current as HTMLFormElement);
    const fresh = String(given.get("fresh"));
    problem.value = fresh === given.get("again") ? "" : t.password.differ;
    if (problem.value) return;
    try {
      await api.changePassword(known || String(given.get("old")), fresh);
      tell(t.password.done);
      done();
    } catch (error) {
      problem.value = refusal(error);
    }
  };

  return (
    <form ref={form} onSubmit={(event) => void change(event)}>
      {!known && <Field label={t.password.old} name="old" type="password" autocomplete="current-password" first />}
      <Field
        label={t.password.fresh}
        name="fresh"
        type="password"
        autocomplete="new-password"
        first={Boolean(known)}
        hint={t.password.hint}
      />
      <Field label={t.password.again} name="again" type="password" autocomplete="new-password" />
      <p class="problem" role="alert">
        {problem.value}
      </p>
      <button class="primary wide" type="submit">
        {t.password.save}
      </button>
    </form>
  );
}

function refusal(error: unknown): string {
  if (!(error instanceof api.ApiError)) return t.unreachable;
  return error.detail || (error.slug === "bad_login" ? t.password.wrong : t.trouble);
}
