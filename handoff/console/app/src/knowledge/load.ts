// Fetches the part for whoever keeps the answers, with its style, when it is first opened: no operator waits for it.
import { signal } from "@preact/signals";
import type { ComponentType } from "preact";

export const shell = signal<ComponentType | null>(null);
export const failed = signal(false);

export async function openKnowledge(): Promise<void> {
  failed.value = false;
  try {
    const [{ Shell }] = await Promise.all([import("./Shell"), styled()]);
    shell.value = Shell;
  } catch {
    // The line is down, or a newer program has replaced these files.
    failed.value = true;
  }
}

function styled(): Promise<void> {
  const link = document.getElementById("knowledge-style");
  return new Promise((done, fail) => {
    if (!(link instanceof HTMLLinkElement) || link.sheet) return done();
    link.onload = () => done();
    link.onerror = () => fail(new Error("style"));
    link.disabled = false;
  });
}
