"""The cockpit: draws slices that came over a Link and turns keys into messages; no market logic."""
