import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../texts";

export interface DialogOf {
  title: string;
  wide?: boolean;
  /** A class of its own, for those who style it. */
  name?: string;
  shut: () => void;
  children: ComponentChildren;
}

/**
 * The browser's own modal dialog: it keeps the focus inside, Esc shuts it, and the focus goes back whence it came.
 * `data-first` gets the focus.
 */
export function Dialog({ title, wide, name, shut, children }: DialogOf) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    element.current?.showModal();
    element.current?.querySelector<HTMLElement>("[data-first]")?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  const classes = [name, wide && "wide"].filter(Boolean).join(" ");
  return (
    <dialog ref={element} class={classes} aria-labelledby="dialog-title" onCancel={shut} onClose={shut}>
      <header>
        <h2 id="dialog-title">{title}</h2>
        <button type="button" class="quiet" aria-label={t.shut} onClick={shut}>
          ✕
        </button>
      </header>
      {children}
    </dialog>
  );
}
