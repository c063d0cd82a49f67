"""Homeport: the OpenAI platform on machines of your own."""

__version__ = "0.1.0"
