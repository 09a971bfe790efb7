"""The agents: stream in, pure call, stream or sink out, settled in order. `pipeline.app` puts them together."""
