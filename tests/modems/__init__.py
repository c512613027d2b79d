"""Modems that are none: a pty each, an AT interpreter behind it, a network behind that, and every fault."""
