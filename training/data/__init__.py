"""Synthetic conversations: every template is written here, every word list too, and names and values are drawn fresh."""
