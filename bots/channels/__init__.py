"""One file a channel, both directions."""
