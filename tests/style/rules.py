"""All rules about modules, in one list."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from style import habits, layers, sizes, wording
from style.source import Module

Rule = Callable[[Sequence[Module]], list[str]]
RULES: tuple[Rule, ...] = (
    layers.imports_point_down,
    layers.front_door_opens_outwards,
    layers.no_cycles,
    layers.heavy_libraries_wait,
    layers.inner_rooms_open_no_file,
    sizes.modules_are_short,
    sizes.most_modules_are_shorter,
    sizes.functions_are_short,
    sizes.most_functions_are_shorter,
    sizes.few_positional_arguments,
    wording.names_are_annotated,
    wording.names_are_described,
    wording.arrays_have_shapes,
    wording.names_say_something,
    wording.words_are_ours,
    habits.only_the_command_line_prints,
    habits.nothing_is_asserted,
    habits.errors_are_not_swallowed,
    habits.nothing_is_promised,
    habits.no_room_is_empty,
)
"""Each returns its findings; none means the rule is kept."""
