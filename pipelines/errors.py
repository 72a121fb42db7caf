"""Errors of the pipelines, each named for what the user can do next."""


class PipelineError(Exception):
    """Any failure that a pipeline explains in one sentence."""


class UnsupportedFile(PipelineError):
    """The file is of a kind that cannot be read: convert it, or choose another."""


class UnreadableFile(PipelineError):
    """The file is of a kind that can be read, but this one cannot: repair it."""


class BeyondLimit(PipelineError):
    """The file asks for more than a file may have: split it, or raise the limit that is named.

    limit is the name of a field of extract.Limits or of apart.Bounds.
    """

    def __init__(self, sentence: str, limit: str) -> None:
        super().__init__(sentence)
        self.limit = limit


class EmptyQuestion(PipelineError):
    """Nothing was asked: type a question."""
