"""Errors of the pipelines, each named for what the user can do next."""


class PipelineError(Exception):
    """Any failure that a pipeline explains in one sentence."""


class UnsupportedFile(PipelineError):
    """The file is of a kind that cannot be read: convert it, or choose another."""


class UnreadableFile(PipelineError):
    """The file is of a kind that can be read, but this one cannot: repair it."""


class EmptyQuestion(PipelineError):
    """Nothing was asked: type a question."""
