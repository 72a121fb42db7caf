"""Text recognition (OCR) of pages that are pictures, by the program tesseract where it is present.

An extra: nothing is recognised unless languages are named, and nothing fails where the program is
absent. The program is run by itself, a page at a time, so its failure costs a page and no more.
"""

import io
import shutil
import subprocess

from PIL import Image

from pipelines.errors import UnreadableFile

PROGRAM = "tesseract"
_SECONDS = 60
# Recognition is best at about 300 dots to the inch; a PDF has 72 points to it.
SCALE = 300 / 72
MOST_PIXELS = 40_000_000


def is_present() -> bool:
    """Whether the program can be run on this machine."""
    return shutil.which(PROGRAM) is not None


def check_languages(languages: str) -> None:
    """UnreadableFile, naming those that are there, where the program lacks one of the languages."""
    found = subprocess.run(
        [PROGRAM, "--list-langs"], capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    known = {line.strip() for line in (found.stdout + found.stderr).splitlines()[1:]}
    lacking = [language for language in languages.split("+") if language not in known]
    if lacking:
        raise UnreadableFile(
            f"Text recognition is set to {languages}, and {PROGRAM} on this computer does not know "
            f"{lacking[0]}, only {', '.join(sorted(known))}. Install it, or set READONCE_OCR to "
            "languages that are there."
        )


def recognised(picture: Image.Image, languages: str) -> str:
    """The text on a picture, "" where none is found or the program fails on it."""
    content = io.BytesIO()
    picture.convert("L").save(content, "PNG")
    try:
        done = subprocess.run(
            [PROGRAM, "stdin", "stdout", "-l", languages, "--dpi", "300"],
            input=content.getvalue(),
            capture_output=True,
            timeout=_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace").replace("\f", "").strip()
