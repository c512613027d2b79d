"""The roof: builds and starts everything, and is the only reader of the environment."""
