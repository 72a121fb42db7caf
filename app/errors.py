"""What can go wrong between the parts, each named for what to do next."""


class AppError(Exception):
    """The family of the errors that the app raises itself."""


class MustReadAgain(AppError):
    """What was kept of a reading cannot be used: Service.read_again, then ask once more."""
