"""What can go wrong between the parts, each named for what to do next."""


class AppError(Exception):
    """The family of the errors that the app raises itself."""


class BadSettings(AppError):
    """A READONCE_ variable holds what cannot be used: change the variable named."""


class NothingToAdd(AppError):
    """The folders named hold no file: name others, or the files themselves."""


class PortTaken(AppError):
    """Another program has the port already: name another one."""


class BadQuestions(AppError):
    """A file of questions does not hold what evaluation needs: mend the line named."""
