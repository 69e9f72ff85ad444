"""The HTTP API: routes that parse, call the coach, and print; they decide nothing."""
