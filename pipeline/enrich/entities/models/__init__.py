"""Statistical models that find names: our own small tagger, and those of others where they are installed.

Comes in: a text in a known language. Goes out: spans with a type and how sure the model is. `refining` joins them with what the
gazetteer and the rules found. A model is a file or package beside this one; without any the other sources stand alone.
"""
