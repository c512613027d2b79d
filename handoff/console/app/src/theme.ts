// Light, dark, or as the machine says. Set on the root before anything is drawn.
import { effect, signal } from "@preact/signals";
import { setSetting, setting } from "./kept";

export type Theme = "auto" | "light" | "dark";

const night = matchMedia("(prefers-color-scheme: dark)");
const machineDark = signal(night.matches);
const kept = setting("theme");

export const theme = signal<Theme>(kept === "light" || kept === "dark" ? kept : "auto");

export function startTheme(): void {
  night.addEventListener("change", () => (machineDark.value = night.matches));
  effect(() => {
    const dark = theme.value === "dark" || (theme.value === "auto" && machineDark.value);
    document.documentElement.dataset["theme"] = dark ? "dark" : "light";
  });
}

export function nextTheme(): void {
  theme.value = theme.value === "auto" ? "dark" : theme.value === "dark" ? "light" : "auto";
  setSetting("theme", theme.value);
}
