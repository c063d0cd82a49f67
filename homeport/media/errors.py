"""Why a document can't be read. The message names the file and the reason; `code` is that of a vector store file's
`last_error`.

    DocumentError 400
    ├── UnsupportedFile      unsupported_file   a format that Homeport does not read, or whose library is not installed
    ├── UnreadableFile       invalid_file       damaged, encrypted, or not what it says it is
    │   ├── EmptyDocument                       nothing in it is text
    │   ├── DocumentTooLarge                    it needs more memory or text than the limits allow
    │   └── ParserTimeout                       it takes longer than the limits allow
    └── ParserFailed 500     server_error       the document is not to blame: it may be tried again
"""

from __future__ import annotations

from homeport.errors import BadRequestError


class DocumentError(BadRequestError):
    def __init__(self, filename: str, reason: str) -> None:
        super().__init__(f"{filename}: {reason}")
        self.filename = filename
        self.reason = reason


class UnsupportedFile(DocumentError):
    default_code = "unsupported_file"


class UnreadableFile(DocumentError):
    default_code = "invalid_file"


class EmptyDocument(UnreadableFile):
    pass


class DocumentTooLarge(UnreadableFile):
    pass


class ParserTimeout(UnreadableFile):
    pass


class ParserFailed(DocumentError):
    status = 500
    type = "server_error"
    default_code = "server_error"
