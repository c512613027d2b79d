/** The letter that does the same; the help reads the letters out, a button only shows its own. */
export function Key({ children }: { children: string }) {
  return <kbd aria-hidden="true">{children}</kbd>;
}
