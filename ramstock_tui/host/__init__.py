"""The engine host: one loop that feeds, records, decides and answers; it knows no screen."""
