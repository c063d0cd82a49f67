"""Alembic wants this file; `storage.migrate` does its work with the server's own connection."""
