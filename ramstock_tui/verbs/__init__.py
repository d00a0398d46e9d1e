"""The verbs of the command line, one module each; only they know both the screen and the engine."""
