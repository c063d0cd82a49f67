"""Every model name of the five documents is an alias."""

from __future__ import annotations

import pytest

from homeport.core.aliases import ALIASES, family

# Found in the documents with: grep -oE '(gpt|text-embedding)-[a-z0-9.-]*[a-z0-9]' (contract A4), document by document.
IN_THE_DOCUMENTS = {
    0: ["gpt-4.5-mini", "gpt-4o"],
    1: ["gpt-4-2026", "gpt-4-turbo", "gpt-4-vision", "gpt-4-32k", "gpt-4-base"],
    2: ["gpt-4o-mini", "gpt-4o-vision", "gpt-4o-2026", "gpt-4o-memory", "gpt-4o-local", "gpt-4o-agent"],
    3: ["gpt-4-reasoner-2026"],
    4: ["gpt-4o", "gpt-4o-mini", "text-embedding-3-small", "text-embedding-3-large"],
}


@pytest.mark.parametrize("name", sorted({name for names in IN_THE_DOCUMENTS.values() for name in names}))
def test_every_name_of_the_documents_is_an_alias(name: str) -> None:
    assert ALIASES[name] == ("embeddings" if "embedding" in name else "chat")


def test_no_alias_is_invented() -> None:
    defaults_of_clients = {"gpt-3.5-turbo", "gpt-3.5-turbo-instruct", "gpt-4", "gpt-4.1", "gpt-4.1-mini"}
    defaults_of_clients |= {"text-embedding-ada-002"}
    assert set(ALIASES) == {name for names in IN_THE_DOCUMENTS.values() for name in names} | defaults_of_clients


def test_the_year_in_an_alias_is_no_date() -> None:
    chat = [name for name, kind in ALIASES.items() if kind == "chat"]
    assert [family(name) for name in chat] == chat
    assert family("gpt-4-0613") == "gpt-4"
