"""Everything that generates goes through `inference.complete`."""
