"""What Elasticsearch holds of a story, and how one document comes out of many arrivals. Pure."""
