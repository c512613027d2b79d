"""The staff app: JSON API, WebSocket, login, and the TypeScript source under ``app/``."""
