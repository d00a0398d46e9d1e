"""What a running session tells people beyond its screens, from its own decisions."""
