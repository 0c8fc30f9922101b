"""The behaviors that measured facts can tell: what each is, and what keypoints it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from behaviorvlm.behavior.kinematic_thresholds import KinematicThresholds
from behaviorvlm.types import KeypointRoles, Role

Kind = Literal["pursuit", "contact", "leaving", "attention", "alone"]
EAR = (Role.LEFT_EAR, Role.RIGHT_EAR)
RECEIVED = "contact received"
"""What the one does that another one's nose is at: nothing, so that who acts is not mistaken."""


@dataclass(frozen=True)
class KinematicBehavior:
    """One behavior.

    Attributes:
        name: As bouts call it.
        kind: Behaviors of one kind are weighed against each other only after their kind was chosen.
        definition: What is measured when it happens; names of thresholds in braces.
        needs: Groups of roles, of each of which at least one must be tracked.
        generic: Whether it gives way to a more specific behavior of its kind.
    """

    name: str
    kind: Kind
    definition: str
    needs: tuple[tuple[Role, ...], ...] = ()
    generic: bool = False

    @property
    def social(self) -> bool:
        """Whether it takes another animal."""
        return self.kind != "alone"

    def lacking(self, roles: KeypointRoles) -> tuple[str, ...]:
        """Return what is missing among the roles, each group in words."""
        return tuple(" or ".join(group) for group in self.needs if len(roles.lacking(group)) == len(group))


BEHAVIORS = (
    KinematicBehavior(
        "chase",
        "pursuit",
        "Runs, at {fast_speed_bl_s} body lengths per second or more, behind another that moves, within {chase_bl} body"
        " lengths of it and with it ahead (within {ahead_deg} degrees).",
    ),
    KinematicBehavior(
        "huddle",
        "contact",
        "Touches another for {huddle_s} s or longer, both at rest (slower than {rest_speed_bl_s} body lengths per"
        " second).",
    ),
    KinematicBehavior(
        "oral-oral contact",
        "contact",
        "The nose is within {oral_contact_bl} body lengths of the other's nose, and the two do not just lie side"
        " by side with their noses level.",
        needs=((Role.NOSE,),),
    ),
    KinematicBehavior(
        "oral-ear contact",
        "contact",
        "The nose is within {oral_ear_contact_bl} body lengths of an ear of the other.",
        needs=((Role.NOSE,), EAR),
    ),
    KinematicBehavior(
        "oral-genital contact",
        "contact",
        "The nose is within {oral_contact_bl} body lengths of the base of the other's tail.",
        needs=((Role.NOSE,), (Role.TAIL_BASE,)),
    ),
    KinematicBehavior(
        "follow",
        "pursuit",
        "Walks behind another that walks, within {follow_bl} body lengths of it and with it ahead (within {ahead_deg}"
        " degrees).",
    ),
    KinematicBehavior(
        "head contact",
        "contact",
        "The head is within {head_contact_bl} body lengths of the midline of the other's trunk; told where the nose is"
        " not tracked.",
        needs=((Role.HEAD, Role.NECK, *EAR),),
    ),
    KinematicBehavior(
        "flee",
        "leaving",
        "Runs, at {fast_speed_bl_s} body lengths per second or more, straight away from another that touched it, came"
        " up to it or ran after it within the last {react_s} s.",
    ),
    KinematicBehavior(
        "avoid",
        "leaving",
        "Walks straight away from another that came up to it within the last {react_s} s.",
    ),
    KinematicBehavior(
        "side-by-side contact",
        "contact",
        "Touches another that lies beside it, both bodies parallel (within {beside_deg} degrees), the same way or"
        " opposite ways.",
        generic=True,
    ),
    KinematicBehavior(
        "oral-body contact",
        "contact",
        "The nose is within {oral_body_contact_bl} body lengths of the midline of the other's trunk.",
        needs=((Role.NOSE,),),
    ),
    KinematicBehavior(
        RECEIVED,
        "contact",
        "Another holds its nose (or head, where the nose is not tracked) at it, and it does not do so itself.",
        needs=((Role.NOSE, Role.HEAD, Role.NECK, *EAR),),
    ),
    KinematicBehavior(
        "body contact",
        "contact",
        "Touches another: any two points within {contact_bl} body lengths, or the midlines of the trunks within"
        " {body_width_bl}.",
        generic=True,
    ),
    KinematicBehavior(
        "approach",
        "pursuit",
        "Walks straight towards another that is within {approach_bl} body lengths, center to center, beginning with"
        " {approach_start_bl} or more between the bodies.",
    ),
    KinematicBehavior(
        "watching",
        "attention",
        "Keeps its head directed at another (within {gaze_deg} degrees) that is {watch_nearest_bl} to"
        " {watch_farthest_bl} body lengths away, for {watch_s} s or longer.",
    ),
    KinematicBehavior("locomotion", "alone", "Moves at {locomotion_speed_bl_s} body lengths per second or more."),
    KinematicBehavior("close", "attention", "Stays within {close_bl} body lengths of another without touching it."),
    KinematicBehavior(
        "turning in place",
        "alone",
        "Turns by {turning_deg_s} degrees per second or more while it stays where it is.",
    ),
    KinematicBehavior(
        "rear or hunch",
        "alone",
        "Stays where it is with its trunk shortened, as seen from above, to {shortened} of its usual length or less:"
        " reared, hunched or curled.",
    ),
    KinematicBehavior("rest", "alone", "Moves at less than {rest_speed_bl_s} body lengths per second."),
    KinematicBehavior(
        "small movements",
        "alone",
        "Moves a little, at less than {locomotion_speed_bl_s} body lengths per second, and does nothing else here.",
    ),
)
"""In order of precedence: a frame is called by the first that holds in it."""
CODES: Mapping[str, int] = {behavior.name: code for code, behavior in enumerate(BEHAVIORS)}
"""Name to place in `BEHAVIORS`."""
NEVER_TOLD: Mapping[str, str] = {
    "grooming": "small movements of the paws at the head are not in the tracks of a trunk",
    "rearing": "from above, a reared trunk looks as short as a hunched one: both are called rear or hunch",
}
"""Behaviors people look for that no keypoints of a top view tell, with the reason."""


def definitions(thresholds: KinematicThresholds | None = None) -> dict[str, str]:
    """Return every behavior with its definition, thresholds filled in."""
    values = {name: f"{value:g}" for name, value in (thresholds or KinematicThresholds()).model_dump().items()}
    return {behavior.name: behavior.definition.format_map(values) for behavior in BEHAVIORS}


def impossible_behaviors(roles: KeypointRoles, *, n_individuals: int) -> dict[str, str]:
    """Return the behaviors that cannot be told whatever happens, each with the reason.

    Args:
        roles: What is tracked.
        n_individuals: How many animals are.
    """
    found = dict(NEVER_TOLD)
    for behavior in BEHAVIORS:
        lacking = behavior.lacking(roles)
        if behavior.social and n_individuals < 2:
            found[behavior.name] = "needs a second animal"
        elif lacking:
            found[behavior.name] = f"needs the role {', and '.join(lacking)}, which no keypoint plays"
    if Role.NOSE in roles.names and n_individuals > 1:
        found["head contact"] = "not told beside the contacts of the nose, which is tracked"
    return found
