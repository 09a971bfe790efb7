"""Python runs this in every process that tests start: it lets workers look again sooner than they would.

What a worker does is the same; only the waits between are shorter, of which a test would spend most of its time: hundreds wait
for a commit. `tests/faults` puts its own file before this one, so that what must survive there survives with the product's times.
"""

import sys

if "pipeline.worker" in sys.orig_argv:  # the command and what else is Python start as they are
    import pipeline.agents.lists
    import pipeline.agents.rules
    import pipeline.app

    pipeline.agents.lists.EVERY_SECONDS = 1.0
    pipeline.agents.rules.EVERY_SECONDS = 0.5
    pipeline.app.MATCH_KILLS_EVERY_SECONDS = 1.0

    new_app = pipeline.app.new_app

    def hasty_app(*args):
        app = new_app(*args)
        app.conf.broker_commit_interval = 0.1
        return app

    pipeline.app.new_app = hasty_app
