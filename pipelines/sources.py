"""What a question is answered from."""

from dataclasses import dataclass, field

from pipelines.vectors import Vectors
from retnet_core.checkpoint import LoadedReader
from storage.library import Library
from storage.scopes import Scope


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """Documents of a library and the model that reads them again.

    vectors keep the embeddings in memory between questions.
    """

    library: Library
    scope: Scope
    reader: LoadedReader
    vectors: Vectors = field(default_factory=Vectors)
