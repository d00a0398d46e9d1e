"""`ramstock journal`: sessions listed, shown, followed, verified, repaired and exported."""
