"""What can go wrong between the parts, each named for what to do next."""


class AppError(Exception):
    """The family of the errors that the app raises itself."""


class BadInput(AppError):
    """A file that says what to do does not say it clearly: mend the line named."""


class BadSettings(AppError):
    """A READONCE_ variable holds what cannot be used: change the variable named."""


class NothingToAdd(AppError):
    """The folders named hold no file: name others, or the files themselves."""


class PortTaken(AppError):
    """Another program has the port already: name another one."""


class BadQuestions(AppError):
    """A file of questions does not hold what evaluation needs: mend the line named."""


class NoSuchModel(AppError):
    """No model has this name, here or on the hub, or none can have it: give another."""


class ModelExists(AppError):
    """A model of this name was imported already: delete it, or give another name."""


class ModelInUse(AppError):
    """A model that reads cannot be deleted: name another one to read first."""


class NotReachable(AppError):
    """The hub cannot give the model now: do what the message says, or name a folder."""


class CannotWrite(AppError):
    """Nothing can be written on: the model takes no text, or there is none."""


class BadArchive(AppError):
    """A file is no archive of readonce, or is damaged: export the document again."""


class OtherModel(AppError):
    """A job is for another model than this worker's: start a worker with that one."""


class NotSoNow(AppError):
    """What was asked for cannot be done with things as they are: do what the message says."""


class FileExists(AppError):
    """A file is there already: give another name, or say that it may be overwritten."""


class NotYours(AppError):
    """Only its owner may change a document: ask them."""


class BadName(AppError):
    """A name, title or tag cannot be used as it is: give another."""


class NoSuchUser(AppError):
    """Nobody of this name may sign in: see who may."""


class UserExists(AppError):
    """Somebody of this name may sign in already: give another name."""


class NotSafeToServe(AppError):
    """The page would be open to others without sign-in: set one up, or serve this computer only."""


class NothingToUndo(AppError):
    """The conversation has not so many turns: ask something first, or name fewer."""
