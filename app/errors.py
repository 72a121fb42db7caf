"""What can go wrong between the parts, each named for what to do next."""


class AppError(Exception):
    """The family of the errors that the app raises itself."""


class BadQuestions(AppError):
    """A file of questions does not hold what evaluation needs: mend the line named."""
