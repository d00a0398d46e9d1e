"""The market readings by definition: slow, plain, recomputed from the whole history.

The oracle for the engine's incremental readings. Definitions are cited by number (N-.., D-..).

Readings of the text. Where the definitions leave room, this is what holds here:

Batches and books
R-1  A batch ends at the record with LAST and has that record's timestamp; records behind the last
     LAST are not seen. Prints are classified with the book before their batch, in row order.
R-2  Well formed = the conditions of N-02 without the halt. Order of flaws: empty_bid, empty_ask,
     bad_size (a raw row of size 0), not_monotonic (a row by position better than the row before;
     equal prices are merged), crossed. LEVEL_SET with size 0 removes and is no bad size.
R-3  Reset = any BOOK_CLEAR, FEED with subscribed, slot opened or gap: clears both sides, moves
     `since`. Other FEED codes, QUOTE_SIDE and CLOCK change nothing.
R-4  Depth records are LEVEL_SET and DEPTH_ROW (not BOOK_CLEAR). `no_book` holds again after a reset
     until the first depth record; `book_age` is None (`no_book`) then.
R-5  A batch that holds a reset has no change: OFI, F/D/A+ changes, rises, refills and eaten asks
     skip it, all walls end at it (and may be reborn in it), a standing rise or a dip waiting for
     its refill is lost, collapse is not tested.
R-6  DEPTH_ROW: insert or update beyond the end appends, delete beyond the end does nothing.
R-7  HALT codes other than 0 (also -1) are halted. A resume is a batch that turns halted to not
     halted; a 0 while trading is none. `since` starts again at it.
R-8  RESUMED forgets everything up to and with its batch, also halt state, VWAP, LULD, quarantine;
     the first record after it is the symbol's first record.
R-9  book_reason is "" when valid, never None; book_valid never None. When the book is invalid None
     are: bid ... weighted_mid, wall_*, ask_pulled_2s ... absorption, replenish*, iceberg, stacking,
     wall_pressure, wall_depletion, spread_penalty, heatmap_no_flash. Never None: flash*, refill*,
     eaten_ask, collapse*, halted, halt_risk, quarantine.
R-10 Samples are not skipped for a halt, staleness or warming; only when malformed or missing. A
     batch at exactly k s belongs to the sample k.

Spread and book
R-11 spread_tight_for: trailing unbroken run of batch ends with well formed book and s <= 0.04.
R-12 imbalance_5 sums from the best level on, weight exp(-0.5 i); compare with 1e-12 tolerance.
R-13 weighted_mid, vwap, last_minus_vwap, luld_*: exact quotient rounded once to float64, in
     1/10,000 USD; last_minus_vwap is the exact difference rounded. move_60s is the ratio max/min.
R-14 ask_depth_to_entry: sum of displayed asks <= ask + max(100, tick).

Tape
R-15 tape_count_3s, tape_velocity: None `warming` while t - first record < 3 s (inclusive after),
     acceleration 33 s, volume_surge 63 s. The first record is of any kind.
R-16 Tick rule: sign of the latest non-zero change of price in the sequence of counted prints, this
     one included. A stated mid is mid.
R-17 `last` moves at batches; max, min and move use the last counted print of each batch.
R-18 stall is None `no_print` before the first counted print; 2.0 s exactly is no stall.
     silent_5s: no counted print and no depth record in (t-5 s, t]; None `warming` when the first
     record is younger than 5 s and there was none.
VWAP
R-19 A feed VWAP is an i64 of 1/100,000,000 USD. It needs no print; own VWAP without a print:
     `no_print`. From 16:00:00 on vwap, last_minus_vwap, volume_surge, reclaim_*: `after_close`.
     09:30 and 16:00 are of midnight_ns, not of open_ns. Before 09:31:00 `first_60s` comes first.
R-20 partial: first record later than 09:31:00, no feed VWAP so far, not allowed: only reclaim_* is
     None `partial`; vwap keeps its value. An import's recording is one for all its symbols: begun
     by 09:31:00, none is partial.
R-21 Above and below are the state in force: it changes at batches with counted prints, at batches
     with a feed VWAP and at 09:31:00. A cross starts at a print batch with last > VWAP when the
     state in force just before had last <= VWAP.
R-22 A feed VWAP that leaves last > VWAP completes nothing. Void at start + 500 ms inclusive.
R-23 Below may have ended any time before t_c as long as 5 s of one spell lie in the 60 s.
R-24 An event ends at b + 1 s when a spell that began at b > t_c lasted until then; a batch at
     b + 1 s is later (N-44); shorter spells do not count, later ones may. Surge None at t_c: no
     event.

Walls
R-25 A wall is compared with the size at batch ends; `since birth` includes the batch itself.
     wall_*: None `no_wall`. wall_pressure takes the largest of the walls aged >= 1 s, else 0.0.
R-26 In view = not worse than the worst visible level, however many levels there are.
R-27 A rise needs both books well formed. `Missing` is measured from the size after the rise, in any
     book within the 500 ms, also a malformed one. Every rise has its own flash, two rises
     may be gone at one batch (count 2).
R-28 Explained = all counted prints at price <= the wall's, any side. A flash known at u is taken
     back when prints within 100 ms explain it. Third within 300 s: third - first < 300 s.
R-29 flash_hold: a rise not yet gone (explained or not), t - up < 500 ms; also while invalid.
R-30 Fake by disappearance: the batch that ends the live wall is the one at <= 20 %, also when it
     leaves the book malformed; not when the price left the view. fake_wall True when latched,
     else None while invalid, else the test of the live wall.
R-31 wall_depletion None `malformed` (also without a book at t-5 s).
R-32 heatmap_no_flash: no flash and no fake by disappearance in (t-60 s, t], and any live wall of
     age >= 1 s.
Ask
R-33 F needs only the book before to be well formed; D and A+ both books. A level that leaves the
     view counts as decreased (literal N-06). stacking: F = 0 and A+ >= 1,000 in 3 s.
R-34 ask_pulled_2s: `worst visible ask` is of the book now.
R-35 iceberg: all batch-end books of the 10 s count, malformed ones too, and the one in force at
     t-10 s.
R-36 Refills: the best ask of a well formed book before; the size at the price after and in the
     next books, be they well formed or not; every dip has its own refill, two
     dips may be refilled by one batch (count 2). The count is of refill times.
R-37 Eaten ask: latched; the book before u is well formed, no other one need be (A+ does); buckets
     (3k s, 3k+3 s], complete when within [first record, u], the one that ends at u included,
     zeros included; adds = A+ of batches whose best ask before is a; largest = book
     in force at u-3 s and batch ends in (u-3 s, u). eaten_ask: u in (t-10 s, t].
Collapse
R-38 Tested when the conditions held after the batch before and u - since >= 3 s, whatever the new
     book is (also malformed: sums of the merged levels). `It` at t-1 s = the median of now.
     collapse = result at the newest batch; collapse_hold: u in (t-30 s, t].
Halts
R-39 max, min, move: None `no_print`. LULD first reference: first counted print of the first batch
     with ts >= open_ns; means include prints before the open. No reset at a resume or halt.
     Doubled 15:35:00 <= time < 16:00:00. Edges: above $3; $0.75 to $3 inclusive; below.
R-40 halt_risk: 100 max > 103 min, near_band or halted; missing parts are false.
R-41 quarantine: halt_risk now; or the price part of it (move, band) at a batch end in
     (t-5 min, t]; or a resume in (t-60 s, t]. A halt alone leaves no 5 minutes behind.
Other
R-42 lots_suspected: newest batch ends with a depth record and a well formed book first, in each the
     bids 1-3 then the asks 1-3; the first 200 sizes; None `few_sizes` below 200, None `no_print`
     without last; >= 95 % below 50 and last > $2.
R-43 score is 0 while the book is invalid. rejects: None rejects nothing; gates are not tested while
     the book is invalid, the latched rejects are.
"""

from .decide import Part, rejects, score
from .readings import Reading, Reference

__all__ = ["Part", "Reading", "Reference", "rejects", "score"]
