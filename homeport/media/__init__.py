"""Media: documents as text, in pieces that can be searched and cited.

limited     reads a document in a child process that can harm nothing: `open_blocks`, `open_chunks`
child       what runs in that process
documents   one parser a format: a file in, blocks of text out
chunking    blocks in, overlapping chunks of so many tokens out
errors      why a document can't be read
"""
