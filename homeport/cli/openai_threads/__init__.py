"""The import of assistants, threads and messages that were exported from OpenAI, as its own JSON objects.

`lines` reads the export, `objects` makes rows of it, `sorting` puts them in order on the disk, `writing` writes them.
"""
