"""Files written per document: JSON, annotated PNG, HTML page."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from docfuse.errors import InputError
from docfuse.result import Document
from docfuse.sources import load_pages


@dataclass
class Outputs:
    """Folders to write to; None where that kind is not wanted."""

    json: Path | None = None
    png: Path | None = None
    html: Path | None = None
    password: str | None = None
    _names: Counter[str] = field(default_factory=Counter, init=False)

    def write(self, document: Document, source: Path) -> list[Path]:
        """Write what is wanted of a document; returns the files.

        Raises:
            InputError: a folder cannot be made or written.
        """
        folders = [folder for folder in (self.json, self.png, self.html) if folder is not None]
        if not folders:
            return []
        try:
            for folder in folders:
                folder.mkdir(parents=True, exist_ok=True)
            return self._write(document, source, self._free_name(source.stem))
        except OSError as error:
            raise InputError(f"{error.filename} cannot be written: {error.strerror}.") from None

    def _write(self, document: Document, source: Path, name: str) -> list[Path]:
        written: list[Path] = []
        if self.json is not None:
            written.append(self.json / f"{name}.json")
            written[-1].write_text(document.to_json() + "\n", encoding="utf-8")
        if not document.pages or (self.png is None and self.html is None):
            return written
        images = list(load_pages(source, password=self.password))
        if self.png is not None:
            written += self._write_pngs(document, images, self.png / name)
        if self.html is not None:
            from docfuse.html import to_html

            written.append(self.html / f"{name}.html")
            written[-1].write_text(to_html(document, images), encoding="utf-8")
        return written

    @staticmethod
    def _write_pngs(document: Document, images: list[bytes], stem: Path) -> list[Path]:
        from docfuse.render import annotate

        written = []
        for page in document.pages:
            suffix = f"-page{page.index + 1}.png" if len(images) > 1 else ".png"
            written.append(stem.with_name(stem.name + suffix))
            annotate(images[page.index], page).save(written[-1], optimize=True)
        return written

    def _free_name(self, stem: str) -> str:
        """The stem, with a number where another document of this run has the same."""
        self._names[stem] += 1
        return stem if self._names[stem] == 1 else f"{stem}-{self._names[stem]}"
