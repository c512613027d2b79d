"""Where the `sigap` command begins."""

import gc

# Looking through a thousand modules for garbage while they load takes a fifth of the start, and finds none.
gc.disable()

from config.cli import app  # noqa: E402


def main() -> None:
    """Run the command."""
    gc.freeze()
    gc.enable()
    app()


if __name__ == "__main__":
    main()
