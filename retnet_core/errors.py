"""What can go wrong with a model, its state or its checkpoint, each named for what to do next."""


class RetNetError(Exception):
    """The family of every error that retnet_core raises on purpose."""


class InvalidCheckpoint(RetNetError):
    """A checkpoint folder is missing, incomplete or not one of ours."""


class NoGpu(RetNetError):
    """A GPU was asked for where there is none: install what it needs, or do without."""


class StateMismatch(RetNetError):
    """A stored state belongs to another model or tokenizer: read the document again."""


class StateDamaged(RetNetError):
    """The bytes of a stored state are not what was written: read the document again."""
