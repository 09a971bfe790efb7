"""`python -m pipeline` is the `dateline` command."""

from pipeline.cli import main

main()
