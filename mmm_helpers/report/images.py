"""Alternative texts of images: how they travel from a notebook's output to the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the library takes a second to import, and every notebook imports this module
    from nbformat import NotebookNode

ALT_TEXT = "alt"
"""Key of an output's metadata that holds the alternative text of its image (set by `display.figure`)."""


def describe_images(notebook: NotebookNode) -> None:
    """Copy alternative texts from outputs to the cell metadata that the site builder reads, in place."""
    for cell in notebook.cells:
        texts = [o.metadata[ALT_TEXT] for o in cell.get("outputs", []) if o.get("metadata", {}).get(ALT_TEXT)]
        if texts:
            image = {**cell.metadata.get("mystnb", {}).get("image", {}), "alt": " ".join(texts)}
            cell.metadata["mystnb"] = {**cell.metadata.get("mystnb", {}), "image": image}
