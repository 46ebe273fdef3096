"""Records of a source that break the contract: set aside while they are few, and kept with reasons."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from caselab.data import findings
from caselab.data.findings import Finding
from caselab.data.raw_records import Cleaned
from caselab.errors import UserError

FILE = "quarantined.parquet"
ROW, REASON = "quarantined row", "quarantine reason"
"""The file's columns beside those of the source; rows are counted from 1."""


class Quarantine:
    """What is set aside of a source's records, batch by batch.

    Args:
        most: the greatest share of all records.
        rows: how many records there are.
    """

    def __init__(self, most: float, rows: int):
        self.most = most
        self.rows = rows
        self.reasons: dict[int, str] = {}  # row, counted from 0
        self._found: dict[tuple[str, str, str], Finding] = {}
        self._other: dict[str, int] = {}  # what repairs have told -> rows

    def add(self, cleaned: Cleaned, first_row: int) -> None:
        """Set aside what was refused of a batch that begins at `first_row`."""
        notes = cleaned.notes
        for row in np.flatnonzero(notes.refused).tolist():
            self.reasons[first_row + row] = "; ".join(notes.of(row))
        for finding in cleaned.findings:
            self._note(finding.from_row(first_row))
        of_findings = {row for each in cleaned.findings for row in each.rows.tolist()}
        for row in set(np.flatnonzero(notes.refused).tolist()) - of_findings:
            for told in notes.of(row):
                self._other[told] = self._other.get(told, 0) + 1

    def add_finding(self, finding: Finding) -> None:
        """Set aside rows that break the contract only together."""
        for row, note in zip(finding.rows.tolist(), finding.notes(), strict=True):
            self.reasons[row] = note
        self._note(finding)

    @property
    def counts(self) -> dict[str, int]:
        """Rows by reason."""
        return {each.reason: len(each.rows) for each in self._found.values()} | self._other

    def check(self, where: str) -> None:
        """Refuse all records where more than the share have been set aside.

        Raises:
            UserError: they have.
        """
        if len(self.reasons) <= self.most * self.rows:
            return
        beyond = (
            f", in all {len(self.reasons):,} of {self.rows:,} rows, more than the share of "
            f"{self.most:g} that may be set aside (quarantine in params.yaml)"
        )
        if self._found:
            raise findings.error(where, list(self._found.values()), beyond=beyond)
        row = min(self.reasons)
        raise UserError(f"In {where} row {row + 1:,} {self.reasons[row]}{beyond}; mend it.")

    def write(self, raw: Path, folder: Path) -> None:
        """Leave the records that were set aside beside what prepare leaves, if there are any."""
        if not self.reasons:
            return
        rows = np.array(sorted(self.reasons))
        kept, first = [], 0
        for batch in pq.ParquetFile(raw).iter_batches():
            mine = rows[(rows >= first) & (rows < first + len(batch))]
            kept.append(batch.take((mine - first).tolist()).to_pandas())
            first += len(batch)
        records = pd.concat(kept, ignore_index=True)
        reasons = [self.reasons[row] for row in rows.tolist()]
        told = pd.DataFrame({ROW: rows + 1, REASON: reasons})
        pd.concat([told, records], axis=1).to_parquet(folder / FILE, index=False)

    def _note(self, finding: Finding) -> None:
        key = (finding.column, finding.kind, finding.rule)
        before = self._found.get(key)
        self._found[key] = finding if before is None else before.joined(finding)


def without(records: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Return a source's records without those that were set aside in a case's folder."""
    if not (folder / FILE).exists():
        return records
    rows = pd.read_parquet(folder / FILE, columns=[ROW])[ROW].to_numpy() - 1
    return records.drop(index=records.index[rows]).reset_index(drop=True)
