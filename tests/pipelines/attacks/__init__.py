"""The list of hostile files."""

from tests.pipelines.attacks.packed import ARCHIVES
from tests.pipelines.attacks.pdfs import PDF
from tests.pipelines.attacks.texts import TEXTS

ATTACKS = (*PDF, *ARCHIVES, *TEXTS)
