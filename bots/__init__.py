"""Channels and conversation: from a provider's message to a decided turn, and back."""
