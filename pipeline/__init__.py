"""Dateline: raw newswire copy in, enriched and searchable geopolitical coverage out."""

__version__ = "0.1.0"
