import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../texts";
import { dialog } from "../ui";

interface ModalOf {
  title: string;
  wide?: boolean;
  children: ComponentChildren;
}

/** The browser's own modal dialog: it keeps the focus inside, and Esc shuts it. `data-first` gets the focus. */
export function Modal({ title, wide, children }: ModalOf) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    element.current?.showModal();
    element.current?.querySelector<HTMLElement>("[data-first]")?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  const shut = (): void => {
    dialog.value = null;
  };
  return (
    <dialog ref={element} class={wide ? "wide" : ""} aria-labelledby="modal-title" onCancel={shut} onClose={shut}>
      <header>
        <h2 id="modal-title">{title}</h2>
        <button type="button" class="quiet" aria-label={t.shut} onClick={shut}>
          ✕
        </button>
      </header>
      {children}
    </dialog>
  );
}
