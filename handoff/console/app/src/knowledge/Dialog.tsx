import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../texts";

interface DialogOf {
  title: string;
  wide?: boolean;
  shut: () => void;
  children: ComponentChildren;
}

/** The browser's own modal dialog: it keeps the focus inside, Esc shuts it, and the focus goes back whence it came. */
export function Dialog({ title, wide, shut, children }: DialogOf) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    element.current?.showModal();
    element.current?.querySelector<HTMLElement>("[data-first]")?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog ref={element} class={wide ? "kb-dialog wide" : "kb-dialog"} aria-labelledby="kb-dialog-title" onCancel={shut} onClose={shut}>
      <header>
        <h2 id="kb-dialog-title">{title}</h2>
        <button type="button" class="quiet" aria-label={t.shut} onClick={shut}>
          ✕
        </button>
      </header>
      {children}
    </dialog>
  );
}
