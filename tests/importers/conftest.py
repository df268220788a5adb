"""A folder to put one school's files in."""

from collections.abc import Callable
from pathlib import Path

import pytest

Put = Callable[..., Path]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Write lines (text in an encoding, or bytes as they are) to a file, and say where it is."""

    def write(*content: str | bytes, name: str = "export.csv", encoding: str = "utf-8", newline: str = "\r\n") -> Path:
        path = tmp_path / name
        path.write_bytes(
            b"".join(part if isinstance(part, bytes) else (part + newline).encode(encoding) for part in content)
        )
        return path

    return write
