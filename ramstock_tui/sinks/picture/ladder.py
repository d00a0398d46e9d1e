"""The picture: asks above bids with their sizes as bars, the marks of the card, the tape beside."""

from ramstock_tui.sinks.alert import Shot
from ramstock_tui.sinks.picture.png import Colour, Raster, line_height

WIDTH, MARGIN, LINE = 720, 12, line_height()
BAR_AT, PRICE_AT, SIZE_AT, TAPE_AT = 48, 60, 180, 420
BAR = 216  # pixels of the largest size
LEVELS, PRINTS = 10, 20
HEAD = (WIDTH - 2 * MARGIN) // 12  # letters of one line
PALETTE: tuple[Colour, ...] = (
    (17, 20, 24),  # ground
    (220, 225, 230),  # words
    (120, 130, 140),  # dim
    (24, 66, 44),  # bid bar
    (84, 34, 34),  # ask bar
    (86, 211, 130),  # buy
    (240, 100, 95),  # sell
    (110, 170, 250),  # mark
)
GROUND, WORDS, DIM, BID, ASK, BUY, SELL, MARK = range(len(PALETTE))
_SIDES = {"B": BUY, "S": SELL}


def render(shot: Shot) -> bytes:
    """A PNG of about 10 kB; takes some ms."""
    asks, bids = shot.asks[:LEVELS], shot.bids[:LEVELS]
    lines = max(len(asks) + len(bids) + 1, min(len(shot.tape), PRINTS))
    picture = Raster(WIDTH, 2 * MARGIN + (lines + 2) * LINE + 4, PALETTE)
    for n, at in enumerate((0, HEAD)):
        picture.text(MARGIN, MARGIN + n * (LINE - 2), shot.head[at : at + HEAD].strip(), WORDS)
    top = MARGIN + 2 * LINE + 4
    most = max((size for _, size in (*asks, *bids)), default=1) or 1
    marks = dict(zip(shot.marks, ("E", "S", "T"), strict=True))
    for n, (px, size) in enumerate(reversed(asks)):
        _level(picture, top + n * LINE, px, size, most, ASK, marks.get(px, ""))
    middle = top + len(asks) * LINE
    if asks and bids:
        picture.text(PRICE_AT, middle, f"- {_price(asks[0][0] - bids[0][0])} -", DIM)
    for n, (px, size) in enumerate(bids, start=1):
        _level(picture, middle + n * LINE, px, size, most, BID, marks.get(px, ""))
    for n, (ns, px, size, side) in enumerate(shot.tape[:PRINTS]):
        _print(picture, top + n * LINE, ns, px, size, side)
    return picture.png()


def _level(picture: Raster, y: int, px: int, size: int, most: int, bar: int, mark: str) -> None:
    picture.box(BAR_AT, y - 2, max(2, BAR * size // most) + PRICE_AT - BAR_AT, LINE - 2, bar)
    picture.text(MARGIN, y, mark, MARK)
    picture.text(PRICE_AT, y, _price(px), WORDS)
    picture.text(SIZE_AT, y, f"{size:>8,}", WORDS)


def _print(picture: Raster, y: int, ns: int, px: int, size: int, side: str) -> None:
    s = ns // 1_000_000_000
    x = picture.text(TAPE_AT, y, f"{s // 60 % 60:02}:{s % 60:02} ", DIM)
    picture.text(x, y, f"{_price(px):>8} {size:>6,}", _SIDES.get(side, WORDS))


def _price(px_e4: int) -> str:
    whole, rest = divmod(px_e4, 10_000)
    return f"{whole}.{rest // 100:02}" if rest % 100 == 0 else f"{whole}.{rest:04}"
