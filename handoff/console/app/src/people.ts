// What to call whoever is at the other end.
import { channelName, t } from "./texts";
import type { Contact } from "./types";

/** A name, else a number, else something short to tell two strangers apart. */
export function whoIs(contact: Contact | null | undefined): string {
  if (!contact) return t.contact.unnamed;
  const { name, phone, address, channel } = contact;
  if (name || phone) return name || (phone ?? "");
  return t.contact.stranger(channelName[channel ?? ""] ?? channel ?? "", address.slice(-4));
}
