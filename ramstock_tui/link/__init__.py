"""The link between engine host and cockpit: one schema, two transports (in-process, socket)."""
