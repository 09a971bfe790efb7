"""Ways in: raw copy from files, folders and standard input into `wire.raw`."""
