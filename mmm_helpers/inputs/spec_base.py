"""What every section of the portfolio file shares: known keys only, and refusals that can be mended."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


def refuse(
    what: str, expected: str, mend: str, *, key: str | tuple[str, ...] | None = None
) -> PydanticCustomError:
    """The error that a validator raises; `key` names the key (or the path) below the section, for the line number."""
    context = {"what": what, "expected": expected, "mend": mend, "key": key}
    return PydanticCustomError("refused", "{what}", context)


class Section(BaseModel):
    """Base of all sections: unknown keys are refused, values cannot be reassigned by accident."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _currency(value: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", value):
        raise refuse(f"'{value}' is no currency code", "three capital letters (ISO 4217)", "write e.g. EUR")
    return value


Currency = Annotated[str, AfterValidator(_currency)]


def check_codes(codes: list[str], noun: str, *, reserved: frozenset[str] = frozenset()) -> None:
    """Refuse codes that cannot name folders and columns: odd characters, reserved, equal but for case."""
    seen: dict[str, str] = {}
    for code in codes:
        if not CODE.fullmatch(code):
            expected = "letters, digits, '_' and '-', beginning with a letter or digit"
            raise refuse(
                f"{noun} code '{code}' has characters it may not have", expected, "rename it", key=code
            )
        if code.lower() in reserved:
            names = ", ".join(sorted(reserved))
            raise refuse(
                f"{noun} code '{code}' is reserved", f"none of {names}", "choose another code", key=code
            )
        if code.lower() in seen:
            what = f"{noun} codes '{seen[code.lower()]}' and '{code}' differ only in case"
            raise refuse(what, "codes unique regardless of case", "rename one of them", key=code)
        seen[code.lower()] = code
