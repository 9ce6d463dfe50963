from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


@pytest.mark.parametrize("notebook", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.name)
def test_notebook_runs_from_top_to_bottom(notebook):
    document = nbformat.read(notebook, as_version=4)
    assert all(not cell.get("outputs") for cell in document.cells if cell.cell_type == "code"), "outputs are not kept"
    NotebookClient(document, timeout=300, resources={"metadata": {"path": str(NOTEBOOKS)}}).execute()
    kinds = {
        kind
        for cell in document.cells
        if cell.cell_type == "code"
        for out in cell.outputs
        for kind in out.get("data", {})
    }
    assert "image/png" in kinds, "no plot was drawn"
