"""The files of a session: market recording, ledger, their hashes and their directory."""
