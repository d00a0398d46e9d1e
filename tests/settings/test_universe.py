"""The universe and the server of the settings: what is shipped, what is refused, what is secret."""

from pathlib import Path

import pytest

from ramstock_tui.errors import ConfigError
from tests.core.universe.support import PLATFORM, SMALL
from tests.settings.support import MINE, load

S = "profiles.small_account.universe"
TABLE = (
    '{ price = [2, 20], float_from = 5, float_to = 9, unknown_float = "reject", rvol_above = 2, '
    'spread_at_most = 0.05, exchanges = ["NYSE"], exclude = [], most = 9 }'
)


def test_the_shipped_limits_are_those_of_the_three_specifications(tmp_path: Path) -> None:
    found = load(tmp_path).universe
    assert found.limits["small_account"] == SMALL
    platform = found.limits["platform"]
    assert (platform.price_min_e4, platform.price_max_e4) == (20_000, 500_000)
    assert (platform.float_max, platform.float_inclusive) == (50_000_000, False)
    assert (platform.spread_max_e4, platform.spread_inclusive) == (500, False)
    assert platform.unknown_float == PLATFORM.unknown_float
    quant = found.limits["quant"]
    assert (quant.price_min_e4, quant.price_max_e4) == (50_000, 200_000)
    assert quant.float_max == 150_000_000
    assert quant.exclude == ()
    assert (found.refresh_s, found.ttl_s, found.max_rows) == (300, 330, 500)
    assert [scan.code for scan in found.scans] == [
        "TOP_PERC_GAIN", "HOT_BY_VOLUME", "MOST_ACTIVE", "TOP_TRADE_RATE",
    ]  # fmt: skip


def test_a_profile_without_limits_admits_any_common_stock(tmp_path: Path) -> None:
    limits = load(tmp_path, user=MINE).universe.limits["mine"]
    assert (limits.unknown_float, limits.exclude, limits.rvol_above_e4) == ("flag", (), 0)
    assert limits.price_max_e4 == 100_000_000


def test_a_scan_takes_filters_by_the_names_of_the_broker(tmp_path: Path) -> None:
    text = '[universe.scans]\nmine = { code = "X", filters = { volumeAbove = 100_000, a = "b" } }'
    scan = next(s for s in load(tmp_path, user=text).universe.scans if s.name == "mine")
    assert scan.filters == (("a", "b"), ("volumeAbove", "100000"))


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        ("[universe]\nrefresh_s = 10", "universe.refresh_s", "from 60 to 3600"),
        ("[universe]\nttl_s = 200", "universe.ttl_s", "must not be below refresh_s"),
        ("[universe]\nmax_rows = 0", "universe.max_rows", "from 1 to 20000"),
        ('[universe]\nsymbols = ["[/x]"]', "universe.symbols[0]", "expected a symbol"),
        ('[universe]\npinned = ["abcd"]', "universe.pinned[0]", "expected a symbol"),
        ('[universe]\npinned = ["A\\u001b"]', "universe.pinned[0]", "expected a symbol"),
        ('[universe.scans]\nx = { code = "a;b" }', "universe.scans.x.code", "expected a text"),
        ('[universe.scans]\nx = { code = "A", filters = { p = "1;2" } }',
         "universe.scans.x.filters.p", "without ;"),
        ('[universe.scans]\nx = { code = "A", filters = { p = [1] } }',
         "universe.scans.x.filters.p", "was a list"),
        (f"[profiles.small_account]\nuniverse = {TABLE.replace('[2, 20]', '[20, 2]')}",
         f"{S}.price", "lower price first"),
        (f"[profiles.small_account]\nuniverse = {TABLE.replace('from = 5,', 'from = 99,')}",
         f"{S}.float_from", "above the upper limit"),
        ("[profiles.small_account.universe]\nspread_below = 0.05", f"{S}.spread_below",
         "one of spread_at_most and spread_below"),
        ("[profiles.small_account.universe]\nrvol_above = nan", f"{S}.rvol_above", "was nan"),
        ("[profiles.small_account.universe]\nmost = 501", f"{S}.most", "from 1 to 500"),
        ("[profiles.small_account.universe]\nexclude = ['adr']", f"{S}.exclude[0]", "one of"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_its_key(
    tmp_path: Path, text: str, key: str, words: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, user=text)
    assert caught.value.key == key
    assert words in str(caught.value)


def test_the_address_of_the_server_is_never_shown(tmp_path: Path) -> None:
    url = "redis://cockpit:s3cret@127.0.0.1:6390/1"
    found = load(tmp_path, env={"RAMSTOCK_REDIS__URL": url})
    assert found.redis_url is not None
    assert found.redis_url.reveal() == url
    assert "s3cret" not in repr(found)
    assert load(tmp_path).redis_url is None


@pytest.mark.parametrize("url", ["s3cret", "http://s3cret", "redis://:s3cret@h:x", "s3cret" * 400])
def test_a_wrong_address_is_not_repeated(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, user=f"[redis]\nurl = '{url}'")
    assert caught.value.key == "redis.url"
    assert "s3cret" not in str(caught.value)
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, env={"RAMSTOCK_REDIS__URL": url})
    assert "s3cret" not in str(caught.value)
