from app.screens.visit import Visit


def draw_batch(who: Visit) -> None:
    pass
