"""Archives of arrays whose size is known before a byte of them is unpacked."""

from __future__ import annotations

import zipfile
from math import prod
from typing import IO, Any

import numpy as np

__all__ = ["require_honest_sizes"]

_HEADER = 65_536  # bytes; a longer header of an array is none of NumPy's


def require_honest_sizes(file: IO[bytes]) -> None:
    """Raise ValueError unless an ``.npz`` file holds plain arrays that take no more memory than the file has bytes.

    Packed entries, entries that share their bytes, and headers that claim more than follows them could make a small
    file fill the memory. `numpy.savez` writes none of these.
    """
    whole = file.seek(0, 2)
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
            raise ValueError("an entry is packed")
        if sum(entry.file_size for entry in entries) > whole:
            raise ValueError("the entries claim more bytes than there are")
        for entry in entries:
            with archive.open(entry) as stream:
                if _claimed(stream) not in (None, entry.file_size):
                    raise ValueError("an array claims another size than it has")
    file.seek(0)


def _claimed(stream: IO[bytes]) -> int | None:
    """Bytes that an array's header says its entry takes, header and all; None for pickles, which are never read."""
    version = np.lib.format.read_magic(stream)
    read: dict[tuple[int, int], Any] = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    if version not in read:
        raise ValueError("a format of arrays that NumPy does not write by itself")
    shape, _, dtype = read[version](stream, max_header_size=_HEADER)
    return None if dtype.hasobject else int(stream.tell() + prod(shape) * dtype.itemsize)
