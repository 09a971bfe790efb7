"""Where things end up: documents in Elasticsearch, dead letters in Kafka."""
