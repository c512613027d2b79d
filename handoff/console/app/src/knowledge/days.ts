// Days without an hour, and moments as days, as people write them: 28 Nov 2026.
const SHORT = { day: "numeric", month: "short", year: "numeric" } as const;

export const shortDay = (at: string, zone: string): string =>
  new Intl.DateTimeFormat("id-ID", { ...SHORT, timeZone: zone }).format(Date.parse(at));

/** `day`: 2026-11-28 */
export const dayOf = (day: string): string => shortDay(`${day}T00:00:00Z`, "UTC");
