"""Texts that a user, a typo or a bad disk may leave in the file of the user."""

from tests.settings.support import MINE

SMALL = "[profiles.small_account]\n"
SIZE = "[profiles.small_account.size]\n"
RULE = '{ metric = "ratio_3", points = 9, at_least = 2 }'
DATED = "[fees.x]\ndated = ["
ROW = "{ since = '2026-01-01', per_share = 0.001, min_order = 0 }"
DAY = 'allow = "signals"'

# text of the user's file, key in the message, words in the message
CORPUS = [
    (
        "equty = 1",
        "equty",
        "unknown key; did you mean equity? allowed: account, alerts, discord, equity, execution",
    ),
    (
        "[ui]\nfsp = 1",
        "ui.fsp",
        "did you mean fps? allowed: fps, notify, sounds_per_min, theme (line 2)",
    ),
    ("discord_url = 'https://hook/s3cret'", "discord_url", "unknown key"),
    (f"{SMALL}sizes = 1", "profiles.small_account.sizes", "did you mean size?"),
    ('[ui]\nfps = "10"', "ui.fps", 'expected a whole number from 1 to 30; was "10" (line 2)'),
    ("[ui]\nfps = true", "ui.fps", "was true"),
    ("[ui]\nfps = 2.5", "ui.fps", "expected a whole number from 1 to 30; was 2.5"),
    ("[ui]\nfps = 0", "ui.fps", "was 0"),
    ("[ui]\nfps = 2026-11-23", "ui.fps", "was 2026-11-23"),
    ("[ui]\ntheme = 5", "ui.theme", "expected a text"),
    ("[ui]\ntheme = '../../etc/passwd'", "ui.theme", "expected a text"),
    ('[ui]\ntheme = "\\u001b[2Jx"', "ui.theme", 'was "\\x1b[2Jx"'),
    ("ui = 3", "ui", "expected a table; was 3"),
    ("profiles = []", "profiles", "expected a table; was a list"),
    ("equity = nan", "equity", "was nan"),
    ("equity = inf", "equity", "was inf"),
    ("equity = -inf", "equity", "was -inf"),
    ("equity = -1", "equity", "expected a number from 1 to 1000000000, at most 2 decimals; was -1"),
    ("equity = 0", "equity", "was 0"),
    ("equity = 40000.001", "equity", "at most 2 decimals; was 40000.001"),
    ("equity = 40000.0000000000000000000000000000000000001", "equity", "at most 2 decimals"),
    (f"equity = 1{'0' * 400}", "equity", "a whole number of 1329 bits"),
    (f"equity = 0x{'f' * 20_000}", "equity", "a whole number of 80000 bits"),
    ("equity = 1e999999999", "equity", "was 1e+999999999"),
    ("equity = 1e-999999999", "equity", "was 1e-999999999"),
    ("equity = 0e999999999", "equity", "expected a number"),
    ("phase = 4", "phase", "expected a whole number from 1 to 3; was 4"),
    ("profile = 'nobody'", "profile", 'platform, quant, small_account; was "nobody" (line 1)'),
    ("profile = ''", "profile", "expected a text"),
    (
        "fee_model = 'ibkr'",
        "fee_model",
        'expected one of ibkr_fixed, ibkr_tiered, seed_flat; was "ibkr"',
    ),
    ("[fees.seed_flat]\nper_share = -0.0035", "fees.seed_flat.per_share", "was -0.0035"),
    ("[fees.seed_flat]\nper_share = 0.00351", "fees.seed_flat.per_share", "at most 4 decimals"),
    ("[fees.other]\nper_share = 0.1", "fees.other.min_order", "is missing (line 1)"),
    (f"{DATED}{{ since = '2026-02-30' }}]", "fees.x.dated[0].since", 'a date as "YYYY-MM-DD"'),
    (f"{DATED}{{ since = '2026-1-1' }}]", "fees.x.dated[0].since", 'was "2026-1-1"'),
    (f"{DATED}{ROW}, {{ min_order = 1 }}]", "fees.x.dated[1].since", "is missing"),
    (f"{DATED}{{ since = '2026-01-01', min_order = 1 }}]", "fees.x.dated[0].per_share", "missing"),
    (f"{DATED}{ROW}, {ROW}]", "fees.x.dated[1].since", "another row has this date"),
    (f"{DATED}]", "fees.x.dated", "at least 1 entries; was 0"),
    (f"{DATED}{ROW}]\ntake = 0.003", "fees.x.take", "belongs into the rows of dated"),
    (f"{DATED}{ROW[:-2]}, taf = 0.0000001951 }}]", "fees.x.dated[0].taf", "at most 8 decimals"),
    ("[guards]\nquote_age_ms = 1_000_000_000", "guards.quote_age_ms", "from 50 to 10000"),
    ("[execution]\nlatency_ms = 10_000", "execution.latency_ms", "must be above latency_ms"),
    (f"{SIZE}risk_pct = nan", "profiles.small_account.size.risk_pct", "was nan (line 2)"),
    (f"{SIZE}risk_pct = -1", "profiles.small_account.size.risk_pct", "above 0 and at most 1"),
    (f"{SIZE}risk_pct = 1e9", "profiles.small_account.size.risk_pct", "was 1e+9"),
    (f"{SIZE}risk_pct = 0", "profiles.small_account.size.risk_pct", "above 0"),
    (f"{SIZE}risk_pct = 0.125", "profiles.small_account.size.risk_pct", "at most 2 decimals"),
    (f"{SIZE}share_cap = 1{'0' * 20}", "profiles.small_account.size.share_cap", "to 1000000"),
    (f"{SIZE}ceiling = 601", "profiles.small_account.size.ceiling", "at most 600 shares"),
    (f"{SIZE}ceiling = 400", "profiles.small_account.size.ceiling", "above ceiling (line 2)"),
    (
        f"{SIZE}phase_caps = [101, 300, 500]",
        "profiles.small_account.size.phase_caps",
        "at most 100",
    ),
    (f"{SIZE}phase_caps = []", "profiles.small_account.size.phase_caps", "at least 3 entries"),
    (f"{SIZE}phase_caps = [1, 2, 3, 4]", "profiles.small_account.size.phase_caps", "at most 3"),
    (f"{SIZE}phase_caps = [100, 99, 500]", "profiles.small_account.size.phase_caps", "not fall"),
    (f"{SIZE}phase_caps = [1, 2, 501]", "profiles.small_account.size.phase_caps", "at most 500"),
    (f"{SIZE}phase_caps = [1, '2', 3]", "profiles.small_account.size.phase_caps[1]", 'was "2"'),
    (f"{SIZE}plan_min = 150", "profiles.small_account.size.plan_min", "above risk_max"),
    (f"{SMALL}min_score = 11", "profiles.small_account.min_score", "at most 10"),
    (f"{SMALL}rules = []", "profiles.small_account.rules", "at least 1 entries; was 0"),
    (f"{SMALL}rules = {{}}", "profiles.small_account.rules", "expected a list; was a table"),
    (f"{SMALL}rules = [1]", "profiles.small_account.rules[0]", "expected a table; was 1"),
    (f"{SMALL}rules = [{RULE}, {RULE}]", "profiles.small_account.rules[1]", "stands here twice"),
    (
        SMALL + 'rules = [\n{ metric = "ratio", points = 9, at_least = 2 },\n]',
        "profiles.small_account.rules[0].metric",
        'wall_pressure, wall_depletion; was "ratio" (line 3)',
    ),
    (
        f"{SMALL}rules = [\n{RULE},\n# more\n{{ metric = 'reclaim', points = -1, at_least = 1 }}]",
        "profiles.small_account.rules[1].points",
        "was -1 (line 5)",
    ),
    (
        SMALL + "rules = [{ metric = 'ratio_3', points = 3, at_least = 2 }]",
        "profiles.small_account.rules",
        "can never be reached: the points of all rules are 3",
    ),
    (
        SMALL + "rules = [{ metric = 'ratio_3', points = 9 }]",
        "profiles.small_account.rules[0]",
        "expected one of at_least, at_most, or zero_at with full_at",
    ),
    (
        SMALL + "rules = [{ metric = 'ratio_3', points = 9, at_least = 1, at_most = 2 }]",
        "profiles.small_account.rules[0]",
        "expected one of at_least, at_most, or zero_at with full_at",
    ),
    (
        SMALL + "rules = [{ metric = 'ratio_3', points = 9, at_least = nan }]",
        "profiles.small_account.rules[0].at_least",
        "was nan",
    ),
    (
        SMALL + "rules = [{ metric = 'spread', points = 9, at_most = 0.04005 }]",
        "profiles.small_account.rules[0].at_most",
        "at most 4 decimals; was 0.04005",
    ),
    (
        SMALL + "rules = [{ metric = 'ask_depth', points = 9, at_least = 1200.5 }]",
        "profiles.small_account.rules[0].at_least",
        "expected a whole number",
    ),
    (
        SMALL + "rules = [{ metric = 'ratio_3', points = 9, at_least = 2, held_s = 2 }]",
        "profiles.small_account.rules[0].held_s",
        "works only with metric spread",
    ),
    (
        SMALL + "rules = [{ metric = 'spread', points = 9, at_most = 0.05, held_s = 2 }]",
        "profiles.small_account.rules[0].at_most",
        "at most 0.04",
    ),
    (f"{SMALL}rejects = ['spoofer']", "profiles.small_account.rejects[0]", "one of stall, flash"),
    (
        SMALL + "rules = [{ metric = 'ratio_3', points = 9, zero_at = 1, full_at = 2 }]",
        "profiles.small_account.rules[0].zero_at",
        "metric ratio_3 takes at_least or at_most",
    ),
    (
        SMALL + "rules = [{ metric = 'absorption', points = 9, at_least = 0.5 }]",
        "profiles.small_account.rules[0].at_least",
        "takes zero_at and full_at",
    ),
    (
        SMALL + "rules = [{ metric = 'absorption', points = 9, zero_at = 0.5, full_at = 0.5 }]",
        "profiles.small_account.rules[0].full_at",
        "must be above",
    ),
    (
        SMALL + "rules = [{ metric = 'absorption', points = 9, zero_at = 0.5 }]",
        "profiles.small_account.rules[0]",
        "belong together",
    ),
    (
        SMALL + "rules = [{ metric = 'absorption', points = 0, zero_at = 0.5, full_at = 1 }]",
        "profiles.small_account.rules[0].points",
        "other than 0",
    ),
    (
        SMALL
        + "rules = [{metric = 'imbalance_5', points = 9, zero_at = 0, full_at = 1, least = 1}]",
        "profiles.small_account.rules[0].least",
        "works only with absorption and tape_acceleration",
    ),
    (f"{SMALL}rejects = 'stall'", "profiles.small_account.rejects", 'a list; was "stall"'),
    (f"{SMALL}rejects = ['stall', 'stall']", "profiles.small_account.rejects", "a name twice"),
    (
        "[profiles.small_account.gates]\nspread_below = 0.05",
        "profiles.small_account.gates.spread_below",
        "either spread_at_most or spread_below",
    ),
    (
        "[profiles.small_account.throttle]\nover = 'stop'",
        "profiles.small_account.throttle.over",
        "expected one of 'pause', 'throttle'; was \"stop\"",
    ),
    (
        "[profiles.small_account.throttle]\nper_hour = 0",
        "profiles.small_account.throttle.per_hour",
        "from 1 to 60",
    ),
    (
        "[profiles.small_account.throttle]\nthen_every_s = 0",
        "profiles.small_account.throttle.then_every_s",
        "needs then_every_s above 0",
    ),
    (
        "[profiles.small_account.bracket]\nttl_s = 301",
        "profiles.small_account.bracket.ttl_s",
        "from 1 to 300",
    ),
    (
        "[profiles.small_account.losses]\nsoft = 700",
        "profiles.small_account.losses.soft",
        "must not be above hard",
    ),
    (f"{SMALL}off = '25:00'", "profiles.small_account.off", '"HH:MM" or "HH:MM:SS"; was "25:00"'),
    (f"{SMALL}off = 15:00:00", "profiles.small_account.off", "was 15:00:00"),
    (f"{SMALL}off = '14:59'", "profiles.small_account.off", "before the end of window FINAL"),
    (f"{SMALL}off = '\u0661\u0665:00'", "profiles.small_account.off", "a time of day"),
    (f"{SMALL}calibrated = 'yes'", "profiles.small_account.calibrated", "true or false"),
    (
        f"{SMALL}windows = [{{ name = 'A', start = '10:00', end = '10:00', {DAY} }}]",
        "profiles.small_account.windows[0].end",
        "window A must end after its start",
    ),
    (
        f"{SMALL}windows = [\n{{ name = 'A', start = '10:00', end = '11:00', {DAY} }},\n"
        f"{{ name = 'B', start = '10:59', end = '12:00', {DAY} }}]",
        "profiles.small_account.windows[1].start",
        "window B starts before A ends (line 4)",
    ),
    (
        f"{SMALL}windows = [{{ name = 'A', start = '10:00', end = '11:00', {DAY} }},"
        f"{{ name = 'A', start = '11:00', end = '12:00', {DAY} }}]",
        "profiles.small_account.windows[1].name",
        "another window has this name",
    ),
    (
        f"{SMALL}windows = [{{ name = '\x7f', start = '10:00', end = '11:00', {DAY} }}]".replace(
            "'\x7f'", '"\\u0007"'
        ),
        "profiles.small_account.windows[0].name",
        'was "\\x07"',
    ),
    (MINE.replace("mine", '"my \\u001b[31m"'), 'profiles."my \\x1b[31m"', "expected a text"),
    (MINE.replace("mine", "Mine"), "profiles.Mine", "lower-case letters"),
    (
        MINE.replace("ttl_s = 2.5", "ttl_s = 2.5\nsize = 1"),
        "profiles.mine.bracket.size",
        "unknown key",
    ),
    ("phase = 1\nphase = 2", "phase", "stands here twice (line 2)"),
    ("[ui]\nfps = 1\n[ui]\nfps = 2", "ui", "stands here twice (line 3)"),
    ("[ui]\nfps = 1\nfps = 2", "ui.fps", "stands here twice (line 3)"),
    ("ui = { fps = 1, fps = 2 }", "fps", "stands here twice (line 1)"),
    ("a.a.a.a.a.a.a.a.a.a = 1", "a.a.a.a.a.a.a.a.a", "nested too deeply"),
]

# content of the user's file, words in the message; no key is to blame
UNREADABLE = [
    ("phase =", "is not valid TOML: Invalid value (line 1)"),
    ("phase = 1\n[ui\nfps = 1", "(line 2)"),
    ("= 1", "is not valid TOML"),
    ("phase = 1 \x1b[2J", "is not valid TOML"),
    ("phase = 1\0", "is not valid TOML"),
    ("theme = '", "is not valid TOML"),
    ('x = """', "is not valid TOML"),
    (f"x = {'9' * 5_000}", "is not valid TOML"),
    (f"x = 1e{'9' * 5_000}", "a number is out of range"),
    (f"x = {'[' * 100_000}", "nested too deeply"),
    (f"x = {'{a=' * 40_000}", "nested too deeply"),
    (b"phase = 1\n# \xff\xfe", "is not UTF-8 text (line 2)"),
    (b"\x1f\x8b\x08\x00\xff", "is not UTF-8 text (line 1)"),
    (b"#" * (1 << 17) + b"\n", "is larger than 131072 bytes"),
    (f"{'a.' * 60_000}a = 1", "has more than 100 dots on a line (line 1)"),
    (f"\n[{'a.' * 60_000}a]", "has more than 100 dots on a line (line 2)"),
]
