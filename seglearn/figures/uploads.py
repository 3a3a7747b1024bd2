"""The reader's own photos, kept for as long as the kernel runs."""

import atexit
import hashlib
import re
import shutil
import tempfile
import unicodedata
from functools import lru_cache
from pathlib import Path

from seglearn import images

LONGEST = 24  # letters that are kept of a name


def own_photo(name, data):
    """Keep an uploaded picture where `images.load` finds it, and return (path, notice).

    The file is named after its content, so that another picture of the same name is another file, and one that comes
    twice is the same. It goes when the kernel ends.

    Raises
    ------
    ValueError : `data` is no picture. OSError : the disk refuses it.
    """
    notice = images.decode(data, name or "picture")[1]
    path = _folder() / _file_name(name, data)
    path.write_bytes(data)
    return path.as_posix(), notice


def _file_name(name, data):
    """Return a short name that every file system takes and a reader recognises: `cat-1f3a.jpg`."""
    plain = unicodedata.normalize("NFKD", Path(name).stem).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")[:LONGEST].strip("-") or "photo"
    ending = re.sub(r"[^a-z0-9.]", "", Path(name).suffix.lower())[:6]
    return f"{stem}-{hashlib.sha256(data).hexdigest()[:6]}{ending}"


@lru_cache(maxsize=1)
def _folder():
    """Return a folder that nobody else can read, made for this process."""
    folder = Path(tempfile.mkdtemp(prefix="seglearn-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
