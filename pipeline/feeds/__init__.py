"""Ways in: raw copy from files, watched folders, polled addresses, signed pushes and standard input into `wire.raw`."""
