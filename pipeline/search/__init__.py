"""Search: from what a person types to a request for Elasticsearch, and from its answer to what people see. Pure.

Comes in: typed text, and names as the gazetteer and the topic rules know them. Goes out: a `query.Query`, requests as JSON objects,
snippets, suggestions, the alert rule that a search means. `reading` takes the text apart and never fails, `resolving` knows what names and
words mean in any language, `fields` what stands before a colon, `clauses` how each part is searched and ranked, `request` the whole
request. Never talks to Elasticsearch: `pipeline.searching` does. docs/search.md tells what people may type.
"""
