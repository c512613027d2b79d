"""Fake providers on 127.0.0.1: they record what was sent, sign and post webhooks, and break when told to."""
