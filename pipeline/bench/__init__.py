"""`dateline bench`: the speed figures of a machine, measured on real servers under names of its own.

`copies` makes the stories, `enriching` measures pure code on one core, `flow` the pipeline with its servers, `peers` others that do less on
the same stories, `searching` searches over many. Figures are reported, never asserted.
"""
