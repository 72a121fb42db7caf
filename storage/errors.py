"""What can go wrong in the library, each named for what to do next."""


class StorageError(Exception):
    """The family of every error that storage raises on purpose."""


class NotFound(StorageError):
    """Nothing in the library has this id, prefix or title."""


class AmbiguousName(StorageError):
    """A prefix or title fits several documents: name one of them by its id."""


class LibraryDamaged(StorageError):
    """The library's file is not a sound database: restore a copy or begin a new library."""


class LibraryUnavailable(StorageError):
    """The library is sound but cannot be used now: mend the disk, the rights or the version."""


class StateDamaged(StorageError):
    """A stored state is not what was written: read the document again."""


class StaleReading(StorageError):
    """Another process is further in this document: stop reading and take up its state."""


class StaleConversation(StorageError):
    """Another process has changed the conversation: open it again and go on from there."""
