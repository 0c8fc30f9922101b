"""Which key does what in a behavior review; what only moves the picture is done in the browser, at once."""

from __future__ import annotations

from behaviorvlm.review.keys import Key

STAGE_KEYS = (
    Key(" ", "play", "play, pause"),
    Key("ArrowLeft", "back", "one frame back", repeats=True),
    Key("ArrowRight", "on", "one frame on", repeats=True),
    Key("ShiftArrowLeft", "back_second", "one second back", repeats=True),
    Key("ShiftArrowRight", "on_second", "one second on", repeats=True),
    Key(",", "slower", "slower, down to a quarter"),
    Key(".", "faster", "faster, up to four times"),
    Key("-", "wider", "show more time around now", repeats=True),
    Key("+", "nearer", "show less time around now", repeats=True),
    Key("l", "labels", "names and points of animals in the picture"),
    Key("ArrowUp", "animal_before", "select the animal before", repeats=True),
    Key("ArrowDown", "animal_after", "select the next animal", repeats=True),
    Key("n", "next_bout", "next bout of the selected animal", repeats=True),
    Key("p", "previous_bout", "the bout before", repeats=True),
    Key("N", "next_same", "next bout of the same behavior", repeats=True),
    Key("P", "previous_same", "the one before of the same behavior", repeats=True),
)
"""Done in the browser."""
DESK_KEYS = (
    *(Key(str(place), f"relabel_{place}", "1 to 9: the bout is the behavior of this number") for place in range(1, 10)),
    Key("r", "relabel", "the bout is another behavior, by name"),
    Key("s", "split", "split the bout before this frame"),
    Key("m", "merge", "merge it with the animal's next bout"),
    Key("[", "start_here", "the bout begins with this frame"),
    Key("]", "stop_here", "the bout ends with this frame"),
    Key("a", "reassign", "somebody else did it, or it was done to somebody else"),
    Key("x", "exchange", "exchange who did it and to whom"),
    Key("b", "behaviors", "all clips of this behavior; rename it, define it anew"),
    Key("u", "undo", "undo the last correction that holds"),
    Key("?", "help", "this help"),
)
BEHAVIOR_KEYS = (*STAGE_KEYS, *DESK_KEYS)
SHOWN_KEYS = tuple(key for key in BEHAVIOR_KEYS if key.action not in {f"relabel_{place}" for place in range(2, 10)})
"""What the help shows: nine keys of a kind are one line."""
