"""The panes. Each is a pure function of its slice: title and lines, no widget, no clock."""
