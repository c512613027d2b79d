"""How fast, and how safe: figures on the machine at hand. See docs/benchmarks.md."""
