"""Plain text in any encoding, and what all text files share."""

from pathlib import PurePath

from charset_normalizer import from_bytes

from pipelines.document import Document, Upload
from pipelines.errors import UnreadableFile
from pipelines.extract.sniff import BYTE_ORDER_MARKS

# Below this share of bytes beyond ASCII a text is English or nearly so, and the guess of the
# detector, which needs many accents to choose well, is worse than the usual Western encoding.
_FEW_ACCENTS = 0.05
_WESTERN = "cp1252"

# These begin with a byte order mark or do not occur; guessed, they turn short texts into Chinese.
_NEVER_GUESSED = ["utf_7", "utf_16", "utf_16_be", "utf_16_le", "utf_32", "utf_32_be", "utf_32_le"]


def extract_text(upload: Upload) -> Document:
    """A plain text: the file name is the title, and there is no outline."""
    return Document(stem(upload), decoded(upload), (0,), (), ())


def stem(upload: Upload) -> str:
    """The file name without its extension, the title of last resort."""
    return PurePath(upload.name).stem.strip() or upload.name


def decoded(upload: Upload) -> str:
    """The text of the file with LF line ends; UnreadableFile where there is none."""
    text = _decode(upload)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    if not text.strip():
        raise UnreadableFile(f"{upload.name} holds only white space. Choose a file with text.")
    return text


def _decode(upload: Upload) -> str:
    for mark, encoding in (*BYTE_ORDER_MARKS, (b"", "utf-8")):
        if upload.content.startswith(mark):
            try:
                return upload.content.decode(encoding)
            except UnicodeDecodeError as error:
                if mark:
                    raise _undecodable(
                        upload, f"a damaged {encoding.removesuffix('-sig').upper()} text"
                    ) from error
                break
    return _guessed(upload)


def _guessed(upload: Upload) -> str:
    """The text in an encoding that nothing declares."""
    beyond_ascii = len(upload.content.translate(None, bytes(range(128))))
    if beyond_ascii <= _FEW_ACCENTS * len(upload.content):
        try:
            return upload.content.decode(_WESTERN)
        except UnicodeDecodeError:
            pass
    best = from_bytes(upload.content, cp_exclusion=_NEVER_GUESSED).best()
    if best is None:
        raise _undecodable(upload, "in an encoding that is not recognised")
    return str(best)


def _undecodable(upload: Upload, what: str) -> UnreadableFile:
    return UnreadableFile(f"{upload.name} is {what}. Save it as UTF-8 text and add it again.")
