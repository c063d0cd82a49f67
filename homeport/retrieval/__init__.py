"""Vector stores: documents in as chunks, the chunks that fit a question out."""
