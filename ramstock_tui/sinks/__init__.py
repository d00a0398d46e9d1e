"""Where alerts go beside the screen: Discord, a command of the user. Nothing waits for a sink."""
