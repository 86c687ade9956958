"""An Office Open XML workbook (ECMA-376) that is written as it comes: memory holds one row at a time.

It knows numbers and texts alone. There is no cell of the kind that holds a formula, so none can be smuggled in.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import IO, BinaryIO, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from brainswap.report.sheets.cells import Column, Kind, Value, inline, letters, row

MOST_ROWS: Final = 1_048_575  # of a sheet, below its heading
MOST_BYTES: Final = 1_500_000_000  # of a sheet; from 2 GiB on a zip file takes a form that few spreadsheets read

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the same report gives the same bytes
_QUICK: Final = 1  # of zlib: half as much time as the usual level, for a file a fifth larger
_GATHERED: Final = 1 << 16
_XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"


class Sheet:
    """A sheet that takes rows; its heading stays in view, and every column can be filtered."""

    def __init__(self, file: IO[bytes], columns: Sequence[Column], *, filtered: bool) -> None:
        self._file = file
        self._columns = columns
        self._kinds = [column.kind for column in columns]
        self._filtered = filtered
        self._pending: list[str] = []
        self._pending_bytes = 0
        self.rows = 0
        self.bytes = 0
        self._write(_opening(columns))
        self._write(row(1, [column.heading for column in columns], ["heading"] * len(columns)))

    @property
    def full(self) -> bool:
        """Whether it takes no further row."""
        return self.rows >= MOST_ROWS or self.bytes >= MOST_BYTES

    def add(self, values: Sequence[Value], kinds: Sequence[Kind] | None = None) -> None:
        """A row below the others; ``kinds`` where they are not those of the columns."""
        self.rows += 1
        self._write(row(self.rows + 1, values, self._kinds if kinds is None else kinds))

    def close(self) -> None:
        """Write what belongs below the rows."""
        last = f"{letters(len(self._columns) - 1)}{self.rows + 1}"
        self._write("</sheetData>" + (f'<autoFilter ref="A1:{last}"/>' if self._filtered else "") + "</worksheet>")
        self._flush()

    def _write(self, text: str) -> None:
        self._pending.append(text)
        self._pending_bytes += len(text)
        if self._pending_bytes >= _GATHERED:
            self._flush()

    def _flush(self) -> None:
        data = "".join(self._pending).encode("utf-8")
        self._file.write(data)
        self.bytes += len(data)
        self._pending, self._pending_bytes = [], 0


class Workbook:
    """Sheets under their names, written one after the other in that order."""

    def __init__(self, file: BinaryIO, names: Sequence[str], title: str) -> None:
        """Write all that stands before the sheets.

        Args:
            file: need not be one that can be gone back in.
            names: of all sheets to come, at most 31 characters each.
            title: of the document.
        """
        self._archive = ZipFile(file, "w", ZIP_DEFLATED, compresslevel=_QUICK)
        self._names = names
        self._begun = 0
        for name, text in _frame(names, title).items():
            self._archive.writestr(ZipInfo(name, _EPOCH), text, ZIP_DEFLATED)

    @contextmanager
    def sheet(self, columns: Sequence[Column], *, filtered: bool = True) -> Iterator[Sheet]:
        """The next sheet."""
        self._begun += 1
        part = ZipInfo(f"xl/worksheets/sheet{self._begun}.xml", _EPOCH)
        part.compress_type = ZIP_DEFLATED
        part._compresslevel = _QUICK  # type: ignore[attr-defined]  # noqa: SLF001 - has a public name from 3.13 on
        with self._archive.open(part, "w") as file:
            sheet = Sheet(file, columns, filtered=filtered)
            yield sheet
            sheet.close()

    def close(self) -> None:
        """Write what belongs below the sheets.

        Raises:
            ValueError: not every sheet that was named has been written.
        """
        if self._begun != len(self._names):
            raise ValueError(f"{self._begun} of {len(self._names)} sheets were written")
        self._archive.close()


def _opening(columns: Sequence[Column]) -> str:
    widths = "".join(
        f'<col min="{place}" max="{place}" width="{column.width}" customWidth="1"/>'
        for place, column in enumerate(columns, 1)
    )
    return (
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane xSplit="1" ySplit="1" topLeftCell="B2" activePane="bottomRight" state="frozen"/>'
        f"</sheetView></sheetViews><cols>{widths}</cols><sheetData>"
    )


def _frame(names: Sequence[str], title: str) -> dict[str, str]:
    """Every part but the sheets."""
    places = range(1, len(names) + 1)
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    of_sheets = "".join(
        f'<Override PartName="/xl/worksheets/sheet{place}.xml" ContentType="{kinds}.worksheet+xml"/>'
        for place in places
    )
    listed = "".join(
        f'<sheet name="{inline(name)}" sheetId="{place}" r:id="rId{place}"/>'
        for place, name in zip(places, names, strict=True)
    )
    related = "".join(
        f'<Relationship Id="rId{place}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{place}.xml"/>'
        for place in places
    )
    return {
        "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kinds}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{kinds}.styles+xml"/>'
        '<Override PartName="/docProps/core.xml" '
        'ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>'
        f"{of_sheets}</Types>",
        "_rels/.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        f'<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" '
        'Target="docProps/core.xml"/></Relationships>',
        "docProps/core.xml": f'{_XML}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{inline(title)}</dc:title>'
        "<dc:creator>Brainswap</dc:creator></cp:coreProperties>",
        "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{related}'
        f'<Relationship Id="rId{len(names) + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": _styles(),
    }


@cache
def _styles() -> str:
    return files("brainswap.report").joinpath("templates/styles.xml").read_text("utf-8")
