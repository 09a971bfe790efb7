"""The desk page: what people look at, and the same as an HTTP API.

A page is one module with its routes and one template; `app` puts them together behind `access` (who may look) and `headers` (what a
browser may do with what came from the wire). Everything from the wire is untrusted text: templates escape it, `marks` and
`formatting` build what they mark from escaped parts.
"""
